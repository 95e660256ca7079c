"""Index forms for tests: arrays of more than two axes by their slices, and applications joined by an index in front."""

from dataclasses import replace
from itertools import product

from derive.graph.formula import Slot, add, rebuild
from derive.graph.tensor import Tensor, stacked
from derive.graph.views.application import Application
from derive.graph.views.index_form import lengths
from derive.graph.views.language import Entry, Over, Span, ViewEquation

CHANNELS = ("o", "c")
"""What layers with windows call the indices of filters and of channels."""


def sliced(equation, application):
    """The equation of each channel or filter, sums over such written out: of grids that have one axis or two."""
    running = lengths(equation, application)
    left = equation.left.indices if isinstance(equation.left, Entry) else ()
    outer = [index.name for index in left if index.name in CHANNELS]
    for places in product(*(range(1, running[name] + 1) for name in outer)):
        tensors = dict(application.tensors)
        held = dict(zip(outer, places, strict=True))
        sides = [_held(side, held, application, tensors, running) for side in (equation.left, equation.right)]
        yield ViewEquation(*sides), replace(application, tensors=tensors)


def _held(formula, held, application, tensors, running):
    def special(node):
        match node:
            case Entry(name, indices):
                return _slice(name, indices, held, application, tensors)
            case Over(body, function, spans, bounds):
                written = [span.name for span in spans if span.name in CHANNELS]
                kept = tuple(span for span in spans if span.name not in written)
                parts = []
                for places in product(*(range(1, running[name] + 1) for name in written)):
                    now = {**held, **dict(zip(written, places, strict=True))}
                    inner = _held(body, now, application, tensors, running)
                    parts.append(Over(inner, function, kept, bounds) if kept else inner)
                return add(tuple(parts))
        return None

    return rebuild(formula, special)


def _slice(name, indices, held, application, tensors):
    found, adjoint = application.find(name)
    tensor, marks = found, []
    rest = list(indices)
    while rest and isinstance(rest[0], Slot) and rest[0].name in held:
        place = held[rest.pop(0).name]
        tensor = list(tensor)[place - 1]
        marks.append(str(place))
    inner = (name.removeprefix("d") if adjoint else name) + "".join(f"_{mark}" for mark in marks)
    tensors[inner] = tensor
    whole = ("d" if adjoint else "") + inner
    return Entry(whole, tuple(rest)) if rest else Slot(whole)


def joined(equation, applications):
    """One equation of several applications: an index in front of every array that is not the same in all of them."""
    first = applications[0]
    tensors, moved = {}, set()
    for name, tensor in first.tensors.items():
        every = [one.tensors[name] for one in applications]
        if all(list(one.ids) == list(tensor.ids) for one in every):
            tensors[name] = tensor
        else:
            tensors[name] = stacked([Tensor(list(one.ids), one.shape) for one in every])
            moved.add(name)

    def is_moved(name):
        found = first.find(name)
        return found is not None and (name in moved or (found[1] and name[1:] in moved))

    def special(node):
        match node:
            case Entry(name, indices) if is_moved(name):
                return Entry(name, (Slot("row"), *indices))
            case Slot(name) if type(node) is Slot and is_moved(name):
                return Entry(name, (Slot("row"),))
            case Over(body, function, spans, bounds):
                return Over(rebuild(body, special), function, spans, bounds)
        return None

    left, right = special(equation.left), rebuild(equation.right, special)
    if left is None:
        left, right = equation.left, Over(right, "sum", (Span("row"),))
    return ViewEquation(left, right), Application(tensors, first.adjoint_of, first.numbers, first.activations)

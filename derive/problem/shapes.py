"""Where each layer takes its inputs from, and the shapes that flow between layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from derive.catalog.layers.activated import ActivationModel
from derive.catalog.layers.base import Layer, Misfit, Parameter, Rows, Shapes
from derive.graph.quantity import Kind
from derive.graph.tensor import Shape, shape_text
from derive.sources.fields import Nested, flat, shape_of
from derive.sources.marked import Path_
from derive.sources.validate import suggestion

INPUT = "input"
Mistake = tuple[Path_, str]


@dataclass(frozen=True)
class Wired:
    """One layer: which layers feed it (0 is the network's input), the shapes they give, the shape it gives."""

    sources: tuple[int, ...]
    inputs: Shapes
    output: Shape


@dataclass
class Wiring:
    """The layers of a network wired one after another; what does not fit is in `mistakes`."""

    shapes: list[Shape | None]
    """The shape of the input, then of every layer's result; None where it is not known."""
    names: dict[str, int] = field(default_factory=lambda: {INPUT: 0})
    wired: list[Wired | None] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)


def whence(source: int) -> str:
    """Where a shape comes from, in words."""
    return f"layer {source}" if source else "`inputs`"


def _by_units(parameter: Parameter, rows: Rows) -> bool:
    """Whether the numbers of a parameter are written with a row for each unit: only matrices of weights can be."""
    return rows == "units" and parameter.kind is Kind.WEIGHT and len(parameter.shape) == 2


def as_stated(parameter: Parameter, rows: Rows) -> Parameter:
    """The parameter with the shape in which the problem file writes its numbers; for one unit a plain list will do."""
    if not _by_units(parameter, rows):
        return parameter
    turned = parameter.shape[::-1]
    shape = turned[1:] if turned[0] == 1 and shape_of(parameter.numbers) == turned[1:] else turned
    words = {"row": "column", "column": "row"}
    axes = " ".join(words.get(word, word) for word in parameter.axes.split(" "))
    return replace(parameter, shape=shape, axes=axes)


def numbers_of(parameter: Parameter, rows: Rows) -> Nested:
    """The numbers of a parameter with a row for each input."""
    if not _by_units(parameter, rows) or shape_of(parameter.numbers) == ():
        return parameter.numbers
    inputs, stated = parameter.shape[0], flat(parameter.numbers)
    return tuple(stated[start::inputs] for start in range(inputs))


def wire(
    inputs: Shape | None, layers: Sequence[Layer | None], fallback: Mapping[int, Shape], rows: Rows = "inputs"
) -> Wiring:
    """The layers wired. A layer that is None could not be read; `fallback` has the shape that it may give.

    `rows` is how weights are written where a layer does not say.
    """
    wiring = Wiring([inputs])
    for number, layer in enumerate(layers, 1):
        wired = None if layer is None else _wire(wiring, number, layer, layer.rows or rows)
        wiring.wired.append(wired)
        wiring.shapes.append(fallback.get(number) if wired is None else wired.output)
    wiring.mistakes += _unused(wiring, layers)
    return wiring


def _unused(wiring: Wiring, layers: Sequence[Layer | None]) -> Iterator[Mistake]:
    """Layers whose result nothing takes."""
    if None in wiring.wired or None in layers:
        return
    used = {source for wired in wiring.wired if wired is not None for source in wired.sources}
    for number in range(1, len(layers)):
        if number not in used:
            yield ("network", "layers", number - 1), f"nothing takes the result of layer {number}; name it in a `from`"


def _wire(wiring: Wiring, number: int, layer: Layer, rows: Rows) -> Wired | None:
    path: Path_ = ("network", "layers", number - 1)
    sources = _sources(wiring, number, layer, path)
    if layer.name:
        if layer.name in wiring.names:
            wiring.mistakes.append(((*path, "name"), f"the name {layer.name!r} is taken"))
        wiring.names[layer.name] = number
    shapes = [wiring.shapes[source] for source in sources]
    known = tuple(shape for shape in shapes if shape is not None)
    if len(known) != len(shapes) or not sources:
        return None
    try:
        output = layer.output_shape(known)
        parameters = layer.parameters(known)
    except Misfit as misfit:
        where = " and ".join(f"{shape_text(s)} from {whence(k)}" for s, k in zip(known, sources, strict=True))
        place = (*path, misfit.key) if misfit.key else path
        wiring.mistakes.append((place, f"layer {number} ({layer.layer}) {misfit}; it has {where}"))
        return None
    wiring.mistakes += _misfits([as_stated(one, rows) for one in parameters], path, whence(sources[0]))
    return Wired(sources, known, output)


def _sources(wiring: Wiring, number: int, layer: Layer, path: Path_) -> tuple[int, ...]:
    found = []
    for name in layer.from_:
        if name in wiring.names:
            found.append(wiring.names[name])
        else:
            wiring.mistakes.append(
                ((*path, "from"), f"no layer before is named {name!r}{suggestion(name, wiring.names)}")
            )
            return ()
    return tuple(found) or (number - 1,)


def _misfits(parameters: Sequence[Parameter], path: Path_, source: str) -> Iterator[Mistake]:
    """Stated numbers whose shape is not that of their parameter."""
    for parameter in parameters:
        place = (*path, *parameter.key.split("."))
        found = shape_of(parameter.numbers)
        each = found[1:] if parameter.takes_turns and found else found
        if found == () or found is None or each == () or (each is not None and fits(each, parameter.shape)):
            if found is None:
                stated = () if isinstance(parameter.numbers, Decimal) else parameter.numbers
                rows = [len(row) if isinstance(row, tuple) else 1 for row in stated]
                lengths = f" ({', '.join(map(str, rows))})" if len(set(rows)) > 1 else ""
                yield place, f"`{parameter.key}`: rows of different lengths{lengths}"
            continue
        axes = f" ({parameter.axes.replace('<whence>', source)})" if parameter.axes else ""
        expected = shape_text(parameter.shape)
        shown = shape_text((*found, 1) if len(found) < len(parameter.shape) == 2 else found)
        if len(found) == len(parameter.shape) == 1:
            shown += " numbers" if found[0] != 1 else " number"
        yield place, f"`{parameter.key}`: {shown}, expected {expected}{axes}"


def fits(stated: Shape, wanted: Shape) -> bool:
    """Whether stated numbers fill a shape; the last axis may be left out where its length is 1."""
    return stated == wanted or (wanted[-1:] == (1,) and stated == wanted[:-1])


def untrainable(wiring: Wiring, layers: Sequence[Layer | None]) -> Iterator[Mistake]:
    """Activations that are constant but for jumps, behind or in a layer that is trained: nothing is learned there."""
    trained = [False]
    for number, (layer, wired) in enumerate(zip(layers, wiring.wired, strict=True), 1):
        sources = () if wired is None else wired.sources
        below = any(trained[source] for source in sources)
        if layer is not None and wired is not None and not layer.frozen:
            below = below or any(one.trainable for one in layer.parameters(wired.inputs))
        trained.append(below)
        choice = getattr(layer, "activation", None)
        entry = choice.entry if isinstance(choice, ActivationModel) else None
        if entry is not None and not entry.differentiable and trained[-1]:
            name = entry.name or entry.rule.text
            path: Path_ = ("network", "layers", number - 1, "activation")
            fix = f"set `frozen: true` in layer {number} and in every layer before it that has parameters"
            yield path, f"{name} is constant but for jumps, so nothing is learned through it; {fix}"

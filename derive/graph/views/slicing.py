"""Arrays of more than two axes cut along their first axes, so that an equation becomes one a slice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import prod

from derive.graph.formula import Formula, Slot, add, leaves, nodes, rebuild
from derive.graph.tensor import Tensor
from derive.graph.views.application import Application
from derive.graph.views.index_form import lengths
from derive.graph.views.joining import MOST_AXES, Use
from derive.graph.views.language import ADJOINT, Entry, Over, ViewEquation


def sliced(use: Use) -> Iterator[Use]:
    """The use itself where no array has more than two axes; else one for each slice of its left side.

    Sums over the first axis of an array that still has too many are written out, a term a slice. An axis of one place
    in front of one that a window moves along is cut too.
    """
    equation, application = use
    index = _cut(equation, application)
    if index is None:
        yield _spread(use)
        return
    for place in range(lengths(equation, application)[index]):
        (left, right), made = _at_place(application, index, place, equation.left, equation.right)
        if isinstance(left, Slot):
            yield from sliced((ViewEquation(left, right), made))


def _cut(equation: ViewEquation, application: Application) -> str | None:
    """The index of the left side to go through: the first one where an array that it belongs to has too many axes."""
    left = equation.left
    indices = [one.name for one in left.indices if isinstance(one, Slot)] if isinstance(left, Entry) else []
    tall = _tall(equation, application)
    return next((name for name in indices for one in tall if one is left or one.indices[0] == Slot(name)), None)


def _tall(equation: ViewEquation, application: Application) -> list[Entry]:
    """The arrays of too many axes, and those of two of which a window moves along the second and the first is one."""
    found = _entries(equation, application)
    moved = {leaf for index in _moving(equation, found) for leaf in leaves(index)}
    known = lengths(equation, application) if moved else {}

    def is_tall(one: Entry) -> bool:
        first = one.indices[0]
        alone = isinstance(first, Slot) and known.get(first.name) == 1 and first not in moved
        return len(one.indices) > MOST_AXES or (len(one.indices) == MOST_AXES and alone)

    return [one for one in found if is_tall(one)]


def thin(use: Use, has_axis: Callable[[Tensor], bool]) -> str | None:
    """An index of one place that stands first in an array without an axis for it; None where there is none."""
    equation, application = use
    entries = _entries(*use)
    known = lengths(*use)
    moved = {leaf for index in _moving(equation, entries) for leaf in leaves(index)}
    for one in entries:
        first, found = one.indices[0], application.find(one.name)
        if len(one.indices) < MOST_AXES or not isinstance(first, Slot) or first in moved or found is None:
            continue
        if known.get(first.name) == 1 and not has_axis(found[0]):
            return first.name
    return None


def _moving(equation: ViewEquation, entries: list[Entry]) -> list[Formula]:
    """The indices by which windows move: arithmetic where an index stands, or between bounds."""
    overs = [node for node in nodes(equation.right) if isinstance(node, Over)]
    found = [index for one in entries for index in one.indices]
    found += [bounds.index for over in overs for bounds in over.bounds]
    return [index for index in found if not isinstance(index, Slot)]


def _entries(equation: ViewEquation, application: Application) -> list[Entry]:
    sides = (equation.left, *leaves(equation.right))
    return [one for one in sides if isinstance(one, Entry) and application.find(one.name) is not None]


def _spread(use: Use) -> Use:
    """A use whose sums over the first axis of an array of too many axes are written out."""
    tall = _tall(*use)
    index = next((one.indices[0].name for one in tall if isinstance(one.indices[0], Slot)), None)
    spread = None if index is None else _spread_over(use, index)
    return use if spread is None else _spread(spread)


def spread(use: Use) -> Use | None:
    """A use whose sum over the first axis of an array is written out; None where there is no such sum."""
    firsts = [one.indices[0] for one in _entries(*use) if len(one.indices) == MOST_AXES]
    made = (_spread_over(use, first.name) for first in firsts if isinstance(first, Slot))
    return next((one for one in made if one is not None), None)


def at_first(use: Use, index: str) -> Use | None:
    """A use at the first place of an index, for one of which there is no other."""
    equation, application = use
    if not isinstance(equation.left, Entry) or Slot(index) not in equation.left.indices:
        return _spread_over(use, index)
    (left, right), made = _at_place(application, index, 0, equation.left, equation.right)
    return (ViewEquation(left, right), made) if isinstance(left, Slot) else None


def _spread_over(use: Use, index: str) -> Use | None:
    """A use in which the sum over an index is written out; None where there is none."""
    equation, application = use
    length = lengths(equation, application)[index]
    made = application

    def written_out(node: Formula) -> Formula | None:
        nonlocal made
        if not isinstance(node, Over) or node.function != "sum" or index not in {span.name for span in node.spans}:
            return None
        spans = tuple(span for span in node.spans if span.name != index)
        terms = []
        for place in range(length):
            (body,), made = _at_place(made, index, place, node.body)
            terms.append(Over(body, "sum", spans, node.bounds) if spans or node.bounds else body)
        return add(tuple(terms))

    right = rebuild(equation.right, written_out)
    return None if right == equation.right else (ViewEquation(equation.left, right), made)


def _at_place(
    application: Application, index: str, place: int, *formulas: Formula
) -> tuple[list[Formula], Application]:
    """Formulas at one place of an index, and the application with the slices that they name."""
    tensors = dict(application.tensors)

    def entry(node: Formula) -> Formula | None:
        if not isinstance(node, Entry) or Slot(index) not in node.indices or application.find(node.name) is None:
            return None
        axis = node.indices.index(Slot(index))
        name = f"{node.name}_{place + 1}"
        is_adjoint = node.name not in application.tensors
        array, origin = (one.removeprefix(ADJOINT) if is_adjoint else one for one in (name, node.name))
        tensors[array] = _slice(application.tensors[origin], axis, place)
        rest = node.indices[:axis] + node.indices[axis + 1 :]
        return Entry(name, rest) if rest else Slot(name)

    made = [rebuild(formula, entry) for formula in formulas]
    return made, replace(application, tensors=tensors)


def _slice(tensor: Tensor, axis: int, place: int) -> Tensor:
    """An array at one place of one of its axes."""
    inner, length = prod(tensor.shape[axis + 1 :]), tensor.shape[axis]
    starts = range(place * inner, len(tensor.ids), length * inner)
    ids = [one for start in starts for one in tensor.ids[start : start + inner]]
    return Tensor(ids, tensor.shape[:axis] + tensor.shape[axis + 1 :])

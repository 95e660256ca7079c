"""Applications of the same equation joined into one: an index in front of every array that differs among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from string import ascii_lowercase

from derive.graph.formula import Formula, Slot, leaves, rebuild
from derive.graph.tensor import HOLE, Tensor, stacked
from derive.graph.views.application import Application
from derive.graph.views.indices import bound, free
from derive.graph.views.language import ADJOINT, Entry, Over, Span, ViewEquation

Use = tuple[ViewEquation, Application]
"""An equation in index form where it is applied."""
MOST_AXES = 2
"""Of an array that is joined: more would not stand on a page as one matrix."""


def joined(uses: Sequence[Use], letter: str) -> Use | None:
    """Uses of one equation as one use of one, in the order of `uses`; None where an array would have too many axes.

    `letter` names the index that tells them apart, unless the equation has that name. Where the left side is the same
    array in all of them, the right side is summed over the index: `dw[i,j] = x[i]*ds[j]` becomes
    `dw[i,j] = sum(n, x[n,i]*ds[n,j])`. Where arrays of one name are longer and longer, the longest stands for all if
    the others are its beginnings; else the shorter ones get holes.
    """
    equation, first = uses[0]
    if len(uses) == 1:
        return uses[0]
    arrays = tuple(dict.fromkeys(_array(name, first) for name in equation.names() if first.find(name) is not None))
    longest = {name: max((one.tensors[name] for _, one in uses), key=lambda one: len(one.ids)) for name in arrays}
    differing = {name for name in arrays if not all(_begins(one.tensors[name], longest[name]) for _, one in uses)}
    bare = {leaf.name for leaf in _sides(equation) if not isinstance(leaf, Entry)}
    parts = {
        name: [_row_array(one.tensors[name], bare=name in _named(bare, first)) for _, one in uses] for name in differing
    }
    if any(len(part.shape) >= MOST_AXES for every in parts.values() for part in every):
        return None
    tensors = {name: stacked(_padded(parts[name])) if name in parts else longest[name] for name in arrays}
    index = Slot(_unused(letter, equation, first))

    def indexed(node: Formula) -> Formula | None:
        if not isinstance(node, Slot) or first.find(node.name) is None or _array(node.name, first) not in differing:
            return None
        return Entry(node.name, (index, *(node.indices if isinstance(node, Entry) else ())))

    right = rebuild(equation.right, indexed)
    left = indexed(equation.left)
    whole = ViewEquation(left, right) if isinstance(left, Slot) else ViewEquation(equation.left, _summed(right, index))
    return whole, replace(first, tensors=tensors)


def _array(name: str, application: Application) -> str:
    """The array that a name is of, or is the adjoint of."""
    return name if name in application.tensors else name.removeprefix(ADJOINT)


def _named(names: set[str], application: Application) -> set[str]:
    return {_array(name, application) for name in names}


def _row_array(tensor: Tensor, *, bare: bool) -> Tensor:
    """An array of one application; one that stands without indices is a single number."""
    return tensor.reshaped(()) if bare and len(tensor.ids) == 1 else tensor


def _begins(tensor: Tensor, longest: Tensor) -> bool:
    """Whether an array is the first rows of another one, or all of it."""
    return tensor.shape[1:] == longest.shape[1:] and list(tensor.ids) == list(longest.ids[: len(tensor.ids)])


def _padded(parts: Sequence[Tensor]) -> list[Tensor]:
    """Vectors as long as the longest of them, with holes at the end."""
    length = max(len(part.ids) for part in parts)
    return [
        Tensor([*part.ids, *[HOLE] * (length - len(part.ids))], (length,)) if len(part.shape) == 1 else part
        for part in parts
    ]


def _summed(formula: Formula, index: Slot) -> Formula:
    span = Span(index.name)
    match formula:
        case Over(body, "sum", spans, bounds):
            return Over(body, "sum", (span, *spans), bounds)
        case _:
            return Over(formula, "sum", (span,))


def _sides(equation: ViewEquation) -> Iterator[Slot]:
    yield from (leaf for leaf in (equation.left, *leaves(equation.right)) if isinstance(leaf, Slot))


def _unused(letter: str, equation: ViewEquation, application: Application) -> str:
    """The letter itself where nothing in an equation has its name."""
    right = equation.right
    taken = {*free(equation.left), *free(right), *(span.name for span in bound(right))}
    taken |= application.tensors.keys() | application.numbers.keys()
    letters: tuple[str, ...] = (letter, *ascii_lowercase)
    return next(name for name in letters if name not in taken)

"""Operators whose windows move over a grid (`window_operators`), written out entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from math import prod
from types import MappingProxyType

from derive.errors import FormulaError
from derive.graph.formula import ZERO, Call, Formula, Negative, Number, Quotient, add_all, multiply
from derive.graph.views.window_operators import (
    CONVOLUTION,
    CORRELATION,
    MAX_POOL,
    MAX_UNPOOL,
    MEAN_POOL,
    MEAN_UNPOOL,
    USUAL,
    Axis,
)

Rows = tuple[tuple[Formula, ...], ...]
Size = tuple[int, int]
Place = tuple[int, ...]


def _size(grid: Rows) -> Size:
    return len(grid), len(grid[0])


def _places(size: Sequence[int]) -> Iterator[Place]:
    """Every place of a grid, counted from 1, row by row."""
    return product(*(range(1, length + 1) for length in size))


def _filled(size: Size, entry: Callable[[Place], Formula]) -> Rows:
    return tuple(tuple(entry((i, j)) for j in range(1, size[1] + 1)) for i in range(1, size[0] + 1))


def _at(grid: Rows, place: Place) -> Formula:
    """An entry; 0 outside."""
    inside = all(1 <= one <= length for one, length in zip(place, _size(grid), strict=True))
    return grid[place[0] - 1][place[1] - 1] if inside else ZERO


def _whole(number: Rows) -> int:
    match number:
        case ((Number(text),),):
            return int(text)
        case ((Negative(Number(text)),),):
            return -int(text)
        case _:
            raise FormulaError("a window moves by whole numbers")


def _axes(numbers: Sequence[Rows], usual: Axis) -> tuple[Axis, Axis]:
    """The numbers of both axes; of a grid of one axis those of its only column."""
    found = [_whole(one) for one in numbers]
    if len(found) not in (0, 4, 8):
        raise FormulaError("a window needs four numbers for each axis")
    first, second = [*(tuple(found[start : start + 4]) for start in range(0, len(found), 4)), usual, usual][:2]
    return first, second  # type: ignore[return-value]


def _times(first: Formula, second: Formula) -> Formula:
    return ZERO if ZERO in (first, second) else multiply((first, second))


def _shape(first: Rows, second: Rows, like: Sequence[Rows], sign: int) -> Size:
    """The size of a result: as large as an array that is named, else smaller by what lies under, or larger by it."""
    if like:
        return _size(like[0])
    height, width = (one + sign * (other - 1) for one, other in zip(_size(first), _size(second), strict=True))
    if min(height, width) < 1:
        raise FormulaError("a grid does not fit into the one that it moves over")
    return height, width


def _moved(first: Rows, second: Rows, *rest: Rows, sign: int) -> Rows:
    """A grid under another one that moves over it with the place of the result, or against it: a convolution."""
    axes = _axes(rest[1:], USUAL)

    def entry(place: Place) -> Formula:
        parts = []
        for under in _places(_size(second)):
            found = [
                divmod(a * i + sign * (c * k + g), b) for (a, b, c, g), i, k in zip(axes, place, under, strict=True)
            ]
            if not any(left for _, left in found):
                parts.append(_times(_at(second, under), _at(first, tuple(q for q, _ in found))))
        return add_all(parts)

    return _filled(_shape(first, second, rest[:1], -sign), entry)


_WHOLE_WINDOW = (1, 1, 1, -1)


def _covered(axes: Sequence[Axis], place: Place, size: Size) -> list[Place]:
    """The places inside a grid that a window covers, in the order in which it is run through."""
    found = []
    for offset in _places([n for n, *_ in axes]):
        one = tuple(a * i + b * u + g for (_, a, b, g), i, u in zip(axes, place, offset, strict=True))
        if all(1 <= k <= length for k, length in zip(one, size, strict=True)):
            found.append(one)
    return found


def _max_pool(grid: Rows, like: Rows, *numbers: Rows) -> Rows:
    axes = _axes(numbers, _WHOLE_WINDOW)

    def entry(place: Place) -> Formula:
        kept = tuple(found for one in _covered(axes, place, _size(grid)) if (found := _at(grid, one)) != ZERO)
        return Call("max", kept) if len(kept) > 1 else kept[0]

    return _filled(_size(like), entry)


def _mean_pool(grid: Rows, like: Rows, counted: Rows, *numbers: Rows) -> Rows:
    axes = _axes(numbers, _WHOLE_WINDOW)

    def entry(place: Place) -> Formula:
        covered = _covered(axes, place, _size(grid))
        return Quotient(add_all(_at(grid, one) for one in covered), _count(axes, covered, counted))

    return _filled(_size(like), entry)


def _count(axes: Sequence[Axis], covered: Sequence[Place], counted: Rows) -> Number:
    return Number(str(prod(n for n, *_ in axes) if _whole(counted) else len(covered)))


def _collected(size: Size, parts: Iterator[tuple[Place, Formula]]) -> Rows:
    """A grid of what comes to each place."""
    found: dict[Place, list[Formula]] = {}
    for place, part in parts:
        found.setdefault(place, []).append(part)
    return _filled(size, lambda place: add_all(found.get(place, [])))


def _max_unpool(adjoints: Rows, largest: Rows, grid: Rows, *numbers: Rows) -> Rows:
    axes = _axes(numbers, _WHOLE_WINDOW)

    def parts() -> Iterator[tuple[Place, Formula]]:
        for place in _places(_size(adjoints)):
            covered = [one for one in _covered(axes, place, _size(grid)) if _at(grid, one) != ZERO]
            candidates = tuple(_at(grid, one) for one in covered)
            for number, one in enumerate(covered, 1):
                wins = Call("is_argmax", (Number(str(number)), _at(largest, place), *candidates))
                yield one, _at(adjoints, place) if len(covered) == 1 else _times(wins, _at(adjoints, place))

    return _collected(_size(grid), parts())


def _mean_unpool(adjoints: Rows, like: Rows, counted: Rows, *numbers: Rows) -> Rows:
    axes = _axes(numbers, _WHOLE_WINDOW)

    def parts() -> Iterator[tuple[Place, Formula]]:
        for place in _places(_size(adjoints)):
            covered = _covered(axes, place, _size(like))
            if (adjoint := _at(adjoints, place)) != ZERO:
                yield from ((one, Quotient(adjoint, _count(axes, covered, counted))) for one in covered)

    return _collected(_size(like), parts())


WINDOWS: Mapping[str, Callable[..., Rows]] = MappingProxyType(
    {
        CORRELATION: partial(_moved, sign=1),
        CONVOLUTION: partial(_moved, sign=-1),
        MAX_POOL: _max_pool,
        MEAN_POOL: _mean_pool,
        MAX_UNPOOL: _max_unpool,
        MEAN_UNPOOL: _mean_unpool,
    }
)
"""What each operator makes of grids and of the numbers that it moves by."""

"""Sums, largest members and products of matrices over some axes of arrays."""

from __future__ import annotations

from collections.abc import Sequence

from derive.exports.pytorch.pieces import (
    ATOM,
    PRODUCT,
    SIGN,
    Axes,
    Piece,
    combined,
    number,
    ordered,
    reduced,
    renamed,
)

_LETTERS = "ijklmnopqrstuvw"


def total(found: Piece, axes: Sequence[int], lengths: Sequence[int]) -> Piece:
    """The sum along axes; along those that an array lacks, as often as they are long."""
    count = 1
    for axis, length in zip(axes, lengths, strict=True):
        count *= 1 if axis in found.axes else length
    own = [axis for axis in axes if axis in found.axes]
    if own and set(own) == set(found.axes):
        found = found.then(".sum()", ())
    for axis in own if found.axes else ():
        found = reduced(found, "sum", axis)
    if count == 1:
        return found
    return combined([number(str(count)), found], lambda both: f"{both[0].text} * {both[1].within(SIGN)}", PRODUCT)


def extreme(found: Piece, function: str, axes: Sequence[int]) -> Piece:
    """The largest or smallest member; `max(dim)` gives the gradient to one of equal ones, `amax` to all."""
    for axis in axes:
        if axis in found.axes:
            found = reduced(found, function, axis, ".values")
    return found


def product(first: Piece, second: Piece, axes: Sequence[int]) -> Piece | None:
    """The product of two arrays summed along axes that both have: with `@` where they share no other one."""
    summed = set(axes)
    if not summed or not summed <= {*first.axes} & {*second.axes}:
        return None
    outer = [tuple(axis for axis in one.axes if axis not in summed) for one in (first, second)]
    if len(summed) > 1 or set(outer[0]) & set(outer[1]):
        return _einsum((first, second), summed)
    (axis,) = summed
    ways = [_matmul(first, second, axis, *outer), _matmul(second, first, axis, *outer[::-1])]
    fitting = [one for one in ways if one is not None]
    return min(fitting, key=lambda one: len(one.text)) if fitting else _einsum((first, second), summed)


def _matmul(left: Piece, right: Piece, axis: int, rows: Axes, columns: Axes) -> Piece | None:
    if len(columns) > 1 or list(rows + columns) != sorted(rows + columns):
        return None
    ends = _arranged(left, (*rows, axis)), _arranged(right, (axis, *columns))
    return Piece(f"{ends[0].within(PRODUCT)} @ {ends[1].within(SIGN)}", PRODUCT, (*rows, *columns))


def _einsum(pieces: Sequence[Piece], summed: set[int]) -> Piece:
    every = sorted({axis for one in pieces for axis in one.axes})
    letters = dict(zip(every, _LETTERS, strict=False))
    left = [axis for axis in every if axis not in summed]
    inputs = ", ".join("".join(letters[axis] for axis in one.axes) for one in pieces)
    arrays = ", ".join(one.text for one in pieces)
    return Piece(f'torch.einsum("{inputs} -> {"".join(letters[axis] for axis in left)}", {arrays})', ATOM, tuple(left))


def _arranged(piece: Piece, axes: Axes) -> Piece:
    """The piece with its axes in the order of `axes`."""
    places = {axis: place for place, axis in enumerate(axes)}
    return renamed(ordered(renamed(piece, places)), dict(enumerate(axes)))

"""Pieces of Python: expressions of tensors that know how tightly they hold together and along which axes they run.

The axes of a piece are numbers of axes that whoever prints agrees on; a piece lacks the axes along which it is the
same throughout. Broadcasting goes by position from the last axis on, so that pieces are brought together by
inserting the axes that they lack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

SUM, PRODUCT, SIGN, POWER, ATOM = range(5)
"""How tightly an expression holds together."""

Axes = tuple[int, ...]


@dataclass(frozen=True)
class Piece:
    """An expression, its axes in the order in which the tensor has them, and whether it is a Python number."""

    text: str
    tight: int = ATOM
    axes: Axes = ()
    number: bool = False

    def within(self, tight: int) -> str:
        """The text, in parentheses unless it holds together at least so tightly."""
        return self.text if self.tight >= tight else f"({self.text})"

    def then(self, suffix: str, axes: Axes) -> Piece:
        """The piece with an index or a method behind it."""
        return Piece(self.within(ATOM) + suffix, ATOM, axes)


def number(text: str) -> Piece:
    """A Python number."""
    return Piece(text, ATOM if text[0] != "-" else SIGN, (), number=True)


def ordered(piece: Piece) -> Piece:
    """The piece with its axes in ascending order."""
    wanted = tuple(sorted(piece.axes))
    if wanted == piece.axes:
        return piece
    if len(wanted) == 2:
        return piece.then(".T", wanted)
    places = ", ".join(str(piece.axes.index(axis)) for axis in wanted)
    return piece.then(f".permute({places})", wanted)


def aligned(piece: Piece, axes: Axes) -> Piece:
    """The piece made to broadcast along `axes`: what it lacks after its first axis is inserted, with length 1."""
    known = ordered(piece)
    if not known.axes:
        return known
    return _inserted(known, axes[axes.index(known.axes[0]) :])


def _inserted(piece: Piece, axes: Axes) -> Piece:
    if piece.axes == axes:
        return piece
    items = [":" if axis in piece.axes else "None" for axis in axes]
    while items and items[-1] == ":":
        items.pop()
    return piece.then(f"[{', '.join(items)}]", axes)


def exactly(piece: Piece, axes: Axes, lengths: Mapping[int, int]) -> Piece:
    """The piece with all of `axes`, repeated along those that it lacks."""
    known = ordered(piece)
    if known.axes == axes:
        return known
    if not known.axes:
        shape = ", ".join(str(lengths[axis]) for axis in axes)
        inner = Piece(f"torch.tensor(float({known.text}))") if known.number else known
        single = all(lengths[axis] == 1 for axis in axes)
        return inner.then(f"[{', '.join(['None'] * len(axes))}]" if single else f".expand({shape})", axes)
    whole = _inserted(known, axes)
    if all(lengths[axis] == 1 for axis in axes if axis not in known.axes):
        return whole
    shape = ", ".join("-1" if axis in known.axes else str(lengths[axis]) for axis in axes)
    return whole.then(f".expand({shape})", axes)


def combined(pieces: Iterable[Piece], join: Callable[[list[Piece]], str], tight: int) -> Piece:
    """Pieces brought together entry by entry."""
    parts = list(pieces)
    axes = tuple(sorted({axis for part in parts for axis in part.axes}))
    return Piece(join([aligned(part, axes) for part in parts]), tight, axes, all(part.number for part in parts))


def called(function: str, *pieces: Piece) -> Piece:
    """A function of PyTorch's or of the `math` module applied entry by entry."""
    return combined(pieces, lambda parts: f"{function}({', '.join(part.text for part in parts)})", ATOM)


def reduced(piece: Piece, method: str, axis: int, suffix: str = "") -> Piece:
    """A reduction along one axis, such as `.sum(-1)`."""
    left = tuple(one for one in piece.axes if one != axis)
    place = piece.axes.index(axis)
    last = place == len(piece.axes) - 1
    argument = "" if not left and not suffix else str(-1 if last else place)
    return piece.then(f".{method}({argument}){suffix}", left)


def renamed(piece: Piece, axes: Mapping[int, int]) -> Piece:
    """The piece with its axes numbered in another way."""
    return replace(piece, axes=tuple(axes.get(axis, axis) for axis in piece.axes))

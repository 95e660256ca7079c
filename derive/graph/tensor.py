"""Tensors: quantities arranged in an array, so that reshaping, joining and slicing need no equations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

from derive.graph.quantity import Block

Shape = tuple[int, ...]
HOLE = -1
"""What stands in an array for an entry that is not there, as above the diagonal of a causal attention."""


@dataclass(frozen=True)
class Tensor:
    """Quantities in an array of the given shape, row by row."""

    ids: Sequence[int]
    shape: Shape

    def __post_init__(self) -> None:
        if len(self.ids) != prod(self.shape):
            raise ValueError(f"{len(self.ids)} quantities do not fill {shape_text(self.shape)}")

    def __iter__(self) -> Iterator[Tensor]:
        """The parts along the first axis: the rows of a matrix, the steps of a sequence."""
        size = prod(self.shape[1:])
        for start in range(0, len(self.ids), size):
            yield Tensor(self.ids[start : start + size], self.shape[1:])

    def at(self, *index: int) -> int:
        """The quantity at an index, counted from 0, one number an axis."""
        offset = 0
        for place, length in zip(index, self.shape, strict=True):
            offset = offset * length + place
        return self.ids[offset]

    def reshaped(self, shape: Shape) -> Tensor:
        """The same quantities in another shape. Raises `ValueError` if they do not fill it."""
        return Tensor(self.ids, shape)

    @property
    def column(self) -> Tensor:
        """The same quantities in one axis."""
        return self.reshaped((len(self.ids),))


def of(block: Block) -> Tensor:
    """The quantities of a block."""
    return Tensor(block.ids, block.shape)


def stacked(parts: Sequence[Tensor]) -> Tensor:
    """Tensors of one shape along a new first axis. Raises `ValueError` where shapes differ."""
    if len({part.shape for part in parts}) != 1:
        raise ValueError("tensors of different shapes cannot be stacked")
    return Tensor([one for part in parts for one in part.ids], (len(parts), *parts[0].shape))


def joined(parts: Sequence[Tensor]) -> Tensor:
    """Tensors one after another along their first axis. Raises `ValueError` where the other axes differ."""
    if len({part.shape[1:] for part in parts}) != 1:
        raise ValueError("tensors of different shapes cannot be joined")
    ids = [one for part in parts for one in part.ids]
    return Tensor(ids, (sum(part.shape[0] for part in parts), *parts[0].shape[1:]))


def shape_text(shape: Shape) -> str:
    """A shape as people write it: `3`, `2 x 4`; `1` for a scalar."""
    return " x ".join(map(str, shape)) if shape else "1"

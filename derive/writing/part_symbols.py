"""Parts of arrays: which rows and columns of a block a tensor has, and which arrays stand side by side in one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from derive.graph.quantity import Block, Blocks
from derive.graph.tensor import Tensor


def part_index(blocks: Blocks, tensor: Tensor, own: Sequence[Block]) -> str:
    """The index of a part of an array: `2` for its second row, `:,1` for its first column, `:,1:2` for the first two.

    A tensor of several blocks has a row of each.
    """
    first = blocks.index(tensor.ids[0])
    last = blocks.index(tensor.ids[-1])
    lengths = own[0].shape
    if len(own) > 1:
        first, last, lengths = (0, *first), (0, *last), (1, *lengths)
    parts = [_range(*axis) for axis in zip(first, last, lengths, strict=True)]
    while parts and parts[-1] == _ALL:
        parts.pop()
    return ",".join(parts)


_ALL = ":"


def _range(first: int, last: int, length: int) -> str:
    """Places from the first to the last of an axis."""
    if (first, last) == (1, length) or not first:
        return _ALL
    return str(first) if first == last else f"{first}:{last}"


def columns_of(blocks: Blocks, tensor: Tensor) -> tuple[Tensor, ...]:
    """The arrays that a matrix has side by side, where each row goes through several blocks; else none."""
    if len(tensor.shape) != 2:
        return ()
    widths = [[len(list(run)) for _, run in groupby(row.ids, key=lambda q: blocks.of(q).first)] for row in tensor]
    if len(widths[0]) < 2 or any(one != widths[0] for one in widths):
        return ()
    starts = [sum(widths[0][:place]) for place in range(len(widths[0]))]
    return tuple(
        Tensor([q for row in tensor for q in row.ids[start : start + width]], (tensor.shape[0], width))
        for start, width in zip(starts, widths[0], strict=True)
    )

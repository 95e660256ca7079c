"""How an array's quantities lie in the blocks of a graph: one block, rows of several, entries listed or regrouped."""

from __future__ import annotations

from collections.abc import Sequence

from derive.graph.quantity import Block
from derive.graph.tensor import Tensor

_LISTED = 4
"""Entries of a joined array that are all written; of more, the first two and the last."""


def is_joined(tensor: Tensor, blocks: Sequence[Block]) -> bool:
    """Whether an array lists entries one after another that are named otherwise: what a flatten or a join gives."""
    alike = len({(block.kind, block.layer, block.own_letter, block.tag) for block in blocks}) == 1
    axes = len(tensor.shape)
    if len(blocks) > 1:
        return not alike or (axes == 1 and any(block.size > 1 for block in blocks))
    return axes == 1 and len(tensor.ids) == blocks[0].size and len(blocks[0].shape) > 1


def is_merged(tensor: Tensor, blocks: Sequence[Block]) -> bool:
    """Whether the rows of an array run over samples and, in each, over steps or positions, with one index."""
    if len(tensor.shape) != 2 or len(tensor.ids) != sum(block.size for block in blocks) or len(blocks) < 2:
        return False
    both = len({block.time for block in blocks}) > 1 and len({block.sample for block in blocks}) > 1
    return tensor.shape[0] > len(blocks) or (both and tensor.shape[0] == len(blocks))


def row_index(indices: Sequence[str], tensor: Tensor) -> str:
    """The index of an entry in a list whose rows follow one another: `2n+i-2`."""
    row, column = indices
    width = tensor.shape[1]
    return f"{width}{row}+{column}-{width}" if width > 1 else row


def is_regrouped(tensor: Tensor, blocks: Sequence[Block]) -> bool:
    """Whether the rows of an array hold the entries of its block in order, but are not the block's own rows."""
    own = [length for length in blocks[0].shape if length > 1]
    shape = [length for length in tensor.shape if length > 1]
    whole = len(blocks) == 1 and blocks[0].of is None and len(tensor.shape) > 1
    return whole and own != shape and list(tensor.ids) == list(blocks[0].ids)


def is_matrix(blocks: Sequence[Block]) -> bool:
    """Whether an array has rows and columns: those of its block, or vectors as its rows."""
    return len(blocks[0].shape) > 1 or (len(blocks) > 1 and bool(blocks[0].shape))


def shortened(names: list[str]) -> list[str]:
    """All of a few names, of more the first two, dots and the last."""
    return names if len(names) <= _LISTED else [*names[:2], r"\dots", names[-1]]

"""Quantities that are an array with a symbol of its own: a block, rows of one, or alike blocks one below another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import prod

from derive.errors import FormulaError
from derive.graph.quantity import Block, Blocks, Role, scoped_names
from derive.graph.tensor import Shape, Tensor
from derive.graph.views.language import ADJOINT

Size = tuple[int, int]
"""Rows and columns."""


class NoArrayError(FormulaError):
    """Quantities, or formulas of them, that no array stands for."""


class Arrays:
    """The arrays of one equation by name, each named when it is first asked for."""

    def __init__(self, blocks: Blocks) -> None:
        self.blocks = blocks
        self.tensors: dict[str, Tensor] = {}
        self._names: dict[tuple[object, ...], str] = {}

    def name(self, ids: Sequence[int], size: Size) -> str:
        """The name of an array of so many rows and columns. Raises `NoArrayError` where its quantities are none."""
        require_array(self.blocks, ids)
        block = self.blocks.of(ids[0])
        if block.of is not None and block.role is Role.BACKWARD and not block.is_own_gradient:
            return ADJOINT + self._named(self._differentiated(ids), size)
        return self._named(ids, size)

    def _differentiated(self, ids: Sequence[int]) -> Sequence[int]:
        """What adjoints are of."""
        found: list[int] = []
        for block in blocks_of(self.blocks, ids):
            if block.of is None:
                raise NoArrayError(f"{block.name} is no adjoint")
            start = 0 if found else ids[0] - block.first
            found += block.of.ids[start : start + len(ids)]
        return found

    def _named(self, ids: Sequence[int], size: Size) -> str:
        key = (ids[0], ids[-1], size)
        if key not in self._names:
            stem = re.sub(r"\W", "_", scoped_names(self.blocks.of(ids[0]).name)[-1])
            name, number = stem, 1
            while name in self.tensors:
                number += 1
                name = f"{stem}_{number}"
            self._names[key] = name
            self.tensors[name] = Tensor(ids, self._shape(ids, size))
        return self._names[key]

    def _shape(self, ids: Sequence[int], size: Size) -> Shape:
        """The shape of a block where it is one, seen as a matrix; of anything else a vector or a matrix."""
        block = self.blocks.of(ids[0])
        if len(ids) == block.size and len(block.shape) <= 2 and matrix_size(block.shape) == size:
            return block.shape
        return size if size[1] > 1 else size[:1]


def matrix_size(shape: Shape) -> Size:
    """The rows and columns of an array of at most two axes; a vector is a column."""
    rows, columns = (*shape, 1, 1)[:2]
    return rows, columns


def blocks_of(blocks: Blocks, ids: Sequence[int]) -> tuple[Block, ...]:
    """The blocks that quantities lie in, one after another."""
    found, place = [], 0
    while place < len(ids):
        block = blocks.of(ids[place])
        found.append(block)
        place += block.first + block.size - ids[place]
    return tuple(found)


def require_array(blocks: Blocks, ids: Sequence[int]) -> None:
    """Raise `NoArrayError` unless quantities are a block, rows of one, or alike blocks one after another."""
    found = blocks_of(blocks, ids)
    first = found[0]
    if len(found) == 1:
        offset, size = ids[0] - first.first, len(ids)
        if offset % size or size not in slice_sizes(first) or list(ids) != list(first.ids[offset : offset + size]):
            raise NoArrayError(f"these quantities are no array of {first.name}")
        return
    is_one = len(set(found)) == len(found) and len({alike(block) for block in found}) == 1
    if not is_one or list(ids) != [q for block in found for q in block.ids]:
        raise NoArrayError(f"{first.name} and {found[-1].name} are no array together")


def slice_sizes(block: Block) -> tuple[int, ...]:
    """How many quantities the whole block has, a row of it, a row of a row; not a single entry of several."""
    sizes = [prod(block.shape[axis:]) for axis in range(len(block.shape))] or [1]
    return tuple(size for size in sizes if size > 1 or block.size == 1)


def alike(block: Block) -> tuple[object, ...]:
    """What blocks have in common that differ in their time step or sample alone."""
    own = (block.kind, block.role, block.layer, block.shape, block.letter, block.tag, block.negative)
    return (*own, bool(block.time), bool(block.sample), None if block.of is None else alike(block.of))

"""Quantities: every number of a derivation, gathered in blocks that have a shape.

A quantity is an integer; a block is a run of them. A network of 110,000 parameters therefore costs a handful of
blocks, and names are written only when somebody asks for them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import product
from math import prod


class Kind(StrEnum):
    """What a quantity is. The values are the words of problem files, notations and the trace."""

    INPUT = "input"
    TARGET = "target"
    LEARNING_RATE = "learning rate"
    WEIGHT = "weight"
    BIAS = "bias"
    PRE_ACTIVATION = "pre-activation"
    ACTIVATION = "activation"
    OUTPUT = "output"
    ERROR = "error"
    SQUARED_ERROR = "squared error"
    LOSS = "loss"
    ADJOINT = "adjoint"
    DELTA = "delta"
    GRADIENT = "gradient"


class Role(StrEnum):
    """Where a quantity comes from."""

    GIVEN = "given"
    FORWARD = "forward"
    BACKWARD = "backward"
    UPDATED = "updated"


_LETTERS = {
    Kind.INPUT: "x",
    Kind.TARGET: "y",
    Kind.LEARNING_RATE: "eta",
    Kind.WEIGHT: "w",
    Kind.BIAS: "b",
    Kind.PRE_ACTIVATION: "s",
    Kind.ACTIVATION: "f",
    Kind.OUTPUT: "f",
    Kind.ERROR: "e",
    Kind.SQUARED_ERROR: "q",
    Kind.LOSS: "L",
}


@dataclass(frozen=True, slots=True)
class Block:
    """A run of quantities: `shape` is () for a scalar, (units,) for a vector, (inputs, units) for weights.

    `layer` counts from 1; it is 0 for what belongs to no layer. `of` is the block that an adjoint or an updated
    block belongs to. `layered` says whether the name carries the layer's number.
    """

    kind: Kind
    role: Role
    layer: int
    shape: tuple[int, ...]
    first: int
    layered: bool = False
    of: Block | None = None

    @property
    def size(self) -> int:
        """How many quantities the block holds."""
        return prod(self.shape)

    @property
    def ids(self) -> range:
        """The quantities of the block, row by row."""
        return range(self.first, self.first + self.size)

    @property
    def name(self) -> str:
        """The block's name in plain ASCII: `w`, `s2`, `dL/ds2`, `w2_new`."""
        if self.of is not None:
            return f"dL/d{self.of.name}" if self.role is Role.BACKWARD else f"{self.of.name}_new"
        return _LETTERS[self.kind] + (str(self.layer) if self.layered else "")

    def indices(self) -> Iterator[tuple[int, ...]]:
        """The indices of the entries, counted from 1, row by row."""
        return product(*(range(1, length + 1) for length in self.shape))

    def names(self) -> list[str]:
        """The names of the entries, row by row: `w11`, `w2_11`, `w1_10,2`, `dL/dw11`, `w11_new`."""
        if self.of is not None:
            ends = ("dL/d", "") if self.role is Role.BACKWARD else ("", "_new")
            return [ends[0] + name + ends[1] for name in self.of.names()]
        if not self.shape:
            return [self.name]
        comma = "," if max(self.shape) > 9 and len(self.shape) > 1 else ""
        mark = "_" if self.layered else ""
        return [self.name + mark + comma.join(map(str, index)) for index in self.indices()]


@dataclass(frozen=True)
class Blocks:
    """All blocks of a derivation, in the order of their quantities."""

    blocks: tuple[Block, ...]

    @cached_property
    def _firsts(self) -> list[int]:
        return [block.first for block in self.blocks]

    @property
    def size(self) -> int:
        """How many quantities there are."""
        return self.blocks[-1].first + self.blocks[-1].size if self.blocks else 0

    def of(self, quantity: int) -> Block:
        """The block that `quantity` lies in."""
        return self.blocks[bisect_right(self._firsts, quantity) - 1]

    def index(self, quantity: int) -> tuple[int, ...]:
        """The index of `quantity` in its block, each part counted from 1."""
        block = self.of(quantity)
        offset, index = quantity - block.first, []
        for length in reversed(block.shape):
            offset, part = divmod(offset, length)
            index.append(part + 1)
        return tuple(reversed(index))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The name of every quantity."""
        return tuple(name for block in self.blocks for name in block.names())

    @cached_property
    def by_name(self) -> dict[str, int]:
        """The quantity of every name."""
        return {name: quantity for quantity, name in enumerate(self.names)}

    def select(self, kind: Kind, role: Role | None = None) -> tuple[Block, ...]:
        """The blocks of one kind, and of one role where it is given."""
        return tuple(block for block in self.blocks if block.kind is kind and role in (None, block.role))

    def find(self, kind: Kind, layer: int, role: Role | None = None) -> Block | None:
        """The block of one kind and one layer, if there is one."""
        return next((block for block in self.select(kind, role) if block.layer == layer), None)

    def derived(self, of: Block, role: Role) -> Block | None:
        """The adjoint or the updated block of `of`, if there is one."""
        return next((block for block in self.blocks if block.of == of and block.role is role), None)

"""Quantities: every number of a derivation, gathered in blocks that have a shape.

A quantity is an integer; a block is a run of them. A network of 110,000 parameters therefore costs a handful of
blocks, and names are written only when somebody asks for them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import product
from math import prod

_SCOPE = re.compile(r"(@t\d+)?(@n\d+)?(?=_new$|$)")


@lru_cache(maxsize=65536)
def scoped_names(name: str) -> tuple[str, ...]:
    """A name, then the names that it shares with other steps and samples: `s1@t2@n1`, `s1@t2`, `s1@n1`, `s1`."""
    match = _SCOPE.search(name)
    if match is None or not match[0]:
        return (name,)
    start, end, (step, sample) = name[: match.start()], name[match.end() :], match.groups("")
    return tuple(dict.fromkeys(f"{start}{scope}{end}" for scope in (step + sample, step, sample, "")))


class Kind(StrEnum):
    """What a quantity is. The values are the words of problem files, notations and the trace."""

    INPUT = "input"
    TARGET = "target"
    LEARNING_RATE = "learning rate"
    WEIGHT = "weight"
    BIAS = "bias"
    KERNEL = "kernel"
    PRE_ACTIVATION = "pre-activation"
    ACTIVATION = "activation"
    OUTPUT = "output"
    ERROR = "error"
    SQUARED_ERROR = "squared error"
    LOSS = "loss"
    ADJOINT = "adjoint"
    DELTA = "delta"
    GRADIENT = "gradient"
    TOTAL_LOSS = "total loss"
    PROBABILITY = "probability"
    HIDDEN_STATE = "hidden state"
    CELL_STATE = "cell state"
    GATE = "gate"
    MASK = "mask"
    MEAN = "mean"
    VARIANCE = "variance"
    NORMALIZED = "normalized"
    QUERY = "query"
    KEY = "key"
    VALUE = "value"
    SCORE = "score"
    ATTENTION = "attention weight"
    EMBEDDING = "embedding"
    NODE = "node"
    CONSTANT = "constant"
    STATE = "state"
    STEP = "step"


class Role(StrEnum):
    """Where a quantity comes from."""

    GIVEN = "given"
    FORWARD = "forward"
    BACKWARD = "backward"
    OPTIMIZER = "optimizer"
    UPDATED = "updated"


_LETTERS = {
    Kind.INPUT: "x",
    Kind.TARGET: "y",
    Kind.LEARNING_RATE: "eta",
    Kind.WEIGHT: "w",
    Kind.KERNEL: "k",
    Kind.BIAS: "b",
    Kind.PRE_ACTIVATION: "s",
    Kind.ACTIVATION: "f",
    Kind.OUTPUT: "f",
    Kind.ERROR: "e",
    Kind.SQUARED_ERROR: "q",
    Kind.LOSS: "L",
    Kind.TOTAL_LOSS: "J",
    Kind.PROBABILITY: "p",
    Kind.HIDDEN_STATE: "h",
    Kind.CELL_STATE: "c",
    Kind.GATE: "g",
    Kind.MASK: "m",
    Kind.MEAN: "mu",
    Kind.VARIANCE: "v",
    Kind.NORMALIZED: "xhat",
    Kind.QUERY: "q",
    Kind.KEY: "k",
    Kind.VALUE: "v",
    Kind.SCORE: "s",
    Kind.ATTENTION: "a",
    Kind.EMBEDDING: "E",
}


@dataclass(frozen=True, slots=True)
class Block:
    """A run of quantities: `shape` is () for a scalar, (units,) for a vector, (inputs, units) for weights.

    `letter` and `tag` name the block where its kind's own letter does not do (`w` with the tag `f` for the weights
    of a forget gate); that of an adjoint is the letter of what is differentiated. `layer`, `time` and `sample` count
    from 1; each is 0 for what belongs to none. `of` is the block that an adjoint or an updated block belongs to.
    `layered` says whether the name carries the layer's number. A `negative` adjoint holds the partials with a minus,
    as the deltas of the ascent form do.
    """

    kind: Kind
    role: Role
    layer: int
    shape: tuple[int, ...]
    first: int
    layered: bool = False
    of: Block | None = None
    letter: str = ""
    tag: str = ""
    time: int = 0
    sample: int = 0
    negative: bool = False

    @property
    def size(self) -> int:
        """How many quantities the block holds."""
        return prod(self.shape)

    @property
    def ids(self) -> range:
        """The quantities of the block, row by row."""
        return range(self.first, self.first + self.size)

    @property
    def own_letter(self) -> str:
        """The letter in plain ASCII: the block's, else its kind's."""
        return self.letter or _LETTERS.get(self.kind, self.kind.value)

    @property
    def _stem(self) -> str:
        return self.own_letter + self.tag + (str(self.layer) if self.layered else "")

    @property
    def _place(self) -> str:
        """Time step and sample, as names carry them: `@t2`, `@n1`."""
        return (f"@t{self.time}" if self.time else "") + (f"@n{self.sample}" if self.sample else "")

    @property
    def is_own_gradient(self) -> bool:
        """Whether this is one sample's own gradient of a parameter that several samples share."""
        return self.role is Role.BACKWARD and self.of is not None and self.sample != self.of.sample

    def _derived(self, name: str) -> str:
        """The name of what belongs to a quantity: `dL/dw11`, `w11_new`, `v_w11`, `delta_s1`."""
        if self.role is Role.UPDATED:
            return f"{name}_new"
        if self.negative:
            return f"delta_{name}"
        if self.role is not Role.BACKWARD:
            return f"{self.letter}_{name}"
        start = f"d{self.letter}/d{name}"
        return start + self._place if self.is_own_gradient else start

    @property
    def name(self) -> str:
        """The block's name in plain ASCII: `w`, `s2`, `h@t3`, `dL/ds2`, `w2_new`."""
        return self._stem + self._place if self.of is None else self._derived(self.of.name)

    @property
    def unlayered(self) -> Block:
        """The block named as in a network of one layer: `s2` as `s`, `dL/dw2` as `dL/dw`."""
        return replace(self, layered=False, of=None if self.of is None else self.of.unlayered)

    def indices(self) -> Iterator[tuple[int, ...]]:
        """The indices of the entries, counted from 1, row by row."""
        return product(*(range(1, length + 1) for length in self.shape))

    @property
    def pattern(self) -> str:
        """How the entries are named, with `{}` for each part of the index: `w2_{}{}`, `h{}@t3`, `dL/dw{}{}`."""
        if self.of is not None:
            return self._derived(self.of.pattern)
        if not self.shape:
            return self.name
        comma = "," if max(self.shape) > 9 and len(self.shape) > 1 else ""
        start = self._stem + ("_" if self.layered or self._stem[-1].isdigit() else "")
        return start + comma.join("{}" for _ in self.shape) + self._place

    def names(self) -> list[str]:
        """The names of the entries, row by row: `w11`, `w2_11`, `w1_10,2`, `h1@t3`, `dL/dw11`, `w11_new`."""
        pattern = self.pattern
        return [pattern.format(*index) for index in self.indices()]


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
        own = (b for b in self.blocks if b.of == of and b.role is role and not b.is_own_gradient)
        return next(own, None)

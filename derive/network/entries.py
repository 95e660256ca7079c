"""The equations of all entries of an array as one formula over columns of quantities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from math import prod

from derive.graph.equations import Equation, Equations, Family, families
from derive.graph.formula import Formula, Position, leaves, rebuild
from derive.graph.quantity import Block, Blocks
from derive.network.arrays import Size, alike

Column = Sequence[int]


@dataclass(frozen=True)
class Entries:
    """All entries of blocks, in order: entry k is `formula` with position p standing for `columns[p][k]`.

    Every place where the formula mentions a quantity is a position of its own.
    """

    blocks: tuple[Block, ...]
    formula: Formula
    columns: tuple[Column, ...]
    outputs: Column
    families: tuple[Family, ...] = ()
    """The equations that they were read from."""

    @property
    def key(self) -> tuple[object, ...]:
        """What entries have in common that can be joined: those of other samples and time steps."""
        return (*alike(self.blocks[0]), self.formula)

    @property
    def size(self) -> Size:
        """Rows and columns; one below another where there are several blocks, a vector of each being a row."""
        shape = self.blocks[0].shape
        stacked = len(self.blocks) > 1 and shape
        width = shape[-1] if stacked or len(shape) > 1 else 1
        return len(self.outputs) // width, width

    def slices(self) -> Iterator[Entries]:
        """The entries of a block of more than two axes as matrices, along its first axes; any others as they are."""
        size = prod(self.blocks[0].shape[-2:])
        if len(self.blocks[0].shape) < 3 or len(self.blocks) > 1:
            yield self
            return
        for start in range(0, len(self.outputs), size):
            end = start + size
            columns = tuple(column[start:end] for column in self.columns)
            yield replace(self, columns=columns, outputs=self.outputs[start:end])


@lru_cache(maxsize=4096)
def spread(formula: Formula) -> tuple[Formula, tuple[int, ...]]:
    """A formula with a position for each place that mentions a quantity, and what stood there."""
    mentioned = tuple(leaf.index for leaf in leaves(formula) if isinstance(leaf, Position))
    numbers = iter(range(len(mentioned)))
    return rebuild(formula, lambda n: Position(next(numbers)) if isinstance(n, Position) else None), mentioned


def entries_of(blocks: Blocks, equations: Iterable[Equation]) -> Iterator[Entries | Family]:
    """Runs of equations that give all entries of a block alike, and what is no such run, in order."""
    found = equations.families if isinstance(equations, Equations) else families(equations)
    pieces = (piece for family in found for piece in _by_block(blocks, family))
    for block, run in groupby(pieces, key=lambda piece: blocks.of(piece.outputs[0])):
        parts = tuple(run)
        joined = _whole(block, parts)
        yield from parts if joined is None else (joined,)


def _by_block(blocks: Blocks, family: Family) -> Iterator[Family]:
    """A family cut where its outputs go on to another block."""
    start = 0
    while start < len(family.outputs):
        block = blocks.of(family.outputs[start])
        end = start + 1
        while end < len(family.outputs) and block.first <= family.outputs[end] < block.first + block.size:
            end += 1
        yield Family(family.rule, family.outputs[start:end], tuple(column[start:end] for column in family.columns))
        start = end


def _whole(block: Block, parts: Sequence[Family]) -> Entries | None:
    """The entries of a block from families that give each of them once, by formulas of one form; else None."""
    outputs = [output for part in parts for output in part.outputs]
    formulas = [spread(part.rule.formula) for part in parts]
    if len({formula for formula, _ in formulas}) > 1 or sorted(outputs) != list(block.ids):
        return None
    formula, places = formulas[0]
    columns = [
        [q for part, (_, mentioned) in zip(parts, formulas, strict=True) for q in part.columns[mentioned[place]]]
        for place in range(len(places))
    ]
    if outputs != list(block.ids):
        order = sorted(range(len(outputs)), key=outputs.__getitem__)
        columns = [[column[k] for k in order] for column in columns]
    return Entries((block,), formula, tuple(columns), block.ids, tuple(parts))


def joined(items: Sequence[Entries]) -> Entries:
    """Entries of alike blocks, one below another."""
    columns = zip(*(item.columns for item in items), strict=True)
    return Entries(
        tuple(block for item in items for block in item.blocks),
        items[0].formula,
        tuple([q for part in column for q in part] for column in columns),
        [q for item in items for q in item.outputs],
        tuple(family for item in items for family in item.families),
    )

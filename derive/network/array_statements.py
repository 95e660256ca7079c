"""Losses, updates and whatever else is worked entry by entry, as statements of arrays in the order of the pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeGuard

from derive.graph.equations import Equation, Family
from derive.graph.graph import Graph
from derive.graph.quantity import Block, Blocks
from derive.network.arrays import NoArrayError
from derive.network.entries import Entries, entries_of, joined
from derive.network.entrywise import matrix_equation
from derive.network.statements import Statement

Stated = Statement | Equation
"""What one line says: of an array, or of a single number where no array is."""


def update_statements(graph: Graph) -> tuple[Stated, ...]:
    """The rate, what happens to gradients, the optimizer's states and the new parameters."""
    return array_statements(graph, graph.update)


def array_statements(graph: Graph, equations: Iterable[Equation]) -> tuple[Stated, ...]:
    """Equations as statements of arrays, and one by one where they are of none; in order, none left out.

    Blocks of several samples or steps that are worked alike are one array, which stands where the first of them does;
    not where some of them wait for what is worked after it.
    """
    groups: dict[object, list[tuple[int, Entries | Family]]] = {}
    items = tuple(entries_of(graph.blocks, equations))
    for place, item in enumerate(items):
        groups.setdefault(item.key if _can_be_joined(item) else id(item), []).append((place, item))
    order = _Order(graph.blocks, items)
    placed = [one for group in groups.values() for one in order.placed(group)]
    placed.sort(key=lambda pair: pair[0])
    return tuple(one for _, group in placed for one in _stated(graph, group))


class _Order:
    """Where the blocks that are worked stand."""

    def __init__(self, blocks: Blocks, items: Iterable[Entries | Family]) -> None:
        self.blocks = blocks
        self.places: dict[Block, int | None] = {self.block(item): None for item in items}

    def block(self, item: Entries | Family) -> Block:
        """The block that an item is of."""
        return self.blocks.of(item.outputs[0])

    def placed(self, group: Sequence[tuple[int, Entries | Family]]) -> Iterator[tuple[int, Sequence[Entries | Family]]]:
        """A group where its first item stands, if all that it is worked from stands before; else item by item."""
        start = group[0][0]
        if len(group) > 1 and not all(self._stands_before(start, item) for _, item in group):
            for one in group:
                yield from self.placed([one])
            return
        self.places.update((self.block(item), start) for _, item in group)
        yield start, [item for _, item in group]

    def _stands_before(self, start: int, item: Entries | Family) -> bool:
        """Whether all that an item is worked from is given, or stands before a place."""
        operands = {self.blocks.of(quantity) for column in item.columns for quantity in column}
        places = [self.places[block] for block in operands if block in self.places]
        return all(place is not None and place < start for place in places)


def _can_be_joined(item: Entries | Family) -> TypeGuard[Entries]:
    """Whether entries may be a row, or an entry, of an array of several samples or steps."""
    return isinstance(item, Entries) and len(item.blocks[0].shape) < 2


def _stated(graph: Graph, group: Sequence[Entries | Family]) -> list[Stated]:
    entries = [item for item in group if isinstance(item, Entries)]
    if len(entries) > 1:
        try:
            return [_statement(graph, joined(sorted(entries, key=_sample_and_step)))]
        except NoArrayError:
            return [one for item in entries for one in _alone(graph, item)]
    return [one for item in group for one in _alone(graph, item)]


def _sample_and_step(entries: Entries) -> tuple[int, int, int]:
    """Where entries stand in an array: samples and steps in order, whatever the order in which they are worked."""
    block = entries.blocks[0]
    return block.sample, block.time, block.first


def _alone(graph: Graph, item: Entries | Family) -> list[Stated]:
    if isinstance(item, Family):
        return list(item)
    try:
        return [_statement(graph, part) for part in item.slices()]
    except NoArrayError:
        return [equation for family in item.families for equation in family]


def _statement(graph: Graph, entries: Entries) -> Statement:
    made = matrix_equation(graph.blocks, entries, graph.adjoint_of)
    return Statement((made,), layer=entries.blocks[0].layer)

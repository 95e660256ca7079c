"""Losses, updates and whatever else is worked entry by entry, as statements of arrays in the order of the pass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeGuard

from derive.graph.equations import Equation, Family
from derive.graph.graph import Graph
from derive.graph.quantity import Kind
from derive.network.arrays import NoArrayError
from derive.network.entries import Entries, entries_of, joined
from derive.network.entrywise import matrix_equation
from derive.network.statements import Statement

Stated = Statement | Equation
"""What one line says: of an array, or of a single number where no array is."""


def loss_statements(graph: Graph) -> tuple[Stated, ...]:
    """The loss with the steps of its working, sums over steps and samples and penalties, a row a sample."""
    return array_statements(graph, loss_equations(graph))


def update_statements(graph: Graph) -> tuple[Stated, ...]:
    """The rate, what happens to gradients, the optimizer's states and the new parameters."""
    return array_statements(graph, graph.update)


def loss_equations(graph: Graph) -> tuple[Equation, ...]:
    """The equations of a loss as they are worked: its steps, itself, and what it is summed to."""
    steps = {equation.output for equation in graph.working}
    return tuple(
        equation
        for equation in graph.worked_forward
        if equation.output in graph.roots
        or equation.output in steps
        or graph.blocks.of(equation.output).kind is Kind.TARGET
    )


def array_statements(graph: Graph, equations: Iterable[Equation]) -> tuple[Stated, ...]:
    """Equations as statements of arrays, and one by one where they are of none; in order, none left out.

    Blocks of several samples or steps that are worked alike are one array, which stands where the first of them does.
    """
    groups: dict[object, list[Entries | Family]] = {}
    for item in entries_of(graph.blocks, equations):
        groups.setdefault(item.key if _can_be_joined(item) else id(item), []).append(item)
    return tuple(one for group in groups.values() for one in _stated(graph, group))


def _can_be_joined(item: Entries | Family) -> TypeGuard[Entries]:
    """Whether entries may be a row, or an entry, of an array of several samples or steps."""
    return isinstance(item, Entries) and len(item.blocks[0].shape) < 2


def _stated(graph: Graph, group: Sequence[Entries | Family]) -> list[Stated]:
    entries = [item for item in group if isinstance(item, Entries)]
    if len(entries) > 1:
        try:
            return [_statement(graph, joined(sorted(entries, key=_place)))]
        except NoArrayError:
            return [one for item in entries for one in _alone(graph, item)]
    return [one for item in group for one in _alone(graph, item)]


def _place(entries: Entries) -> tuple[int, int, int]:
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

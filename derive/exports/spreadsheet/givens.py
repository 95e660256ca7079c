"""Where the numbers that a round starts with come from: put in once, or taken from a cell above."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from derive.graph.quantity import Role
from derive.network.solution import Solution

Place = tuple[int, int]
"""A quantity (second) in a round (first, from 1)."""


@dataclass(frozen=True, slots=True)
class Given:
    """A number that is put in."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The number of another place; `more` is what is added to it."""

    place: Place
    more: int = 0


Origin = Given | Taken


def origins(solution: Solution) -> Mapping[Place, Origin]:
    """For every given number of every round, whether it is put in or where it is taken from."""
    found: dict[Place, Origin] = {}
    known: dict[tuple[object, ...], Place] = {}
    for round in solution.rounds:
        stated = dict(_stated(solution, round.number))
        for quantity in round.values:
            if solution.graph.blocks.of(quantity).role is not Role.GIVEN:
                continue
            place = (round.number, quantity)
            source = stated.get(quantity, ("start", quantity))
            if source in known:
                found[place] = _again(solution, place, known[source])
            else:
                found[place] = Given()
            known[source] = place
    return found


def _again(solution: Solution, place: Place, before: Place) -> Taken:
    """A number that was there in an earlier round: the updated one, the next round's number, or the same."""
    number, quantity = place
    blocks = solution.graph.blocks
    if solution.lowered.counter is not None and quantity == solution.lowered.counter.first:
        return Taken(before, 1)
    block = blocks.of(quantity)
    updated = blocks.derived(block, Role.UPDATED)
    if updated is not None and updated.first in solution.rounds[number - 1].values:
        return Taken((number - 1, updated.first + quantity - block.first))
    return Taken(before)


def _stated(solution: Solution, number: int) -> Iterator[tuple[int, tuple[object, ...]]]:
    """The quantities whose numbers change from round to round, each with what its number is known by."""
    problem, lowered = solution.problem, solution.lowered
    rate = problem.learning_rate
    if lowered.rate is not None and rate is not None and rate.rounds:
        yield lowered.rate.first, ("rate", min(number, len(rate.rounds)))
    if problem.network is None:
        yield from _values(solution, number)
        return
    size = problem.batch.size
    for place, tensors in enumerate(zip(lowered.inputs, lowered.targets, strict=True)):
        sample = ((number - 1) * size + place) % len(problem.data)
        for side, tensor in enumerate(tensors):
            yield from ((q, ("sample", sample, side, k)) for k, q in enumerate(tensor.ids))
    for turn, turns in enumerate(lowered.turns):
        for place, block in enumerate(turns.blocks):
            which = ((number - 1) * len(turns.blocks) + place) % len(turns.arrays)
            yield from ((q, ("turn", turn, which, k)) for k, q in enumerate(block.ids))


def _values(solution: Solution, number: int) -> Iterator[tuple[int, tuple[object, ...]]]:
    """The values of equations alone, which start over after the last."""
    problem, by_name = solution.problem, {b.name: b for b in solution.graph.blocks.blocks}
    if len(problem.values) < 2:
        return
    which = (number - 1) % len(problem.values)
    for name in problem.values[which]:
        if name not in problem.parameters:
            yield from ((q, ("value", which, q)) for q in by_name[name].ids)

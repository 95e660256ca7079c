"""The derivation of a problem: every equation of its rounds and what they start from, before any number is worked."""

from __future__ import annotations

import math
from dataclasses import dataclass

from derive.arithmetic.rounding import Policy
from derive.errors import InputError, UnplacedError
from derive.graph.graph import Graph
from derive.network.asked import blank_mistakes, mistakes
from derive.network.lower import lower, round_values, start_values
from derive.network.lowered import Lowered
from derive.network.names import require_letters, require_names
from derive.network.ordering import worked_graph
from derive.network.states import with_state_figures
from derive.network.unused import unused_in
from derive.network.work import Plan
from derive.problem.model import Network, Problem
from derive.problem.read import require_valid
from derive.problem.shapes import wire

MOST_WORK = 300_000
"""Equations, counted through all rounds, that are worked at most: about a minute of one processor."""
_LIMIT = f"{MOST_WORK:,} equations in all, about a minute of work, are the most"


@dataclass(frozen=True)
class Derivation:
    """A problem derived. `lowered.graph` derives everything; `graph` is what the key works and shows."""

    problem: Problem
    lowered: Lowered
    graph: Graph
    policy: Policy
    plan: Plan

    @property
    def round_count(self) -> int:
        """How many rounds there are, a final forward pass counted."""
        return len(self.plan.samples)


def derived(problem: Problem) -> Derivation:
    """The equations of a problem's rounds, and the numbers that they start from.

    Raises `InputError` for parts that do not fit, and for a problem that takes more than `MOST_WORK` equations.
    """
    require_valid(problem)
    if problem.network is not None:
        least = _least_equations(problem.network, problem.batch.size)
        if least > MOST_WORK:
            raise _too_large(least)
    lowered = lower(problem)
    graph = worked_graph(problem, lowered.graph)
    last = len(graph.worked_forward) if problem.final_forward_pass else 0
    _require_workable(problem, len(graph.schedule), last)
    policy = with_state_figures(problem.rounding.policy(), graph)
    require_names(problem, graph)
    require_letters(problem, graph)
    unused = unused_in(problem, lowered, graph)
    asked = (*mistakes(problem, lowered), *blank_mistakes(problem, graph), *unused)
    if asked:
        raise UnplacedError(asked)
    updates = problem.round_count
    count = updates + problem.final_forward_pass
    samples = [round_values(problem, lowered, number) for number in range(1, count + 1)]
    return Derivation(problem, lowered, graph, policy, Plan(graph, policy, start_values(lowered), samples, updates))


def _require_workable(problem: Problem, each: int, last: int = 0) -> None:
    """Raise `InputError` for rounds of `each` equations, and `last` more, that take too long to be worked."""
    rounds = problem.round_count
    if each * rounds + last <= MOST_WORK:
        return
    fitting = (MOST_WORK - last) // each
    if fitting < 1:
        raise _too_large(each)
    raise InputError.single(
        f"{rounds:,} rounds of {each:,} equations are too many: {_LIMIT}; `rounds: {fitting}` fits, and the parameters "
        "after its last round may start a second file"
    )


def _too_large(each: int) -> InputError:
    return InputError.single(
        f"one round has {each:,} equations or more: {_LIMIT}; take fewer or smaller layers, or a smaller `batch`"
    )


def _least_equations(network: Network, batch: int) -> int:
    """How many equations a round of a network has at least, known from its shapes alone."""
    wired = [one for one in wire(network.inputs, network.layers, {}, network.rows).wired if one is not None]
    outputs = sum(math.prod(one.output) for one in wired)
    trained = sum(
        math.prod(parameter.shape)
        for layer, one in zip(network.layers, wired, strict=True)
        if not layer.frozen
        for parameter in layer.parameters(one.inputs)
        if parameter.trainable and not parameter.takes_turns
    )
    return batch * outputs + 2 * trained

"""Central differences: the loss with one quantity moved up and down by a step, in long decimal numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.evaluate import Evaluators
from derive.graph.graph import Graph

DIGITS = 60


@dataclass(frozen=True)
class Difference:
    """The loss above and below, and (above - below)/2h."""

    above: Decimal
    below: Decimal
    quotient: Decimal


def central_difference(graph: Graph, start: Mapping[int, Decimal], quantity: int, step: Decimal) -> Difference:
    """The central difference of the loss by a quantity, from the numbers that a round starts with.

    Nothing of the backward walk is used; no gradient flows where a rule says so.
    """
    arithmetic = DecimalArithmetic(DIGITS)
    evaluators = Evaluators(arithmetic)
    held = _forward(graph, evaluators, start, start, quantity, Decimal(0))

    def loss(move: Decimal) -> Decimal:
        values = _forward(graph, evaluators, start, held, quantity, move)
        return arithmetic.add([values[root] for root in graph.differentiated(quantity)])

    above, below = loss(step), loss(-step)
    gap = arithmetic.add([above, arithmetic.negative(below)])
    return Difference(above, below, arithmetic.divide(gap, arithmetic.multiply([Decimal(2), step])))


def _forward(
    graph: Graph,
    evaluators: Evaluators[Decimal],
    start: Mapping[int, Decimal],
    held: Mapping[int, Decimal],
    quantity: int,
    move: Decimal,
) -> dict[int, Decimal]:
    """The forward pass with a quantity moved; `held` has the numbers of detached operands."""
    add = evaluators.arithmetic.add
    values = dict(start)
    if quantity in values:
        values[quantity] = add([values[quantity], move])
    for equation in graph.forward:
        detached = equation.rule.detached if move else ()
        operands = [held[q] if place in detached else values[q] for place, q in enumerate(equation.operands)]
        result = evaluators.of(equation.rule)(operands)
        values[equation.output] = add([result, move]) if equation.output == quantity else result
    return values

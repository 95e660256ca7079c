"""The independent check: every partial of a round against a complex step of the forward pass alone.

The forward equations are evaluated in complex numbers with one quantity moved by a tiny imaginary step; the
imaginary part of the loss over the step is the partial (Squire and Trapp, SIAM Review 40, 1998). Nothing of the
backward walk is used. Where ordinary numbers overflow or lose digits, the step is taken again in 50 digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from derive.arithmetic.complexes import ORDINARY, ComplexArithmetic, ComplexNumbers
from derive.arithmetic.evaluate import Evaluators
from derive.errors import CheckError
from derive.graph.graph import Graph
from derive.network.work import Plan, Progress, exact_plan, work

TOLERANCE = 1e-9
_SECOND_LOOK = 1e-12
_STEP = 1e-30
MOST_EVALUATIONS = 3_000_000
"""Equations evaluated at most; larger problems are checked at evenly spread partials."""


@dataclass(frozen=True)
class Check:
    """How many partials were checked, out of how many, and the largest relative difference."""

    checked: int
    total: int
    largest: float


@dataclass(frozen=True)
class Stepper:
    """A complex step of one graph in one kind of complex number."""

    graph: Graph
    evaluators: Evaluators[Any]
    to_number: Callable[[Decimal], Any]
    imaginary: Any

    def partial(self, start: Mapping[int, Decimal], quantity: int) -> float:
        """The partial of the loss by `quantity`, the equations before it evaluated as they are."""
        values = {q: self.to_number(number) for q, number in start.items()}
        if quantity in values:
            values[quantity] += self.imaginary * _STEP
        for rule, output, operands in self.graph.forward:
            values[output] = self.evaluators.of(rule)([values[operand] for operand in operands])
            if output == quantity:
                values[output] += self.imaginary * _STEP
        return float(values[self.graph.loss].imag / _STEP)


def ordinary(graph: Graph, tie: int) -> Stepper:
    """The complex step in Python's complex numbers."""
    return Stepper(graph, Evaluators(ComplexArithmetic(ORDINARY, tie)), complex, 1j)


def long(graph: Graph, tie: int) -> Stepper:
    """The complex step in mpmath's complex numbers of 50 digits."""
    import mpmath

    context = mpmath.MPContext()
    context.dps = 50
    numbers = ComplexNumbers(context.mpc, context.exp, context.tanh, 1e-45)
    evaluators = Evaluators(ComplexArithmetic(numbers, tie))
    return Stepper(graph, evaluators, lambda number: context.mpc(str(number)), context.mpc(0, 1))


def check(
    graph: Graph, plan: Plan, starts: list[dict[int, Decimal]], tie: int = 0, progress: Progress | None = None
) -> Check:
    """Check the unrounded partials of every updating round at its starting numbers.

    `starts` holds, for each round, every given quantity; `tie` is the convention for a derivative at a kink. Raises `CheckError` where a partial differs by more than
    1e-9 of its size.
    """
    pairs = [(number, quantity) for number in range(len(starts)) for quantity in graph.adjoint_of]
    chosen = pairs[:: max(1, math.ceil(len(pairs) * len(graph.forward) / MOST_EVALUATIONS))]
    first, second = ordinary(graph, tie), long(graph, tie)
    largest, current = 0.0, -1
    partials: dict[int, Decimal] = {}
    for done, (number, quantity) in enumerate(chosen, 1):
        if number != current:
            partials = _derived(graph, plan, starts[number])
            current = number
        difference = _difference(first, second, starts[number], quantity, partials)
        if not difference <= TOLERANCE:
            raise _disagreement(graph, number + 1, quantity, difference)
        largest = max(largest, difference)
        if progress is not None:
            progress(done, len(chosen))
    return Check(len(chosen), len(pairs), largest)


def _derived(graph: Graph, plan: Plan, start: Mapping[int, Decimal]) -> dict[int, Decimal]:
    (values,) = work(exact_plan(plan, graph, start))
    return {of: values[adjoint].unrounded for of, adjoint in graph.adjoint_of.items()}


def _difference(
    first: Stepper, second: Stepper, start: Mapping[int, Decimal], quantity: int, partials: Mapping[int, Decimal]
) -> float:
    expected = partials[quantity]
    try:
        difference = relative_difference(float(expected), first.partial(start, quantity))
    except (OverflowError, ZeroDivisionError):
        difference = math.inf
    if difference <= _SECOND_LOOK:
        return difference
    return relative_difference(float(expected), second.partial(start, quantity))


def relative_difference(first: float, second: float) -> float:
    """The difference as a share of the larger number; 0 where both are 0, or too small to be told from 0."""
    size = max(abs(first), abs(second))
    return abs(first - second) / size if size > 1e-290 else 0.0


def _disagreement(graph: Graph, number: int, quantity: int, difference: float) -> CheckError:
    name = graph.blocks.names[graph.adjoint_of[quantity]]
    return CheckError(
        f"{name} in round {number} differs from the complex step by {difference:.1e} of its size; "
        "this is a bug in derive, and nothing was written"
    )


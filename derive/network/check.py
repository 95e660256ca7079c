"""The independent check: every partial of a round against a complex step of the forward pass alone.

The forward equations are evaluated in complex numbers with one quantity moved by a tiny imaginary step; the
imaginary part of the loss over the step is the partial (Squire and Trapp, SIAM Review 40, 1998). Nothing of the
backward walk is used. Where ordinary numbers overflow or lose digits, the step is taken again in longer ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from derive.arithmetic.complexes import ORDINARY, ComplexArithmetic, ComplexNumbers
from derive.arithmetic.decimals import context
from derive.arithmetic.evaluate import Evaluators
from derive.errors import CheckError
from derive.graph.graph import Graph
from derive.network.work import Plan, Progress, exact_plan, work

TOLERANCE = 1e-9
_SECOND_LOOK = 1e-12
_STEP = 1e-30
LONG_DIGITS = (50, 200, 900)
_COMPARE = context(50)
MOST_EVALUATIONS = 1_000_000
"""Equations evaluated at most; larger problems are checked at evenly spread partials."""


@dataclass(frozen=True)
class Check:
    """How many partials were checked, out of how many, and the largest relative difference."""

    checked: int
    total: int
    largest: float

    @property
    def bound(self) -> int:
        """The power of ten that no relative difference reaches, at least -14: below that is noise of the machine."""
        return -14 if self.largest < 1e-14 else math.floor(math.log10(self.largest)) + 1


@dataclass(frozen=True)
class Stepper:
    """A complex step of one graph in one kind of complex number."""

    graph: Graph
    evaluators: Evaluators[Any]
    to_number: Callable[[Decimal], Any]
    imaginary: Any

    def partial(self, start: Mapping[int, Decimal], quantity: int) -> Decimal:
        """The partial of the loss by `quantity`, the equations before it evaluated as they are."""
        values = {q: self.to_number(number) for q, number in start.items()}
        if quantity in values:
            values[quantity] += self.imaginary * _STEP
        for rule, output, operands in self.graph.forward:
            values[output] = self.evaluators.of(rule)([values[operand] for operand in operands])
            if output == quantity:
                values[output] += self.imaginary * _STEP
        return Decimal(str((values[self.graph.loss] / _STEP).imag))


def ordinary(graph: Graph, tie: int) -> Stepper:
    """The complex step in Python's complex numbers."""
    return Stepper(graph, Evaluators(ComplexArithmetic(ORDINARY, tie)), complex, 1j)


def long(graph: Graph, tie: int, digits: int) -> Stepper:
    """The complex step in mpmath's complex numbers of so many digits."""
    import mpmath

    context = mpmath.MPContext()
    context.dps = digits
    numbers = ComplexNumbers(context.mpc, context.exp, context.tanh, context.mpf(10) ** (5 - digits))
    evaluators = Evaluators(ComplexArithmetic(numbers, tie))
    return Stepper(graph, evaluators, lambda number: context.mpc(str(number)), context.mpc(0, 1))


def check(
    graph: Graph, plan: Plan, starts: list[dict[int, Decimal]], tie: int = 0, progress: Progress | None = None
) -> Check:
    """Check the unrounded partials of every updating round at its starting numbers.

    `starts` holds, for each round, every given quantity; `tie` is the convention for a derivative at a kink.
    Raises `CheckError` where a partial differs by more than 1e-9 of its size.
    """
    pairs = [(number, quantity) for number in range(len(starts)) for quantity in graph.adjoint_of]
    chosen = pairs[:: max(1, math.ceil(len(pairs) * len(graph.forward) / MOST_EVALUATIONS))]
    steppers = (ordinary(graph, tie), *(long(graph, tie, digits) for digits in LONG_DIGITS))
    largest, current = 0.0, -1
    partials: dict[int, Decimal] = {}
    for done, (number, quantity) in enumerate(chosen, 1):
        if number != current:
            partials = _derived(graph, plan, starts[number])
            current = number
        difference = _difference(steppers, starts[number], quantity, partials[quantity])
        if not difference <= TOLERANCE:
            raise _disagreement(graph, number + 1, quantity, difference)
        largest = max(largest, difference)
        if progress is not None:
            progress(done, len(chosen))
    return Check(len(chosen), len(pairs), largest)


def _derived(graph: Graph, plan: Plan, start: Mapping[int, Decimal]) -> dict[int, Decimal]:
    (values,) = work(exact_plan(plan, graph, start))
    return {of: values[adjoint].unrounded for of, adjoint in graph.adjoint_of.items()}


def _difference(steppers: Sequence[Stepper], start: Mapping[int, Decimal], quantity: int, expected: Decimal) -> float:
    """The difference by the first kind of number that can tell: ordinary ones, then longer and longer ones."""
    difference = math.inf
    for stepper in steppers:
        try:
            difference = relative_difference(expected, stepper.partial(start, quantity))
        except (OverflowError, ZeroDivisionError):
            continue
        if difference <= _SECOND_LOOK:
            break
    return difference


def relative_difference(first: Decimal, second: Decimal) -> float:
    """The difference as a share of the larger number; 0 where both are 0, infinite where one is not a number."""
    if not (first.is_finite() and second.is_finite()):
        return math.inf
    size = max(first.copy_abs(), second.copy_abs())
    return float(_COMPARE.divide(_COMPARE.subtract(first, second).copy_abs(), size)) if size else 0.0


def _disagreement(graph: Graph, number: int, quantity: int, difference: float) -> CheckError:
    name = graph.blocks.names[graph.adjoint_of[quantity]]
    return CheckError(
        f"{name} in round {number} differs from the complex step by {difference:.1e} of its size; "
        "this is a bug in derive, and nothing was written"
    )

"""The independent check: every partial of a round against a complex step of the forward pass alone.

The forward equations are evaluated in complex numbers with one quantity moved by a tiny imaginary step; the
imaginary part of the loss over the step is the partial (Squire and Trapp, SIAM Review 40, 1998). Nothing of the
backward walk is used. Where ordinary numbers overflow or lose digits, the step is taken again in longer ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from heapq import heapify, heappop, heappush
from typing import Any

from derive.arithmetic.complexes import ORDINARY, ComplexArithmetic, long_numbers
from derive.arithmetic.decimals import context
from derive.arithmetic.evaluate import Evaluators
from derive.errors import CheckError, NumberError
from derive.graph.equations import Equation
from derive.graph.graph import Graph
from derive.network.work import Plan, exact_plan, work

Progress = Callable[[int, int], None]
"""Told how much of how much is done."""

TOLERANCE = 1e-9
_SECOND_LOOK = 1e-12
_STEP = 1e-30
_SHRINKS = 100
"""By how many powers of ten noise shrinks at least from one kind of long numbers to the next."""
LONG_DIGITS = (50, 200, 900, 3300)
_LEAST = Decimal("1e-3000")
"""Below this the 3,200 digits of the numbers cannot tell a number from the zero that a saturated unit leaves."""
_COMPARE = context(50)
MOST_OPERANDS = 10_000_000
"""Partials times operands of the forward pass at most; larger problems are checked at evenly spread partials."""


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


class Stepper:
    """Complex steps of one graph at one point, in one kind of complex number.

    The forward pass is evaluated once; a step evaluates again only what depends on the quantity that is moved.
    Raises `OverflowError` or `ZeroDivisionError` where the numbers cannot hold the forward pass.
    """

    def __init__(self, graph: Graph, arithmetic: ComplexArithmetic, start: Mapping[int, Any], imaginary: Any) -> None:
        self.graph = graph
        self.evaluators = Evaluators(arithmetic)
        self.step = imaginary * _STEP
        self.values = dict(start)
        for equation in graph.forward:
            operands = [self.values[operand] for operand in equation.operands]
            self.values[equation.output] = self.evaluators.of(equation.rule)(operands)

    def partial(self, quantity: int) -> Decimal:
        """The partial of the loss by `quantity`."""
        moved = {quantity: self.values[quantity] + self.step}
        waiting = [*self.graph.users.get(quantity, ())]
        heapify(waiting)
        while waiting:
            index = heappop(waiting)
            equation = self.graph.forward[index]
            if equation.output in moved:
                continue
            moved[equation.output] = self.evaluators.of(equation.rule)(self._operands(equation, moved))
            for user in self.graph.users.get(equation.output, ()):
                heappush(waiting, user)
        losses = [moved[loss] for loss in self.graph.differentiated(quantity) if loss in moved]
        return Decimal(str((sum(losses) / _STEP).imag)) if losses else Decimal(0)

    def _operands(self, equation: Equation, moved: Mapping[int, Any]) -> list[Any]:
        """The numbers of an equation's operands: as moved, but for those that no gradient flows through."""
        detached = equation.rule.detached
        return [
            moved[operand] if operand in moved and place not in detached else self.values[operand]
            for place, operand in enumerate(equation.operands)
        ]


def ordinary(graph: Graph, tie: int, start: Mapping[int, Decimal]) -> Stepper:
    """Complex steps in Python's complex numbers."""
    return Stepper(graph, ComplexArithmetic(ORDINARY, tie), {q: complex(n) for q, n in start.items()}, 1j)


def long(graph: Graph, tie: int, start: Mapping[int, Decimal], digits: int) -> Stepper:
    """Complex steps in mpmath's complex numbers of so many digits."""
    import mpmath

    context = mpmath.MPContext()
    context.dps = digits
    numbers = long_numbers(context)
    values = {quantity: context.mpc(str(number)) for quantity, number in start.items()}
    return Stepper(graph, ComplexArithmetic(numbers, tie), values, context.mpc(0, 1))


class _Point:
    """The steppers of one point, from ordinary numbers to the longest, each made when it is needed."""

    def __init__(self, graph: Graph, tie: int, start: Mapping[int, Decimal]) -> None:
        makers: list[Callable[[], Stepper]] = [lambda: ordinary(graph, tie, start)]
        makers += [lambda digits=digits: long(graph, tie, start, digits) for digits in LONG_DIGITS]  # type: ignore[misc]
        self.makers = makers
        self.made: dict[int, Stepper] = {}

    def difference(self, quantity: int, expected: Decimal) -> float:
        """The difference by the first kind of number that can tell.

        A step that is only noise shrinks with every digit, and its partial is zero: a shift of all scores of a
        softmax changes nothing. So is one that is lost in the digits of what is derived: 1 - f of a saturated f.
        Raises `NumberError` for a partial that is not zero and so small that parts of it are lost.
        """
        difference, before = math.inf, Decimal(0)
        for number, make in enumerate(self.makers):
            try:
                if number not in self.made:
                    self.made[number] = make()
                found = self.made[number].partial(quantity)
            except (OverflowError, ZeroDivisionError):
                continue
            difference = relative_difference(expected, Decimal(0) if found.copy_abs() < before else found)
            if difference > _SECOND_LOOK and max(expected.copy_abs(), found.copy_abs()) < _LEAST:
                return _lost(expected)
            if difference <= _SECOND_LOOK:
                break
            before = found.copy_abs().scaleb(-_SHRINKS) if number else before
        return difference


def _lost(expected: Decimal) -> float:
    """No difference where a lost partial is derived as zero."""
    if expected:
        raise NumberError(
            f"a number of size 1e{expected.adjusted()} is too small to be told from 0; "
            "the units are saturated: make their inputs or weights smaller"
        )
    return 0.0


def check(
    graph: Graph, plan: Plan, starts: list[dict[int, Decimal]], tie: int = 0, progress: Progress | None = None
) -> Check:
    """Check the unrounded partials of every updating round at its starting numbers.

    `starts` holds, for each round, every given quantity; `tie` is the convention for a derivative at a kink.
    Raises `CheckError` where a partial differs by more than 1e-9 of its size, `NumberError` where it cannot be told.
    """
    pairs = [(number, quantity) for number in range(len(starts)) for quantity in graph.adjoint_of]
    operands = sum(len(equation.operands) for equation in graph.forward)
    chosen = pairs[:: max(1, math.ceil(len(pairs) * operands / MOST_OPERANDS))]
    largest, current = 0.0, -1
    point = _Point(graph, tie, {})
    partials: dict[int, Decimal] = {}
    for done, (number, quantity) in enumerate(chosen, 1):
        if number != current:
            partials = _derived(graph, plan, starts[number])
            point = _Point(graph, tie, starts[number])
            current = number
        try:
            difference = point.difference(quantity, partials[quantity])
        except NumberError as error:
            raise NumberError(f"{_partial(graph, quantity)} in round {number + 1}: {error}") from error
        if not difference <= TOLERANCE:
            raise _disagreement(graph, number + 1, quantity, difference)
        largest = max(largest, difference)
        if progress is not None:
            progress(done, len(chosen))
    return Check(len(chosen), len(pairs), largest)


def _derived(graph: Graph, plan: Plan, start: Mapping[int, Decimal]) -> dict[int, Decimal]:
    (values,) = work(exact_plan(plan, graph, start))
    return {
        of: values[adjoint].unrounded.copy_negate() if graph.blocks.of(adjoint).negative else values[adjoint].unrounded
        for of, adjoint in graph.adjoint_of.items()
    }


def relative_difference(first: Decimal, second: Decimal) -> float:
    """The difference as a share of the larger number; 0 where both are 0, infinite where one is not a number."""
    if not (first.is_finite() and second.is_finite()):
        return math.inf
    size = max(first.copy_abs(), second.copy_abs())
    return float(_COMPARE.divide(_COMPARE.subtract(first, second).copy_abs(), size)) if size else 0.0


def _partial(graph: Graph, quantity: int) -> str:
    return graph.blocks.names[graph.adjoint_of[quantity]]


def _disagreement(graph: Graph, number: int, quantity: int, difference: float) -> CheckError:
    return CheckError(
        f"{_partial(graph, quantity)} in round {number} differs from the complex step by {difference:.1e} of its size; "
        "this is a bug in derive, and nothing was written"
    )

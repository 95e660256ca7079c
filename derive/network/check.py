"""The independent check: partials of the rounds against a complex step of the forward pass alone.

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
from derive.arithmetic.decimals import MOST_DIGITS, context
from derive.arithmetic.evaluate import Evaluators
from derive.errors import CheckError, NumberError
from derive.graph.equations import Equation
from derive.graph.graph import Graph
from derive.network.work import Plan, Progress, exact_plan, work

TOLERANCE = 1e-9
_SECOND_LOOK = 1e-12
_SHRINKS = 100
"""By how many powers of ten noise shrinks at least from one kind of long numbers to the next."""
LONG_DIGITS = (50, 200, 1300)
_LEAST = Decimal(1).scaleb(200 - MOST_DIGITS)
"""Below this the digits of the numbers cannot tell a number from the zero that a saturated unit leaves."""
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
        self.numbers = arithmetic.numbers
        self.evaluators = Evaluators(arithmetic)
        self.step = imaginary * self.numbers.step
        self.values = dict(start)
        for equation in graph.forward:
            operands = [self.values[operand] for operand in equation.operands]
            self.values[equation.output] = self.evaluators.of(equation.rule)(operands)

    def partial(self, quantity: int, sample: int = 0) -> Decimal:
        """The partial of the loss by `quantity`, or of the loss of one sample alone.

        The real part of a moved number stays as it was: what the square of the step would add to it could pass a kink
        that the number stands on.
        """
        moved = {quantity: self.values[quantity] + self.step}
        waiting = [*self.graph.users.get(quantity, ())]
        heapify(waiting)
        while waiting:
            index = heappop(waiting)
            equation = self.graph.forward[index]
            if equation.output in moved:
                continue
            change = self.evaluators.of(equation.rule)(self._operands(equation, moved)).imag
            moved[equation.output] = self.numbers.make(self.values[equation.output].real, change)
            for user in self.graph.users.get(equation.output, ()):
                heappush(waiting, user)
        losses = [moved[loss] for loss in self._losses(quantity, sample) if loss in moved]
        return Decimal(str((sum(losses) / self.numbers.step).imag)) if losses else Decimal(0)

    def _operands(self, equation: Equation, moved: Mapping[int, Any]) -> list[Any]:
        """The numbers of an equation's operands: as moved, but for those that no gradient flows through."""
        detached = equation.rule.detached
        return [
            moved[operand] if operand in moved and place not in detached else self.values[operand]
            for place, operand in enumerate(equation.operands)
        ]

    def _losses(self, quantity: int, sample: int) -> tuple[int, ...]:
        """What is differentiated by a quantity, or the loss of one sample alone."""
        if sample:
            return tuple(one for one in self.graph.roots.samples if self.graph.blocks.of(one).sample == sample)
        return self.graph.differentiated(quantity)


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

    def difference(self, quantity: int, expected: Decimal, sample: int = 0) -> float:
        """The difference by the first kind of number that can tell.

        A step that is only noise shrinks with every digit, and its partial is zero: a shift of all scores of a
        softmax changes nothing. So is one that is lost in the digits of what is derived: 1 - f of a saturated f.
        Raises `NumberError` for a partial that is not zero and so small that parts of it are lost.
        """
        difference, before, tiny = math.inf, Decimal(0), False
        for number, make in enumerate(self.makers):
            try:
                if number not in self.made:
                    self.made[number] = make()
                found = self.made[number].partial(quantity, sample)
            except (OverflowError, ZeroDivisionError):
                continue
            difference = relative_difference(expected, Decimal(0) if found.copy_abs() < before else found)
            tiny = max(expected.copy_abs(), found.copy_abs()) < _LEAST
            if difference <= _SECOND_LOOK:
                return difference
            if tiny and not expected:
                return 0.0
            before = found.copy_abs().scaleb(-_SHRINKS) if number else before
        if tiny and difference > TOLERANCE:
            raise NumberError(
                f"a number of size 1e{expected.adjusted()} is too small to be told from 0; "
                "the units are saturated: make their inputs or weights smaller"
            )
        return difference


def check(
    graph: Graph, plan: Plan, starts: list[dict[int, Decimal]], tie: int = 0, progress: Progress | None = None
) -> Check:
    """Check the unrounded partials of every updating round at its starting numbers.

    `starts` holds, for each round, every given quantity; `tie` is the convention for a derivative at a kink.
    Raises `CheckError` where a partial differs by more than 1e-9 of its size, `NumberError` where it cannot be told.
    """
    adjoints = {**{(quantity, 0): adjoint for quantity, adjoint in graph.adjoint_of.items()}, **graph.own_adjoint_of}
    pairs = [(number, place) for number in range(len(starts)) for place in adjoints]
    operands = sum(len(equation.operands) for equation in graph.forward)
    chosen = pairs[:: max(1, math.ceil(len(pairs) * operands / MOST_OPERANDS))]
    largest, current = 0.0, -1
    point = _Point(graph, tie, {})
    partials: dict[int, Decimal] = {}
    for done, (number, (quantity, sample)) in enumerate(chosen, 1):
        if number != current:
            partials = _derived(graph, plan, starts[number])
            point = _Point(graph, tie, starts[number])
            current = number
        adjoint = adjoints[quantity, sample]
        try:
            difference = point.difference(quantity, partials[adjoint], sample)
        except NumberError as error:
            raise NumberError(f"{graph.blocks.names[adjoint]} in round {number + 1}: {error}") from error
        if not difference <= TOLERANCE:
            raise _disagreement(graph, number + 1, adjoint, difference)
        largest = max(largest, difference)
        if progress is not None:
            progress(done, len(chosen))
    return Check(len(chosen), len(pairs), largest)


def _derived(graph: Graph, plan: Plan, start: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """The partials as the backward walk has them, by adjoint."""
    (values,) = work(exact_plan(plan, graph, start))
    found = {a: values[a].unrounded for a in (*graph.adjoint_of.values(), *graph.own_adjoint_of.values())}
    return {a: number.copy_negate() if graph.blocks.of(a).negative else number for a, number in found.items()}


def relative_difference(first: Decimal, second: Decimal) -> float:
    """The difference as a share of the larger number; 0 where both are 0, infinite where one is not a number."""
    if not (first.is_finite() and second.is_finite()):
        return math.inf
    size = max(first.copy_abs(), second.copy_abs())
    return float(_COMPARE.divide(_COMPARE.subtract(first, second).copy_abs(), size)) if size else 0.0


def _disagreement(graph: Graph, number: int, adjoint: int, difference: float) -> CheckError:
    name = graph.blocks.names[adjoint]
    return CheckError(
        f"{name} in round {number} differs from the complex step by {difference:.1e} of its size; "
        "this is a bug in derive, and nothing was written"
    )

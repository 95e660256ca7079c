"""Putting the numbers in: every round worked at a number of digits, and again with more until nothing changes."""

from __future__ import annotations

import decimal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from derive.arithmetic.decimals import DecimalArithmetic, UndefinedError, context
from derive.arithmetic.evaluate import Evaluators, compile_formula
from derive.arithmetic.rounding import Policy, Precision, Value
from derive.errors import NumberError
from derive.graph.equations import Equation
from derive.graph.formula import Formula
from derive.graph.graph import Graph
from derive.graph.quantity import Role

LADDER = (50, 100, 200, 400, 800, 1600, 3200)
"""Digits of the successive evaluations; two neighbours that agree settle every printed digit."""
_AGREE = Decimal("1e-20")
_COMPARE = context(60)
_UNROUNDED = Policy(Precision(20, significant=True))

Values = Mapping[int, Value]


@dataclass(frozen=True)
class Work:
    """All rounds at one number of digits; `absorbed` tells that more digits may change them."""

    rounds: tuple[Values, ...]
    absorbed: bool


@dataclass(frozen=True)
class Plan:
    """What is to be worked: the graph, the policy, the numbers given at the start and in each round."""

    graph: Graph
    policy: Policy
    start: Mapping[int, Decimal]
    samples: Sequence[Mapping[int, Decimal]]
    updates: int

    def is_final(self, number: int) -> bool:
        """Whether round `number` (from 1) is a forward pass alone."""
        return number > self.updates


def work(plan: Plan) -> tuple[Values, ...]:
    """Every quantity of every round.

    The rounds are worked at 50 and at 100 digits; where the two differ, or a term was absorbed, again with twice
    the digits, up to 3,200; what is lost in the noise even then is zero. Raises `NumberError` naming the quantity
    and the round for an overflow, a division by zero, or a number that is too large to be printed.
    """
    previous = _work(plan, LADDER[0])
    for digits in LADDER[1:]:
        current = _work(plan, digits)
        if not current.absorbed and _agree(previous, current):
            break
        previous = current
    return current.rounds


def _work(plan: Plan, digits: int) -> Work:
    arithmetic = DecimalArithmetic(digits)
    evaluators = Evaluators(arithmetic)
    values: dict[int, Value] = {}
    for quantity, given in plan.start.items():
        values[quantity] = plan.policy.given(given)
    rounds = []
    for number, sample in enumerate(plan.samples, 1):
        for quantity, given in sample.items():
            values[quantity] = plan.policy.given(given)
        _work_round(plan, number, values, evaluators, arithmetic)
        rounds.append(dict(values))
        values = _next_start(plan.graph, values)
    return Work(tuple(rounds), arithmetic.absorbed)


def _work_round(
    plan: Plan,
    number: int,
    values: dict[int, Value],
    evaluators: Evaluators[Decimal],
    arithmetic: DecimalArithmetic,
) -> None:
    graph = plan.graph
    equations = graph.worked_forward if plan.is_final(number) else graph.schedule
    for equation in equations:
        operands = [values[operand].carried for operand in equation.operands]
        try:
            result = evaluators.of(equation.rule)(operands)
        except decimal.DecimalException as error:
            raise _no_value(graph, equation, number, error) from error
        block = graph.blocks.of(equation.output)
        name = graph.blocks.names[equation.output]
        precision = plan.policy.precision_of(block, name, number)
        try:
            values[equation.output] = plan.policy.finish(result, precision, arithmetic.noise)
        except NumberError as error:
            raise NumberError(f"{name} in round {number}: {error}") from error


def _no_value(graph: Graph, equation: Equation, number: int, error: Exception) -> NumberError:
    known: dict[type[Exception], str] = {
        decimal.Overflow: "the number is too large",
        UndefinedError: str(error),
    }
    what = known.get(type(error), "the result is not a number")
    name = graph.blocks.names[equation.output]
    return NumberError(f"{name} in round {number}: {what} ({equation.rule.name})")


def _next_start(graph: Graph, values: Mapping[int, Value]) -> dict[int, Value]:
    """The given quantities of the next round: parameters take their updated values."""
    start = {q: v for q, v in values.items() if graph.blocks.of(q).role is Role.GIVEN}
    for block in graph.blocks.blocks:
        if block.role is Role.UPDATED and block.of is not None and block.first in values:
            start.update({old: values[new] for old, new in zip(block.of.ids, block.ids, strict=True)})
    return start


def _agree(first: Work, second: Work) -> bool:
    return all(
        a.shown == b.shown and _close(a.unrounded, b.unrounded) and _close(a.carried, b.carried)
        for before, after in zip(first.rounds, second.rounds, strict=True)
        for a, b in zip(before.values(), after.values(), strict=True)
    )


def _close(first: Decimal, second: Decimal) -> bool:
    largest = max(first.copy_abs(), second.copy_abs())
    return first == second or _COMPARE.subtract(first, second).copy_abs() <= _COMPARE.multiply(_AGREE, largest)


def settled(formula: Formula, operands: Sequence[Decimal]) -> Decimal:
    """The number of one formula, worked as rounds are: again with more digits until nothing changes."""
    previous: Decimal | None = None
    for digits in LADDER:
        arithmetic = DecimalArithmetic(digits)
        current: Decimal = compile_formula(formula, arithmetic)(operands)
        if previous is not None and not arithmetic.absorbed and _close(previous, current):
            break
        previous = current
    return current


def exact_plan(plan: Plan, graph: Graph, start: Mapping[int, Decimal]) -> Plan:
    """The plan of one round of `graph` from given numbers, with nothing rounded on the way."""
    return replace(plan, graph=graph, policy=_UNROUNDED, start=start, samples=({},), updates=1)

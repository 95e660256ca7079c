"""Putting the numbers in: every round worked at a number of digits, and again with more until nothing changes.

Two things ask for more digits: a term that vanished beside a larger one, which says how many would show it, and a sum
that cancels, whose noise stands where its value would. Noise shrinks with every digit that is added, a value does not:
what shrinks twice as noise does, with no term lost before it, is zero, and is zero from then on.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count, islice, pairwise

from derive.arithmetic.decimals import GUARD, MOST_DIGITS, ZERO, DecimalArithmetic, UndefinedError, context
from derive.arithmetic.evaluate import Evaluators, compile_formula
from derive.arithmetic.rounding import Policy, Precision, Value
from derive.errors import NumberError
from derive.graph.equations import Equation
from derive.graph.formula import Formula
from derive.graph.graph import Graph
from derive.graph.quantity import Role

LADDER = (50, 100)
"""Digits of the first two evaluations; two neighbours that agree settle every printed digit."""
_MORE = 50
"""Digits that are added at first; past `_PATIENCE` evaluations their number is doubled."""
_PATIENCE = 8
_AGREE = Decimal("1e-20")
_COMPARE = context(60)
_UNROUNDED = Policy(Precision(20, significant=True))

Values = Mapping[int, Value]
Progress = Callable[[int, int], None]
"""Told how much of how much is done."""
_TOLD = 200
"""After so many equations it is told again."""


Zeros = frozenset[tuple[int, int]]
"""Quantities that are known to be zero: pairs of a round's number (from 1) and a quantity."""


@dataclass(frozen=True)
class Work:
    """All rounds at one number of digits."""

    rounds: tuple[Values, ...]
    digits: int
    needed: int
    """How many digits would show every term that vanished beside another; 0 where none did."""
    sure: int
    """How many equations, counted through the rounds, were worked before the first term vanished."""


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

    def equations(self, number: int) -> tuple[Equation, ...]:
        """What is worked in round `number`, in order."""
        return self.graph.worked_forward if self.is_final(number) else self.graph.schedule

    @property
    def worked(self) -> Iterator[tuple[int, int]]:
        """The round and the quantity of every equation, in the order of the work."""
        for number in range(1, len(self.samples) + 1):
            for equation in self.equations(number):
                yield number, equation.output


def work(plan: Plan, progress: Progress | None = None) -> tuple[Values, ...]:
    """Every quantity of every round; `progress` is told about each evaluation from its start.

    The rounds are worked at 50 and at 100 digits; where the two differ, or a term vanished, again with as many as are
    needed, up to `MOST_DIGITS`. Raises `NumberError` naming the quantity and the round for an overflow, a division by
    zero, a number that is too large to be printed, or one that those digits do not settle.
    """
    zeros: Zeros = frozenset()
    previous = _work(plan, LADDER[0], zeros, progress)
    history = [previous]
    for attempt in count(1):
        current = _work(plan, _more_digits(previous.digits, previous.needed, attempt), zeros, progress)
        if history and not current.needed and _agree(previous, current):
            break
        if current.digits == MOST_DIGITS:
            raise _unsettled(plan, previous, current)
        history.append(current)
        found = _vanishing(plan, history[-3:]) - zeros
        if found:
            zeros, history = zeros | found, []
        previous = current
    return current.rounds


def _more_digits(digits: int, needed: int, attempt: int) -> int:
    more = _MORE if attempt < _PATIENCE else digits
    return min(MOST_DIGITS, max(digits + more, needed))


def _work(plan: Plan, digits: int, zeros: Zeros, progress: Progress | None = None) -> Work:
    arithmetic = DecimalArithmetic(digits)
    evaluators = Evaluators(arithmetic)
    values: dict[int, Value] = {}
    for quantity, given in plan.start.items():
        values[quantity] = plan.policy.given(given)
    rounds = []
    sure = 0
    for number, sample in enumerate(plan.samples, 1):
        for quantity, given in sample.items():
            values[quantity] = plan.policy.given(given)
        sure += _work_round(plan, number, values, evaluators, arithmetic, zeros, progress)
        rounds.append(dict(values))
        values = _next_start(plan.graph, values)
    return Work(tuple(rounds), digits, arithmetic.needed, sure)


def _work_round(
    plan: Plan,
    number: int,
    values: dict[int, Value],
    evaluators: Evaluators[Decimal],
    arithmetic: DecimalArithmetic,
    zeros: Zeros,
    progress: Progress | None,
) -> int:
    """Work one round into `values`; how many equations there were before a term vanished."""
    graph = plan.graph
    sure = 0
    equations = plan.equations(number)
    for place, equation in enumerate(equations):
        if progress is not None and place % _TOLD == 0:
            progress((number - 1) * len(equations) + place, len(plan.samples) * len(equations))
        operands = [values[operand].carried for operand in equation.operands]
        try:
            result = evaluators.of(equation.rule)(operands)
        except decimal.DecimalException as error:
            raise _no_value(graph, equation, number, error) from error
        if (number, equation.output) in zeros:
            result = ZERO
        sure += not arithmetic.needed
        block = graph.blocks.of(equation.output)
        name = graph.blocks.names[equation.output]
        precision = plan.policy.precision_of(block, name, number)
        try:
            values[equation.output] = plan.policy.finish(result, precision, arithmetic.noise)
        except NumberError as error:
            raise NumberError(f"{name} in round {number}: {error}") from error
    return sure


def _vanishing(plan: Plan, works: Sequence[Work]) -> Zeros:
    """The quantities that shrink over three evaluations as noise does, no term having vanished before them."""
    if len(works) < 3:
        return frozenset()
    sure = min(work.sure for work in works)
    gains = [after.digits - before.digits - GUARD for before, after in pairwise(works)]
    return frozenset(
        (number, quantity)
        for number, quantity in islice(plan.worked, sure)
        if _shrinks([work.rounds[number - 1][quantity].unrounded.copy_abs() for work in works], gains)
    )


def _shrinks(sizes: Sequence[Decimal], gains: Sequence[int]) -> bool:
    """Whether sizes fall at each step by as many powers of ten as digits were gained; noise may be 0 now and then."""
    first, second, third = sizes
    after_one, after_two = (size.scaleb(-gain, _COMPARE) for size, gain in zip((first, second), gains, strict=True))
    falls = second <= after_one if first else bool(second)
    return falls and third <= max(after_two, after_one.scaleb(-gains[1], _COMPARE))


def _unsettled(plan: Plan, before: Work, after: Work) -> NumberError:
    """What is wrong with the first quantity that two evaluations do not agree on."""
    number, quantity = next(
        (number, quantity)
        for number, quantity in plan.worked
        if not _same(before.rounds[number - 1][quantity], after.rounds[number - 1][quantity])
    )
    return NumberError(
        f"{plan.graph.blocks.names[quantity]} in round {number} is not settled by {MOST_DIGITS} digits; "
        "the units are saturated: make their inputs or weights smaller"
    )


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
        _same(a, b)
        for before, after in zip(first.rounds, second.rounds, strict=True)
        for a, b in zip(before.values(), after.values(), strict=True)
    )


def _same(first: Value, second: Value) -> bool:
    return (
        first.shown == second.shown
        and _close(first.unrounded, second.unrounded)
        and _close(first.carried, second.carried)
    )


def _close(first: Decimal, second: Decimal) -> bool:
    largest = max(first.copy_abs(), second.copy_abs())
    return first == second or _COMPARE.subtract(first, second).copy_abs() <= _COMPARE.multiply(_AGREE, largest)


def settled(formula: Formula, operands: Sequence[Decimal]) -> Decimal:
    """The number of one formula, worked as rounds are: again with more digits until nothing changes."""
    previous: Decimal | None = None
    digits = LADDER[0]
    for attempt in count(1):
        arithmetic = DecimalArithmetic(digits)
        current: Decimal = compile_formula(formula, arithmetic)(operands)
        agrees = previous is not None and not arithmetic.needed and _close(previous, current)
        if agrees or digits == MOST_DIGITS:
            break
        previous = current
        digits = _more_digits(digits, arithmetic.needed, attempt)
    return current


def full_plan(plan: Plan) -> Plan:
    """The same rounds with nothing rounded on the way."""
    return replace(plan, policy=_UNROUNDED)


def exact_plan(plan: Plan, graph: Graph, start: Mapping[int, Decimal]) -> Plan:
    """The plan of one round of `graph` from given numbers, with nothing rounded on the way."""
    return replace(plan, graph=graph, policy=_UNROUNDED, start=start, samples=({},), updates=1)


def forward_plan(plan: Plan, graph: Graph, start: Mapping[int, Decimal]) -> Plan:
    """The plan of one forward pass of `graph` from given numbers, with nothing rounded on the way."""
    return replace(exact_plan(plan, graph, start), updates=0)

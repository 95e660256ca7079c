"""What a rounding policy destroys: the rounds as they are carried, beside the same rounds at full precision."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain
from operator import itemgetter

from derive.arithmetic.decimals import DecimalArithmetic, context
from derive.arithmetic.evaluate import compile_formula
from derive.arithmetic.rounding import MAX_PLACES, Precision, Value
from derive.catalog.activations import ACTIVATIONS
from derive.errors import NumberError
from derive.graph.equations import Equation
from derive.graph.quantity import Block, Kind, Role
from derive.network.work import LADDER, Plan, Values, full_plan, work

FAR = Decimal("0.01")
"""A parameter or a loss this share away from full precision is told, if it is more than its own rounding."""
_EPSILON = "epsilon"
_MOST_PLACES = 15
"""No key carries more places; what they do not show is the problem's doing and not the rounding's."""
_MOST_MORE = 6
"""So many more places are tried before full precision is all that is advised."""
_COMPARE = context(30)


@dataclass(frozen=True)
class _Finding:
    """What happens to a quantity in a round (from 1), and what to write under `rounding` instead."""

    quantity: int
    number: int
    text: str
    instead: str


def advice(plan: Plan, rounds: Sequence[Values]) -> list[str]:
    """One sentence for each kind of harm that carried rounding does, the gravest kind first.

    Nothing where full numbers are carried, or where full precision has no value either.
    """
    if not plan.policy.carries_rounded:
        return []
    try:
        full = work(full_plan(plan))
    except NumberError:
        return []
    kinds = (
        _divided_by_epsilon(plan, rounds, full),
        _flat(plan, rounds),
        _vanished(plan, rounds, full),
        _far(plan, rounds, full),
    )
    return [sentence for kind in kinds for sentence in _sentences(plan, list(kind))]


def explained(plan: Plan, error: NumberError) -> NumberError:
    """An error of rounded work, with what to write where full precision has no such error."""
    if not plan.policy.carries_rounded:
        return error
    try:
        work(full_plan(plan))
    except NumberError:
        return error
    instead = _more(plan, lambda _, rounds: bool(rounds))
    return NumberError(
        f"{error}; the numbers that are rounded and carried make it so, not the problem: write {instead}"
    )


def _sentences(plan: Plan, findings: Sequence[_Finding]) -> Iterator[str]:
    """The first finding of a kind in words, with how many more there are."""
    if not findings:
        return
    first = findings[0]
    more = len({finding.quantity for finding in findings} - {first.quantity})
    others = f" (and {more} more)" if more else ""
    name = plan.graph.blocks.names[first.quantity]
    yield f"rounding: {name} in round {first.number} {first.text}{others}: write {first.instead}"


def _divided_by_epsilon(plan: Plan, rounds: Sequence[Values], full: Sequence[Values]) -> Iterator[_Finding]:
    """States that round to 0, so that a step is divided by epsilon alone."""
    blocks = plan.graph.blocks
    for number, values in enumerate(rounds[: plan.updates], 1):
        for equation in plan.graph.update:
            if _EPSILON not in _slots(equation):
                continue
            for operand in equation.operands:
                block, output = blocks.of(operand), equation.output
                kept = block.kind in (Kind.STATE, Kind.STEP) and block.role is not Role.GIVEN
                moves = values[output].carried != values[equation.operands[0]].carried
                if kept and moves and _is_lost(values, full[number - 1], operand):
                    text = f"rounds to 0, so that the step of {blocks.names[output]} is divided by epsilon alone"
                    yield _Finding(operand, number, text, _figures("state", "step"))


def _slots(equation: Equation) -> Sequence[str]:
    return equation.rule.rule.slots if equation.rule.rule is not None else ()


def _flat(plan: Plan, rounds: Sequence[Values]) -> Iterator[_Finding]:
    """Outputs that round to where their activation has no slope, such as a sigmoid's 1.0000."""
    blocks = plan.graph.blocks
    for number, values in enumerate(rounds[: plan.updates], 1):
        for equation in plan.graph.forward:
            function = ACTIVATIONS.get(equation.rule.name)
            output = equation.output
            if function is None or not function.saturates or output not in values:
                continue
            if _slope(equation, values, _carried) == 0 != _slope(equation, values, _unrounded):
                text = f"rounds to {values[output].shown}, where the slope of {function.name} is 0: no gradient passes"
                gap = _COMPARE.subtract(values[output].unrounded, values[output].carried)
                kind, places = blocks.of(output).kind.value, 2 - gap.adjusted()
                if places <= _MOST_PLACES:
                    near_zero = not values[output].carried
                    instead = _figures(kind) if near_zero else _exceptions(f"{{kind: {kind}, places: {places}}}")
                    yield _Finding(output, number, text, instead)


def _slope(equation: Equation, values: Values, number: Callable[[Value], Decimal]) -> Decimal:
    """The slope of an activation by its output as carried or as computed, its operands as carried."""
    local, mentions = equation.rule.locals[0]
    mentioned = [equation.mentioned[position] for position in mentions]
    operands = [number(values[q]) if q == equation.output else values[q].carried for q in mentioned]
    return compile_formula(local.formula, DecimalArithmetic(LADDER[0]))(operands)


def _carried(value: Value) -> Decimal:
    return value.carried


def _unrounded(value: Value) -> Decimal:
    return value.unrounded


def _vanished(plan: Plan, rounds: Sequence[Values], full: Sequence[Values]) -> Iterator[_Finding]:
    """Gradients of parameters, and states, that round to 0 and are not."""
    blocks = plan.graph.blocks
    wanted = {q for block in blocks.blocks for q in block.ids if _is_gradient(block) or _is_state(block)}
    for number, values in enumerate(rounds[: plan.updates], 1):
        for equation in chain(plan.graph.backward, plan.graph.update):
            quantity = equation.output
            if quantity in wanted and _is_lost(values, full[number - 1], quantity):
                exact = full[number - 1][quantity].unrounded
                text = f"rounds to 0, and is {exact:.2e} at full precision"
                yield _Finding(quantity, number, text, _figures(blocks.of(quantity).kind.value))


def _is_gradient(block: Block) -> bool:
    """Whether a block is the gradient of what is updated."""
    return block.role is Role.BACKWARD and block.kind is Kind.GRADIENT


def _is_state(block: Block) -> bool:
    return block.role is Role.UPDATED and block.kind is Kind.STATE


def _is_lost(values: Values, full: Values, quantity: int) -> bool:
    """Whether a number is carried as 0, and a person would not take it for 0 at full precision."""
    if quantity not in values or values[quantity].carried:
        return False
    exact = full[quantity].unrounded
    return bool(exact) and exact.adjusted() >= -MAX_PLACES


def _far(plan: Plan, rounds: Sequence[Values], full: Sequence[Values]) -> Iterator[_Finding]:
    """The parameter or loss that is furthest from full precision, if that is far."""
    share, number, quantity = _furthest(plan, rounds, full)
    if share > FAR:
        policy, name = plan.policy, plan.graph.blocks.names[quantity]
        precision = policy.precision_of(plan.graph.blocks.of(quantity), name, number)
        exact = policy.shown(full[number - 1][quantity].unrounded, precision)
        text = f"is {rounds[number - 1][quantity].shown} where full precision gives {exact}"
        instead = _more(plan, lambda better, rounds: _furthest(better, rounds, full)[0] <= FAR)
        yield _Finding(quantity, number, text, instead)


def _furthest(plan: Plan, rounds: Sequence[Values], full: Sequence[Values]) -> tuple[Decimal, int, int]:
    """The largest share by which a parameter or loss is off, with its round and quantity; the first of equal ones."""
    updated = [b for b in plan.graph.blocks.blocks if b.role is Role.UPDATED and b.kind is not Kind.STATE]
    wanted = [plan.graph.loss, *(q for block in updated for q in block.ids)]
    shares = [
        (_share(plan, number, quantity, values[quantity].carried, right[quantity].unrounded), number, quantity)
        for number, (values, right) in enumerate(zip(rounds, full, strict=True), 1)
        for quantity in wanted
        if quantity in values
    ]
    return max(shares, key=itemgetter(0), default=(Decimal(0), 1, plan.graph.loss))


def _share(plan: Plan, number: int, quantity: int, carried: Decimal, exact: Decimal) -> Decimal:
    """The distance from full precision as a share of the number, or of 100 units of its last place if that is more.

    It is 0 within a unit of the last place, which is a number's own rounding.
    """
    blocks = plan.graph.blocks
    precision = plan.policy.precision_of(blocks.of(quantity), blocks.names[quantity], number)
    distance = _COMPARE.subtract(carried, exact).copy_abs()
    unit = Decimal(1).scaleb(precision.exponent(exact), _COMPARE)
    size = max(exact.copy_abs(), _COMPARE.divide(unit, FAR))
    return _COMPARE.divide(distance, size) if distance > unit else Decimal(0)


def _figures(*kinds: str) -> str:
    return _exceptions(*(f"{{kind: {kind}, significant: 4}}" for kind in kinds))


def _exceptions(*exceptions: str) -> str:
    return f"`exceptions: [{', '.join(exceptions)}]` or `carry: full`"


def _more(plan: Plan, is_better: Callable[[Plan, Sequence[Values]], bool]) -> str:
    """The fewest more places, or figures, with which the rounds are better, if a few are enough; or full precision."""
    precision = plan.policy.precision
    key = "significant" if precision.significant else "places"
    for count in range(precision.count + 1, min(MAX_PLACES, precision.count + _MOST_MORE) + 1):
        better = replace(plan, policy=replace(plan.policy, precision=Precision(count, precision.significant)))
        try:
            if is_better(better, work(better)):
                return f"`{key}: {count}` or `carry: full`"
        except NumberError:
            continue
    return "`carry: full`"

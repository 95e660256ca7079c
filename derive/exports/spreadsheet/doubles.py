"""Whether the binary numbers of a spreadsheet give every digit that the key shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from derive.arithmetic.complexes import ORDINARY, ComplexArithmetic
from derive.arithmetic.decimals import context
from derive.arithmetic.evaluate import Evaluators
from derive.arithmetic.rounding import Value
from derive.errors import InputError
from derive.exports.spreadsheet.rounding import GUARD, MOST_DECIMALS
from derive.network.solution import Round, Solution

DIGITS = 15
"""Significant digits that a cell holds and shows."""
NOISE = Decimal("1e-13")
"""What so many digits may be off after some operations, relative to the number."""
_WIDE = context(400)


@dataclass(frozen=True)
class Failure:
    """A number that a spreadsheet would not show as the key does."""

    name: str
    round: int
    reason: str


def require_doubles(solution: Solution) -> None:
    """Raise `InputError` for the first number that the cells of a spreadsheet cannot work or show as the key does."""
    failure = next(failures(solution), None)
    if failure is not None:
        raise InputError.single(
            f"{failure.name} in round {failure.round} has no place in a spreadsheet, which works with {DIGITS} digits: "
            f"{failure.reason}; round to fewer digits, or use --format csv"
        )


def failures(solution: Solution) -> Iterator[Failure]:
    """What goes wrong where every round is worked in binary numbers, from the numbers that the key starts it with."""
    evaluators: Evaluators[complex] = Evaluators(ComplexArithmetic(ORDINARY, 0))
    names = solution.graph.blocks.names
    for round in solution.rounds:
        for quantity, value in round.values.items():
            digits = len(Decimal(value.shown).as_tuple().digits)
            if digits > DIGITS:
                yield Failure(names[quantity], round.number, f"it is shown with {digits}")
        yield from _worked(solution, round, evaluators)


def _worked(solution: Solution, round: Round, evaluators: Evaluators[complex]) -> Iterator[Failure]:
    names = solution.graph.blocks.names
    outputs = {equation.output for equation in round.equations}
    held = {q: complex(value.carried) for q, value in round.values.items() if q not in outputs}
    for equation in round.equations:
        name, output = names[equation.output], equation.output
        try:
            result = evaluators.of(equation.rule)([held[operand] for operand in equation.operands])
        except (OverflowError, ZeroDivisionError):
            yield Failure(name, round.number, "a number on the way is too large or too small")
            return
        shown = Decimal(round.values[output].shown)
        candidates = [_finished(solution, round, output, number) for number in _read(result.real, solution)]
        found = next((one for one in candidates if Decimal(one.shown) == shown), candidates[0])
        if Decimal(found.shown) != shown:
            yield Failure(name, round.number, f"it would be {found.shown} for {shown}")
        held[output] = complex(found.carried)


def _read(number: float, solution: Solution) -> tuple[Decimal, Decimal]:
    """A binary number as it is, and as a rounding formula of the sheet settles it."""
    exact = Decimal(repr(number))
    count = solution.policy.precision.count + GUARD
    return exact, exact.quantize(Decimal(1).scaleb(-min(count, MOST_DECIMALS)), context=_WIDE)


def _finished(solution: Solution, round: Round, quantity: int, number: Decimal) -> Value:
    """A number worked in binary, as the policy carries and shows it."""
    blocks, policy = solution.graph.blocks, solution.policy
    precision = policy.precision_of(blocks.of(quantity), blocks.names[quantity], round.number)
    return policy.finish(number, precision, NOISE)

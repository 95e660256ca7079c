"""The key's numbers in a script: a table of what is printed, and how far PyTorch's numbers may be from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal

from derive.arithmetic.decimals import context
from derive.arithmetic.rounding import Carry, Mode, Policy, Precision, Zeros
from derive.exports.pytorch.literals import WIDTH
from derive.network.solution import Round, Solution
from derive.network.work import work

NOTHING = "."
"""What stands in the table for a number that a round does not work."""
_EXACT = context(60)


@dataclass(frozen=True)
class Key:
    """The rows of the table, in groups of rounds that fit a line, and what a difference is measured by.

    `places` is how many decimal places the last digit has at least, `figures` how many significant figures there are
    where all are rounded to such; `share` of a unit in the last place is what rounding takes away, `drift` how many
    units away the numbers of a key get that carries rounded ones on; None for one that does not.
    """

    rows: tuple[str, ...]
    names: tuple[str, ...]
    places: int
    figures: int | None
    share: str
    drift: int | None
    drops_zeros: bool

    @property
    def widest(self) -> int:
        """The width of a column of names."""
        return max(map(len, self.names)) + 2


def key_of(solution: Solution) -> Key:
    """The key of a solution."""
    worked = [(round, quantity) for round in solution.rounds for quantity in _worked(round)]
    precisions = [_precision(*one) for one in worked]
    exponents = [_precision(*one).exponent(Decimal(one[0].values[one[1]].shown)) for one in worked]
    significant = bool(precisions) and all(one.significant for one in precisions)
    figures = min(one.count for one in precisions) if significant else None
    names = tuple(solution.graph.blocks.names[quantity] for quantity in _worked(solution.rounds[1]))
    return Key(
        tuple(_rows(solution, names)),
        names,
        max(-max(exponents, default=0), 0),
        figures,
        "1" if solution.policy.mode is Mode.CUT else "0.5",
        _drift(solution) if solution.policy.carries_rounded else None,
        solution.policy.zeros is not Zeros.KEEP,
    )


def _worked(round: Round) -> list[int]:
    return list(dict.fromkeys(equation.output for equation in round.equations))


def _precision(round: Round, quantity: int) -> Precision:
    blocks = round.solution.graph.blocks
    return round.solution.policy.precision_of(blocks.of(quantity), blocks.names[quantity], round.number)


def _rows(solution: Solution, names: Sequence[str]) -> Iterator[str]:
    """A row a quantity, a column a round, as many rounds beside each other as fit, an empty row between."""
    quantities = _worked(solution.rounds[1])
    columns = [
        [round.values[q].shown if q in round.values else NOTHING for q in quantities] for round in solution.rounds
    ]
    for number, group in enumerate(_groups(names, columns)):
        if number:
            yield ""
        widths = [max(map(len, column)) for column in (names, *group)]
        for row in zip(names, *group, strict=True):
            yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _groups(first: Sequence[str], columns: Sequence[list[str]]) -> Iterator[list[list[str]]]:
    room = WIDTH - max(map(len, first), default=0)
    group: list[list[str]] = []
    for column in columns:
        width = sum(max(map(len, one), default=0) + 2 for one in (*group, column))
        if group and width > room:
            yield group
            group = []
        group.append(column)
    if group:
        yield group


def _drift(solution: Solution) -> int:
    """By how many units in the last place the key's numbers differ from those that nothing was rounded for."""
    full = Policy(Precision(30, significant=True), carry=Carry.FULL)
    exact = work(replace(solution.plan, policy=full))
    found = Decimal(1)
    for round, values in zip(solution.rounds, exact, strict=True):
        for quantity in _worked(round):
            shown = Decimal(round.values[quantity].shown)
            unit = Decimal(1).scaleb(_precision(round, quantity).exponent(shown))
            away = _EXACT.subtract(values[quantity].unrounded, shown).copy_abs()
            found = max(found, _EXACT.divide(away, unit))
    return int(found.to_integral_value(ROUND_CEILING))

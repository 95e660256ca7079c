"""A round as a table: a row a quantity, as its name, its formula, the numbers put in, and the number that is shown."""

from __future__ import annotations

from dataclasses import dataclass

from derive.document.locale import locale
from derive.graph.quantity import Role
from derive.network.solution import Solution


@dataclass(frozen=True, slots=True)
class RoundRow:
    """One quantity in a round. `symbol`, `formula` and `substituted` are LaTeX, the last two empty where it is given.

    LaTeX writes numbers as the problem's language does; `shown` has a decimal point in every language. `name`, `kind`,
    `role` and `symbolic`, its formula in plain text, are those of the trace; `layer` is 0 outside any.
    """

    name: str
    kind: str
    role: str
    layer: int
    symbol: str
    formula: str
    substituted: str
    symbolic: str
    shown: str


@dataclass(frozen=True, slots=True)
class RoundTable:
    """A round's quantities, the given ones first, then in the order in which they are worked.

    `heads` stand above symbol, name, formula, numbers put in and shown number, in the problem's language.
    """

    number: int
    heads: tuple[str, str, str, str, str]
    rows: tuple[RoundRow, ...]


def round_table(solution: Solution, number: int) -> RoundTable:
    """The table of a round (from 1). Raises `InputError` for a round that there is not."""
    words = locale(solution.problem.language).round_table
    heads = (words.symbol, words.name, words.formula, words.numbers, words.value)
    return RoundTable(number, heads, tuple(_row(solution, number, quantity) for quantity in ordered(solution, number)))


def ordered(solution: Solution, number: int) -> tuple[int, ...]:
    """The quantities of a round: those that it starts with by their blocks, then as they are worked."""
    round = solution.rounds[number]
    blocks = solution.graph.blocks
    given = sorted(quantity for quantity in round.values if blocks.of(quantity).role is Role.GIVEN)
    return (*given, *(equation.output for equation in round.equations))


def _row(solution: Solution, number: int, quantity: int) -> RoundRow:
    round, blocks = solution.rounds[number], solution.graph.blocks
    block, equation = blocks.of(quantity), round.equation_of.get(quantity)
    writer = solution.writer_of(stacked=False, numerals=locale(solution.problem.language).numerals)
    return RoundRow(
        blocks.names[quantity],
        block.kind.value,
        block.role.value,
        block.layer,
        writer.symbol(quantity),
        "" if equation is None else writer.formula(equation),
        "" if equation is None else writer.substituted(equation, round.values),
        "" if equation is None else solution.plain_writer.formula(equation),
        round.shown[quantity],
    )

"""The rounds as comma-separated values: a row a quantity, a column a round."""

from __future__ import annotations

import csv
import re
from io import StringIO

from derive.graph.quantity import Role
from derive.network.solution import Round, Solution

_HEADS = ("name", "kind", "role", "layer", "symbolic")
"""The words of the trace, which are the same in every language."""
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?", re.ASCII)


def to_csv(solution: Solution, _source: str = "") -> str:
    """Every quantity of every round as RFC 4180 has it, lines ending in CR LF, with a head of names.

    What a round starts with comes first, then the rest as it is worked. The numbers are those that are shown, with a
    decimal point in every language; a quantity that is not worked in a round has none there. A text that a spreadsheet
    would take for a formula has an apostrophe before it.
    """
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow((*_HEADS, *(f"round {round.number}" for round in solution.rounds)))
    quantities = dict.fromkeys(quantity for round in solution.rounds for quantity in _ordered(round))
    writer.writerows(_cells(solution, quantity) for quantity in quantities)
    return stream.getvalue()


def _ordered(round: Round) -> tuple[int, ...]:
    """The quantities of a round: those that it starts with by their blocks, then as they are worked."""
    blocks = round.solution.graph.blocks
    given = sorted(quantity for quantity in round.values if blocks.of(quantity).role is Role.GIVEN)
    return (*given, *(equation.output for equation in round.equations))


def _cells(solution: Solution, quantity: int) -> list[str]:
    blocks, rounds = solution.graph.blocks, solution.rounds
    block = blocks.of(quantity)
    equation = next((round.equation_of[quantity] for round in rounds if quantity in round.equation_of), None)
    symbolic = "" if equation is None else solution.plain_writer.formula(equation)
    stated = [blocks.names[quantity], block.kind.value, block.role.value, str(block.layer or ""), symbolic]
    return [_harmless(text) for text in (*stated, *(round.shown.get(quantity, "") for round in rounds))]


def _harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_STARTS_FORMULA) and not _NUMBER.fullmatch(text) else text

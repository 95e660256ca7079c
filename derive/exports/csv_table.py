"""The rounds as comma-separated values: a row a quantity, a column a round."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from io import StringIO

from derive.exports.round_table import RoundRow, round_table
from derive.network.solution import Solution

_HEADS = ("name", "kind", "role", "layer", "symbolic")
"""The words of the trace, which are the same in every language."""
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?", re.ASCII)


def to_csv(solution: Solution) -> str:
    """Every quantity of every round as RFC 4180 has it, lines ending in CR LF, with a head of names.

    The numbers are those that are shown; a quantity that is not worked in a round has none there. A text that a
    spreadsheet would take for a formula has an apostrophe before it.
    """
    tables = [round_table(solution, round.number) for round in solution.rounds]
    shown = [{row.name: row.shown for row in table.rows} for table in tables]
    rows: dict[str, RoundRow] = {}
    for table in tables:
        for row in table.rows:
            rows.setdefault(row.name, row)
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow((*_HEADS, *(f"round {table.number}" for table in tables)))
    writer.writerows(_cells(row, shown) for row in rows.values())
    return stream.getvalue()


def _cells(row: RoundRow, shown: Sequence[Mapping[str, str]]) -> list[str]:
    stated = [row.name, row.kind, row.role, str(row.layer or ""), row.symbolic]
    return [_harmless(text) for text in (*stated, *(numbers.get(row.name, "") for numbers in shown))]


def _harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_STARTS_FORMULA) and not _NUMBER.fullmatch(text) else text

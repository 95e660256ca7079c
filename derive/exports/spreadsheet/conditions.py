"""Number formats that depend on the numbers, as conditional formats."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from derive.exports.spreadsheet.contents import Content, address
from derive.exports.spreadsheet.givens import Place
from derive.exports.spreadsheet.layout import Layout
from derive.exports.spreadsheet.looks import Formats


def write_conditions(sheet: Any, layout: Layout, cells: Mapping[Place, Content], formats: Formats) -> None:
    """Give a rule to all cells of a column that are shown alike.

    Rules do not reach over columns: a condition is read from the first cell of its range, and programs do not agree
    which that is where ranges lie beside one another.
    """
    alike: dict[tuple[int, tuple[tuple[str, str], ...]], list[int]] = {}
    for place, content in cells.items():
        row, column = layout.cells[place]
        if content.look.cases:
            alike.setdefault((column, content.look.cases), []).append(row)
    for (column, cases), rows in alike.items():
        first, ranges = min(rows), " ".join(_ranges(rows, column))
        for condition, code in cases:
            rule = {
                "type": "formula",
                "criteria": "=" + condition.format(x=address(first, column)),
                "format": formats.bare(num_format=code),
                "stop_if_true": True,
                "multi_range": ranges,
            }
            sheet.conditional_format(first, column, first, column, rule)


def _ranges(rows: list[int], column: int) -> list[str]:
    """Rows of a column as ranges of cells."""
    found = []
    for _, group in groupby(enumerate(sorted(rows)), key=lambda pair: pair[1] - pair[0]):
        run = [row for _, row in group]
        ends = dict.fromkeys((address(run[0], column), address(run[-1], column)))
        found.append(":".join(ends))
    return found

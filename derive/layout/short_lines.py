"""Short worked lines beside one another, the rows of a run at the same verticals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from derive.document.mathematics import NOTHING, Math
from derive.document.model import WorkedLine
from derive.document.page import LineWidths
from derive.layout.runs import Run, column_starts, lowest
from derive.measure.atoms import Style
from derive.measure.breaking import POINTS, width_of
from derive.measure.parse import parse
from derive.measure.typeset import run_box

_AIR = 1.2
"""What stays free at the right of a column, in millimetres."""
_STRUT, _ROW_AIR = 12.8, 2.0
_MOST_ROWS = 16
"""Rows at the same verticals at most."""


@dataclass(frozen=True)
class LineCell:
    """A worked line on one row; its formula, or else its numbers, is its `first` side."""

    line: WorkedLine

    @cached_property
    def sides(self) -> tuple[Math, Math]:
        """What stands in the columns of formulas and of numbers."""
        line = self.line
        if not line.formula:
            return line.substituted, NOTHING
        return line.formula, Math(f"={line.substituted}") if line.substituted else NOTHING

    @property
    def result(self) -> Math:
        """The result, with the room that the minus of others takes."""
        return Math(rf"\hphantom{{-}}{self.line.result}") if self.line.padded else self.line.result

    @cached_property
    def widths(self) -> tuple[float, float, float, float]:
        """The widths of symbol, sides and result, in millimetres."""
        symbol, *sides, result = map(width_of, (self.line.symbol, *self.sides, self.result))
        formula, numbers = (side + _AIR if side else 0.0 for side in sides)
        return symbol, formula, numbers, result

    @cached_property
    def height(self) -> float:
        """The height of its row, in millimetres."""
        text = "".join((self.line.symbol, *self.sides, self.line.result))
        return row_height([text])


def row_height(texts: Sequence[str]) -> float:
    """The height of a row of worked lines, in millimetres."""
    return (max(_STRUT, *(run_box(parse(text), Style.TEXT).total for text in texts)) + _ROW_AIR) / POINTS


@dataclass(frozen=True, slots=True)
class LinesBeside:
    """A row of worked lines, each in columns of its own, which begin so many millimetres after the row."""

    kind: ClassVar[str] = "beside"
    cells: tuple[LineCell, ...]
    widths: tuple[LineWidths, ...]
    starts: tuple[float, ...]
    tied: bool = False
    rows: ClassVar[range] = range(1)

    @property
    def columns(self) -> Iterator[tuple[float, LineWidths, LineCell]]:
        """The lines, each with the room up to the next one and its columns; the last has what it takes."""
        ends = (*self.starts[1:], self.starts[-1] + self.widths[-1].total)
        rooms = (end - start for start, end in zip(self.starts, ends, strict=True))
        return zip(rooms, self.widths, self.cells, strict=True)


def line_cell(line: WorkedLine, widths: LineWidths) -> LineCell | None:
    """A line as a cell beside others; None where it needs the row to itself."""
    has_sides = line.equals and (line.formula or line.substituted)
    if not has_sides or line.mark or width_of(line.symbol) > widths.symbol:
        return None
    return LineCell(line)


def beside_one_another(
    cells: Sequence[LineCell | None], alone: Sequence[float], widths: LineWidths, room: float
) -> Iterator[LinesBeside | int]:
    """The rows that lines take: several in one, or the index of one that stands alone, as low as can be.

    `alone` are the heights of lines that stand alone.
    """

    def runs_from(first: int) -> Iterator[Run]:
        for columns in range(widths.most_beside, 1, -1):
            yield from _runs(cells[first:], columns, widths, room)
        yield Run(1, 1, alone[first])

    first = 0
    for run in lowest(len(cells), runs_from):
        known = [cell for cell in cells[first : first + run.count] if cell is not None]
        if run.columns == 1:
            yield first
        else:
            yield from _rows(known, run.columns, widths, room)
        first += run.count


def _runs(cells: Sequence[LineCell | None], columns: int, widths: LineWidths, room: float) -> Iterator[Run]:
    """Runs of so many columns from the first line on, each a row longer, as long as all rows fit."""
    height = 0.0
    for rows in range(1, _MOST_ROWS + 1):
        known = [cell for cell in cells[: columns * rows] if cell is not None]
        row = known[-columns:]
        if len(known) < columns * rows or len({cell.line.updated for cell in row}) > 1:
            return
        totals = [one.total for one in _columns(known, columns, widths)]
        if sum(totals) + widths.between * (columns - 1) > room:
            return
        height += max(cell.height for cell in row)
        yield Run(columns, rows, height)


def _columns(cells: Sequence[LineCell], columns: int, widths: LineWidths) -> tuple[LineWidths, ...]:
    """The columns that lines below one another need; the first symbols are as wide as those of lines alone."""
    return tuple(_column(cells[first::columns], widths, 0.0 if first else widths.symbol) for first in range(columns))


def _column(cells: Sequence[LineCell], widths: LineWidths, symbol: float) -> LineWidths:
    symbols, formulas, numbers, results = zip(*(cell.widths for cell in cells), strict=True)
    needed = {
        "symbol": max(symbol, *symbols),
        "formula": max(formulas),
        "numbers": max(numbers),
        "result": max(results),
    }
    return widths.model_copy(update=needed)


def _rows(cells: Sequence[LineCell], columns: int, widths: LineWidths, room: float) -> Iterator[LinesBeside]:
    """The rows of a run."""
    made = _columns(cells, columns, widths)
    starts = (0.0, *column_starts([one.total for one in made], widths.between, room))
    for first in range(0, len(cells), columns):
        yield LinesBeside(tuple(cells[first : first + columns]), made, starts)

"""Tables placed on a page: columns by the widths of what stands in them, rows with what may end a page after them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from derive.document.mathematics import Math
from derive.document.model import Cell, Column, RoundTable
from derive.document.page import Page
from derive.layout.rows import NO_ROW, Fitted, fitted
from derive.measure.breaking import POINTS, Room, width_of
from derive.measure.words import words_box

LEAST_GAP = 4.0
"""Millimetres between two columns."""
ROUNDED = 0.005
"""Millimetres that a length gains at most where it is written with two decimals."""
LEAST_SCALE = 0.85
"""A table that would have to be smaller to fit is set as several, of some columns each."""
MOST_KEPT_ROWS = 18
"""Rows of a table that stays on one page."""
ROW, HEADS, LEAST_BEGINNING = 6.6, 25.0, 50.0
"""Millimetres: a line of a row, what stands over the first row with the question's head, the least room to begin in."""
LONGEST_GROUP = 16
"""Rows that a page does not end within; within more it may."""
_EQUALS = r"\,{}="


@dataclass(frozen=True, slots=True)
class PlacedCell:
    """Lines of `symbol | right side`, one above another; the last right side is the number."""

    lines: tuple[tuple[Math, Fitted], ...]
    number: Math
    padded: bool


@dataclass(frozen=True, slots=True)
class PlacedColumn:
    """A column: its title, whether its numbers are updated, how wide symbols and right sides are, and the air after."""

    title: str
    updated: bool
    symbol: float
    right: float
    gap: float

    @property
    def whole(self) -> float:
        """The column with the air after it."""
        return self.symbol + self.right + self.gap


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """Cells beside one another; a page may end after a row that is not `tied`, and `gap` is whether air follows."""

    cells: tuple[PlacedCell | None, ...]
    gap: bool
    tied: bool

    @property
    def height(self) -> float:
        """The room that its longest cell takes."""
        return ROW * max((len(cell.lines) for cell in self.cells if cell is not None), default=1)


@dataclass(frozen=True, slots=True)
class PlacedTable:
    """Columns that fit beside one another, all of them scaled alike."""

    columns: tuple[PlacedColumn, ...]
    rows: tuple[PlacedRow, ...]
    scale: float

    @property
    def beginning(self) -> float:
        """The room that a page has to have for the table to begin on it: its first rows are not parted."""
        first = next((k for k, row in enumerate(self.rows, 1) if not row.tied), len(self.rows))
        return max(LEAST_BEGINNING, HEADS + sum(row.height for row in self.rows[:first]))


@dataclass(frozen=True, slots=True)
class PlacedRoundTable:
    """A round's table, as one or, where its columns are too many for the page, as several."""

    template: ClassVar[str] = "round-table"
    tables: tuple[PlacedTable, ...]

    @property
    def flows(self) -> bool:
        """Whether it goes on over pages, with its heads repeated."""
        return len(self.tables) > 1 or len(self.tables[0].rows) > MOST_KEPT_ROWS


def place_round_table(section: RoundTable, page: Page) -> PlacedRoundTable:
    """A round's table placed on a page."""
    widths = [_Measured.of(column, page) for column in section.columns]
    return PlacedRoundTable(tuple(_table(band, section.gaps, page) for band in _bands(widths, page)))


@dataclass(frozen=True, slots=True)
class _Measured:
    """A column with its placed cells and its widths."""

    column: Column
    cells: tuple[PlacedCell | None, ...]
    symbol: float
    right: float

    @property
    def width(self) -> float:
        """The whole column with its head."""
        return max(self.symbol + self.right, words_box(self.column.title, "boldlabels").width / POINTS)

    @property
    def free(self) -> float:
        """What the head is wider than the cells."""
        return self.width - self.symbol - self.right

    @classmethod
    def of(cls, column: Column, page: Page) -> _Measured:
        cells = [None if cell is None else _one_line(cell) for cell in column.cells]
        whole = cls._sized(column, cells)
        if whole.symbol <= page.width / 3:
            return whole
        return cls._sized(column, [None if cell is None else _stacked(cell, page) for cell in column.cells])

    @classmethod
    def _sized(cls, column: Column, cells: Sequence[PlacedCell | None]) -> _Measured:
        lines = [(cell, line) for cell in cells if cell is not None for line in cell.lines]
        symbol = max(width_of(text) for _, (text, _) in lines)
        room = width_of(_EQUALS) + column.room if column.room else 0.0
        right = max([room, *(_right_width(cell, fit) for cell, (_, fit) in lines)])
        return cls(column, tuple(cells), symbol, right)


def _right_width(cell: PlacedCell, row: Fitted) -> float:
    if row:
        return row.indent + width_of(row.text) * row.scale
    return width_of(_EQUALS + cell.padded * r"\hphantom{-}" + cell.number)


def _one_line(cell: Cell) -> PlacedCell:
    text = cell.symbol if cell.formula is None else Math(f"{cell.symbol} = {cell.formula}")
    return PlacedCell(((text, NO_ROW),), cell.number, cell.padded)


def _stacked(cell: Cell, page: Page) -> PlacedCell:
    """A cell whose formula stands above its number, in as many rows as it takes."""
    empty = Math("")
    rows = () if cell.formula is None else fitted(cell.formula, Room(page.width / 3, page.hanging_indent))
    if not rows:
        return _one_line(cell)
    first = Fitted(Math(f"{_EQUALS}{rows[0].text}"), 0.0, rows[0].scale)
    lines = [(cell.symbol, first), *((empty, row) for row in rows[1:]), (empty, NO_ROW)]
    return PlacedCell(tuple(lines), cell.number, cell.padded)


def _bands(columns: Sequence[_Measured], page: Page) -> Iterator[list[_Measured]]:
    """Columns that fit beside one another, in order."""
    band: list[_Measured] = []
    for column in columns:
        if band and _natural([*band, column]) * LEAST_SCALE > page.width:
            yield band
            band = []
        band.append(column)
    yield band


def _natural(columns: Sequence[_Measured]) -> float:
    return sum(column.width for column in columns) + LEAST_GAP * (len(columns) - 1)


def _table(columns: Sequence[_Measured], gaps: frozenset[int], page: Page) -> PlacedTable:
    natural = _natural(columns) + 3 * ROUNDED * len(columns)
    scale = min(1.0, page.width / natural)
    between = max(1, len(columns) - 1)
    air = LEAST_GAP + max(0.0, page.width - natural) / between if len(columns) > 1 else 0.0
    placed = tuple(
        PlacedColumn(
            one.column.title, one.column.updated, one.symbol, one.right, one.free + air * (one is not columns[-1])
        )
        for one in columns
    )
    used = max(k + 1 for one in columns for k, cell in enumerate(one.cells) if cell is not None)
    rows = tuple(tuple(one.cells[k] for one in columns) for k in range(used))
    return PlacedTable(placed, tuple(_rows(rows, gaps)), scale)


def _rows(rows: Sequence[tuple[PlacedCell | None, ...]], gaps: frozenset[int]) -> Iterator[PlacedRow]:
    ends = ending_rows(len(rows), gaps)
    for number, cells in enumerate(rows, 1):
        yield PlacedRow(cells, number in gaps and number < len(rows), number not in ends)


def ending_rows(count: int, gaps: frozenset[int]) -> frozenset[int]:
    """The rows, from 1, after which a page may end: those before gaps, or any where groups are long."""
    edges = sorted({0, count, *(gap for gap in gaps if gap < count)})
    within = {row for start, end in pairwise(edges) if end - start > LONGEST_GROUP for row in range(start + 2, end - 1)}
    return frozenset(row for row in {*edges, *within} if 2 <= row <= count - 2)

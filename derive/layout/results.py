"""Tables of symbols and numbers placed on a page: as many beside one another as fit, columns too many in bands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from derive.document.document import DataTable
from derive.document.mathematics import Math, Rich
from derive.document.model import NumberTable, ResultRow, ResultsTable
from derive.document.page import Page
from derive.layout.beside import fitted_box
from derive.layout.rows import Fitted
from derive.measure.boxes import Box
from derive.measure.breaking import POINTS, width_of
from derive.measure.words import words_box

_PANEL_AIR = 8.0
_COLUMN_AIR, _WIDE_AIR = 3.6, 8.0
LEAST_SCALE = 0.85
_HEAD = 8.0
"""The height of a table's head and rules, in millimetres."""
_LEAST_ROWS = 4
"""Rows of a panel before a second one begins."""
_RESULT, _NUMBERS, _DATA = Box(0.0, 11.2, 5.8), Box(0.0, 11.6, 6.8), Box(0.0, 9.9, 4.3)


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of each panel beside one another; a panel that has ended has none."""

    cells: tuple[ResultRow | None, ...]

    @property
    def height(self) -> float:
        """The height of the row in millimetres."""
        texts = [text for row in self.cells if row is not None for text in (row.symbol, *row.numbers)]
        return cells_height(texts, _RESULT)


def cells_height(texts: Sequence[str | Math], strut: Box) -> float:
    """The height of cells in a row, in millimetres."""
    boxes = [strut, *(fitted_box(Fitted(text)) for text in texts if isinstance(text, Math))]
    return (max(box.height for box in boxes) + max(box.depth for box in boxes)) / POINTS


def cell_width(text: str | Math) -> float:
    """The width of a cell in millimetres; words are those of heads."""
    return width_of(text) if isinstance(text, Math) else words_box(text, "boldlabels").width / POINTS


@dataclass(frozen=True, slots=True)
class PlacedResults:
    """Results by round in panels side by side, all of them scaled alike."""

    template: ClassVar[str] = "results-table"
    titles: tuple[str | Math, ...]
    rows: tuple[TableRow, ...]
    scale: float
    head: ClassVar[float] = _HEAD

    @property
    def panels(self) -> tuple[tuple[ResultRow, ...], ...]:
        """The rows of each panel."""
        found = zip(*(row.cells for row in self.rows), strict=True)
        return tuple(tuple(row for row in panel if row is not None) for panel in found)


def place_results(section: ResultsTable, page: Page) -> PlacedResults:
    """A table of results placed on a page: as many panels as fit and have some rows each."""
    rows = [row for column in section.columns for row in column]
    width = _panel_width(section.titles, rows)
    across = max(1, int((page.width + _PANEL_AIR) // (width + _PANEL_AIR)))
    height = max(min(_LEAST_ROWS, len(rows)), -(-len(rows) // across))
    starts = range(0, len(rows), height)
    made = tuple(TableRow(tuple(rows[s + k] if s + k < len(rows) else None for s in starts)) for k in range(height))
    return PlacedResults(section.titles, made, min(1.0, page.width / width))


def _panel_width(titles: Sequence[str | Math], rows: Sequence[ResultRow]) -> float:
    symbol = max(width_of(row.symbol) for row in rows)
    numbers = [max(cell_width(t), *(width_of(r.numbers[k]) for r in rows)) for k, t in enumerate(titles)]
    return symbol + sum(numbers) + _COLUMN_AIR * len(numbers)


@dataclass(frozen=True, slots=True)
class NumberRow:
    """The cells of a row."""

    cells: tuple[str | Math, ...]

    @property
    def height(self) -> float:
        """The height of the row in millimetres."""
        return cells_height(self.cells, _NUMBERS)


@dataclass(frozen=True, slots=True)
class Band:
    """A table of columns that fit beside one another, under their heads."""

    titles: tuple[str | Math, ...]
    rows: tuple[NumberRow, ...]
    scale: float


@dataclass(frozen=True, slots=True)
class PlacedNumbers:
    """A table of numbers as one or, where its columns are too many for the page, as several."""

    template: ClassVar[str] = "number-table"
    bands: tuple[Band, ...]
    note: Rich


def place_numbers(section: NumberTable, page: Page) -> PlacedNumbers:
    """A table of numbers placed on a page."""
    return PlacedNumbers(tuple(_bands(section.titles, section.rows, page.width, _WIDE_AIR)), section.note)


def _bands(
    titles: Sequence[str | Math], rows: Sequence[Sequence[str | Math]], width: float, air: float
) -> Iterator[Band]:
    """The columns that fit, in order; the first column stands before those of every band."""
    natural = [max(cell_width(title), *(cell_width(row[k]) for row in rows)) for k, title in enumerate(titles)]
    chosen = [0]
    for column in range(1, len(titles)):
        if len(chosen) > 1 and _total(natural, [*chosen, column], air) * LEAST_SCALE > width:
            yield _band(titles, rows, chosen, width / _total(natural, chosen, air))
            chosen = [0]
        chosen.append(column)
    yield _band(titles, rows, chosen, width / _total(natural, chosen, air))


def _total(natural: Sequence[float], chosen: Sequence[int], air: float) -> float:
    return sum(natural[column] for column in chosen) + air * (len(chosen) - 1)


def _band(
    titles: Sequence[str | Math], rows: Sequence[Sequence[str | Math]], chosen: Sequence[int], scale: float
) -> Band:
    cells = tuple(NumberRow(tuple(row[column] for column in chosen)) for row in rows)
    return Band(tuple(titles[column] for column in chosen), cells, min(1.0, scale))


def place_data(data: DataTable, width: float) -> tuple[Band, ...]:
    """The table of given numbers placed in a width."""
    return tuple(_bands(data.titles, data.rows, width, _COLUMN_AIR))


def data_size(band: Band) -> tuple[float, float]:
    """Width and height of a table of given numbers, in millimetres."""
    columns = [[band.titles[k], *(row.cells[k] for row in band.rows)] for k in range(len(band.titles))]
    width = sum(max(map(cell_width, column)) for column in columns) + _COLUMN_AIR * (len(columns) - 1)
    return width * band.scale, _HEAD + sum(cells_height(row.cells, _DATA) for row in band.rows)

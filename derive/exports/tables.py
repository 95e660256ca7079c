"""The tables of a document as rows of cells, whatever they hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from derive.document.document import DataTable
from derive.document.handouts.handout import StripPanel
from derive.document.mathematics import NOTHING, Math, Rich
from derive.document.model import Cell, FinalParameters, LossPlot, NumberTable, ResultsTable, RoundTable, SymbolList
from derive.exports.displays import formula_of

Content = str | Math | Rich
Tabular = DataTable | RoundTable | NumberTable | SymbolList | ResultsTable | LossPlot | StripPanel


@dataclass(frozen=True, slots=True)
class Table:
    """Heads, rows of as many cells, and a letter for each column: l, c or r, the side that its cells keep to."""

    heads: tuple[Content, ...]
    rows: tuple[tuple[Content, ...], ...]
    sides: str


def table(found: Tabular) -> Table:
    """A table of a document as heads and rows; what stands in panels side by side follows below one another."""
    heads, rows = tuple(_heads(found)), tuple(_rows(found))
    return Table(heads, rows, _sides(found, len(heads)))


def equations(found: FinalParameters) -> tuple[Math, ...]:
    """The final parameters, each as `left = right`."""
    return tuple(formula_of((symbol, "=", numbers)) for symbol, numbers in found.parameters)


def _heads(found: Tabular) -> Iterator[Content]:
    match found:
        case DataTable():
            yield from found.titles[_first(found) :]
        case RoundTable():
            yield from (column.title for column in found.columns)
        case NumberTable() | SymbolList():
            yield from found.titles
        case ResultsTable() | StripPanel():
            yield from ("", *found.titles)
        case LossPlot():
            yield from (found.round_title, found.loss)


def _rows(found: Tabular) -> Iterator[tuple[Content, ...]]:
    match found:
        case DataTable():
            yield from (row[_first(found) :] for row in found.rows)
        case RoundTable():
            yield from zip(*([_cell(one) for one in column.cells] for column in found.columns), strict=True)
        case NumberTable():
            yield from found.rows
        case SymbolList():
            yield from ((row.symbol, row.meaning, row.size) for row in found.rows)
        case ResultsTable():
            yield from ((row.symbol, *row.numbers) for column in found.columns for row in column)
        case LossPlot():
            yield from (row for column in found.columns for row in column)
        case StripPanel():
            for symbol, cells in found.rows:
                yield symbol, *(NOTHING if cell is None else cell.number for cell in cells)


def _first(found: DataTable) -> int:
    """The first column that says something: without heads for its rows it is the second."""
    return 0 if found.titles[0] else 1


def _cell(cell: Cell | None) -> Math:
    if cell is None:
        return NOTHING
    return formula_of((cell.symbol, "=" if cell.formula else "", cell.formula, "=", cell.number))


def _sides(found: Tabular, columns: int) -> str:
    match found:
        case DataTable():
            return "c" * columns
        case ResultsTable() | StripPanel():
            return "l" + "r" * (columns - 1)
        case LossPlot():
            return "cr"
        case _:
            return "l" * columns

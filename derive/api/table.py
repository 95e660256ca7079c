"""The table of a round, as the key in tables has it, that shows itself in a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from derive.document.context import Context
from derive.document.locale import locale
from derive.document.mathematics import NOTHING, Math
from derive.document.model import Cell, RoundTable
from derive.document.plain import PlainContext
from derive.document.style import style
from derive.document.tables import round_table
from derive.network.solution import Round
from derive.render import shows

STYLE = "table"
"""The style whose columns the table has."""

Cells = tuple[tuple[Math, ...], ...]


@dataclass(frozen=True)
class Table:
    """A round's numbers under heads: what is given, both passes, the updated parameters.

    A cell is LaTeX, `symbol = number` or `symbol = formula = number`, empty below the end of its column;
    `plain_rows` are the same cells in plain text.
    """

    title: str
    heads: tuple[str, ...]
    rows: Cells
    plain_rows: Cells

    def latex(self) -> str:
        """The table as a LaTeX `array`, without dollar signs."""
        return shows.table_latex(self.heads, self.rows)

    def html(self) -> str:
        """The table as an HTML `table`, its mathematics as MathML."""
        return shows.table_html(self.title, self.heads, self.rows)

    def markdown(self) -> str:
        """The table in Markdown's columns, its mathematics between dollar signs."""
        return shows.table_markdown(self.title, self.heads, self.rows)

    def text(self) -> str:
        """The table in plain text."""
        return "\n".join(_columns(self.title, (self.heads, *self.plain_rows)))

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def _repr_html_(self) -> str:
        return self.html()


def table_of(round: Round) -> Table:
    """The table of a round, in the language and the notation of its problem."""
    solution = round.solution
    words, look = locale(solution.problem.language), style(STYLE).style
    table = round_table(Context(solution, look, words), round)
    plain = round_table(PlainContext(solution, look, words), round)
    title = words.round_title.replace("<n>", str(round.number))
    return Table(title, tuple(column.title for column in table.columns), _cells(table), _cells(plain))


def _cells(table: RoundTable) -> Cells:
    columns = [[_cell(cell) for cell in column.cells] for column in table.columns]
    return tuple(zip(*columns, strict=True))


def _cell(cell: Cell | None) -> Math:
    if cell is None:
        return NOTHING
    return Math(" = ".join(part for part in (cell.symbol, cell.formula, cell.number) if part))


def _columns(title: str, rows: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    """Rows of cells as lines, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield title
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()

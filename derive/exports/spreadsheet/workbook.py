"""The workbook: a sheet of all rounds with live formulas, the unrounded numbers where they are needed, the losses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from io import BytesIO
from pathlib import PurePath
from typing import Any

from derive.document.aids.small_print import small_print
from derive.document.context import Context
from derive.document.locale import locale
from derive.document.mathematics import Math, Rich
from derive.document.style import style
from derive.document.tables import ROUND_STYLE, cell_formula
from derive.errors import InputError
from derive.exports.spreadsheet.conditions import write_conditions
from derive.exports.spreadsheet.contents import Content, Names, address, contents
from derive.exports.spreadsheet.doubles import require_doubles
from derive.exports.spreadsheet.givens import Place
from derive.exports.spreadsheet.layout import NUMBER, SIGN, WIDTH, Layout, RoundRows, lay_out
from derive.exports.spreadsheet.looks import SANS, Formats, set_paper, write_runs
from derive.exports.spreadsheet.losses import write_losses
from derive.exports.spreadsheet.paper import HEAD, LINE, PAPERS, ROUND, ROW, RULE, TITLE, breaks, points
from derive.exports.spreadsheet.runs import Run, runs
from derive.formats import require
from derive.graph.quantity import Role
from derive.network.solution import Solution
from derive.version import VERSION

MOST_CELLS = 100_000
"""Numbers of a workbook at most."""
MADE = datetime(1980, 1, 1)  # noqa: DTZ001 - the same bytes every time, in every place
LONGEST_RIGHT = 18
"""Characters of a formula that stands beside its number, as the printed table has it."""
LEAST_NUMBER = 11.0
"""The least width of numbers: others are put in, and longer ones come out. What is wider still is set smaller."""
EQUALS, AIR = 1.8, 2.5
"""The widths of a column of equals signs, and of the air after a column, in characters."""
_HEADS, _FIRST = 3, 4
"""The rows of the heads of the columns, and of the first round's title."""
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_LONGEST_TITLE = 31
_NO_NAME = re.compile(r"\W")


def to_xlsx(solution: Solution, source: str) -> bytes:
    """The rounds as an Excel workbook of live formulas; `source` names the problem file in the small print.

    Raises `InputError` where XlsxWriter is missing, or naming what no spreadsheet can work: too many numbers, a
    formula that is too long, digits that binary numbers do not give.
    """
    xlsxwriter = require("xlsxwriter", "xlsx")
    count = sum(len(round.values) for round in solution.rounds)
    if count > MOST_CELLS:
        raise InputError.single(f"{count:,} numbers are too many for a spreadsheet, which takes {MOST_CELLS:,}")
    require_doubles(solution)
    context = Context(solution, style(ROUND_STYLE).style, locale(solution.problem.language))
    stream = BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    _Book.of(book, context, source).write()
    book.close()
    return stream.getvalue()


@dataclass(frozen=True)
class _Book:
    """A workbook on its way."""

    book: Any
    context: Context
    source: str
    layout: Layout
    titles: tuple[str, str]
    cells: Mapping[Place, Content]
    formats: Formats

    @classmethod
    def of(cls, book: Any, context: Context, source: str) -> _Book:
        words, solution = context.locale, context.solution
        layout = lay_out(solution, _FIRST)
        titles = (_sheet_title(words.sheet.rounds), _sheet_title(words.sheet.unrounded))
        cells = contents(solution, layout, Names.of(*titles))
        return cls(book, context, source, layout, titles, cells, Formats(book))

    @property
    def last(self) -> int:
        """The last column, from 0."""
        return len(self.layout.specs) * WIDTH - 2

    def write(self) -> None:
        """Everything."""
        self._properties()
        rounds = self.book.add_worksheet(self.titles[0])
        self._rounds(rounds)
        if any(content.unrounded for content in self.cells.values()):
            self._unrounded(self.book.add_worksheet(self.titles[1]))
        self._define_names()
        write_losses(self.book, self.context, self.layout, self.titles[0], self.formats, self.cells)

    def _properties(self) -> None:
        words, problem = self.context.locale, self.context.solution.problem
        self.book.set_properties(
            {
                "title": problem.title or words.untitled,
                "author": problem.author,
                "subject": problem.course,
                "comments": f"derive {VERSION}, {PurePath(self.source).name}",
                "created": MADE,
            }
        )
        self.book.set_calc_mode("auto")

    def _rounds(self, sheet: Any) -> None:
        self._page(sheet)
        self._top(sheet)
        for rows in self.layout.rounds:
            self._round(sheet, rows)
        write_conditions(sheet, self.layout, self.cells, self.formats)
        for column in range(self.last + 1):
            sheet.write_blank(self.layout.end, column, None, self.formats.of("rule"))
        sheet.set_row(self.layout.end, RULE)
        sheet.print_area(0, 0, self.layout.end, self.last)
        self._small_print(sheet, self.layout.end + 1)

    def _page(self, sheet: Any) -> None:
        """Paper, widths of columns, and what stays on the screen and on every printed page."""
        problem = self.context.solution.problem
        sheet.hide_gridlines(2)
        set_paper(sheet, PAPERS[problem.paper])
        sheet.repeat_rows(_HEADS)
        sheet.freeze_panes(_HEADS + 1, 0)
        title = (problem.title or self.context.locale.untitled).replace("&", "&&")
        sheet.set_footer(f'&L&"{SANS}"&8{title}&R&8&P / &N')
        for column, width in enumerate(self.widths):
            sheet.set_column(column, column, width)
        sheet.fit_to_pages(1, 0)
        heights = [ROUND + ROW * (rows.length + 1) for rows in self.layout.rounds]
        top = ROW + TITLE + 2 * LINE + HEAD
        starts = breaks(top, heights, PAPERS[problem.paper].rows(sum(map(points, self.widths))))
        sheet.set_h_pagebreaks([self.layout.rounds[number].first for number in starts])

    @cached_property
    def widths(self) -> tuple[float, ...]:
        """The widths of all columns, in characters."""
        each = [(*self._widths(number), AIR) for number in range(len(self.layout.specs))]
        return tuple(width for symbol, number, air in each for width in (symbol, EQUALS, number, air))[:-1]

    def _widths(self, number: int) -> tuple[float, float]:
        """The widths of a column's symbols and numbers, in characters."""
        symbols, numbers = [4.0], [LEAST_NUMBER]
        for rows in self.layout.rounds:
            for quantity in rows.columns[number].quantities:
                symbols.append(_width(self._symbol(rows, number, quantity)))
                numbers.append(len(rows.round.shown[quantity]) * 1.1 + 2)
        return max(symbols) + 0.5, max(numbers)

    def _symbol(self, rows: RoundRows, number: int, quantity: int) -> tuple[Run, ...]:
        """A quantity's symbol, and its formula where the printed table has it."""
        symbol = runs(self.context.inline_writer.symbol(quantity))
        spec = rows.columns[number].spec
        formula = cell_formula(self.context, rows.round, spec, quantity)
        if formula is None:
            return symbol
        right = runs(formula)
        return (*symbol, Run(" = "), *right) if _width(right) <= LONGEST_RIGHT else symbol

    def _top(self, sheet: Any) -> None:
        words, solution = self.context.locale, self.context.solution
        problem, policy = solution.problem, solution.policy
        sheet.write_string(0, 0, problem.course, self.formats.of("course"))
        sheet.set_row(1, TITLE)
        sheet.write_string(1, 0, problem.title or words.untitled, self.formats.of("title"))
        sheet.write_string(1, self.last, words.kinds["key"], self.formats.of("kind"))
        carried = words.working_rounded if policy.carries_rounded else words.working_full
        shown = self.context.shown_precision(policy.precision)
        note = f"{words.sheet.note}{words.between_sentences}{carried.replace('<shown>', shown)}"
        self._paragraph(sheet, 2, [Run(note)])
        heads = self.formats.of("head")
        sheet.set_row(_HEADS, HEAD)
        for column in range(self.last + 1):
            sheet.write_blank(_HEADS, column, None, heads)
        for number, spec in enumerate(self.layout.specs):
            sheet.write_string(_HEADS, number * WIDTH, getattr(words, spec.title), heads)

    def _paragraph(self, sheet: Any, row: int, text: list[Run]) -> None:
        """Text over the width of the sheet."""
        lines = -(-sum(len(run.text) for run in text) // int(sum(self.widths)))
        sheet.set_row(row, LINE * lines + 3)
        sheet.merge_range(row, 0, row, self.last, "", self.formats.of("note"))
        write_runs(sheet, row, 0, text, self.formats, "note")

    def _small_print(self, sheet: Any, row: int) -> None:
        """How to make the workbook again, for the screen: on paper it might stand on a page of its own."""
        self._paragraph(sheet, row, _rich_runs(small_print(self.context, self.source)))

    def _round(self, sheet: Any, rows: RoundRows) -> None:
        words, number = self.context.locale, rows.round.number
        sheet.set_row(rows.first, ROUND)
        title = words.round_title.replace("<n>", words.number(str(number)))
        sheet.write_string(rows.first, 0, title, self.formats.of("round"))
        for row in range(rows.first + 1, rows.first + rows.length + 1):
            sheet.set_row(row, ROW)
        for place, column in enumerate(rows.columns):
            updated = column.spec.role is Role.UPDATED
            for quantity in column.quantities:
                row, last = self.layout.cells[number, quantity]
                write_runs(sheet, row, last - NUMBER, self._symbol(rows, place, quantity), self.formats, "symbol")
                sheet.write_string(row, last - NUMBER + SIGN, "=", self.formats.of("sign"))
                self._number(sheet, row, last, self.cells[number, quantity], updated=updated)

    def _number(self, sheet: Any, row: int, column: int, content: Content, *, updated: bool) -> None:
        look = "given" if content.is_given else "updated" if updated else "number"
        form = self.formats.of(look, num_format=content.look.usual)
        if content.is_given:
            sheet.write_number(row, column, float(content.number), form)
        else:
            sheet.write_formula(row, column, content.formula, form, float(content.number))

    def _unrounded(self, sheet: Any) -> None:
        """The same cells before rounding."""
        sheet.freeze_panes(_HEADS + 1, 0)
        for place, content in self.cells.items():
            row, column = self.layout.cells[place]
            rows = self.layout.rounds[place[0] - 1]
            if content.unrounded:
                symbol = self._symbol(rows, column // WIDTH, place[1])
                write_runs(sheet, row, column - NUMBER, symbol, self.formats, "symbol")
                form = self.formats.of("number", num_format="General")
                sheet.write_formula(row, column, content.unrounded, form, float(content.full))

    def _define_names(self) -> None:
        """A name for every number, for the name box and for scripts: `w11_round1`, `dL_dw11_round2`."""
        names = self.context.solution.graph.blocks.names
        sheet = self.titles[0].replace("'", "''")
        taken: set[str] = set()
        for number, quantity in self.cells:
            row, column = self.layout.cells[number, quantity]
            stem = f"{_NO_NAME.sub('_', names[quantity])}_round{number}"
            name = stem if stem[0].isalpha() else f"_{stem}"
            while name.casefold() in taken:
                name += "_"
            taken.add(name.casefold())
            self.book.define_name(name, f"='{sheet}'!${address(0, column)[:-1]}${row + 1}")


def _sheet_title(text: str) -> str:
    return _FORBIDDEN.sub(" ", text)[:_LONGEST_TITLE]


def _width(text: tuple[Run, ...]) -> float:
    """How wide runs are, in characters; scripts are smaller."""
    return sum(len(run.text) * (0.75 if run.script else 1.1) for run in text)


def _rich_runs(text: Rich) -> list[Run]:
    """Text and mathematics in runs."""
    found: list[Run] = []
    for part in text.parts:
        found += runs(part) if isinstance(part, Math) else [Run(part)] * bool(part)
    return found

"""The sheet of losses: the loss of every round, and a curve for the rounds that take the same data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from derive.document.context import Context
from derive.exports.spreadsheet.contents import Content, address
from derive.exports.spreadsheet.givens import Place
from derive.exports.spreadsheet.layout import Layout
from derive.exports.spreadsheet.looks import ACCENT, HAIR, INK, SANS, Formats, set_paper, write_runs
from derive.exports.spreadsheet.paper import PAPERS
from derive.exports.spreadsheet.runs import runs
from derive.network.same_data import rounds_of_same_data

APART = 20
"""The first of the hidden columns that hold the losses of some rounds alone, far right of the chart."""


def write_losses(
    book: Any, context: Context, layout: Layout, rounds: str, formats: Formats, cells: Mapping[Place, Content]
) -> None:
    """A sheet with the losses and their curve, where several rounds have one; `rounds` is the title of their sheet."""
    solution, words = context.solution, context.locale
    loss = solution.graph.loss
    places = [(round.number, loss) for round in solution.rounds if loss in round.values]
    if len(places) < 2:
        return
    title = words.loss
    sheet = book.add_worksheet(title)
    sheet.hide_gridlines(2)
    set_paper(sheet, PAPERS[solution.problem.paper])
    sheet.fit_to_pages(1, 0)
    heads = formats.of("head")
    sheet.write_string(0, 0, words.round, heads)
    sheet.write_blank(0, 1, None, heads)
    write_runs(sheet, 0, 1, runs(context.inline_writer.symbol(loss)), formats, "head")
    quoted = rounds.replace("'", "''")
    for row, place in enumerate(places, 1):
        content = cells[place]
        form = formats.of("number", num_format=content.look.usual)
        sheet.write_number(row, 0, place[0], formats.of("number"))
        cell = address(*layout.cells[place])
        sheet.write_formula(row, 1, f"='{quoted}'!{cell}", form, float(content.number))
    sheet.set_column(1, 1, 14)
    series = rounds_of_same_data(solution)
    joined = [numbers for numbers in series if 1 < len(numbers) < len(places)]
    for column, numbers in enumerate(joined, APART):
        for number in numbers:
            sheet.write_formula(number, column, f"={address(number, 1)}", None, float(cells[number, loss].number))
        sheet.set_column(column, column, None, None, {"hidden": True})
    chart = _chart(book, context, title, len(places), curve=len(series) == 1)
    for column, _ in enumerate(joined, APART):
        chart.add_series(_series(title, column, len(places), {"color": ACCENT, "width": 1.5}, {"type": "none"}))
    sheet.insert_chart(0, 3, chart)


def _series(title: str, column: int, count: int, line: dict[str, object], marker: dict[str, object]) -> dict[str, Any]:
    """The rounds across, and the numbers of a column."""
    across, up = [title, 1, 0, count, 0], [title, 1, column, count, column]
    return {"categories": across, "values": up, "line": line, "marker": marker}


def _chart(book: Any, context: Context, title: str, count: int, *, curve: bool) -> Any:
    """A point for each loss, joined to a curve where all can be compared; gaps of other series are bridged."""
    words = context.locale
    chart = book.add_chart({"type": "line"})
    marker = {"type": "circle", "size": 5, "fill": {"color": ACCENT}, "border": {"color": ACCENT}}
    chart.add_series(_series(title, 1, count, {"color": ACCENT, "width": 1.5} if curve else {"none": True}, marker))
    chart.show_blanks_as("span")
    chart.show_hidden_data()
    font = {"name": SANS, "size": 9, "bold": False, "color": INK}
    chart.set_title({"name": words.losses, "name_font": {**font, "size": 11, "bold": True}, "overlay": False})
    chart.set_legend({"none": True})
    chart.set_x_axis({"name": words.round_at_axis, "name_font": font, "num_font": font})
    loss = "".join(run.text for run in runs(context.inline_writer.symbol(context.solution.graph.loss)))
    grid = {"visible": True, "line": {"color": HAIR}}
    chart.set_y_axis({"name": loss, "name_font": font, "num_font": font, "min": 0, "major_gridlines": grid})
    return chart

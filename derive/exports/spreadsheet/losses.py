"""The sheet of losses: the loss of every round, and its curve."""

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
    sheet.insert_chart(0, 3, _chart(book, context, title, len(places)))


def _chart(book: Any, context: Context, title: str, count: int) -> Any:
    words = context.locale
    chart = book.add_chart({"type": "line"})
    chart.add_series(
        {
            "categories": [title, 1, 0, count, 0],
            "values": [title, 1, 1, count, 1],
            "line": {"color": ACCENT, "width": 1.5},
            "marker": {"type": "circle", "size": 5, "fill": {"color": ACCENT}, "border": {"color": ACCENT}},
        }
    )
    font = {"name": SANS, "size": 9, "bold": False, "color": INK}
    chart.set_title({"name": words.losses, "name_font": {**font, "size": 11, "bold": True}, "overlay": False})
    chart.set_legend({"none": True})
    chart.set_x_axis({"name": words.round_at_axis, "name_font": font, "num_font": font})
    loss = "".join(run.text for run in runs(context.inline_writer.symbol(context.solution.graph.loss)))
    grid = {"visible": True, "line": {"color": HAIR}}
    chart.set_y_axis({"name": loss, "name_font": font, "num_font": font, "min": 0, "major_gridlines": grid})
    return chart

"""The formulas of layers that a reader is not taken to know by heart: gates, attention, norms, windows."""

from __future__ import annotations

from collections.abc import Iterator

from derive.document.asked_questions import asks_for, asks_for_formulas
from derive.document.context import Context
from derive.document.mathematics import Math
from derive.document.views.index import representatives, symbols_of
from derive.network.lowered import Placed
from derive.network.views import LayerViews
from derive.writing.index_views import index_latex

_SHOWS_FORMULAS, _FIRST = "forward-matrices", "round 1"
"""A section of rounds that states the formulas of every layer, and the round in which it does."""


def layer_formulas(context: Context) -> Iterator[tuple[Placed, tuple[Math, ...]]]:
    """Each such layer with its forward equations in index form; none where a question or the style writes these."""
    if asks_for_formulas(context) or _rounds_state_formulas(context):
        return
    for views in context.layer_views:
        formulas = () if views.placed.layer.is_familiar else tuple(_forward(context, views))
        if formulas:
            yield views.placed, formulas


def _rounds_state_formulas(context: Context) -> bool:
    """Whether the first round states them: of a round in arrays with no blanks, and always in a style of matrices.

    A key whose pages break as those of its worksheet says what that says.
    """
    has_blanks = context.hidden or context.solution.problem.worksheet.pages == "matched"
    in_arrays = _SHOWS_FORMULAS in context.round_sections and asks_for(context, _FIRST) and not has_blanks
    return in_arrays or _SHOWS_FORMULAS in context.style.parts["round"]


def _forward(context: Context, views: LayerViews) -> Iterator[Math]:
    dialect = context.inline_writer.dialects.names
    graph = context.solution.lowered.graph
    for equation, application, _ in representatives(graph, views, LayerViews.index):
        symbols = symbols_of(context, application, generic=True)
        left, right = index_latex(equation, application, symbols, dialect)
        yield Math(f"{left} = {right}")

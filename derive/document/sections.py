"""Which builder makes the section of each name: those of a round, and those of the whole problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from derive.document.aids.final_parameters import final_parameters
from derive.document.aids.symbol_list import empty_symbol_list
from derive.document.context import Context
from derive.document.model import MatrixLines, Section
from derive.document.pictures.computation_graph import graph_sections
from derive.document.pictures.plot import loss_plot
from derive.document.results import formulas, forward_summary, results_table
from derive.document.steps.steps import backward_section, forward_section
from derive.document.tables import functions_table, round_table, working
from derive.document.views.array_passes import array_backward, array_forward, array_update, matrix_form_lines
from derive.document.views.closed import closed_forms
from derive.document.views.differences import central_differences
from derive.document.views.index import index_form_lines
from derive.document.views.sizes import gradient_sizes
from derive.network.solution import Round
from derive.problem.question import Ask

OnRound = Callable[[Context, Round], tuple[Section, ...]]
OnProblem = Callable[[Context, Ask], tuple[Section, ...]]


def _always(build: Callable[[Context, Round], Section]) -> OnRound:
    """A section that every round has."""
    return lambda context, number: (build(context, number),)


def _updating(build: Callable[[Context, Round], Section]) -> OnRound:
    """A section that a final forward pass does not have."""

    def section(context: Context, round: Round) -> tuple[Section, ...]:
        return () if context.solution.plan.is_final(round.number) else (build(context, round),)

    return section


def _forward_matrices(context: Context, round: Round) -> MatrixLines:
    return _with_rows(context, array_forward(context, round, in_symbols=round.number == 1))


def _backward_matrices(context: Context, round: Round) -> MatrixLines:
    return _with_rows(context, array_backward(context, round, in_symbols=round.number == 1))


def _update_matrices(context: Context, round: Round) -> tuple[Section, ...]:
    if context.solution.plan.is_final(round.number):
        return ()
    if context.solution.graph.interleaved:
        return ()
    return (_with_rows(context, array_update(context, round, in_symbols=round.number == 1)),)


def _with_rows(context: Context, lines: MatrixLines) -> MatrixLines:
    """Lines of arrays whose tall columns a page may write as rows."""
    return replace(lines, transpose=context.notation.transpose)


ROUND_SECTIONS: Mapping[str, OnRound] = MappingProxyType(
    {
        "round-table": _always(round_table),
        "working": _always(working),
        "forward-matrices": _always(_forward_matrices),
        "backward-matrices": _updating(_backward_matrices),
        "update-matrices": _update_matrices,
        "computation-graph": graph_sections,
        "forward-steps": forward_section,
        "backward-steps": backward_section,
        "forward-summary": forward_summary,
    }
)
PROBLEM_SECTIONS: Mapping[str, OnProblem] = MappingProxyType(
    {
        "functions-table": lambda context, _: (functions_table(context),),
        "loss-plot": lambda context, _: (loss_plot(context),),
        "index-form": lambda context, _: index_form_lines(context),
        "matrix-form": matrix_form_lines,
        "gradient-sizes": gradient_sizes,
        "central-differences": central_differences,
        "closed-forms": closed_forms,
        "formulas": lambda context, _: formulas(context),
        "results-table": lambda context, _: results_table(context),
        "symbol-list": lambda context, _: (empty_symbol_list(context),),
        "final-parameters": lambda context, _: (final_parameters(context),),
    }
)

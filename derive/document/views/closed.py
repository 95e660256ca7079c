"""Quantities written in given ones alone, within a budget; long ones break over lines."""

from __future__ import annotations

from dataclasses import replace

from derive.document.context import Context
from derive.document.mathematics import Relation, Rich
from derive.document.model import MatrixLine, MatrixLines
from derive.network.asked import written_out
from derive.problem.asks import Ask
from derive.writing.template import formula_template


def closed_forms(context: Context, asked: Ask) -> tuple[MatrixLines, ...]:
    """One line a name."""
    solution = context.solution
    names = solution.notation.dialects(stacked=False).names
    dialect = replace(names, functions={**names.functions, "exp": r"\exp(%s)"})
    lines = []
    for name in asked.names:
        quantity = solution[name].id
        printed = formula_template(written_out(solution.lowered.graph, quantity), dialect)
        text = printed.fill(range(solution.lowered.graph.blocks.size), context.inline_writer.symbols)
        lines.append(
            MatrixLine("", context.symbol(quantity), (Relation("="), context.answer(text, quantity, facet="formula")))
        )
    return (MatrixLines("", Rich(()), tuple(lines)),)

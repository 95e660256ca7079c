"""Quantities written in given ones alone, within a budget; long ones break over lines."""

from __future__ import annotations

from dataclasses import replace

from derive.document.context import Context
from derive.document.mathematics import Place, Relation, Rich
from derive.document.model import MatrixLine, MatrixLines
from derive.graph.closed import ancestors, closed_formula
from derive.problem.question import Ask
from derive.writing.template import formula_template


def closed_forms(context: Context, asked: Ask) -> tuple[MatrixLines, ...]:
    """One line a name."""
    solution = context.solution
    names = context.inline_writer.dialects.names
    dialect = replace(names, functions={**names.functions, "exp": r"\exp(%s)"})
    lines = []
    for name in asked.names:
        quantity = solution[name].id
        printed = formula_template(closed_formula(solution.lowered.graph, quantity), dialect)
        text = printed.fill(range(solution.lowered.graph.blocks.size), context.inline_writer.symbols)
        answer = context.answer(text, quantity, facet="closed form", mentions=_functions(context, quantity))
        lines.append(MatrixLine("", context.symbol(quantity), (Relation("="), answer)))
    return (MatrixLines("", Rich(()), tuple(lines)),)


def _functions(context: Context, quantity: int) -> tuple[Place, ...]:
    """The worked functions that are put into a closed form, its own among them."""
    worked = context.solution.graph
    found = ancestors(context.solution.lowered.graph, quantity)
    return tuple((worked.blocks.names[one], 0) for one in found if one in worked.equation_of)

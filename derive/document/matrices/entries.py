"""Matrices of shown numbers: entries padded to their column's decimals, biases set off, updated ones marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.evaluate import compile_formula
from derive.document.context import Context
from derive.document.mathematics import Answer, Math
from derive.document.model import Entry, Matrix, Piece
from derive.graph.matrix import MatrixExpression, Slope, expand
from derive.graph.quantity import Block, Role
from derive.network.solution import Round
from derive.network.work import LADDER
from derive.writing import template
from derive.writing.symbols import NumberTable
from derive.writing.template import formula_template

Rows = Sequence[Sequence[Entry]]


def padded(rows: Rows, *, row_rule: bool = False, column_rule: bool = False) -> Matrix:
    """A matrix whose entries line up at the decimal point, column by column."""
    widest = [max((_decimals(entry.text) for entry in column), key=len) for column in zip(*rows, strict=True)]
    return Matrix(
        tuple(
            tuple(
                replace(entry, pad=Math(widest[j].removeprefix(_decimals(entry.text)))) for j, entry in enumerate(row)
            )
            for row in rows
        ),
        row_rule,
        column_rule,
    )


_PLAIN = re.compile(r"-?\d+(?P<mark>\.|\{\W\})(?P<decimals>\d+)", re.ASCII)


def _decimals(text: str) -> str:
    """What stands after the whole part of a plain number, in zeros; nothing for all else that stands in a matrix."""
    plain = _PLAIN.fullmatch(text)
    return "" if plain is None else plain["mark"] + "0" * len(plain["decimals"])


def transposed(matrix: Matrix) -> Matrix:
    """The transposed matrix, padded anew."""
    rows = [[replace(entry, pad=Math("")) for entry in column] for column in zip(*matrix.rows, strict=True)]
    return padded(rows, row_rule=matrix.column_rule, column_rule=matrix.row_rule)


def plain_part(matrix: Matrix) -> Piece:
    """A matrix as it is written: a single number without brackets."""
    single = len(matrix.rows) == 1 and len(matrix.rows[0]) == 1
    return matrix.rows[0][0].text if single and not matrix.rows[0][0].updated else matrix


def bracketed(part: Piece) -> Piece:
    """A part as it stands after a sign: a negative single number in parentheses."""
    if isinstance(part, Matrix):
        single = part.rows[0][0] if len(part.rows) == 1 and len(part.rows[0]) == 1 else None
        if single is None or not single.text.startswith("-"):
            return part
        return Matrix(((replace(single, text=in_parentheses(single.text)),),))
    return in_parentheses(part) if part.startswith("-") else part


def in_parentheses(text: Math) -> Math:
    """The same mathematics in parentheses; an answer stays one."""
    written = f"({text})"
    return text.written(written) if isinstance(text, Answer) else Math(written)


def block_rows(context: Context, round: Round, block: Block) -> list[list[Entry]]:
    """The shown numbers of a block, row by row; parameters changed since the start are marked."""
    parameter = block.role is Role.GIVEN and context.solution.graph.blocks.derived(block, Role.UPDATED) is not None
    updated = block.role is Role.UPDATED or (parameter and round.number > 1)
    columns = block.shape[1] if len(block.shape) == 2 else 1
    entries = [Entry(context.number(round, quantity), updated=updated) for quantity in block.ids]
    return [entries[start : start + columns] for start in range(0, len(entries), columns)]


def block_matrix(context: Context, round: Round, block: Block) -> Matrix:
    """The shown numbers of a block as a matrix or a column."""
    return padded(block_rows(context, round, block))


def slope_rows(context: Context, round: Round, expression: Slope) -> list[list[Entry]]:
    """The derivative of an activation at each unit, with the shown numbers in; a single one as a factor."""
    within = template.Context.FACTOR if expression.inputs.size == 1 else template.Context.START
    numbers = NumberTable(round.values, context.writer.dialects)
    rows = []
    for argument, value in zip(expression.inputs.ids, expression.outputs.ids, strict=True):
        local, mentions = expression.rule.sized().locals[0]
        printed = formula_template(local.formula, context.writer.dialects.numbers, within)
        mentioned = [(argument, value)[k] for k in mentions]
        places = [(context.solution.graph.blocks.names[quantity], round.number) for quantity in mentioned]
        text = printed.fill(mentioned, numbers)
        rows.append([Entry(Answer(text, round=round.number, facet="numbers", mentions=places))])
    return rows


def exact_rows(round: Round, expression: MatrixExpression) -> list[list[Decimal]]:
    """The entries of a matrix expression, worked from the numbers that the round carries."""
    arithmetic = DecimalArithmetic(LADDER[0])
    carried = {quantity: value.carried for quantity, value in round.values.items()}
    return [[compile_formula(entry, arithmetic)(carried) for entry in row] for row in expand(expression)]

"""Matrices of shown numbers: entries padded to their column's decimals, borders set off by a line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from derive.document.mathematics import Answer, Math
from derive.document.model import Entry, Matrix, Piece

Rows = Sequence[Sequence[Entry]]


def padded(rows: Rows, *, row_rule: bool = False, column_rule: bool = False) -> Matrix:
    """A matrix whose entries line up at the decimal point, column by column.

    The line behind the first row or column sets it off, and stands for the one that marks what is updated.
    """
    widest = [max((_decimals(entry.text) for entry in column), key=len) for column in zip(*rows, strict=True)]

    def made(entry: Entry, i: int, j: int) -> Entry:
        in_border = (row_rule and not i) or (column_rule and not j)
        pad = Math(widest[j].removeprefix(_decimals(entry.text)))
        return replace(entry, pad=pad, updated=entry.updated and not in_border)

    entries = tuple(tuple(made(entry, i, j) for j, entry in enumerate(row)) for i, row in enumerate(rows))
    return Matrix(entries, row_rule, column_rule)


_PLAIN = re.compile(r"-?\d+(?P<mark>\.|\{\W\})(?P<decimals>\d+)", re.ASCII)


def _decimals(text: str) -> str:
    """What stands after the whole part of a plain number, in zeros; nothing for all else that stands in a matrix."""
    plain = _PLAIN.fullmatch(text)
    return "" if plain is None else plain["mark"] + "0" * len(plain["decimals"])


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

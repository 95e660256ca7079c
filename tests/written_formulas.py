"""Every formula that derive writes about a problem, as what takes it in would have it: whole, in LaTeX."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import singledispatch

from conftest import solution_of
from documents import document_of

from derive.document.aids.citations import EquationMark
from derive.document.document import Document
from derive.document.mathematics import Blank, Marked, Math
from derive.document.model import Cell, FunctionRow, LocalLine, Matrix, MatrixLine, Piece, WorkedLine
from derive.document.walk import within
from derive.errors import FormulaError
from derive.network.solution import Solution
from derive.writing.dialect import POINT, Numerals

ROWS = (WorkedLine, Cell, FunctionRow, LocalLine, MatrixLine, Matrix)
_UNCLOSED = re.compile(r"\\(left|right)\b")
_NUMBER = re.compile(r"\d+(?:(?:\.|\{,\})\d+)?")


def of_document(document: Document) -> Iterator[str]:
    """Each row of pieces joined as a page joins them, and each piece that stands in no row."""
    for found in within(document, *ROWS, Math):
        if isinstance(found, ROWS):
            yield from joined(found)
        elif _is_whole(found):
            yield found


def pieces_of_document(document: Document) -> Iterator[str]:
    """Each piece of mathematics that is whole by itself."""
    return (piece for piece in within(document, Math) if _is_whole(piece))


def _is_whole(piece: Math) -> bool:
    marks = isinstance(piece, (EquationMark, Blank, Marked))
    return bool(piece) and not marks and not _UNCLOSED.match(piece)


@singledispatch
def joined(row: object) -> Iterator[str]:
    """The lines of mathematics that a row of a document is."""
    raise TypeError(type(row).__name__)


@joined.register
def _(row: WorkedLine) -> Iterator[str]:
    middle = [part for part in (row.chain, row.formula, row.substituted) if part]
    last = row.equals or "="
    yield " ".join([row.symbol, row.relation, " = ".join(middle), last if middle else "", row.result])


@joined.register
def _(row: Cell) -> Iterator[str]:
    yield " = ".join(part for part in (row.symbol, row.formula, row.number) if part)


@joined.register
def _(row: FunctionRow) -> Iterator[str]:
    yield f"{row.symbol} = {row.formula}"


@joined.register
def _(row: LocalLine) -> Iterator[str]:
    for parts in row.partials:
        yield " = ".join(part for part in parts if part)


@joined.register
def _(row: Matrix) -> Iterator[str]:
    yield _matrix(row)


@joined.register
def _(row: MatrixLine) -> Iterator[str]:
    yield " ".join([row.left, *map(_piece, row.parts)])


def _piece(piece: Piece) -> str:
    return _matrix(piece) if isinstance(piece, Matrix) else piece


def _matrix(matrix: Matrix) -> str:
    """A matrix as plain LaTeX has it, with the line that sets off a bias and the unseen digits that align columns."""
    rows = [" & ".join(f"{e.text}\\phantom{{{e.pad}}}" if e.pad else e.text for e in row) for row in matrix.rows]
    rules = r"\\ \hline " if matrix.row_rule else r"\\ "
    columns = ("r|" if matrix.column_rule else "r") + "r" * (len(matrix.rows[0]) - 1)
    body = rows[0] + "".join([rules, r" \\ ".join(rows[1:])] if rows[1:] else [])
    return rf"\left[\begin{{array}}{{{columns}}} {body} \end{{array}}\right]"


def of_lines(solution: Solution, numerals: Numerals = POINT) -> Iterator[str]:
    """Every worked line, fractions stacked and with a slash."""
    for stacked in (True, False):
        writer = solution.writer_of(stacked=stacked, numerals=numerals)
        for round in solution.rounds:
            for equation in round.equations:
                line = round.line(equation, writer)
                yield " = ".join([line.symbol, writer.named(equation), line.formula, line.substituted, line.value])


def of_closed_forms(solution: Solution) -> Iterator[str]:
    """Every expanded form that keeps within its size budget."""
    for quantity in solution.quantities:
        try:
            yield quantity.latex("closed")
        except FormulaError:
            continue


def of_problem(name: str, **changes: object) -> Iterator[str]:
    """Every formula of a problem of the gallery but its closed forms."""
    yield from of_document(document_of(name, **changes))
    yield from of_lines(solution_of(name, **changes))


def one_of_each_shape(formulas: Iterable[str]) -> list[str]:
    """Of formulas that differ in digits alone the first, in order."""
    return list({_NUMBER.sub("0", formula): formula for formula in reversed(list(formulas))}.values())

"""Tall columns of numbers written as rows, transposed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from derive.document.mathematics import NOTHING, Math
from derive.document.model import Matrix, MatrixLine, Piece


def with_rows(line: MatrixLine, tallest: int, transpose: str) -> MatrixLine:
    """The line with each column of more than `tallest` entries as a row; `transpose` is what a transpose is of `%s`."""
    before, _, after = transpose.partition("%s")
    return replace(line, parts=tuple(piece for part in line.parts for piece in _pieces(part, tallest, before, after)))


def _pieces(part: Piece, tallest: int, before: str, after: str) -> Iterator[Piece]:
    if not isinstance(part, Matrix) or part.row_rule or len(part.rows[0]) > 1 or len(part.rows) <= tallest:
        yield part
        return
    if before:
        yield Math(before)
    yield Matrix((tuple(replace(entry, pad=NOTHING) for (entry,) in part.rows),))
    if after:
        yield Math(after)

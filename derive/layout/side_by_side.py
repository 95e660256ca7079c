"""Short lines of matrices beside one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from derive.document.model import Note, Piece
from derive.layout.matrix_lines import PlacedMatrixLine
from derive.layout.matrix_room import pieces_width

_GAP = 4.0
"""Millimetres at least between lines side by side."""
_SPARE = 1.0
"""Millimetres left free at the end of a row, by which what is measured may be wider."""
_COLUMNS = (3, 2)
"""How many lines may stand beside one another."""


def side_by_side(lines: Sequence[PlacedMatrixLine | Note], width: float) -> list[PlacedMatrixLine | Note]:
    """Lines that are short enough beside one another, those of rows that follow one another at the same verticals."""
    found: list[PlacedMatrixLine | Note] = []
    width -= _SPARE
    while lines:
        best = max((_run(lines, width, columns) for columns in _COLUMNS), key=_saved)
        found += best or [lines[0]]
        lines = lines[len(best) + _saved(best) if best else 1 :]
    return found


def _saved(rows: Sequence[PlacedMatrixLine]) -> int:
    """How many rows are saved by lines beside others."""
    return sum(len(row.rows[0].cells) for row in rows)


def _run(lines: Sequence[PlacedMatrixLine | Note], width: float, columns: int) -> list[PlacedMatrixLine]:
    """Rows of so many columns from the first line on, as long as all of them fit at the same verticals."""
    rows: list[list[tuple[Piece, ...]]] = []
    widest = [0.0] * columns
    for start in range(0, len(lines) - columns + 1, columns):
        cells = _cells_of(lines[start : start + columns])
        wider = [max(pair) for pair in zip(widest, map(pieces_width, cells), strict=False)]
        if len(cells) < columns or sum(wider) + _GAP * (columns - 1) > width:
            break
        rows, widest = [*rows, cells], wider
    if not rows:
        return []
    starts = _starts(widest, width)
    firsts = [line for line in lines[: len(rows) * columns : columns] if isinstance(line, PlacedMatrixLine)]
    return [
        replace(line, rows=(replace(line.rows[0], cells=tuple(zip(starts, cells[1:], strict=True))),))
        for line, cells in zip(firsts, rows, strict=True)
    ]


def _cells_of(lines: Sequence[PlacedMatrixLine | Note]) -> list[tuple[Piece, ...]]:
    """Lines as the cells of a row; none where one needs the row to itself, or has a label in the way."""
    placed = [line for line in lines if isinstance(line, PlacedMatrixLine) and _is_short(line)]
    if len(placed) < len(lines) or any(line.label for line in placed[1:]):
        return []
    return [placed[0].rows[0].pieces, *((line.left, *line.rows[0].pieces) for line in placed[1:])]


def _starts(widths: Sequence[float], width: float) -> list[float]:
    """Where columns after the first begin: equally far apart where they fit, else as the widest cells leave room."""
    count = len(widths)
    if max(widths) + _GAP <= width / count:
        return [width * place / count for place in range(1, count)]
    air = (width - sum(widths)) / (count - 1)
    return [sum(widths[:place]) + air * place for place in range(1, count)]


def _is_short(line: PlacedMatrixLine) -> bool:
    return len(line.rows) == 1 and line.rows[0].scale == 1 and not (line.above or line.comment or line.mark)

"""Short lines of matrices beside one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from derive.document.model import Note, Piece
from derive.layout.matrix_lines import BesideCell, PlacedMatrixLine
from derive.layout.matrix_room import pieces_width
from derive.layout.runs import Run, column_starts, lowest
from derive.measure.breaking import POINTS
from derive.measure.words import words_box

_GAP = 4.0
"""Millimetres at least between lines side by side."""
_SPARE = 1.0
"""Millimetres left free at the end of a row, by which what is measured may be wider."""
_COLUMNS = (3, 2)
"""How many lines may stand beside one another."""
LABEL_AIR = 2.0
"""Millimetres after a label."""
_MOST_ROWS = 12
"""Rows at the same verticals at most."""
_NOTE = 5.0
"""The height of a remark, in millimetres."""
Line = PlacedMatrixLine | Note


@dataclass(frozen=True, slots=True)
class _Cell:
    """A line that others may stand beside: the width of its last row, and its own after others with its left side.

    A line of several rows stands after no other one.
    """

    line: PlacedMatrixLine
    first: float
    later: float | None

    @property
    def pieces(self) -> tuple[Piece, ...]:
        return (self.line.left, *self.line.rows[0].pieces)


def side_by_side(lines: Sequence[Line], width: float) -> list[Line]:
    """Lines that are short enough beside one another, rows of a run at the same verticals, as low as can be."""
    cells = [_cell(line) for line in lines]
    width -= _SPARE

    def runs_from(first: int) -> Iterator[Run]:
        for columns in _COLUMNS:
            yield from _runs(cells[first:], columns, width)
        line = lines[first]
        yield Run(1, 1, line.height if isinstance(line, PlacedMatrixLine) else _NOTE)

    found: list[Line] = []
    start = 0
    for run in lowest(len(lines), runs_from):
        end = start + run.count
        found += lines[start:end] if run.columns == 1 else _rows(cells[start:end], run, width)
        start = end
    return found


def _cell(line: Line) -> _Cell | None:
    """A line as a cell; None where it needs its rows to itself."""
    if not isinstance(line, PlacedMatrixLine) or line.rows[-1].scale != 1:
        return None
    if line.above or line.comment or line.mark:
        return None
    last = line.rows[-1]
    first = last.indent + pieces_width(last.pieces)
    if len(line.rows) > 1:
        return _Cell(line, first, None)
    label = words_box(line.label).width / POINTS + LABEL_AIR if line.label else 0.0
    return _Cell(line, first, label + pieces_width((line.left, *last.pieces)))


def _runs(cells: Sequence[_Cell | None], columns: int, width: float) -> Iterator[Run]:
    """Runs of so many columns from the first line on, each a row longer, as long as all rows fit."""
    widest, height = (0.0,) * columns, 0.0
    for number in range(1, _MOST_ROWS + 1):
        row = [cell for cell in cells[(number - 1) * columns : number * columns] if cell is not None]
        if len(row) < columns or not _may_stand_beside([cell.line for cell in row]):
            return
        later = [cell.later for cell in row[1:] if cell.later is not None]
        if len(later) < columns - 1:
            return
        widest = tuple(map(max, widest, (row[0].first, *later)))
        if sum(widest) + _GAP * (columns - 1) > width:
            return
        height += _height([cell.line for cell in row])
        yield Run(columns, number, height, widest)


def _height(lines: Sequence[PlacedMatrixLine]) -> float:
    """The height of a row of lines; others stand beside the last row of the first."""
    first, *others = lines
    return first.height + max(0.0, *(line.rows[0].height - first.rows[-1].height for line in others))


def _may_stand_beside(lines: Sequence[PlacedMatrixLine]) -> bool:
    """Whether labels stay with what they are for: those of later lines only beside lines that all have one."""
    labelled = [bool(line.label) for line in lines]
    return not any(labelled[1:]) or (all(labelled) and not lines[0].label_above)


def _rows(cells: Sequence[_Cell | None], run: Run, width: float) -> Iterator[PlacedMatrixLine]:
    """The rows of a run."""
    starts, known = column_starts(run.widths, _GAP, width), [cell for cell in cells if cell is not None]
    for place in range(0, run.count, run.columns):
        first, *others = known[place : place + run.columns]
        beside = tuple(
            BesideCell(start, cell.line.label, cell.pieces) for start, cell in zip(starts, others, strict=True)
        )
        rows = first.line.rows
        yield replace(first.line, rows=(*rows[:-1], replace(rows[-1], cells=beside)))

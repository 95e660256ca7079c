"""Short lines of matrices beside one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from derive.document.model import Note, Piece
from derive.layout.matrix_lines import BesideCell, PlacedMatrixLine
from derive.layout.matrix_room import pieces_width
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
    """A line as a cell: its pieces and their widths as the first of a row, and after others with its left side."""

    line: PlacedMatrixLine
    first: float
    later: float

    @property
    def pieces(self) -> tuple[Piece, ...]:
        return (self.line.left, *self.line.rows[0].pieces)


@dataclass(frozen=True, slots=True)
class _Run:
    """Lines in rows of so many columns, and the widths of these; alone, a line is a run of one column."""

    columns: int
    rows: int
    widths: tuple[float, ...] = ()

    @property
    def count(self) -> int:
        return self.columns * self.rows


def side_by_side(lines: Sequence[Line], width: float) -> list[Line]:
    """Lines that are short enough beside one another, rows of a run at the same verticals, as low as can be."""
    cells = [_cell(line) for line in lines]
    width -= _SPARE
    found: list[Line] = []
    start = 0
    for run in _lowest(lines, cells, width):
        end = start + run.count
        found += lines[start:end] if run.columns == 1 else _rows(cells[start:end], run, width)
        start = end
    return found


def _cell(line: Line) -> _Cell | None:
    """A line as a cell; None where it needs the row to itself."""
    if not isinstance(line, PlacedMatrixLine) or len(line.rows) != 1 or line.rows[0].scale != 1:
        return None
    if line.above or line.comment or line.mark:
        return None
    pieces = line.rows[0].pieces
    label = words_box(line.label).width / POINTS + LABEL_AIR if line.label else 0.0
    return _Cell(line, pieces_width(pieces), label + pieces_width((line.left, *pieces)))


def _lowest(lines: Sequence[Line], cells: Sequence[_Cell | None], width: float) -> list[_Run]:
    """The runs that make the lines lowest, of those as many rows of each as there are."""
    heights = [line.height if isinstance(line, PlacedMatrixLine) else _NOTE for line in lines]
    best: list[tuple[float, int, list[_Run]]] = [(0.0, 0, [])]
    for start in reversed(range(len(lines))):
        options = []
        for run in (_Run(1, 1), *(run for columns in _COLUMNS for run in _runs(cells[start:], columns, width))):
            height, count, rest = best[-run.count]
            places = range(start, start + run.count, run.columns)
            own = sum(max(heights[place : place + run.columns]) for place in places)
            options.append((round(height + own, 3), count + 1, [run, *rest]))
        best.append(min(options, key=lambda option: option[:2]))
    return best[-1][2]


def _runs(cells: Sequence[_Cell | None], columns: int, width: float) -> Iterator[_Run]:
    """Runs of so many columns from the first line on, each a row longer, as long as all rows fit."""
    widest = (0.0,) * columns
    for number in range(1, _MOST_ROWS + 1):
        row = [cell for cell in cells[(number - 1) * columns : number * columns] if cell is not None]
        if len(row) < columns or not _may_stand_beside([cell.line for cell in row]):
            return
        own = (row[0].first, *(cell.later for cell in row[1:]))
        widest = tuple(map(max, widest, own))
        if sum(widest) + _GAP * (columns - 1) > width:
            return
        yield _Run(columns, number, widest)


def _may_stand_beside(lines: Sequence[PlacedMatrixLine]) -> bool:
    """Whether labels stay with what they are for: those of later lines only beside lines that all have one."""
    labelled = [bool(line.label) for line in lines]
    return not any(labelled[1:]) or (all(labelled) and not lines[0].label_above)


def _rows(cells: Sequence[_Cell | None], run: _Run, width: float) -> Iterator[PlacedMatrixLine]:
    """The rows of a run."""
    starts, known = _starts(run.widths, width), [cell for cell in cells if cell is not None]
    for place in range(0, run.count, run.columns):
        first, *others = known[place : place + run.columns]
        beside = tuple(
            BesideCell(start, cell.line.label, cell.pieces) for start, cell in zip(starts, others, strict=True)
        )
        yield replace(first.line, rows=(replace(first.line.rows[0], cells=beside),))


def _starts(widths: Sequence[float], width: float) -> list[float]:
    """Where columns after the first begin: equally far apart where they fit, else as the widest cells leave room."""
    count = len(widths)
    if max(widths) + _GAP <= width / count:
        return [width * place / count for place in range(1, count)]
    air = (width - sum(widths)) / (count - 1)
    return [sum(widths[:place]) + air * place for place in range(1, count)]

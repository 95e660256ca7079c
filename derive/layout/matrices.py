"""Lines of matrices placed on a page: rows that break at relations; what is still too wide is shortened with dots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from derive.document.mathematics import Math, Rich
from derive.document.model import Entry, Matrix, MatrixLine, MatrixLines, Note, Piece
from derive.document.page import MatrixWidths, Page
from derive.layout.matrix_room import opened, pieces_box, pieces_width
from derive.layout.rows import fitted
from derive.measure.boxes import Box
from derive.measure.breaking import POINTS, Room, width_of
from derive.measure.words import words_box

LEAST_SCALE = 0.85
"""What would have to be smaller to fit is shortened."""
_SHARES = (1.0, 0.6, 0.45, 0.3)
"""Of a row, what one matrix may take; less where several stand in brackets that are not cut."""
_SMALLEST = 0.7
MOST_ROWS = 20
"""Rows of a matrix that is not shortened."""
TIED_ROWS = 4
"""A line of at most as many rows stays on one page."""
MOST_KEPT_HEIGHT = 235.0
_TOLERANCE = 0.01
_GAP = 4.0
"""Millimetres at least between lines side by side."""
_MOST_WIDENED = 1.5
"""How much wider than usual the columns of labels and of left sides may be."""
_TABS = (0.5, 0.48, 0.46, 0.52, 0.44, 0.54, 0.42, 0.56)
"""Where the second lines of pairs may begin, as shares of the room right of the left sides."""
_ROW_AIR, _LINE_AIR = 3.0, 2.2
_ACROSS, _DOWN, _ASLANT = (Entry(Math(dots)) for dots in (r"\cdots", r"\vdots", r"\ddots"))


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One row right of the left side, indented and scaled; no page ends before a `tied` one.

    Where a `following` line stands beside it, its own pieces have `room` millimetres.
    """

    pieces: tuple[Piece, ...]
    indent: float = 0.0
    scale: float = 1.0
    tied: bool = False
    following: tuple[Piece, ...] = ()
    room: float = 0.0


@dataclass(frozen=True, slots=True)
class PlacedMatrixLine:
    """A labelled line in rows. A `label` or left side too wide for its column has a row of its own (`above`)."""

    kind: ClassVar[str] = "line"
    label: str
    left: Math
    above: bool
    rows: tuple[MatrixRow, ...]
    comment: str
    comment_below: bool
    mark: Math

    @property
    def height(self) -> float:
        """The height of the line in millimetres."""
        rows = [max(12.0, _row_box(row).total) * row.scale + _ROW_AIR for row in self.rows]
        return (sum(rows) + 12.0 * (self.above + self.comment_below) + _LINE_AIR) / POINTS


@dataclass(frozen=True, slots=True)
class PlacedMatrixLines:
    """A headed run of matrix lines with the columns that they share."""

    template: ClassVar[str] = "matrix-lines"
    title: str
    aside: Rich
    widths: MatrixWidths
    lines: tuple[PlacedMatrixLine | Note, ...]
    turned: bool = False
    goes_on: bool = False

    @property
    def height(self) -> float:
        """The height of the lines in millimetres, about."""
        return sum(line.height if isinstance(line, PlacedMatrixLine) else 5.0 for line in self.lines)

    @property
    def flows(self) -> bool:
        """Whether it goes on over pages."""
        return self.turned or self.goes_on or self.height > MOST_KEPT_HEIGHT


def _row_box(row: MatrixRow) -> Box:
    own = pieces_box(row.pieces)
    if not row.following:
        return own
    beside = pieces_box(row.following)
    return Box(own.width + beside.width, max(own.height, beside.height), max(own.depth, beside.depth))


def place_matrix_lines(section: MatrixLines, page: Page, shortened: str) -> PlacedMatrixLines:
    """A run of lines placed on a page; `shortened` is the remark on a matrix whose middle is left out."""
    upright = _placed(section, page, page.width, shortened)
    if page.wide == "shorten" or not any(_is_shortened(line, shortened) for line in upright.lines):
        return upright
    return replace(_placed(section, page, page.height, shortened), turned=True)


def _is_shortened(line: PlacedMatrixLine | Note, remark: str) -> bool:
    return isinstance(line, PlacedMatrixLine) and line.comment.endswith(remark)


def _placed(section: MatrixLines, page: Page, width: float, shortened: str) -> PlacedMatrixLines:
    if section.side_by_side:
        page = page.model_copy(update={"matrices": _narrowed(section, page.matrices)})
    lines = [line if isinstance(line, Note) else place_line(line, page, width, shortened) for line in section.lines]
    if section.side_by_side:
        lines = _side_by_side(lines, width - page.matrices.label - page.matrices.left)
    return PlacedMatrixLines(section.title, section.aside, page.matrices, tuple(lines), goes_on=section.side_by_side)


def _narrowed(section: MatrixLines, columns: MatrixWidths) -> MatrixWidths:
    """The columns as wide as labels and left sides take, as far as these are not much too wide."""
    lines = [line for line in section.lines if isinstance(line, MatrixLine)]
    labels = [_label_width(line.label) for line in lines]
    lefts = [width_of(line.left, display=True) for line in lines]
    sides = ((labels, columns.label), (lefts, columns.left))
    label, left = (max((one for one in found if one <= most * _MOST_WIDENED), default=most) for found, most in sides)
    return columns.model_copy(update={"label": label, "left": left})


def _label_width(label: str) -> float:
    return words_box(label).width / POINTS + (2.0 if label else 0.0)


def _side_by_side(lines: Sequence[PlacedMatrixLine | Note], width: float) -> list[PlacedMatrixLine | Note]:
    """Lines in pairs where two are short enough; the second ones begin at one vertical, where it takes the most."""
    ways = [list(_paired(lines, width, width * share)) for share in _TABS]
    return min(ways, key=len)


def _paired(lines: Sequence[PlacedMatrixLine | Note], width: float, room: float) -> Iterator[PlacedMatrixLine | Note]:
    waiting = list(lines)
    while waiting:
        first = waiting.pop(0)
        second = waiting[0] if waiting else None
        if isinstance(first, PlacedMatrixLine) and isinstance(second, PlacedMatrixLine):
            pair = _pair(first, second, width, room)
            if pair is not None:
                waiting.pop(0)
                yield pair
                continue
        yield first


def _pair(first: PlacedMatrixLine, second: PlacedMatrixLine, width: float, room: float) -> PlacedMatrixLine | None:
    """Two lines on one row, the second after `room`; None where either is too long, or has a label or a comment."""
    if second.label or not (_is_short(first) and _is_short(second)):
        return None
    following = (second.left, *second.rows[0].pieces)
    if pieces_width(first.rows[0].pieces) + _GAP > room or pieces_width(following) > width - room:
        return None
    return replace(first, rows=(replace(first.rows[0], following=following, room=room),))


def _is_shortened(line: PlacedMatrixLine | Note, remark: str) -> bool:
    return isinstance(line, PlacedMatrixLine) and line.comment.endswith(remark)


def _placed(section: MatrixLines, page: Page, width: float, shortened: str) -> PlacedMatrixLines:
    lines = [line if isinstance(line, Note) else place_line(line, page, width, shortened) for line in section.lines]
    if section.side_by_side:
        lines = _side_by_side(lines, width - page.matrices.label - page.matrices.left)
    return PlacedMatrixLines(section.title, section.aside, page.matrices, tuple(lines), goes_on=section.side_by_side)


def _side_by_side(lines: Sequence[PlacedMatrixLine | Note], width: float) -> Iterator[PlacedMatrixLine | Note]:
    """Lines in pairs where two are short enough; the second ones begin at the middle of the row."""
    waiting = list(lines)
    while waiting:
        first = waiting.pop(0)
        second = waiting[0] if waiting else None
        if isinstance(first, PlacedMatrixLine) and isinstance(second, PlacedMatrixLine):
            pair = _pair(first, second, width)
            if pair is not None:
                waiting.pop(0)
                yield pair
                continue
        yield first


def _pair(first: PlacedMatrixLine, second: PlacedMatrixLine, width: float) -> PlacedMatrixLine | None:
    """Two lines on one row; None where either is too long, or needs the row's ends to itself."""
    if second.label or not (_is_short(first) and _is_short(second)):
        return None
    room, following = width / 2, (second.left, *second.rows[0].pieces)
    if pieces_width(first.rows[0].pieces) + _GAP > room or pieces_width(following) > width - room:
        return None
    return replace(first, rows=(replace(first.rows[0], following=following, room=room),))


def _is_short(line: PlacedMatrixLine) -> bool:
    return len(line.rows) == 1 and line.rows[0].scale == 1 and not (line.above or line.comment or line.mark)


def place_line(line: MatrixLine, page: Page, width: float, shortened: str) -> PlacedMatrixLine:
    """A line in rows. `shortened` is the remark that it ends with where a matrix had to be."""
    columns = page.matrices
    rest = width - columns.label - columns.left
    rows, cut = fitted_rows(line.segments, rest, page.hang)
    comment = ", ".join(part for part in (line.comment, shortened if cut else "") if part)
    used = rows[-1].indent + pieces_box(rows[-1].pieces).width * rows[-1].scale / POINTS
    below = bool(comment) and used + (words_box(comment).width + 10.0) / POINTS > rest
    label = _label_width(line.label)
    left = width_of(line.left, display=True)
    above = max(label, columns.label if left > columns.left else 0.0) + left > columns.label + columns.left
    return PlacedMatrixLine(line.label, line.left, above, rows, comment, below, line.mark)


def fitted_rows(whole: Sequence[tuple[Piece, ...]], width: float, hang: float) -> tuple[tuple[MatrixRow, ...], bool]:
    """The rows of a line's segments, its matrices shortened as far as it takes, and whether they had to be."""
    for share in _SHARES:
        segments, cut = _short_enough(whole, (width - hang) * share)
        rows = _tied(list(_rows(segments, width, hang)))
        if min(row.scale for row in rows) >= _SMALLEST:
            break
    return rows, cut


def _rows(segments: Sequence[tuple[Piece, ...]], width: float, hang: float) -> Iterator[MatrixRow]:
    """Segments beside one another while they fit; one that is too wide by itself is cut inside."""
    row: tuple[Piece, ...] = ()
    for segment in segments:
        if row and pieces_width((*row, *segment)) <= width + _TOLERANCE:
            row = (*row, *segment)
            continue
        if row:
            yield MatrixRow(row)
        row = ()
        if pieces_width(segment) <= width + _TOLERANCE:
            row = segment
        else:
            yield from _cut(segment, width, hang)
    if row:
        yield MatrixRow(row)


def _cut(segment: tuple[Piece, ...], width: float, hang: float) -> Iterator[MatrixRow]:
    """A segment in rows: mathematics as it breaks by itself, a product of matrices before a factor or a sign."""
    if all(isinstance(piece, Math) for piece in segment):
        text = Math("{}" + "".join(str(piece) for piece in segment))
        for part in fitted(text, Room(width, hang), display=True):
            yield MatrixRow((part.text,), part.indent, part.scale)
        return
    row: tuple[Piece, ...] = ()
    indent = 0.0
    for unit in _units(segment):
        if row and pieces_width((*row, *unit)) > width - indent + _TOLERANCE:
            yield _scaled_row(row, indent, width)
            row, indent = (), hang
        row = (*row, *unit)
    yield _scaled_row(row, indent, width)


def _units(segment: Sequence[Piece]) -> Iterator[tuple[Piece, ...]]:
    """Each matrix with the signs before it, or growing brackets whole; what follows the last one."""
    unit: tuple[Piece, ...] = ()
    depth = 0
    for piece in segment:
        unit = (*unit, piece)
        depth += opened(piece)
        if not depth and (isinstance(piece, Matrix) or r"\right" in piece):
            yield unit
            unit = ()
    if unit:
        yield unit


def _scaled_row(pieces: tuple[Piece, ...], indent: float, width: float) -> MatrixRow:
    natural = pieces_width(pieces)
    return MatrixRow(pieces, indent, min(1.0, (width - indent) / natural) if natural > width - indent else 1.0)


def _tied(rows: list[MatrixRow]) -> tuple[MatrixRow, ...]:
    last = len(rows) - 1
    return tuple(replace(row, tied=k > 0 and (len(rows) <= TIED_ROWS or k in (1, last))) for k, row in enumerate(rows))


def _short_enough(segments: Sequence[tuple[Piece, ...]], width: float) -> tuple[list[tuple[Piece, ...]], bool]:
    """The segments with every matrix short enough for a row of its own; whether one had to be shortened.

    Matrices of a line that have equally many columns show the same ones.
    """
    counts: dict[int, int] = {}
    for matrix in (piece for segment in segments for piece in segment if isinstance(piece, Matrix)):
        columns = len(matrix.rows[0])
        counts[columns] = min(counts.get(columns, columns), _fitting_columns(_with_fewer_rows(matrix), width))
    made = [tuple(_shortened(piece, counts) for piece in segment) for segment in segments]
    return made, any(
        new is not old for pair in zip(made, segments, strict=True) for new, old in zip(*pair, strict=True)
    )


def _shortened(piece: Piece, counts: Mapping[int, int]) -> Piece:
    """The piece itself where all of it fits; a matrix else as its first rows and columns, dots, and the last."""
    if not isinstance(piece, Matrix):
        return piece
    made, columns = _with_fewer_rows(piece), len(piece.rows[0])
    return made if counts[columns] == columns else _with_columns(made, counts[columns])


def _fitting_columns(matrix: Matrix, width: float) -> int:
    """How many columns of a matrix fit beside an equals sign."""
    room = (width - width_of(r"{}\approx")) / LEAST_SCALE
    count = len(matrix.rows[0])
    if pieces_width((matrix,)) <= room:
        return count
    count -= 1
    while count > 2 and pieces_width((_with_columns(matrix, count),)) > room:
        count -= 1
    return count


def _with_fewer_rows(matrix: Matrix) -> Matrix:
    """The matrix itself where it is low enough; else its first rows, dots, and the last."""
    rows = matrix.rows
    if len(rows) <= MOST_ROWS:
        return matrix
    dots = tuple(_DOWN for _ in rows[0])
    return replace(matrix, rows=(*rows[: MOST_ROWS - 2], dots, rows[-1]))


def _with_columns(matrix: Matrix, count: int) -> Matrix:
    """The first columns of a matrix, dots and the last, `count` columns of entries in all."""
    return replace(
        matrix,
        rows=tuple((*row[: count - 1], _ASLANT if row[0] is _DOWN else _ACROSS, row[-1]) for row in matrix.rows),
    )

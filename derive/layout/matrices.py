"""Lines of matrices placed on a page: rows that break at relations; what is still too wide is shortened with dots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from derive.document.model import Entry, Math, Matrix, MatrixLine, MatrixLines, Note, Piece, Relation, Rich
from derive.document.page import MatrixWidths, Page
from derive.layout.rows import fitted
from derive.measure.atoms import Atom, Class, Fenced, Grid, Run, Space, Style
from derive.measure.boxes import Box
from derive.measure.breaking import POINTS, Room, width_of
from derive.measure.parse import parse
from derive.measure.typeset import run_box
from derive.measure.words import words_box

LEAST_SCALE = 0.85
"""What would have to be smaller to fit is shortened."""
MOST_ROWS = 20
"""Rows of a matrix that is not shortened."""
TIED_ROWS = 4
"""A line of at most as many rows stays on one page."""
MOST_KEPT_HEIGHT = 235.0
_STRETCH, _GAP, _RULE, _THIN = 1.12, 8.0, 0.4, Space(3, mu=True)
_TOLERANCE = 0.01
_ROW_AIR, _LINE_AIR = 3.0, 2.2
_ACROSS, _DOWN, _ASLANT = (Entry(Math(dots)) for dots in (r"\cdots", r"\vdots", r"\ddots"))


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One row right of the left side; `comment` is whether it is the line's comment alone, `tied` ends no page before."""

    pieces: tuple[Piece, ...]
    indent: float = 0.0
    scale: float = 1.0
    tied: bool = False


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
        rows = [max(12.0, _box(row.pieces).total) * row.scale + _ROW_AIR for row in self.rows]
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

    @property
    def height(self) -> float:
        """The height of the lines in millimetres, about."""
        return sum(line.height if isinstance(line, PlacedMatrixLine) else 5.0 for line in self.lines)

    @property
    def flows(self) -> bool:
        """Whether it goes on over pages."""
        return self.turned or self.height > MOST_KEPT_HEIGHT


def place_matrix_lines(section: MatrixLines, page: Page, shortened: str) -> PlacedMatrixLines:
    """A run of lines placed on a page; `shortened` is the remark on a matrix whose middle is left out."""
    upright = _placed(section, page.matrices, page, shortened)
    if page.wide == "shorten" or not any(_is_shortened(line, shortened) for line in upright.lines):
        return upright
    sideways = page.matrices.model_copy(update={"rest": page.matrices.rest + page.height - page.width})
    return replace(_placed(section, sideways, page, shortened), turned=True)


def _is_shortened(line: PlacedMatrixLine | Note, remark: str) -> bool:
    return isinstance(line, PlacedMatrixLine) and line.comment.endswith(remark)


def _placed(section: MatrixLines, widths: MatrixWidths, page: Page, shortened: str) -> PlacedMatrixLines:
    lines = [line if isinstance(line, Note) else place_line(line, widths, page.hang, shortened) for line in section.lines]
    return PlacedMatrixLines(section.title, section.aside, widths, tuple(lines))


def place_line(line: MatrixLine, widths: MatrixWidths, hang: float, shortened: str) -> PlacedMatrixLine:
    """A line in rows. `shortened` is the remark that it ends with where a matrix had to be."""
    segments, cut = _short_enough(line.segments, widths.rest - hang)
    comment = ", ".join(part for part in (line.comment, shortened if cut else "") if part)
    rows = _tied(list(_rows(segments, widths.rest, hang)))
    used = rows[-1].indent + _box(rows[-1].pieces).width * rows[-1].scale / POINTS
    below = bool(comment) and used + (words_box(comment).width + 10.0) / POINTS > widths.rest
    label = words_box(line.label).width / POINTS + (2.0 if line.label else 0.0)
    left = width_of(line.left, display=True)
    above = max(label, widths.label if left > widths.left else 0.0) + left > widths.label + widths.left
    return PlacedMatrixLine(line.label, line.left, above, rows, comment, below, line.mark)


def _rows(segments: Sequence[tuple[Piece, ...]], width: float, hang: float) -> Iterator[MatrixRow]:
    """Segments beside one another while they fit; one that is too wide by itself is cut inside."""
    row: tuple[Piece, ...] = ()
    for segment in segments:
        if row and _width((*row, *segment)) <= width + _TOLERANCE:
            row = (*row, *segment)
            continue
        if row:
            yield MatrixRow(row)
        row = ()
        if _width(segment) <= width + _TOLERANCE:
            row = segment
        else:
            yield from _cut(segment, width, hang)
    if row:
        yield MatrixRow(row)


def _cut(segment: tuple[Piece, ...], width: float, hang: float) -> Iterator[MatrixRow]:
    """A segment in rows: mathematics as it breaks by itself, a product of matrices before a factor or a sign."""
    if all(isinstance(piece, Math) for piece in segment):
        text = Math("{}" + "".join(str(piece) for piece in segment))
        for row in fitted(text, Room(width, hang), display=True):
            yield MatrixRow((row.text,), row.indent, row.scale)
        return
    row: tuple[Piece, ...] = ()
    indent = 0.0
    for unit in _units(segment):
        if row and _width((*row, *unit)) > width - indent + _TOLERANCE:
            yield _scaled_row(row, indent, width)
            row, indent = (), hang
        row = (*row, *unit)
    yield _scaled_row(row, indent, width)


def _units(segment: Sequence[Piece]) -> Iterator[tuple[Piece, ...]]:
    """Each matrix with the signs before it; what follows the last one."""
    unit: tuple[Piece, ...] = ()
    for piece in segment:
        unit = (*unit, piece)
        if isinstance(piece, Matrix):
            yield unit
            unit = ()
    if unit:
        yield unit


def _scaled_row(pieces: tuple[Piece, ...], indent: float, width: float) -> MatrixRow:
    natural = _width(pieces)
    return MatrixRow(pieces, indent, min(1.0, (width - indent) / natural) if natural > width - indent else 1.0)


def _tied(rows: list[MatrixRow]) -> tuple[MatrixRow, ...]:
    last = len(rows) - 1
    return tuple(
        replace(row, tied=0 < k and (len(rows) <= TIED_ROWS or k in (1, last))) for k, row in enumerate(rows)
    )


def _short_enough(segments: Sequence[tuple[Piece, ...]], width: float) -> tuple[list[tuple[Piece, ...]], bool]:
    """The segments with every matrix short enough for a row of its own; whether one had to be shortened."""
    made = [tuple(_shortened(piece, width) if isinstance(piece, Matrix) else piece for piece in one) for one in segments]
    return made, any(new is not old for pair in zip(made, segments, strict=True) for new, old in zip(*pair, strict=True))


def _shortened(matrix: Matrix, width: float) -> Matrix:
    """The matrix itself where it fits; else its first rows and columns, dots, and the last."""
    made = _with_fewer_rows(matrix) if len(matrix.rows) > MOST_ROWS else matrix
    sign = width_of(r"{}\approx")
    count = len(made.rows[0]) - 1
    if _width((made,)) * LEAST_SCALE <= width - sign:
        return made
    while count > 2 and _width((_with_columns(made, count),)) * LEAST_SCALE > width - sign:
        count -= 1
    return _with_columns(made, count)


def _with_fewer_rows(matrix: Matrix) -> Matrix:
    rows = matrix.rows
    dots = tuple(_DOWN for _ in rows[0])
    return replace(matrix, rows=(*rows[: MOST_ROWS - 2], dots, rows[-1]))


def _with_columns(matrix: Matrix, count: int) -> Matrix:
    """The first columns of a matrix, dots and the last, `count` columns of entries in all."""
    return replace(
        matrix,
        rows=tuple(
            (*row[: count - 1], _ASLANT if row[0] is _DOWN else _ACROSS, row[-1]) for row in matrix.rows
        ),
    )


def _width(pieces: Sequence[Piece]) -> float:
    """The width of pieces beside one another, in millimetres."""
    return _box(pieces).width / POINTS


def _box(pieces: Sequence[Piece]) -> Box:
    """The room of pieces beside one another; a relation at their beginning keeps its space."""
    items: list[object] = list(parse("{}")) if pieces and isinstance(pieces[0], Relation) else []
    run: Run = (*items, *(item for piece in pieces for item in _items(piece)))  # type: ignore[arg-type]
    return run_box(run, Style.DISPLAY)


def _items(piece: Piece) -> Run:
    if not isinstance(piece, Matrix):
        return parse(piece)
    if len(piece.rows) == 1 and len(piece.rows[0]) == 1:
        return parse(piece.rows[0][0].text)
    rows = tuple(tuple(parse(_entry(entry)) for entry in row) for row in piece.rows)
    grid = Atom(Class.ORDINARY, Grid(rows, _GAP, _STRETCH))
    rule = (Space(_RULE),) if piece.column_rule else ()
    return (Atom(Class.INNER, Fenced("[", (_THIN, grid, *rule, _THIN), "]")),)


def _entry(entry: Entry) -> str:
    return rf"{entry.text}\phantom{{{entry.pad}}}" if entry.pad else entry.text

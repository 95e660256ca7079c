"""Lines of matrices placed on a page: rows that break at relations; what is still too wide is shortened with dots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

from derive.document.mathematics import NOTHING, Math
from derive.document.model import Entry, Matrix, MatrixLine, MatrixLines, Note, Piece
from derive.document.page import MatrixWidths, Page
from derive.layout.matrix_lines import MatrixRow, PlacedMatrixLine, PlacedMatrixLines
from derive.layout.matrix_room import opened, pieces_box, pieces_width
from derive.layout.rows import fitted
from derive.layout.side_by_side import LABEL_AIR, side_by_side
from derive.layout.tall_columns import with_rows
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
_TOLERANCE = 0.01
_MOST_SEARCHED = 12
"""Lines of a section up to which all columns are tried."""
_MOST_WIDENED = 1.5
"""How much wider than usual the columns of labels and of left sides may be."""
_ACROSS, _DOWN, _ASLANT = (Entry(Math(dots)) for dots in (r"\cdots", r"\vdots", r"\ddots"))


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
        return _lowest(section, page, width, shortened)
    lines = [line if isinstance(line, Note) else place_line(line, page, width, shortened) for line in section.lines]
    return PlacedMatrixLines(section.title, section.aside, page.matrices, tuple(lines))


def _lowest(section: MatrixLines, page: Page, width: float, shortened: str) -> PlacedMatrixLines:
    """The lines in the columns that make them lowest, tall columns of numbers as rows or not."""
    tallest, labels, lefts = page.matrices.tallest, _label_widths(section, page), _left_widths(section, page)
    rows = {0, tallest if section.transpose else 0}
    if len(section.lines) > _MOST_SEARCHED:
        rows, labels, lefts = {max(rows)}, labels[:1], lefts[:2]
    pages = [
        page.model_copy(update={"matrices": MatrixWidths(tallest=one, label=label, left=left)})
        for one, label, left in product(rows, labels, lefts)
    ]
    return min((_in_columns(section, one, width, shortened) for one in pages), key=lambda placed: placed.height)


def _label_widths(section: MatrixLines, page: Page) -> list[float]:
    """How wide the column of labels may be: as a label is, or nothing, where all have rows of their own."""
    widths = {_label_width(line.label) for line in section.lines if isinstance(line, MatrixLine)}
    return sorted({0.0, *(one for one in widths if one <= page.matrices.label * _MOST_WIDENED)}, reverse=True)


def _left_widths(section: MatrixLines, page: Page) -> list[float]:
    """How wide the column of left sides may be: as the widest that is not much too wide, the middle, the narrowest."""
    widths = {width_of(line.left, display=True) for line in section.lines if isinstance(line, MatrixLine)}
    fitting = sorted(one for one in widths if one <= page.matrices.left * _MOST_WIDENED)
    return (
        list(dict.fromkeys((fitting[-1], fitting[len(fitting) // 2], fitting[0]))) if fitting else [page.matrices.left]
    )


def _in_columns(section: MatrixLines, page: Page, width: float, shortened: str) -> PlacedMatrixLines:
    """Short lines side by side in the columns of a page; labels that are wider stand above, on rows of their own."""
    columns = page.matrices
    lines: list[PlacedMatrixLine | Note] = []
    for line in section.lines:
        if isinstance(line, Note):
            lines.append(line)
            continue
        above = bool(line.label) and _label_width(line.label) > columns.label
        own = replace(line, label="") if above else line
        forms = (own, with_rows(own, columns.tallest, section.transpose)) if columns.tallest else (own,)
        placed = min((_with_wide_left(form, page, width, shortened) for form in forms), key=lambda form: form.height)
        lines.append(replace(placed, label=line.label, label_above=True) if above else placed)
    made = tuple(side_by_side(lines, width - columns.label - columns.left))
    return PlacedMatrixLines(section.title, section.aside, columns, made, goes_on=True)


def _with_wide_left(line: MatrixLine, page: Page, width: float, shortened: str) -> PlacedMatrixLine:
    """A line in rows; a left side wider than its column begins with it and goes on beyond it, where there is room."""
    placed = place_line(line, page, width, shortened)
    beyond = width_of(line.left, display=True) - page.matrices.left
    if beyond <= 0:
        return placed
    begun = (_begun_with_left(line, page, width, shortened, room) for room in (width, width - beyond))
    return next((one for one in begun if one is not None), placed)


def _begun_with_left(
    line: MatrixLine, page: Page, width: float, shortened: str, room: float
) -> PlacedMatrixLine | None:
    """A line in rows of a room, the first of them behind the left side; None where that is too wide."""
    begun = place_line(replace(line, left=NOTHING), page, room, shortened)
    first = begun.rows[0]
    pieces = (line.left, *first.pieces)
    if first.scale < 1 or pieces_width(pieces) > width - page.matrices.label:
        return None
    rows = (replace(first, pieces=pieces, indent=-page.matrices.left), *begun.rows[1:])
    below = _comment_is_below(begun.comment, rows, width - page.matrices.label - page.matrices.left)
    return replace(begun, rows=rows, comment_below=below)


def _comment_is_below(comment: str, rows: Sequence[MatrixRow], width: float) -> bool:
    """Whether a comment is too wide to stand behind the last row."""
    used = rows[-1].indent + pieces_box(rows[-1].pieces).width * rows[-1].scale / POINTS
    return bool(comment) and used + (words_box(comment).width + 10.0) / POINTS > width


def _label_width(label: str) -> float:
    return words_box(label).width / POINTS + (LABEL_AIR if label else 0.0)


def place_line(line: MatrixLine, page: Page, width: float, shortened: str) -> PlacedMatrixLine:
    """A line in rows. `shortened` is the remark that it ends with where a matrix had to be."""
    columns = page.matrices
    rest = width - columns.label - columns.left
    rows, cut = fitted_rows(line.segments, rest, page.hanging_indent)
    comment = ", ".join(part for part in (line.comment, shortened if cut else "") if part)
    below = _comment_is_below(comment, rows, rest)
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

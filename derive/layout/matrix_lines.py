"""Lines of matrices as they are placed: rows of pieces, beside one another or below."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from derive.document.mathematics import Math, Rich
from derive.document.model import Note, Piece
from derive.document.page import MatrixWidths
from derive.layout.matrix_room import pieces_box
from derive.measure.breaking import POINTS

MOST_KEPT_HEIGHT = 235.0
_HEAD, _TALL = 12.0, 9.0
_ROW_AIR, _LINE_AIR = 3.0, 2.2


@dataclass(frozen=True, slots=True)
class BesideCell:
    """A line beside another, with its label; it begins so many millimetres after the row's start."""

    start: float
    label: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One row right of the left side, indented and scaled; no page ends before a `tied` one.

    Lines beside it are `cells`.
    """

    pieces: tuple[Piece, ...]
    indent: float = 0.0
    scale: float = 1.0
    tied: bool = False
    cells: tuple[BesideCell, ...] = ()

    @property
    def columns(self) -> tuple[tuple[float, BesideCell], ...]:
        """What stands beside one another, each with the width that it has; the last one has what is left."""
        cells = (BesideCell(self.indent, "", self.pieces), *self.cells)
        ends = [*(cell.start for cell in self.cells), cells[-1].start]
        return tuple((end - cell.start, cell) for end, cell in zip(ends, cells, strict=True))

    @property
    def height(self) -> float:
        """The height of the row with the air after it, in millimetres."""
        boxes = [pieces_box(cell.pieces) for _, cell in self.columns]
        total = max(box.height for box in boxes) + max(box.depth for box in boxes)
        return (max(12.0, total) * self.scale + _ROW_AIR) / POINTS


@dataclass(frozen=True, slots=True)
class PlacedMatrixLine:
    """A labelled line in rows. A `label` or left side too wide for its column has a row of its own (`above`).

    Where `label_above`, the label has a row of its own in any case.
    """

    kind: ClassVar[str] = "line"
    label: str
    left: Math
    above: bool
    rows: tuple[MatrixRow, ...]
    comment: str
    comment_below: bool
    mark: Math
    label_above: bool = False

    @property
    def height(self) -> float:
        """The height of the line in millimetres."""
        others = self.above + self.comment_below + (self.label_above and bool(self.label))
        return sum(row.height for row in self.rows) + (12.0 * others + _LINE_AIR) / POINTS


@dataclass(frozen=True, slots=True)
class PlacedMatrixLines:
    """A headed run of matrix lines with the columns that they share; one that `goes_on` may break over pages."""

    template: ClassVar[str] = "matrix-lines"
    title: str
    aside: Rich
    widths: MatrixWidths
    lines: tuple[PlacedMatrixLine | Note, ...]
    turned: bool = False
    goes_on: bool = False

    @property
    def untitled(self) -> PlacedMatrixLines:
        """The lines without their head."""
        return replace(self, title="")

    @property
    def height(self) -> float:
        """The height of the lines in millimetres, about."""
        return sum(line.height if isinstance(line, PlacedMatrixLine) else 5.0 for line in self.lines)

    @property
    def beginning(self) -> float:
        """What must stand on the page that it begins on: the head with a tall line or two low ones, in millimetres."""
        first, two = (replace(self, lines=self.lines[:count]).height for count in (1, 2))
        return (_HEAD if self.title else 0.0) + (first if first >= _TALL else two)

    @property
    def flows(self) -> bool:
        """Whether it goes on over pages."""
        return self.turned or self.goes_on or self.height > MOST_KEPT_HEIGHT

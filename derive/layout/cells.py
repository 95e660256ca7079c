"""Formulas placed in cells: a formula takes one cell of a row, several, or all of it and as many rows as it needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import ClassVar

from derive.document.mathematics import NOTHING, Math
from derive.document.model import FunctionsTable, MatrixLine, MatrixLines
from derive.document.page import Page
from derive.layout.beside import ROW_AIR, STRUT
from derive.layout.matrices import fitted_rows
from derive.layout.matrix_lines import MatrixRow
from derive.layout.matrix_room import pieces_box
from derive.layout.rows import fitted
from derive.measure.atoms import Style
from derive.measure.boxes import Box
from derive.measure.breaking import POINTS, Room
from derive.measure.parse import parse
from derive.measure.typeset import run_box

_GAP = 3.0
_HEAD = 5.0
"""The height of a head, in millimetres."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A row of a formula in as many cells as its `width` in millimetres says; `mark` is its number as an equation.

    One with matrices is in `display` style.
    """

    row: MatrixRow
    width: float
    mark: Math
    display: bool

    @property
    def box(self) -> Box:
        """The room of the row, in points."""
        return row_box(self.row, display=self.display)


def row_box(row: MatrixRow, *, display: bool) -> Box:
    """The room of a row of pieces at its own size, in points."""
    if display:
        return pieces_box(row.pieces)
    return run_box(parse("".join(str(piece) for piece in row.pieces)), Style.TEXT)


@dataclass(frozen=True, slots=True)
class CellRow:
    """Formulas beside one another, under a head or not."""

    formulas: tuple[Formula, ...]
    head: str = ""

    @property
    def height(self) -> float:
        """The height of the row in millimetres, its head included."""
        boxes = [STRUT, *(formula.box for formula in self.formulas)]
        tall = max(box.height for box in boxes) + max(box.depth for box in boxes) + ROW_AIR
        return tall / POINTS + (_HEAD if self.head else 0.0)


@dataclass(frozen=True, slots=True)
class PlacedCells:
    """Formulas in rows of cells."""

    template: ClassVar[str] = "formula-cells"
    rows: tuple[CellRow, ...]
    flows: ClassVar[bool] = True


def place_function_cells(section: FunctionsTable, page: Page) -> PlacedCells:
    """The functions of the forward pass and then those of the backward pass."""
    rows: list[CellRow] = []
    for side, title in enumerate(section.titles):
        found = [row[side] for row in section.rows if row[side] is not None]
        texts = [(Math(f"{one.symbol}={one.formula}"), one.mark) for one in found if one is not None]
        formulas = [_text_formulas(text, page, mark) for text, mark in texts]
        rows += _headed(title, _rows(formulas, page))
    return PlacedCells(tuple(rows))


def place_matrix_cells(section: MatrixLines, page: Page) -> PlacedCells:
    """Lines of formulas or matrices without their labels."""
    lines = [line for line in section.lines if isinstance(line, MatrixLine)]
    formulas = [_line_formulas(line, page) for line in lines]
    return PlacedCells(tuple(_headed(section.title, _rows(formulas, page))))


def _headed(title: str, rows: Iterable[CellRow]) -> list[CellRow]:
    made = list(rows)
    return [replace(made[0], head=title), *made[1:]] if made else made


def _text_formulas(text: Math, page: Page, mark: Math) -> list[Formula]:
    rows = fitted(text, Room(page.width, page.hanging_indent))
    return _marked([MatrixRow((row.text,), row.indent, row.scale) for row in rows], page, mark, display=False)


def _line_formulas(line: MatrixLine, page: Page) -> list[Formula]:
    if all(isinstance(piece, Math) for piece in line.parts):
        return _text_formulas(Math("".join((line.left, *map(str, line.parts)))), page, line.mark)
    first, *rest = line.segments
    rows, _ = fitted_rows([(line.left, *first), *rest], page.width, page.hanging_indent)
    return _marked(rows, page, line.mark, display=True)


def _marked(rows: Sequence[MatrixRow], page: Page, mark: Math, *, display: bool) -> list[Formula]:
    """Rows of a formula, each in the fewest cells that hold it; the mark is the first one's."""
    cell, made = page.width / page.columns, []
    for place, row in enumerate(rows):
        natural = row.indent + row_box(row, display=display).width * row.scale / POINTS
        cells = min(page.columns, max(1, ceil((natural + _GAP) / cell)))
        made.append(Formula(row, cells * cell, NOTHING if place else mark, display))
    return made


def _rows(formulas: Iterable[list[Formula]], page: Page) -> Iterator[CellRow]:
    """Formulas in rows of cells; one of several rows shares none."""
    row: tuple[Formula, ...] = ()
    for made in formulas:
        whole = len(made) > 1
        if row and (whole or sum(one.width for one in (*row, made[0])) > page.width + 0.01):
            yield CellRow(row)
            row = ()
        if whole:
            yield from (CellRow((one,)) for one in made)
        else:
            row = (*row, made[0])
    if row:
        yield CellRow(row)

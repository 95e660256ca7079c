"""The parameters at the end placed on a page: side by side, a matrix that is too wide shortened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from derive.document.mathematics import Marked, Math, Rich
from derive.document.model import FinalParameters, Piece
from derive.document.page import Page
from derive.layout.beside import AIR, ROW_AIR, STRUT, runs
from derive.layout.lines import EQUALS
from derive.layout.matrices import fitted_rows
from derive.layout.matrix_lines import MatrixRow
from derive.layout.matrix_room import pieces_box
from derive.measure.breaking import POINTS


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """Parameters side by side, each as pieces."""

    items: tuple[MatrixRow, ...]

    @property
    def height(self) -> float:
        """The height of the row in millimetres."""
        boxes = [STRUT, *(pieces_box(item.pieces) for item in self.items)]
        return (max(box.height for box in boxes) + max(box.depth for box in boxes) + ROW_AIR) / POINTS


@dataclass(frozen=True, slots=True)
class PlacedParameters:
    """The parameters in rows, the loss before and after, and a remark where a matrix had to be shortened."""

    template: ClassVar[str] = "final-parameters"
    title: str
    rows: tuple[ParameterRow, ...]
    loss: Rich
    remark: str


def place_parameters(section: FinalParameters, page: Page, shortened: str) -> PlacedParameters:
    """The parameters placed on a page; `shortened` is the remark on a matrix whose middle is left out."""
    made = [_rows(symbol, value, page) for symbol, value in section.parameters]
    items = [row for rows, _ in made for row in rows]
    alone = [len(rows) > 1 for rows, _ in made for _ in rows]
    widths = [page.width if one else _width(item) for item, one in zip(items, alone, strict=True)]
    rows = tuple(ParameterRow(tuple(items[k] for k in run)) for run in runs(widths, page.width, AIR))
    remark = shortened if any(cut for _, cut in made) else ""
    return PlacedParameters(section.title, rows, section.loss, remark)


def _rows(symbol: Math, value: Piece, page: Page) -> tuple[tuple[MatrixRow, ...], bool]:
    value, marks = (value.answer, (value.apart,)) if isinstance(value, Marked) else (value, ())
    return fitted_rows([(symbol,), (EQUALS, value, *marks)], page.width, page.hanging_indent)


def _width(row: MatrixRow) -> float:
    return row.indent + pieces_box(row.pieces).width * row.scale / POINTS

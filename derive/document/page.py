"""The page that sections are placed on, as a style states it; every length is in millimetres."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from derive.sources.validate import Model

A4_HEIGHT = 297.0
PAPER_HEIGHTS: Mapping[str, float] = MappingProxyType({"a4": A4_HEIGHT, "letter": 279.4})
"""How tall each paper is, ISO 216 and ANSI Y14.1. The measure of the text is the same on all; their margins are not."""


class LineWidths(Model):
    """The columns of a worked line: symbol, sign, formula, numbers put in, sign, result."""

    symbol: float = 21
    relation: float = 5.5
    formula: float = 51
    numbers: float = 57.5
    equals: float = 5
    result: float = 20

    @property
    def right(self) -> float:
        """Formula and numbers together."""
        return self.formula + self.numbers

    @property
    def rest(self) -> float:
        """Everything right of the first sign."""
        return self.right + self.equals + self.result


class MatrixWidths(Model):
    """The columns of a line of matrices: label and left side; the right side has the rest."""

    label: float = 19
    left: float = 18


class StepWidths(Model):
    """The columns of a step: its mathematics, which begins indented with a symbol and a sign, and its reasons."""

    mathematics: float = 117
    reasons: float = 38
    indent: float = 7
    symbol: float = 7
    """The least room of the symbols; wider ones get more."""
    relation: float = 5.5


class Page(Model):
    """The room for text and how it is shared out."""

    width: float = 160
    height: float = 252
    hang: float = 5
    """How far the rows of a broken formula are indented."""
    lines: LineWidths = LineWidths()
    matrices: MatrixWidths = MatrixWidths()
    steps: StepWidths = StepWidths()
    cells: int = 0
    """So many formulas stand beside one another, in cells as wide; 0: those of either pass in a column of its own."""
    leaf: float = 0
    """How much of a section stands on one leaf, such as a slide; 0: sections run on over pages."""
    wide: Literal["shorten", "landscape"] = "shorten"
    """What becomes of a matrix that is wider than the page: dots for its middle, or a page on its side."""

    def on(self, paper: str) -> Page:
        """The same page on another paper than A4, for which it is stated: as much shorter as the paper is."""
        return self.model_copy(update={"height": self.height + PAPER_HEIGHTS[paper] - A4_HEIGHT})

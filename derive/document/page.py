"""The page that sections are placed on, as a style states it; every length is in millimetres."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field

from derive.sources.validate import Model

Length = Annotated[float, Field(ge=0, le=1000)]
A4_HEIGHT = 297.0
PAPER_HEIGHTS: Mapping[str, float] = MappingProxyType({"a4": A4_HEIGHT, "letter": 279.4})
"""How tall each paper is, ISO 216 and ANSI Y14.1. The measure of the text is the same on all; their margins are not."""


class LineWidths(Model):
    """The columns of a worked line: symbol, sign, formula, numbers put in, sign, result."""

    symbol: Length = 21
    relation: Length = 5.5
    formula: Length = 51
    numbers: Length = 57.5
    equals: Length = 5
    result: Length = 20
    most_beside: int = 1
    """How many short lines may stand beside one another."""
    between: Length = 6
    """What is free between lines beside one another at least."""

    @property
    def right(self) -> float:
        """Formula and numbers together."""
        return self.formula + self.numbers

    @property
    def rest(self) -> float:
        """Everything right of the first sign."""
        return self.right + self.equals + self.result

    @property
    def total(self) -> float:
        """All columns together."""
        return self.symbol + self.relation + self.rest


class MatrixWidths(Model):
    """The columns of a line of matrices: label and left side; the right side has the rest."""

    label: Length = 19
    left: Length = 18
    tallest: int = 0
    """A column of more entries is written as a row, transposed, where that makes lines lower; 0: none is."""


class StepWidths(Model):
    """The columns of a step: its mathematics, which begins indented with a symbol and a sign, and its reasons."""

    mathematics: Length = 117
    reasons: Length = 38
    indent: Length = 7
    symbol: Length = 7
    """The least room of the symbols; wider ones get more."""
    relation: Length = 5.5


class Page(Model):
    """The room for text and how it is shared out."""

    width: Length = 160
    height: Length = 252
    top: Length = 24
    """How far below the paper's edge the text begins."""
    hanging_indent: Length = 5
    """How far the rows of a broken formula are indented."""
    lines: LineWidths = LineWidths()
    matrices: MatrixWidths = MatrixWidths()
    steps: StepWidths = StepWidths()
    nests: bool = False
    """Whether given numbers below a picture stand up beside what hangs at its right."""
    columns: int = 0
    """So many formulas stand beside one another, in columns as wide; 0: those of either pass in a column of its own."""
    slide_height: Length = 0
    """How much of a section stands on one slide; 0: sections run on over pages."""
    wide: Literal["shorten", "landscape"] = "shorten"
    """What becomes of a matrix that is wider than the page: dots for its middle, or a page on its side."""

    def on(self, paper: str) -> Page:
        """The same page on another paper than A4, for which it is stated: as much shorter as the paper is."""
        return self.model_copy(update={"height": self.height + PAPER_HEIGHTS[paper] - A4_HEIGHT})

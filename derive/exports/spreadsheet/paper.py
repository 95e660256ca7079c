"""The sheet on paper: how wide its columns are, how much it is scaled, and which rounds begin a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

POINTS = 72
"""Points to an inch."""
MARGIN = 0.7
"""Inches on every side."""
FOOT = 0.1
"""Inches more at the bottom, for the footer."""
_SLACK = 0.88
"""Programs differ in how wide and how high they print: LibreOffice prints columns a tenth wider than Excel."""
ROW, HEAD, TITLE, ROUND, LINE = 17.0, 18.0, 28.0, 26.0, 13.0
"""Heights in points: a row of a table, the heads, the title, a round's title, a line of small print."""


@dataclass(frozen=True)
class Paper:
    """A paper: its number in Excel's files, and its size in points."""

    number: int
    width: float
    height: float

    @property
    def room(self) -> tuple[float, float]:
        """Width and height within the margins."""
        return self.width - 2 * MARGIN * POINTS, self.height - (2 * MARGIN + FOOT) * POINTS

    def scale(self, width: float) -> int:
        """How many per cent columns so wide in all are printed at, to fit."""
        return max(10, min(100, int(self.room[0] / width * 100 * _SLACK)))


PAPERS: Mapping[str, Paper] = MappingProxyType({"a4": Paper(9, 595, 842), "letter": Paper(1, 612, 792)})


def points(characters: float) -> float:
    """The width of a column of so many characters, as Excel has it for its usual font: 7 pixels each, and 5."""
    return (int(characters * 7) + 5) * 0.75


def breaks(top: float, heights: Sequence[float], room: float) -> Iterator[int]:
    """Which of the tables (from 0) begin a page, `top` being what stands above the first and `room` a page's height.

    A table that fits on a page is not parted, nor does one that is parted begin a page.
    """
    used = top
    for number, height in enumerate(heights):
        fits = HEAD + height <= room
        if number and used + height > room and fits:
            yield number
            used = HEAD
        used += height
        if used > room:
            used = HEAD + (used - HEAD) % (room - HEAD)

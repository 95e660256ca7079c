"""The sheet on paper: how wide its columns are, how many rows a page has, and which rounds begin one."""

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
ROW, HEAD, TITLE, ROUND, LINE, RULE = 17.0, 18.0, 28.0, 26.0, 13.0, 6.0
"""Heights in points: a row of a table, the heads, the title, a round's title, a line of small print, what stands
below the last rule."""


@dataclass(frozen=True)
class Paper:
    """A paper: its number in Excel's files, and its size in points."""

    number: int
    width: float
    height: float

    def rows(self, width: float) -> float:
        """How high rows are in all that fill a page, where columns so wide in all are made as small as they have to be.

        Where a program's columns are wider, it makes them smaller, and more rows have room.
        """
        room, height = self.width - 2 * MARGIN * POINTS, self.height - (2 * MARGIN + FOOT) * POINTS
        return height / min(1.0, room / width)


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

"""Boxes: a width, and a height and a depth from the baseline, in points, and what stands in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum


class Face(Enum):
    """How letters stand."""

    ITALIC = "italic"
    UPRIGHT = "upright"
    BOLD = "bold"
    BOLD_ITALIC = "bold-italic"


@dataclass(frozen=True, slots=True)
class Sign:
    """Letters of a size in points; `word` is whether they make one with neighbours, such as a number's digits.

    What has no width stands with its middle at its place.
    """

    text: str
    face: Face
    size: float
    width: float
    word: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A line through points, such as that of a fraction."""

    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Box:
    """The room of something set, in points; it may lie wholly above or below the baseline.

    Each of its parts stands so far to the right of the box's left end and so far above its baseline.
    """

    width: float = 0.0
    height: float = 0.0
    depth: float = 0.0
    parts: tuple[Part, ...] = ()

    @property
    def total(self) -> float:
        """Height and depth together."""
        return self.height + self.depth

    def raised(self, by: float) -> Box:
        """The box moved up."""
        return Box(self.width, self.height + by, self.depth - by, ((0.0, by, self),))

    def widened(self, by: float) -> Box:
        """The box with more room to its right."""
        return Box(self.width + by, self.height, self.depth, self.parts)

    def indented(self, by: float) -> Box:
        """The box with more room to its left."""
        return Box(self.width + by, self.height, self.depth, ((by, 0.0, self),)) if by else self

    def holding(self, *parts: Part) -> Box:
        """The same room with these parts in it."""
        return replace(self, parts=parts)


Part = tuple[float, float, Box | Sign | Rule]
EMPTY = Box()


def side_by_side(boxes: Sequence[Box]) -> Box:
    """The room of boxes on one baseline, one after another."""
    if not boxes:
        return EMPTY
    width, height, depth = 0.0, 0.0, 0.0
    parts: list[Part] = []
    for box in boxes:
        if box.parts:
            parts.append((width, 0.0, box))
        width += box.width
        height = max(height, box.height)
        depth = max(depth, box.depth)
    return Box(width, height, depth, tuple(parts))

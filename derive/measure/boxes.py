"""Boxes: a width, and a height and a depth from the baseline, in points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """The room of something set, in points; it may lie wholly above or below the baseline."""

    width: float = 0.0
    height: float = 0.0
    depth: float = 0.0

    @property
    def total(self) -> float:
        """Height and depth together."""
        return self.height + self.depth

    def raised(self, by: float) -> Box:
        """The box moved up."""
        return Box(self.width, self.height + by, self.depth - by)

    def widened(self, by: float) -> Box:
        """The box with more room to its right."""
        return Box(self.width + by, self.height, self.depth)


EMPTY = Box()


def side_by_side(boxes: Sequence[Box]) -> Box:
    """The room of boxes on one baseline, one after another."""
    if not boxes:
        return EMPTY
    width, height, depth = 0.0, 0.0, 0.0
    for box in boxes:
        width += box.width
        height = max(height, box.height)
        depth = max(depth, box.depth)
    return Box(width, height, depth)

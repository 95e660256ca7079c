"""How much room a text takes: mathematics at 10 pt, words in small type, in millimetres."""

from __future__ import annotations

from dataclasses import dataclass

from derive.document.pictures.geometry import Anchor, Label
from derive.measure.atoms import Style
from derive.measure.boxes import Box as Points
from derive.measure.parse import parse
from derive.measure.typeset import run_box
from derive.measure.words import words_box

MILLIMETRES = 25.4 / 72.27
"""Of a point."""
SMALL = 0.85
"""The size of small labels to that of others."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Room to the right of, above and below the point where a text begins on its baseline."""

    width: float = 0.0
    ascent: float = 0.0
    descent: float = 0.0

    def beside(self, other: Extent) -> Extent:
        """The room of this text with another following it."""
        return Extent(self.width + other.width, max(self.ascent, other.ascent), max(self.descent, other.descent))

    def scaled(self, factor: float) -> Extent:
        """The room of this text in another size."""
        return Extent(self.width * factor, self.ascent * factor, self.descent * factor)


Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with its sides along the axes."""

    left: float
    bottom: float
    right: float
    top: float

    def overlaps(self, other: Box) -> bool:
        """Whether the two have more than a border in common."""
        return (
            self.left < other.right and other.left < self.right and self.bottom < other.top and other.bottom < self.top
        )

    def crossed_by(self, start: Point, end: Point) -> bool:
        """Whether a straight line runs through the inside of the rectangle."""
        first, last = 0.0, 1.0
        for axis, low, high in ((0, self.left, self.right), (1, self.bottom, self.top)):
            run = end[axis] - start[axis]
            if not run:
                if not low < start[axis] < high:
                    return False
                continue
            enters, leaves = sorted(((low - start[axis]) / run, (high - start[axis]) / run))
            first, last = max(first, enters), min(last, leaves)
        return first < last


def math_extent(latex: str) -> Extent:
    """The room of mathematics in text style at 10 pt."""
    return _extent(run_box(parse(latex), Style.TEXT))


def words_extent(words: str) -> Extent:
    """The room of words in the small type of labels."""
    return _extent(words_box(words))


def _extent(box: Points) -> Extent:
    return Extent(box.width * MILLIMETRES, box.height * MILLIMETRES, box.depth * MILLIMETRES)


def label_extent(label: Label) -> Extent:
    """The room of a label's text."""
    if not label.math:
        return words_extent(label.text)
    return math_extent(label.text).scaled(SMALL if label.small else 1.0)


def label_box(label: Label) -> Box:
    """The place of a label's text, with the white it stands on."""
    extent, pad = label_extent(label), 0.56 if label.backed else 0.0
    half, height = extent.width / 2 + pad, extent.ascent + extent.descent
    bottom = {
        Anchor.BASE: label.y - extent.descent,
        Anchor.ABOVE: label.y + 0.28,
        Anchor.BELOW: label.y - 0.28 - height,
    }.get(label.anchor, label.y - height / 2)
    middle = label.x + {Anchor.LEFT: -half, Anchor.RIGHT: half}.get(label.anchor, 0.0)
    return Box(middle - half, bottom, middle + half, bottom + height)

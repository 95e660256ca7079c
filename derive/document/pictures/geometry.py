"""Drawings as geometry: nodes, arrows and labels at places in millimetres, y upward. Painters draw them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Ink(Enum):
    """What a line or a text is for; a painter chooses its width and shade."""

    OUTLINE = "outline"
    EDGE = "edge"
    GRID = "grid"
    AXIS = "axis"
    CURVE = "curve"
    TEXT = "text"
    QUIET = "quiet"
    ACCENT = "accent"


class Anchor(Enum):
    """Which point of a label stands at its place."""

    CENTER = "center"
    ABOVE = "south"
    BELOW = "north"
    LEFT = "east"
    RIGHT = "west"
    BASE = "base"


Places = tuple[tuple[str, int], ...]
"""Quantities by name and round, whose numbers can be read off a shape."""


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle of a diameter with a mathematical label inside."""

    x: float
    y: float
    diameter: float
    label: str = ""
    filled: bool = False
    reveals: Places = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """A straight line, with an arrow head at its end or not."""

    x1: float
    y1: float
    x2: float
    y2: float
    ink: Ink
    arrow: bool = False
    reveals: Places = ()


@dataclass(frozen=True, slots=True)
class Polyline:
    """A line through points, its corners rounded by a radius, with an arrow head at its end or not."""

    points: tuple[tuple[float, float], ...]
    ink: Ink
    arrow: bool = False
    rounding: float = 0.0
    reveals: Places = ()


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A rectangle about its centre, its corners rounded by a radius."""

    x: float
    y: float
    width: float
    height: float
    rounding: float = 0.0
    reveals: Places = ()


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a place: mathematics, or words in small type; `backed` ones stand on white.

    `small` mathematics is as small as words are. `covered` stands there instead where what the label reveals is not
    to be read.
    """

    x: float
    y: float
    text: str
    math: bool = True
    anchor: Anchor = Anchor.CENTER
    backed: bool = False
    ink: Ink = Ink.TEXT
    small: bool = False
    reveals: Places = ()
    covered: str = ""


Shape = Circle | Segment | Polyline | Rectangle | Label


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes in drawing order, and what the drawing says, for those who cannot see it.

    `covered` is said instead where something that a shape reveals is not shown; empty where nothing else need be said.
    """

    shapes: tuple[Shape, ...]
    width: float
    height: float
    alternative: str
    covered: str = ""

"""The blocks of a network's diagram: what each shows, the room it takes, its shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from derive.document.pictures.extent import label_extent
from derive.document.pictures.geometry import Anchor, Circle, Ink, Label, Polyline, Rectangle, Shape

HALF_HEIGHT = 6.0
_RADIUS = 4.0
_LINE = 4.3
_PADDING = 5.0
_LEAST = 13.0
_SIDE_ARROW = 6.0
_SIDE_GAP = 4.0


@dataclass(frozen=True, slots=True)
class Block:
    """A layer, an input or a loss; its `shape` and its `symbol` are mathematics. One with a symbol is a circle."""

    id: str
    name: str
    shape: str = ""
    symbol: str = ""


@dataclass(frozen=True, slots=True)
class BlockFigure:
    """A block in the line; what is given is without an outline, and `sides` are given to it from below."""

    block: Block
    given: bool
    sides: tuple[Block, ...]

    @property
    def half(self) -> float:
        """Half the width of the outline, or of the text without one."""
        if self.block.symbol:
            return _RADIUS
        width = text_width(self.block)
        return width / 2 + 1.2 if self.given else max(_LEAST, round(width + _PADDING)) / 2

    @property
    def top(self) -> float:
        """How high the outline reaches above the line."""
        return _RADIUS if self.block.symbol else HALF_HEIGHT

    @property
    def slot(self) -> float:
        """The width of all of it."""
        return max(2 * self.half, self.side_pitch * len(self.sides), text_width(self.block))

    @property
    def side_pitch(self) -> float:
        """How far apart the blocks below are."""
        return max((text_width(side) for side in self.sides), default=0.0) + _SIDE_GAP

    @property
    def depth(self) -> float:
        """How far all of it reaches below the line."""
        beneath = _LINE * len(_lines(self.block)) + 1 if self.block.symbol else 0.0
        if not self.sides:
            return self.top + beneath
        return self.top + max(beneath, _SIDE_ARROW + _LINE * max(len(_lines(side)) for side in self.sides) + 1)

    def shapes(self, x: float, y: float) -> list[Shape]:
        """The block about a point on the line, and what is given to it from below."""
        return [*self._outline(x, y), *self._texts(x, y), *self._given(x, y)]

    def _outline(self, x: float, y: float) -> list[Shape]:
        if self.block.symbol:
            return [Circle(x, y, 2 * _RADIUS, self.block.symbol)]
        return [] if self.given else [Rectangle(x, y, 2 * self.half, 2 * HALF_HEIGHT)]

    def _texts(self, x: float, y: float) -> list[Shape]:
        lines = _lines(self.block)
        if self.block.symbol:
            return _written(lines, x, y - _RADIUS - 3.2)
        return _written(lines, x, y - 0.8 + _LINE / 2 * (len(lines) - 1))

    def _given(self, x: float, y: float) -> list[Shape]:
        shapes: list[Shape] = []
        for index, side in enumerate(self.sides):
            place = x + self.side_pitch * (index - (len(self.sides) - 1) / 2)
            end = max(x - self.half + 2, min(x + self.half - 2, place)) if not self.block.symbol else x
            low = y - self.top - _SIDE_ARROW
            shapes.append(Polyline(((place, low), (end, y - self.top)), Ink.EDGE, arrow=True))
            shapes += _written(_lines(side), place, low - 3.0)
        return shapes


def text_width(block: Block) -> float:
    """The width of a block's widest line."""
    return max((label_extent(line).width for line in _lines(block)), default=0.0)


def _lines(block: Block) -> list[Label]:
    """The name, and under it the shape."""
    name = Label(0, 0, block.name, math=False, anchor=Anchor.BASE)
    shape = Label(0, 0, block.shape, anchor=Anchor.BASE, ink=Ink.QUIET, small=True)
    return [line for line in (name, shape) if line.text]


def _written(lines: Sequence[Label], x: float, base: float) -> list[Shape]:
    """Lines below each other about a vertical, the first on a baseline."""
    return [replace(line, x=x, y=base - _LINE * index) for index, line in enumerate(lines)]

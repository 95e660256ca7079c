"""The nodes of a computation graph: what each shows, the room it takes, its shapes."""

from __future__ import annotations

from dataclasses import dataclass

from derive.document.pictures.extent import math_extent
from derive.document.pictures.geometry import Anchor, Ink, Label, Places, Rectangle, Shape
from derive.document.pictures.graph_heights import Room

BODY = 8.0
"""The height of a node; one with a short text is a circle of this diameter."""
STUB = 3.2
"""The least length of an edge that runs up to a node."""
_AIR = 1.3
"""Between a node or a wire and the text above or below it, and around all of it."""
AXIS = 0.88
"""How high the middle of a plus sign is above the baseline."""
_CAPITAL = 2.6
_LINE = 4.4
ROOM = r"\phantom{0000}"
"""The room of a number that is to be found, whatever it is."""


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A quantity of a computation graph; all but the id is mathematics, and may be empty but for the symbol."""

    id: str
    symbol: str
    operation: str = ""
    value: str = ""
    gradient: str = ""
    value_reveals: Places = ()
    gradient_reveals: Places = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A text of a node; `covered` is what stands there where what the line reveals is not to be read."""

    text: str
    reveals: Places = ()
    covered: str = ""


NOTHING = Line("")


@dataclass(frozen=True, slots=True)
class Figure:
    """A node as it is drawn: `body` in an outline, or `tag` at the start of a wire that runs between the numbers."""

    body: str
    tag: str
    heads: tuple[Line, ...]
    """The lines above, the topmost first."""
    gradient: Line = NOTHING

    @property
    def body_width(self) -> float:
        """The width of the outline; 0 without one."""
        return max(BODY, round(math_extent(self.body).width + 3, 1)) if self.body else 0.0

    @property
    def tag_width(self) -> float:
        """The width of the symbol before a wire and the space after it; 0 without one."""
        return round(math_extent(self.tag).width + 1.2, 1) if self.tag else 0.0

    @property
    def label_width(self) -> float:
        """The width of the widest text above or below."""
        return max(
            (math_extent(text).width for text in (*(head.text for head in self.heads), self.foot) if text),
            default=0.0,
        )

    @property
    def wire_width(self) -> float:
        """The least length of the wire."""
        return self.label_width + 1.6

    @property
    def reach(self) -> float:
        """How far text or outline reach to the right of the centre."""
        return max(self.body_width, self.label_width) / 2

    @property
    def width(self) -> float:
        """The width of all of it, with the ends of its edges."""
        if self.tag:
            return self.tag_width + self.wire_width
        return max(self.body_width + 2 * STUB, self.label_width + 1.6)

    @property
    def foot(self) -> str:
        """The gradient in italic digits."""
        return rf"\mathit{{{self.gradient.text}}}" if self.gradient.text else ""

    @property
    def lift(self) -> float:
        """How far above the node the baseline of the lowest text above it is: the same for all but fractions."""
        return max([_AIR, *(math_extent(head.text).descent + 0.2 for head in self.heads[-1:])])

    @property
    def room(self) -> Room:
        """What it takes above and below its line, with a little air."""
        reach = BODY / 2 if self.body else 0.0
        up = reach + self.lift
        if self.heads:
            up += math_extent(self.heads[0].text).ascent + _LINE * (len(self.heads) - 1) + _AIR
        down = reach + _AIR
        if self.foot:
            foot = math_extent(self.foot)
            down += max(_CAPITAL, foot.ascent) + foot.descent + 0.6
        return Room(up, down)

    def labels(self, x: float, y: float) -> list[Label]:
        """The numbers above and below a point on the line."""
        reach = BODY / 2 if self.body else 0.0
        bases = (y + reach + self.lift + _LINE * line for line in reversed(range(len(self.heads))))
        shapes = [
            Label(x, base, head.text, anchor=Anchor.BASE, reveals=head.reveals, covered=head.covered)
            for base, head in zip(bases, self.heads, strict=True)
        ]
        if self.foot:
            base = y - reach - max(_CAPITAL, math_extent(self.foot).ascent) - _AIR + 0.3
            reveals = self.gradient.reveals
            shapes.append(Label(x, base, self.foot, anchor=Anchor.BASE, ink=Ink.ACCENT, reveals=reveals))
        return shapes

    def outline(self, x: float, y: float) -> list[Shape]:
        """The outlined body, its text on the axis of mathematics: plus signs and fraction bars are in the middle."""
        if not self.body:
            return []
        text = Label(x, y - AXIS, self.body, anchor=Anchor.BASE)
        return [Rectangle(x, y, self.body_width, BODY, BODY / 2), text]


def stated(node: GraphNode, *, leaf: bool) -> Figure:
    """The node with its symbol and value in an equation."""
    title = node.symbol if node.operation != node.symbol and node.operation else ""
    if title and node.value:
        room = rf"{title} = {ROOM}"
        return _figure(node, (Line(f"{title} = {node.value}", node.value_reveals, room),), leaf=leaf)
    return stacked(node, leaf=leaf)


def stacked(node: GraphNode, *, leaf: bool) -> Figure:
    """The node with its symbol above its value: narrower."""
    title = node.symbol if node.operation != node.symbol and node.operation else ""
    lines = Line(title), Line(node.value, node.value_reveals)
    return _figure(node, tuple(line for line in lines if line.text), leaf=leaf)


def _figure(node: GraphNode, heads: tuple[Line, ...], *, leaf: bool) -> Figure:
    gradient = Line(node.gradient, node.gradient_reveals)
    if leaf and not node.operation and (heads or node.gradient):
        return Figure("", node.symbol, heads, gradient)
    return Figure(node.operation or node.symbol, "", heads, gradient)

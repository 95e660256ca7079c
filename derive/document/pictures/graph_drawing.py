"""A computation graph drawn: given quantities at the left, the output at the right, values above, gradients below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from derive.document.pictures.extent import Box, Point, label_box, label_extent
from derive.document.pictures.geometry import Anchor, Drawing, Ink, Label, Places, Polyline, Segment, Shape
from derive.document.pictures.graph_columns import WIDEST, WIRE_END, Columns, Way, columns
from derive.document.pictures.graph_layers import in_layers
from derive.document.pictures.graph_nodes import AXIS, GraphNode, stacked, stated

MOST_NODES = 30
"""The most nodes drawn; of more nobody could read the numbers."""
_SLACKS = (0.0, 3.0, 7.0, 12.0)
_SHARES = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8)
_ROUNDING = 2.0


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """One node's use by another, by their ids; `label` is mathematics, such as a local derivative."""

    source: str
    target: str
    label: str = ""
    reveals: Places = ()


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A drawing and how many of its labels stand on something."""

    drawing: Drawing
    collisions: int

    @property
    def excess(self) -> tuple[int, float]:
        """What is not as wished, the graver first."""
        return self.collisions, max(WIDEST, self.drawing.width)


def draw_graph(nodes: Sequence[GraphNode], edges: Sequence[GraphEdge], words: str) -> Drawing | None:
    """The graph, with `words` as its text alternative; None where there is no node or more than `MOST_NODES`.

    It is not wider than 160 mm unless its numbers need more: `Drawing.width` says so.
    Raises `graphlib.CycleError` where the edges go round.
    """
    if not 0 < len(nodes) <= MOST_NODES:
        return None
    number = {node.id: index for index, node in enumerate(nodes)}
    layers = in_layers(len(nodes), [(number[edge.source], number[edge.target]) for edge in edges])
    used = {edge.target for edge in edges}
    widths = [label_extent(_label(edge, (0, 0))).width if edge.label else 0.0 for edge in edges]
    best: _Attempt | None = None
    for figure, slack in product((stated, stacked), _SLACKS):
        figures = [figure(node, leaf=node.id not in used) for node in nodes]
        tried = _attempt(columns(layers, figures, widths, slack), edges, words)
        best = tried if best is None or tried.excess < best.excess else best
        if best.excess == (0, WIDEST):
            break
    return best.drawing if best else None


def _attempt(laid: Columns, edges: Sequence[GraphEdge], words: str) -> _Attempt:
    ways = laid.ways()
    labels, collisions = _edge_labels(edges, ways)
    shapes: list[Shape] = [Polyline(way.points, Ink.EDGE, arrow=True, rounding=_ROUNDING) for way in ways]
    shapes += labels
    for node, figure in enumerate(laid.figures):
        x, y = laid.centre(node)
        shapes += figure.outline(x, y)
        shapes += figure.labels(x, y)
        if figure.tag:
            half = laid.wire(node) / 2
            shapes.append(Segment(x - half, y, x + half - WIRE_END, y, Ink.EDGE))
            shapes.append(Label(x - half - figure.tag_width / 2, y - AXIS, figure.tag, anchor=Anchor.BASE))
    height = max(figure.room.down - laid.heights[node] for node, figure in enumerate(laid.figures))
    width = max(laid.centre(node)[0] + figure.reach for node, figure in enumerate(laid.figures))
    return _Attempt(Drawing(tuple(shapes), width, height, words), collisions)


def _edge_labels(edges: Sequence[GraphEdge], ways: Sequence[Way]) -> tuple[list[Label], int]:
    """Every edge's label on its edge, where it covers the fewest other labels and edges; how many it covers there."""
    labels: list[Label] = []
    collisions = 0
    for edge, way in zip(edges, ways, strict=True):
        if edge.label:
            foreign = (other.points for other in ways if other is not way)
            others = [piece for points in foreign for piece in pairwise(points)]
            taken = [label_box(label) for label in labels]
            places = [_label(edge, place) for place in _places(edge, way)]
            covered = [_covered(label_box(label), taken, others) for label in places]
            collisions += min(covered)
            labels.append(places[covered.index(min(covered))])
    return labels, collisions


def _label(edge: GraphEdge, place: Point) -> Label:
    return Label(*place, edge.label, backed=True, small=True, reveals=edge.reveals)


def _places(edge: GraphEdge, way: Way) -> list[Point]:
    """Where on its edge a label may stand: in the gaps between columns, rather near the target than near the source."""
    half = label_extent(_label(edge, (0, 0))).width / 2 + 1.5
    found = []
    for start, end in reversed(way.pieces):
        low, high = start[0] + half, end[0] - half
        for share in _SHARES:
            x = start[0] + share * (end[0] - start[0])
            x = max(low, min(high, x)) if low <= high else (start[0] + end[0]) / 2
            found.append((x, start[1] + (x - start[0]) / (end[0] - start[0]) * (end[1] - start[1])))
    return found


def _covered(box: Box, labels: Sequence[Box], pieces: Sequence[tuple[Point, Point]]) -> int:
    """How many labels and foreign edges a box lies upon."""
    return sum(box.overlaps(label) for label in labels) + sum(box.crossed_by(*piece) for piece in pieces)

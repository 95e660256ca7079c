"""A computation graph laid out: columns of nodes, and the way of every edge through the gaps between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from derive.document.pictures.extent import Point
from derive.document.pictures.graph_heights import Room, heights
from derive.document.pictures.graph_layers import Layers
from derive.document.pictures.graph_nodes import BODY, Figure

WIDEST = 160.0
_LEAST_GAP = 6.0
_LEVEL_GAP = 1.0
"""The same where all edges run level."""
_WISHED_GAP = 11.0
_WIDEST_GAP = 20.0
_BESIDE_LABEL = 5.0
_SLANT = 0.6
"""The wished width of a gap by the height its steepest edge climbs."""
_PORT = 2.2
"""Between edges that meet at a node; less where they are many."""
_PORTS = 6.2
WIRE_END = 2.2
"""The end of a wire on which its edges part."""
_BULGE = 5.0
"""Between edges from the same node to the same node."""
_RAMP = 3.5
_PASSING = Room(1.6, 1.6)


@dataclass(frozen=True, slots=True)
class Way:
    """The points of an edge, and those of its pieces that lie in gaps: labels may stand there."""

    points: tuple[Point, ...]
    pieces: tuple[tuple[Point, Point], ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """Where everything stands. Edges run level within a column and change their height in the gaps only."""

    layers: Layers
    figures: tuple[Figure, ...]
    lefts: tuple[float, ...]
    rights: tuple[float, ...]
    heights: Mapping[int, float]
    rank: Mapping[int, int]

    def centre(self, node: int) -> Point:
        """The point about which a node is drawn: its body's middle, or the middle of its wire."""
        left, right = self.lefts[self.rank[node]], self.rights[self.rank[node]]
        if self.figures[node].tag:
            return right - self.wire(node) / 2, self.heights[node]
        return (left + right) / 2, self.heights[node]

    def wire(self, node: int) -> float:
        """The length of a leaf's wire, equal in a column."""
        column = self.layers.rows[self.rank[node]]
        beside = (self.figures[other] for other in column if other < len(self.figures))
        return max(figure.wire_width for figure in beside if figure.tag)

    def ways(self) -> list[Way]:
        """The way of every edge: out of its source, level through the columns it passes, into its target."""
        outs, ins = self._ports(0), self._ports(-1)
        same = Counter(self.layers.paths)
        found: dict[tuple[int, ...], int] = {}
        ways = []
        for path, leaving, arriving in zip(self.layers.paths, outs, ins, strict=True):
            found[path] = found.get(path, 0) + 1
            bulge = _BULGE * ((same[path] + 1) / 2 - found[path])
            ways.append(self._way(path, leaving, arriving, bulge))
        return ways

    def _way(self, path: Sequence[int], leaving: float, arriving: float, bulge: float) -> Way:
        """`bulge` is how high above its ends an edge runs that has company from end to end."""
        source, target = path[0], path[-1]
        points = [self._border(source, leaving, 1), (self.rights[self.rank[source]], self.heights[source] + leaving)]
        for point in path[1:-1]:
            column = self.rank[point]
            points += [(self.lefts[column], self.heights[point]), (self.rights[column], self.heights[point])]
        points += [(self.lefts[self.rank[target]], self.heights[target] + arriving), self._border(target, arriving, -1)]
        if not bulge:
            return Way(tuple(points), tuple(zip(points[1::2], points[2::2], strict=False)))
        (start, low), (end, high) = points[1], points[2]
        middle = (low + high) / 2 + bulge
        level = (start + _RAMP, middle), (end - _RAMP, middle)
        return Way((*points[:2], *level, *points[2:]), (level,))

    def _border(self, node: int, port: float, side: int) -> Point:
        """Where an edge touches a node's outline, to the right (1) or to the left (-1); or the end of a wire."""
        x, y = self.centre(node)
        figure = self.figures[node]
        if figure.tag:
            return x + self.wire(node) / 2 - WIRE_END, y
        radius = BODY / 2
        return x + side * (figure.body_width / 2 - radius + (radius**2 - port**2) ** 0.5), y + port

    def _ports(self, end: int) -> list[float]:
        """How far above its node's line each edge leaves (`end` 0) or arrives (-1): edges do not cross there."""
        following = 1 if end == 0 else -2
        found = [0.0] * len(self.layers.paths)
        meeting: dict[int, list[int]] = {}
        for edge, path in enumerate(self.layers.paths):
            meeting.setdefault(path[end], []).append(edge)
        for node, edges in meeting.items():
            if self.figures[node].tag:
                continue
            edges.sort(key=lambda edge: -self.heights[self.layers.paths[edge][following]])
            step = min(_PORT, _PORTS / max(1, len(edges) - 1))
            for place, edge in enumerate(edges):
                found[edge] = step * ((len(edges) - 1) / 2 - place)
        return found


def columns(layers: Layers, figures: Sequence[Figure], labels: Sequence[float], slack: float) -> Columns:
    """The columns, as far apart as edges and their labels (by width) need; `slack` is more room for all."""
    nodes = range(len(figures))
    rank = {node: index for index, row in enumerate(layers.rows) for node in row}
    rooms = {node: figures[node].room if node < len(figures) else _PASSING for node in rank}
    rooms = {node: Room(room.up + slack / 2, room.down + slack / 2) for node, room in rooms.items()}
    places = heights(layers, rooms)
    widths = [_width([figures[node] for node in row if node in nodes]) for row in layers.rows]
    gaps = _gaps(layers, places, rank, labels, WIDEST - sum(widths), slack)
    lefts, x = [], 0.0
    for width, gap in zip(widths, [*gaps, 0.0], strict=True):
        lefts.append(round(x, 2))
        x += width + gap
    rights = tuple(round(left + width, 2) for left, width in zip(lefts, widths, strict=True))
    return Columns(layers, tuple(figures), tuple(lefts), rights, places, rank)


def _width(column: Sequence[Figure]) -> float:
    """The width of a column; the wires of its leaves are as long as the longest."""
    wire = max((figure.wire_width for figure in column if figure.tag), default=0.0)
    return max(figure.tag_width + wire if figure.tag else figure.width for figure in column)


def _gaps(
    layers: Layers,
    places: Mapping[int, float],
    rank: Mapping[int, int],
    labels: Sequence[float],
    room: float,
    slack: float,
) -> list[float]:
    """The gaps between columns: wide enough for gentle slopes where there is room, for labels in any case."""
    least, wished = [], []
    same = Counter(layers.paths)
    for gap in range(len(layers.rows) - 1):
        climb = max((abs(places[a] - places[b]) for a, b in layers.links if rank[a] == gap), default=0.0)
        arriving = [index for index, path in enumerate(layers.paths) if rank[path[-2]] == gap]
        ramps = 2 * _RAMP if any(same[layers.paths[index]] > 1 for index in arriving) else 0.0
        widest = max((labels[index] for index in arriving), default=0.0)
        bare, beside = (_LEAST_GAP, _BESIDE_LABEL) if climb else (_LEVEL_GAP, _LEVEL_GAP)
        least.append(max(widest + beside + slack if widest else 0.0, bare) + ramps)
        airy = widest + _BESIDE_LABEL + ramps if widest else _WISHED_GAP
        wished.append(max(least[-1], min(_WIDEST_GAP, _SLANT * climb), _WISHED_GAP, airy))
    more = sum(wished) - sum(least)
    share = min(1.0, max(0.0, (room - sum(least)) / more)) if more else 0.0
    return [low + share * (high - low) for low, high in zip(least, wished, strict=True)]

"""A graph in layers: which layer a node is in, how long edges pass the layers between, who stands above whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import combinations, pairwise

MOST_LEAVES = 8
"""Where there are more leaves, they stand next to their first use instead of all at the left."""
_SWEEPS = 12

Link = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Layers:
    """Nodes 0, 1, ... and after them the points at which long edges pass a layer, each layer from top to bottom."""

    rows: tuple[tuple[int, ...], ...]
    paths: tuple[tuple[int, ...], ...]
    """The nodes and points of each edge, from its source to its target, one a layer."""

    @property
    def links(self) -> list[Link]:
        """The pieces of the edges, each between two neighbouring layers."""
        return [link for path in self.paths for link in pairwise(path)]


def in_layers(count: int, edges: Sequence[Link]) -> Layers:
    """Nodes 0 to `count` in layers, with few crossings. Raises `graphlib.CycleError` where the edges go round."""
    ranks = _ranks(count, edges)
    rows: list[list[int]] = [[] for _ in range(max(ranks, default=0) + 1)]
    for node in _upwards(count, edges):
        rows[ranks[node]].append(node)
    paths, following = [], count
    for source, target in edges:
        between = range(ranks[source] + 1, ranks[target])
        points = range(following, following + len(between))
        following += len(between)
        for rank, point in zip(between, points, strict=True):
            rows[rank].append(point)
        paths.append((source, *points, target))
    return _untangled(Layers(tuple(map(tuple, rows)), tuple(paths)))


def _ranks(count: int, edges: Sequence[Link]) -> list[int]:
    """Each node's layer: the longest way to it from a leaf."""
    sources: dict[int, list[int]] = {node: [] for node in range(count)}
    for source, target in edges:
        sources[target].append(source)
    ranks = [0] * count
    for node in TopologicalSorter(sources).static_order():
        ranks[node] = max((ranks[source] + 1 for source in sources[node]), default=0)
    leaves = [node for node in range(count) if not sources[node]]
    if len(leaves) > MOST_LEAVES:
        for leaf in leaves:
            ranks[leaf] = min((ranks[target] for source, target in edges if source == leaf), default=1) - 1
    return ranks


def _upwards(count: int, edges: Sequence[Link]) -> list[int]:
    """The nodes in the order in which one meets them going up from the outputs: a first order with few crossings."""
    found: dict[int, None] = {}
    waiting = [node for node in range(count) if all(source != node for source, _ in edges)]
    waiting.reverse()
    while waiting:
        node = waiting.pop()
        if node not in found:
            found[node] = None
            waiting += reversed([source for source, target in edges if target == node])
    return list(found)


def _untangled(layers: Layers) -> Layers:
    """The layers with the fewest crossings that sweeps to and fro find, each putting nodes next to their neighbours."""
    best, fewest = layers, crossings(layers)
    rows = [list(row) for row in layers.rows]
    links = layers.links
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        steps = range(1, len(rows)) if forward else range(len(rows) - 2, -1, -1)
        for step in steps:
            beside = rows[step - 1 if forward else step + 1]
            toward = links if forward else [(target, source) for source, target in links]
            rows[step] = _sorted_by_neighbours(rows[step], beside, toward)
        tried = Layers(tuple(map(tuple, rows)), layers.paths)
        if (count := crossings(tried)) < fewest:
            best, fewest = tried, count
    return best


def _sorted_by_neighbours(row: Sequence[int], beside: Sequence[int], links: Sequence[Link]) -> list[int]:
    place = {node: index for index, node in enumerate(beside)}
    means = {}
    for index, node in enumerate(row):
        near = [place[source] for source, target in links if target == node and source in place]
        means[node] = sum(near) / len(near) if near else index
    return sorted(row, key=means.__getitem__)


def crossings(layers: Layers) -> int:
    """How many pairs of pieces of edges cross."""
    rank = {node: index for index, row in enumerate(layers.rows) for node in row}
    place = {node: index for row in layers.rows for index, node in enumerate(row)}
    between: dict[int, list[Link]] = {}
    for source, target in layers.links:
        between.setdefault(rank[source], []).append((place[source], place[target]))
    pairs = (pair for links in between.values() for pair in combinations(links, 2))
    return sum((a[0] - b[0]) * (a[1] - b[1]) < 0 for a, b in pairs)

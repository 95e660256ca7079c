"""How high the nodes of a layered graph stand: near their neighbours, and no nearer to each other than they may.

Where an edge is the only one at both its ends it is level: what it joins, and so every long edge's passing points,
form a strand that stands at one height.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from itertools import pairwise

from derive.document.pictures.graph_layers import Layers, Link

_SWEEPS = 150
_TOUCH = 1e-6
_FROM_SOURCES = 3
"""How much more a node is drawn to its sources than to its targets: it stands in the middle of what it joins."""


@dataclass(frozen=True, slots=True)
class Room:
    """What a node needs above and below the line on which it stands."""

    up: float
    down: float


@dataclass(slots=True)
class _Strand:
    """Nodes and passing points at one height, counted downward, and the strands around."""

    height: float = 0.0
    above: dict[int, float] = field(default_factory=dict)
    """Strands that must stay above, and how far."""
    below: dict[int, float] = field(default_factory=dict)
    beside: list[int] = field(default_factory=list)
    """The strands at the other ends of edges, one entry for each pull."""


def heights(layers: Layers, rooms: Mapping[int, Room]) -> dict[int, float]:
    """The height of every node and passing point, y upward, the room of the highest ending at 0."""
    strand_of = _strand_of(layers)
    strands = _strands(layers, rooms, strand_of)
    order = list(TopologicalSorter({name: list(strand.above) for name, strand in strands.items()}).static_order())
    for name in order:
        above = strands[name].above.items()
        strands[name].height = max((strands[other].height + gap for other, gap in above), default=0.0)
    for _ in range(_SWEEPS):
        for group in ([name] for name in order):
            _move(strands, group)
        for group in _touching(strands):
            _move(strands, group)
    top = min(strands[strand].height - rooms[node].up for node, strand in strand_of.items())
    return {node: round(top - strands[strand].height, 2) for node, strand in strand_of.items()}


def _strand_of(layers: Layers) -> dict[int, int]:
    """Each node's and passing point's strand, named by its leftmost member."""
    links = layers.links
    place = {node: index for row in layers.rows for index, node in enumerate(row)}
    rank = {node: index for index, row in enumerate(layers.rows) for node in row}
    leaving = Counter(source for source, _ in links)
    arriving = Counter(target for _, target in links)
    level: dict[int, list[Link]] = {}
    nodes = {end for path in layers.paths for end in (path[0], path[-1])}
    for source, target in sorted(links, key=lambda link: len(nodes.intersection(link))):
        kept = level.setdefault(rank[source], [])
        crossed = any((place[source] - place[a]) * (place[target] - place[b]) < 0 for a, b in kept)
        met = any(source == a or target == b for a, b in kept)
        sole = leaving[source] <= (1 if target in nodes else 2)
        if sole and arriving[target] == 1 and not crossed and not met:
            kept.append((source, target))
    found = {node: node for row in layers.rows for node in row}
    for gap in sorted(level):
        found |= {target: found[source] for source, target in level[gap]}
    return found


def _strands(layers: Layers, rooms: Mapping[int, Room], strand_of: Mapping[int, int]) -> dict[int, _Strand]:
    strands = {name: _Strand() for name in sorted(set(strand_of.values()))}
    for row in layers.rows:
        for high, low in pairwise(row):
            upper, lower = strand_of[high], strand_of[low]
            gap = max(rooms[high].down + rooms[low].up, strands[lower].above.get(upper, 0.0))
            strands[lower].above[upper] = strands[upper].below[lower] = gap
    for source, target in layers.links:
        start, end = strand_of[source], strand_of[target]
        if start != end:
            strands[start].beside.append(end)
            strands[end].beside += [start] * _FROM_SOURCES
    return strands


def _move(strands: Mapping[int, _Strand], group: Sequence[int]) -> None:
    """Move strands together to where their edges climb least (least squares), as far as the others leave them room."""
    climbs, least, most = [], -math.inf, math.inf
    for name in group:
        strand = strands[name]
        climbs += [strands[other].height - strand.height for other in strand.beside if other not in group]
        ups = (strands[other].height + gap - strand.height for other, gap in strand.above.items() if other not in group)
        downs = (
            strands[other].height - gap - strand.height for other, gap in strand.below.items() if other not in group
        )
        least, most = max(least, *ups, least), min(most, *downs, most)
    if climbs:
        shift = min(max(sum(climbs) / len(climbs), least), most)
        for name in group:
            strands[name].height += shift


def _touching(strands: Mapping[int, _Strand]) -> list[list[int]]:
    """The groups of strands that stand as close as they may."""
    groups: list[list[int]] = []
    seen: set[int] = set()
    for first in strands:
        group, waiting = [], [first]
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                group.append(name)
                strand = strands[name]
                waiting += [o for o, gap in strand.above.items() if strand.height - strands[o].height < gap + _TOUCH]
                waiting += [o for o, gap in strand.below.items() if strands[o].height - strand.height < gap + _TOUCH]
        if len(group) > 1:
            groups.append(group)
    return groups

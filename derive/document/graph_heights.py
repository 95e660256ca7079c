"""How high the nodes of a layered graph stand: near their neighbours, and no nearer to each other than they may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from derive.document.graph_layers import Layers

_SWEEPS = 120
_PASSING = 4
"""How much more a piece between two passing points pulls: long edges become straight."""


@dataclass(frozen=True, slots=True)
class Room:
    """What a node needs above and below the line on which it stands."""

    up: float
    down: float


def heights(layers: Layers, rooms: Mapping[int, Room], nodes: int) -> dict[int, float]:
    """The height of every node and passing point, y upward; `nodes` is where the passing points begin."""
    near: dict[int, list[tuple[int, float]]] = {node: [] for row in layers.rows for node in row}
    for source, target in layers.links:
        pull = _PASSING if source >= nodes and target >= nodes else 1
        near[source].append((target, pull))
        near[target].append((source, pull))
    down: dict[int, float] = {}
    for row in layers.rows:
        starts = _offsets(row, rooms)
        down |= {node: start - starts[-1] / 2 for node, start in zip(row, starts, strict=True)}
    for _ in range(_SWEEPS):
        for row in (*layers.rows, *reversed(layers.rows)):
            wanted = [_mean(near[node], down) if near[node] else down[node] for node in row]
            down |= dict(zip(row, _apart(wanted, _offsets(row, rooms)), strict=True))
    top = min(down[node] - rooms[node].up for node in down)
    return {node: round(top - place, 2) for node, place in down.items()}


def _mean(near: Sequence[tuple[int, float]], places: Mapping[int, float]) -> float:
    return sum(places[node] * pull for node, pull in near) / sum(pull for _, pull in near)


def _offsets(row: Sequence[int], rooms: Mapping[int, Room]) -> list[float]:
    """How far below the first each of a row stands when they are as close as they may be."""
    gaps = (rooms[above].down + rooms[below].up for above, below in pairwise(row))
    return list(accumulate(gaps, initial=0.0))


def _apart(wanted: Sequence[float], offsets: Sequence[float]) -> list[float]:
    """The places nearest to the wanted ones (least squares) that keep the order and the distances of a row.

    Less the offsets the places must not fall: runs that would are pooled at their mean.
    """
    pools: list[tuple[float, int]] = []
    for place, offset in zip(wanted, offsets, strict=True):
        mean, size = place - offset, 1
        while pools and pools[-1][0] > mean:
            before, many = pools.pop()
            mean, size = (before * many + mean * size) / (many + size), many + size
        pools.append((mean, size))
    flat = [mean for mean, size in pools for _ in range(size)]
    return [place + offset for place, offset in zip(flat, offsets, strict=True)]

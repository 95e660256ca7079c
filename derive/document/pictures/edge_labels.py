"""Where the weights stand on the edges between two layers of units, so that none lies on another or on a unit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import inf

from derive.document.pictures.extent import Box, Point

_CLEAR = 0.7
"""Between a label and a unit."""
_GRID = tuple(step / 24 for step in range(3, 22))
"""Where on an edge a label may stand where no one line of labels does."""
_SWEEPS = 12
_ON_EDGE = 0.05
"""How much worse a label is for each foreign edge it covers, one label or unit being 1."""

Shares = tuple[tuple[float, ...], ...]
"""For each source and target, where the label stands: 0 at the source, 1 at the target."""


@dataclass(frozen=True, slots=True)
class Fan:
    """Every edge from a column of sources to a column of targets.

    `halves` are half the width and height of the label of each source and target; `near` is what else stands about
    the sources, its places counted from their column, `far` what stands about the targets.
    """

    sources: tuple[float, ...]
    targets: tuple[float, ...]
    radius: float
    halves: tuple[tuple[tuple[float, float], ...], ...]
    near: tuple[Box, ...] = ()
    far: tuple[Box, ...] = ()


@lru_cache(maxsize=512)
def in_one_line(fan: Fan, distance: float) -> Shares | None:
    """All labels below each other, evenly spaced; None where they would not be clear of each other."""
    rows, columns = len(fan.sources), len(fan.targets)
    for share in (1 / (1 + columns), rows / (1 + rows)) if rows * columns > 1 else (0.5,):
        boxes = [_box(fan, distance, edge, share) for edge in _edges(fan)]
        blocks = _blocks(fan, distance)
        if not any(_hits(boxes[:place] + blocks, box) for place, box in enumerate(boxes)):
            return ((share,) * columns,) * rows
    return None


@lru_cache(maxsize=512)
def one_by_one(fan: Fan, distance: float) -> Shares | None:
    """Each label at a place of its own on its edge; None where none is found that is clear of everything."""
    edges = list(_edges(fan))
    wished = 1 / (1 + len(fan.targets))
    grid = sorted(_GRID, key=lambda share: abs(share - wished))
    boxes = [[_box(fan, distance, edge, share) for share in grid] for edge in edges]
    blocks = _blocks(fan, distance)
    alone = [
        [_hits(blocks, box) + _ON_EDGE * _covered(fan, distance, edge, box) for box in row]
        for edge, row in zip(edges, boxes, strict=True)
    ]
    chosen = [min(range(len(grid)), key=costs.__getitem__) for costs in alone]
    for _ in range(_SWEEPS):
        moved = False
        for place in range(len(edges)):
            others = [boxes[other][chosen[other]] for other in range(len(edges)) if other != place]
            costs = [own + _hits(others, box) for own, box in zip(alone[place], boxes[place], strict=True)]
            best = min(range(len(grid)), key=costs.__getitem__)
            if costs[best] < costs[chosen[place]]:
                chosen[place], moved = best, True
        if not moved:
            break
    final = [boxes[place][chosen[place]] for place in range(len(edges))]
    if any(_hits(final[:place] + blocks, box) for place, box in enumerate(final)):
        return None
    shares = [grid[index] for index in chosen]
    columns = len(fan.targets)
    return tuple(tuple(shares[start : start + columns]) for start in range(0, len(shares), columns))


def place_on(fan: Fan, distance: float, edge: tuple[int, int], share: float) -> Point:
    """The point of an edge, the sources' column being at 0."""
    low, high = fan.sources[edge[0]], fan.targets[edge[1]]
    return distance * share, low + (high - low) * share


def _edges(fan: Fan) -> Iterator[tuple[int, int]]:
    yield from product(range(len(fan.sources)), range(len(fan.targets)))


def _box(fan: Fan, distance: float, edge: tuple[int, int], share: float) -> Box:
    x, y = place_on(fan, distance, edge, share)
    across, up = fan.halves[edge[0]][edge[1]]
    return Box(x - across, y - up, x + across, y + up)


def _blocks(fan: Fan, distance: float) -> list[Box]:
    """What labels must not lie on: units, what stands about them, and what is beyond."""
    reach = fan.radius + _CLEAR
    units = [(0.0, y) for y in fan.sources] + [(distance, y) for y in fan.targets]
    found = [Box(x - reach, y - reach, x + reach, y + reach) for x, y in units]
    far = (Box(b.left + distance, b.bottom, b.right + distance, b.top) for b in fan.far)
    beyond = Box(-inf, -inf, 0.0, inf), Box(distance, -inf, inf, inf)
    return [*found, *fan.near, *far, *beyond]


def _hits(boxes: Sequence[Box], box: Box) -> int:
    """How many boxes a box lies upon."""
    left, bottom, right, top = box.left, box.bottom, box.right, box.top
    return sum(
        [left < one.right and one.left < right and bottom < one.top and one.bottom < top for one in boxes],
    )


def _covered(fan: Fan, distance: float, edge: tuple[int, int], box: Box) -> int:
    """How many other edges run through a box."""
    others: Iterable[tuple[int, int]] = (other for other in _edges(fan) if other != edge)
    return sum(box.crossed_by((0.0, fan.sources[i]), (distance, fan.targets[j])) for i, j in others)

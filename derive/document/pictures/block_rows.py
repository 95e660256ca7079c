"""The blocks of a diagram in rows: where lines break, so that few arrows other than the line's own cross a break."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

GAP = 7.0
"""Between the boxes of a row."""
WIDEST = 160.0
_TURN = 8.0
"""What the arrow from row to row takes at both ends of a row together."""

_TORN = 1.5
"""How many rows an arrow around blocks is worth that stays within one row."""


def rows_of(widths: Sequence[float], spans: Sequence[tuple[int, int]]) -> list[range]:
    """The blocks of each row, by their widths and the other arrows' ends.

    As few rows as possible, a row more rather than an arrow other than the line's across a break, and rows of about
    the same width. A block too wide for any row has one of its own.
    """
    count = len(widths)
    best: list[tuple[float, float, int]] = [(0.0, 0.0, 0)]
    for end in range(1, count + 1):
        ways = []
        for start in range(end):
            width = sum(widths[start:end]) + GAP * (end - start - 1)
            room = WIDEST - (_TURN if end - start < count else 0.0)
            if width <= room or end - start == 1:
                torn = sum(first < start <= last for first, last in spans)
                slack = max(0.0, room - width)
                ways.append((best[start][0] + 1 + _TORN * torn, best[start][1] + slack**2, start))
        best.append(min(ways))
    breaks = [count]
    while breaks[-1]:
        breaks.append(best[breaks[-1]][2])
    return [range(start, end) for start, end in pairwise(reversed(breaks))]


def lanes(runs: Sequence[tuple[float, float]], clearance: float) -> list[int]:
    """For each level run the lowest lane, from 0, that no shorter run in it comes near."""
    taken: list[list[tuple[float, float]]] = []
    found = [0] * len(runs)
    for index in sorted(range(len(runs)), key=lambda index: (runs[index][1] - runs[index][0], runs[index])):
        left, right = runs[index][0] - clearance, runs[index][1] + clearance
        lane = 0
        while lane < len(taken) and any(left < end and start < right for start, end in taken[lane]):
            lane += 1
        if lane == len(taken):
            taken.append([])
        taken[lane].append(runs[index])
        found[index] = lane
    return found

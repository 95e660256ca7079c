"""Rows shared out on leaves: as few leaves as hold them, and about equally full."""

from __future__ import annotations

from collections.abc import Sequence

_TOLERANCE = 1e-6

Run = tuple[int, int]
"""The first row of a leaf, and the one after its last."""


def shared(heights: Sequence[float], room: float) -> tuple[Run, ...]:
    """The rows of each leaf, by their heights: as few leaves as hold them, the fullest of them as low as can be.

    A row higher than the room has a leaf to itself.
    """
    if not heights:
        return ((0, 0),)
    count, every = len(_filled(heights, room)), range(len(heights))
    limits = sorted({sum(heights[start : end + 1]) for start in every for end in every[start:]})
    low, high = 0, len(limits) - 1
    while low < high:
        middle = (low + high) // 2
        if len(_filled(heights, limits[middle])) <= count:
            high = middle
        else:
            low = middle + 1
    return _filled(heights, limits[low])


def _filled(heights: Sequence[float], room: float) -> tuple[Run, ...]:
    """Leaves filled one after another."""
    starts, used = [0], 0.0
    for place, height in enumerate(heights):
        if place > starts[-1] and used + height > room + _TOLERANCE:
            starts.append(place)
            used = 0.0
        used += height
    return tuple(zip(starts, [*starts[1:], len(heights)], strict=True))

"""Runs of lines side by side: which lines stand beside one another so that all of them take the least height."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """Lines in rows of so many columns, and the widths of these; alone, a line is a run of one column."""

    columns: int
    rows: int
    height: float
    widths: tuple[float, ...] = ()

    @property
    def count(self) -> int:
        """How many lines it has."""
        return self.columns * self.rows


def lowest(count: int, runs_from: Callable[[int], Iterable[Run]]) -> list[Run]:
    """The runs that make so many lines lowest, of those as few as can be.

    `runs_from` tells which runs may begin with a line; of equal ones the first is taken.
    """
    best: list[tuple[float, int, list[Run]]] = [(0.0, 0, [])]
    for start in reversed(range(count)):
        options = []
        for run in runs_from(start):
            height, runs, rest = best[-run.count]
            options.append((round(height + run.height, 3), runs + 1, [run, *rest]))
        best.append(min(options, key=lambda option: option[:2]))
    return best[-1][2]


def column_starts(widths: Sequence[float], gap: float, room: float) -> list[float]:
    """Where columns after the first begin: equally far apart where they fit, else as the widest cells leave room."""
    count = len(widths)
    if max(widths) + gap <= room / count:
        return [room * place / count for place in range(1, count)]
    air = (room - sum(widths)) / (count - 1)
    return [sum(widths[:place]) + air * place for place in range(1, count)]

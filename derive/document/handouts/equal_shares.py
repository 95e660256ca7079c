"""Points shared among lines in equal steps, so that lines of equal work earn equally much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

FARTHEST = 3
"""By how many steps a line of a kind of several may earn more or less than its share."""


@dataclass(frozen=True, slots=True)
class LineKind:
    """Lines of equal work in a question: how many there are, and how much there is to put into each."""

    count: int
    weight: int


@dataclass(frozen=True, slots=True)
class Shares:
    """The steps that each line of each kind earns; `ordered` if more to put in never earns less."""

    steps: tuple[int, ...]
    ordered: bool


def equal_shares(kinds: Sequence[LineKind], steps: int) -> Shares | None:
    """One step or more for each line, the rest as near to the weights as equal marks within each kind allow.

    The sum of squares of what lines earn more or less than their share is least. None where there are fewer steps than
    lines, or no such whole numbers near the shares add up.
    """
    lines = sum(kind.count for kind in kinds)
    if steps < lines:
        return None
    whole = sum(kind.count * kind.weight for kind in kinds)
    wished = [1 + Fraction((steps - lines) * kind.weight, whole) for kind in kinds]
    least = [int(share) for share in wished]
    rest = steps - sum(low * kind.count for low, kind in zip(least, kinds, strict=True))
    changes = _changes(kinds, wished, least, rest)
    if changes is None:
        return None
    found = _last_most(kinds, [low + change for low, change in zip(least, changes, strict=True)])
    by_weight = sorted(zip((kind.weight for kind in kinds), found, strict=True))
    pairs = pairwise(by_weight)
    return Shares(found, all(lighter == heavier or low <= high for (lighter, low), (heavier, high) in pairs))


def _last_most(kinds: Sequence[LineKind], steps: Sequence[int]) -> tuple[int, ...]:
    """The steps with those of kinds alike in number and weight in order: later kinds, which rest on more, earn most."""
    left = {kind: sorted(own for other, own in zip(kinds, steps, strict=True) if other == kind) for kind in kinds}
    return tuple(left[kind].pop(0) for kind in kinds)


def _changes(
    kinds: Sequence[LineKind], wished: Sequence[Fraction], least: Sequence[int], rest: int
) -> tuple[int, ...] | None:
    """By how many steps each kind earns more than the whole steps of its share, so that the rest is used up.

    Whatever the others leave goes to the heaviest line that is the only one of its kind.
    """
    single = max((n for n, kind in enumerate(kinds) if kind.count == 1), key=lambda n: kinds[n].weight, default=None)
    reach = rest + FARTHEST * max(kind.count for kind in kinds)
    best: dict[int, tuple[float, tuple[int, ...]]] = {0: (0.0, ())}
    for number, (kind, share, low) in enumerate(zip(kinds, wished, least, strict=True)):
        following: dict[int, tuple[float, tuple[int, ...]]] = {}
        steps = (0,) if number == single else range(max(1 - low, -FARTHEST), FARTHEST + 1)
        costs = [(change, kind.count * float(low + change - share) ** 2) for change in steps]
        for used, (cost, before) in best.items():
            for change, more in costs:
                now, total = used + change * kind.count, cost + more
                if abs(now) <= reach and (now not in following or total < following[now][0]):
                    following[now] = (total, (*before, change))
        best = following
    if single is None:
        return best[rest][1] if rest in best else None
    return _with_single(best, single, least[single], wished[single], rest)


def _with_single(
    best: Mapping[int, tuple[float, tuple[int, ...]]], single: int, low: int, share: Fraction, rest: int
) -> tuple[int, ...] | None:
    """The changes in which the single line takes what is left, where it then has a step at least."""
    found = [
        (cost + float(low + rest - used - share) ** 2 - float(low - share) ** 2, changes, rest - used)
        for used, (cost, changes) in best.items()
        if low + rest - used >= 1
    ]
    if not found:
        return None
    _, changes, left = min(found)
    return (*changes[:single], left, *changes[single + 1 :])

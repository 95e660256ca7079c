"""Marks: the points of a question shared among its lines, in equal steps, so that they add up exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from derive.errors import UnplacedError
from derive.graph.quantity import Role
from derive.problem.marks import GROUPS, points_mistake, points_number
from derive.problem.model import Question
from derive.sources.marked import Path_

FINEST = Fraction(1, 64)
_SIGNS = MappingProxyType({Fraction(1, 2): "½", Fraction(1, 4): "¼", Fraction(3, 4): "¾"})
_GROUP_OF: Mapping[Role, str] = MappingProxyType(
    {
        Role.GIVEN: GROUPS[0],
        Role.FORWARD: GROUPS[0],
        Role.BACKWARD: GROUPS[1],
        Role.OPTIMIZER: GROUPS[2],
        Role.UPDATED: GROUPS[2],
    }
)


@dataclass(frozen=True, slots=True)
class MarkedLine:
    """A line that earns marks: a key that is its own, the role of what it works, from how many numbers."""

    key: object
    role: Role
    weight: int


def marks_text(number: Fraction) -> str:
    """Marks as they are written: `1`, `½`, `1½`, `3/8`."""
    whole, rest = divmod(number, 1)
    if not rest:
        return str(whole)
    sign = _SIGNS.get(rest)
    return f"{whole or ''}{sign}" if sign else f"{number.numerator}/{number.denominator}"


def shared_marks(question: Question, lines: Sequence[MarkedLine], path: Path_) -> dict[object, Fraction]:
    """The marks of each line by its key, adding up to the points of the question; 1 each where it states none.

    `path` is the question's place in the problem file. Raises `UnplacedError` where marks cannot be shared so.
    """
    if not question.points:
        return {line.key: Fraction(1) for line in lines}
    points = points_number(question.points)
    if points is None:
        raise UnplacedError([((*path, "points"), points_mistake(question.points))])
    if not lines:
        return {}
    step = None if question.step is None else Fraction(question.step)
    if not question.marks:
        return _shared(Fraction(points), lines, step, (*path, "points"))
    found: dict[object, Fraction] = {}
    for group in GROUPS:
        own = [line for line in lines if _GROUP_OF[line.role] == group]
        part = Fraction(question.marks.get(group, 0))
        where = (*path, "marks")
        if own and not part:
            message = f"`marks`: the question has {len(own)} lines of the {group}; expected marks for them"
            raise UnplacedError([(where, message)])
        if part and not own:
            raise UnplacedError([((*where, group), f"`marks`: the question has no line of the {group}")])
        found |= _shared(part, own, step, where) if own else {}
    return found


def _shared(
    points: Fraction, lines: Sequence[MarkedLine], step: Fraction | None, path: Path_
) -> dict[object, Fraction]:
    """One step for each line, the rest by weight: what is left over goes to the largest remainders, first lines first.

    Without a step it is the coarsest of 1, 1/2, 1/4, ... that gives every line something.
    """
    step = step or _coarsest(points, len(lines))
    steps = points / step if step else Fraction(0)
    if step is None or steps.denominator != 1 or steps < len(lines):
        what = f"steps of {marks_text(step)}" if step else "halves, quarters, or parts down to 1/64"
        message = f"{len(lines)} lines cannot share {marks_text(points)} points in {what}; change `points` or `step`"
        raise UnplacedError([(path, message)])
    rest = int(steps) - len(lines)
    whole = sum(line.weight for line in lines)
    exact = [Fraction(rest * line.weight, whole) for line in lines]
    counts = [int(share) for share in exact]
    order = sorted(range(len(lines)), key=lambda index: (counts[index] - exact[index], index))
    for index in order[: rest - sum(counts)]:
        counts[index] += 1
    return {line.key: step * (1 + count) for line, count in zip(lines, counts, strict=True)}


def _coarsest(points: Fraction, lines: int) -> Fraction | None:
    step = Fraction(1)
    while step >= FINEST:
        if (points / step).denominator == 1 and points / step >= lines:
            return step
        step /= 2
    return None

"""Marks: the points of a question shared among its lines, in equal steps, so that they add up exactly.

Lines of equal work earn equally much. The step is the coarsest of 1, 1/2, 1/4 in which the points can be shared so and
a line with more to put in never earns less; else the coarsest in which they can be shared so at all, with what is over
for lines that are the only one of their kind; with more lines than quarters, eighths and finer.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from types import MappingProxyType

from derive.document.handouts.equal_shares import LineKind, Shares, equal_shares
from derive.errors import UnplacedError
from derive.graph.quantity import Role
from derive.problem.question import GROUPS, Question, points_mistake, points_number
from derive.sources.marked import Path_

STEPS = tuple(Fraction(1, 2**power) for power in range(7))
"""The steps of marks, the coarsest first."""
USUAL = STEPS[:3]
"""Those that scripts are marked in."""
MOST_TRIED = 30
"""So many numbers of steps are tried for points that could be shared."""
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
    """A line that earns marks: a key that is its own, the role of what it works, from how many numbers.

    Lines of one `kind` in a question are of equal work; None is a kind of its own.
    """

    key: object
    role: Role
    weight: int
    kind: Hashable = None


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
    """The marks of each line: in steps of `step`, or of the coarsest that will do."""
    kinds: dict[Hashable, list[MarkedLine]] = {}
    for line in lines:
        kinds.setdefault((line.key,) if line.kind is None else (line.kind, line.weight), []).append(line)
    counted = [LineKind(len(group), group[0].weight) for group in kinds.values()]
    for tried in ((step,),) if step else (USUAL, STEPS):
        found = _in_steps(points, counted, tried)
        if found is not None:
            size, shares = found
            pairs = zip(kinds.values(), shares.steps, strict=True)
            return {line.key: size * count for group, count in pairs for line in group}
    raise UnplacedError([(path, _refusal(points, counted, step))])


def _in_steps(points: Fraction, kinds: Sequence[LineKind], steps: Sequence[Fraction]) -> tuple[Fraction, Shares] | None:
    """The coarsest step in which points can be shared, and how; rather one in which more work never earns less."""
    whole = [step for step in steps if (points / step).denominator == 1]
    found = [(step, shares) for step in whole if (shares := equal_shares(kinds, int(points / step))) is not None]
    return next((one for one in found if one[1].ordered), found[0] if found else None)


def _refusal(points: Fraction, kinds: Sequence[LineKind], step: Fraction | None) -> str:
    """Why points cannot be shared, and which near ones can."""
    lines = sum(kind.count for kind in kinds)
    size = step or USUAL[-1]
    whole = gcd(*(kind.count for kind in kinds))
    start = max(lines, int(points / size)) // whole * whole
    up = range(start + whole, start + MOST_TRIED * whole, whole)
    down = range(start, max(0, start - MOST_TRIED * whole), -whole)
    above, below = ((number for number in numbers if equal_shares(kinds, number)) for numbers in (up, down))
    could = [marks_text(number * size) for number in (next(below, None), next(above, None)) if number]
    what = f"steps of {marks_text(step)}" if step else "halves, quarters, or parts down to 1/64"
    equal = " so that equal work earns equal marks" if points >= lines * size else ""
    advice = f"; {' or '.join(could)} points can" if could else ""
    return f"{lines} lines cannot share {marks_text(points)} points in {what}{equal}{advice}; change `points` or `step`"

"""A label's runs put in their places: letters and rules about the start of the baseline, in millimetres, y upward."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from derive.document.pictures.extent import math_extent
from derive.render.label_runs import (
    Accented,
    Face,
    Fraction,
    Glyphs,
    Group,
    Phantom,
    Root,
    Run,
    Scripted,
    Space,
    Spacing,
)

EM = 3.515
"""10 pt."""
_SCRIPT = 0.75
_RAISED = 1.45
_LOWERED = 0.53
_LOWERED_UNDER = 0.87
"""A subscript below a superscript."""
_AFTER_SCRIPT = 0.18
_AXIS = 0.88
_ABOVE_LINE = 1.39
_BELOW_LINE = 1.21
_BEYOND = 0.42
"""How much longer a fraction's line is than its parts, with the room around it, at each end."""
_X_HEIGHT = 1.51
_ROOT = 2.93
_SIGN, _NARROW_SIGN = 0.778 * EM, 0.278 * EM
_NARROW = frozenset("⋅:∣")
_MEDIUM, _THICK, _THIN = 4 / 18 * EM, 5 / 18 * EM, 3 / 18 * EM


@dataclass(frozen=True, slots=True)
class Letters:
    """Letters from a place on; `size` is that of 10 pt, `width` what they take. A centred mark has no width."""

    x: float
    y: float
    text: str
    face: Face
    size: float
    width: float


@dataclass(frozen=True, slots=True)
class Rule:
    """A line, such as that of a fraction."""

    points: tuple[tuple[float, float], ...]


Mark = Letters | Rule


@dataclass(frozen=True, slots=True)
class Laid:
    """Marks in their places, and the room they take to the right."""

    marks: tuple[Mark, ...]
    width: float

    def moved(self, x: float, y: float) -> Laid:
        """The same elsewhere."""
        return Laid(tuple(_moved(mark, x, y) for mark in self.marks), self.width)


def _moved(mark: Mark, x: float, y: float) -> Mark:
    if isinstance(mark, Letters):
        return replace(mark, x=mark.x + x, y=mark.y + y)
    return Rule(tuple((a + x, b + y) for a, b in mark.points))


def lay_out(group: Group, size: float) -> Laid:
    """The group's marks, `size` being that of its letters to 10 pt."""
    return _beside(group.runs, size * group.size)


def _beside(runs: Sequence[Run], size: float) -> Laid:
    marks: list[Mark] = []
    x = 0.0
    before = Spacing.OPENING
    for run in runs:
        own = _spacing(run)
        if own is Spacing.BINARY and before in _NO_OPERAND:
            own = Spacing.ORDINARY
        x += _between(before, own, size)
        laid = _laid(run, size)
        marks += laid.moved(x, 0).marks
        x += laid.width
        before = own if not isinstance(run, Space) else before
    return Laid(tuple(marks), x)


_NO_OPERAND = (Spacing.OPENING, Spacing.BINARY, Spacing.RELATION, Spacing.PUNCTUATION)
"""After these a plus or a minus is a sign of what follows."""
_ROOM = MappingProxyType({Spacing.BINARY: _MEDIUM, Spacing.RELATION: _THICK})


def _between(before: Spacing, after: Spacing, size: float) -> float:
    """The room between two runs; none between signs in scripts."""
    if before is Spacing.NAME and after in (Spacing.ORDINARY, Spacing.NAME):
        return _THIN * size
    if size <= _SCRIPT:
        return 0.0
    if before is Spacing.PUNCTUATION:
        return _THIN * size
    return max(_ROOM.get(before, 0.0), _ROOM.get(after, 0.0)) * size


def _spacing(run: Run) -> Spacing:
    """What a run is to its neighbours."""
    match run:
        case Glyphs():
            return run.spacing
        case Scripted(base) if isinstance(base, Glyphs):
            return base.spacing
        case _:
            return Spacing.ORDINARY


def _laid(run: Run, size: float) -> Laid:
    match run:
        case Glyphs():
            width = _width(run) * size
            return Laid((Letters(0, 0, run.text, run.face, size, width),), width)
        case Phantom():
            return Laid((), lay_out(run.inside, size).width)
        case Space():
            return Laid((), run.ems * EM * size)
        case Group():
            return lay_out(run, size)
        case Scripted():
            return _scripted(run, size)
        case Fraction():
            return _fraction(run, size)
        case Root():
            return _root(run, size)
        case Accented():
            return _accented(run, size)


def _width(run: Glyphs) -> float:
    """The width of letters at 10 pt; that of a sign without the room around it."""
    if run.spacing in (Spacing.BINARY, Spacing.RELATION):
        return _NARROW_SIGN if run.text in _NARROW else _SIGN
    return math_extent(run.latex).width


def _scripted(run: Scripted, size: float) -> Laid:
    base = _laid(run.base, size)
    marks, reach = list(base.marks), 0.0
    small = max(size * _SCRIPT, 0.6) if size > _SCRIPT else size * 0.8
    low = _LOWERED_UNDER if run.above is not None else _LOWERED
    for script, y, back in ((run.above, _RAISED, 0.0), (run.below, -low, _overhang(run.base))):
        if script is not None:
            laid = lay_out(script, small)
            marks += laid.moved(base.width - back * size, y * size).marks
            reach = max(reach, laid.width - back * size)
    return Laid(tuple(marks), base.width + reach + _AFTER_SCRIPT * size)


def _overhang(base: Run) -> float:
    """How far a slanting letter's top reaches beyond its foot, by which a subscript stands nearer."""
    if not isinstance(base, Glyphs) or base.face is not Face.ITALIC or len(base.text) > 1:
        return 0.0
    return math_extent(f"{base.latex}^{{1}}").width - math_extent(f"{base.latex}_{{1}}").width


def _fraction(run: Fraction, size: float) -> Laid:
    small = size * run.size
    above, below = lay_out(run.above, small), lay_out(run.below, small)
    width = max(above.width, below.width) + 2 * _BEYOND * size
    spread = small / _SCRIPT
    line = Rule(((0.15 * size, _AXIS * size), (width - 0.15 * size, _AXIS * size)))
    parts: Iterable[Laid] = (
        above.moved((width - above.width) / 2, _AXIS * size + (_ABOVE_LINE - _AXIS) * spread * size),
        below.moved((width - below.width) / 2, _AXIS * size - (_BELOW_LINE + _AXIS) * spread * size),
    )
    return Laid((line, *(mark for part in parts for mark in part.marks)), width)


def _root(run: Root, size: float) -> Laid:
    """A root sign drawn as one line, as high as what is under it."""
    inside = lay_out(run.inside, size)
    sign = _ROOT * size * 0.8
    top, bottom = _height(inside) + 0.5 * size, -0.7 * size
    points = (
        (0.1 * size, _AXIS * size),
        (0.5 * size, 1.2 * size),
        (1.2 * size, bottom),
        (sign - 0.1 * size, top),
        (sign + inside.width, top),
    )
    return Laid((Rule(points), *inside.moved(sign, 0).marks), sign + inside.width)


def _height(laid: Laid) -> float:
    """How high the letters reach above the baseline."""
    return max((mark.y + 2.5 * mark.size for mark in laid.marks if isinstance(mark, Letters)), default=0.0)


def _accented(run: Accented, size: float) -> Laid:
    """The mark above the middle: letters taller than an x lift it."""
    inside = lay_out(run.inside, size)
    tall = any(isinstance(m, Letters) and not set(m.text) <= _LOW for m in inside.marks)
    lift = (2.4 - _X_HEIGHT) * size if tall else 0.0
    lean = 0.15 * size
    mark = Letters(inside.width / 2 + lean, lift, run.mark, Face.UPRIGHT, size, 0.0)
    return Laid((*inside.marks, mark), inside.width)


_LOW = frozenset("acegmnopqrsuvwxyzαγεηικμνοπρστυφχψω")

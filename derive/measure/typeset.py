"""The room of mathematics, by the rules of The TeXbook, appendix G."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from derive.measure.atoms import (
    Accented,
    Arrow,
    Atom,
    Change,
    Character,
    Class,
    Drawn,
    Fence,
    Fenced,
    Fraction,
    Grid,
    Group,
    Item,
    Nucleus,
    Phantom,
    Root,
    Run,
    Space,
    Style,
    Words,
)
from derive.measure.boxes import EMPTY, Box, Face, Part, Sign, side_by_side
from derive.measure.characters import character_box, sign
from derive.measure.composing import fraction, overlined, root, under_accent, with_limits, with_scripts
from derive.measure.delimiters import around, axis, centred, fence_box
from derive.measure.fonts import POINTS, font
from derive.measure.spacing import classes, gap, mu_points
from derive.measure.words import text_box

SCRIPT_SPACE = 0.5
_SKEW = 127
"""The kern before this character says how far a letter's accent stands to the right."""
LINE = 12.0
"""The distance of lines, of which rows of a grid have 0.7 above and 0.3 below the baseline."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An item of a line: the space before it and its own room; `kind` is None for space alone."""

    before: float
    box: Box
    kind: Class | None
    item: Item


@lru_cache(maxsize=1 << 14)
def run_box(items: Run, style: Style, cramped: bool = False) -> Box:  # noqa: FBT001, FBT002
    """The room of a run in a style; in a cramped one exponents stand lower."""
    placed = placed_items(items, style, cramped=cramped)
    return side_by_side([one.box.indented(one.before) for one in placed])


def placed_items(items: Run, style: Style, *, cramped: bool = False) -> tuple[Placed, ...]:
    """The items of a run one by one, with the space that TeX puts before each."""
    return tuple(_placed(items, classes(items), style, cramped=cramped))


def _placed(items: Run, kinds: list[Class | None], style: Style, *, cramped: bool) -> Iterator[Placed]:
    before: Class | None = None
    kerns = _kerns(items, kinds, style)
    for index, item in enumerate(items):
        kind = kinds[index]
        match item:
            case Change():
                style = item.style
                yield Placed(0.0, EMPTY, None, item)
            case Space():
                yield Placed(0.0, Box(mu_points(item.amount, style) if item.mu else item.amount), None, item)
            case Atom() if kind is not None:
                space = mu_points(gap(before, kind, style), style) if before is not None else 0.0
                kern = kerns.get(index)
                box = _atom(item, style, cramped=cramped, joined=kern is not None).widened(kern or 0.0)
                yield Placed(space, box, kind, item)
                before = kind


def _kerns(items: Run, kinds: list[Class | None], style: Style) -> dict[int, float]:
    """The kern after each character that the next one, of the same font, joins."""
    found = {}
    for index, (left, right) in enumerate(pairwise(items)):
        if not (isinstance(left, Atom) and isinstance(right, Atom)) or kinds[index] is not Class.ORDINARY:
            continue
        first, second = left.nucleus, right.nucleus
        if isinstance(first, Character) and isinstance(second, Character) and first.family == second.family:
            bare = left.above is None and left.below is None and right.kind is not Class.INNER
            if bare:
                found[index] = font(first.family, style.size).kern(first.code, second.code)
    return found


def _atom(atom: Atom, style: Style, *, cramped: bool, joined: bool) -> Box:
    """The room of an atom with its scripts."""
    nucleus = atom.nucleus
    if atom.kind is Class.OPERATOR:
        return _operator(atom, style, cramped=cramped)
    if isinstance(nucleus, Accented) and nucleus.accent and len(nucleus.items) == 1:
        return _accented_letter(atom, nucleus, style, cramped=cramped)
    if isinstance(nucleus, Character):
        return _letter(nucleus, (), atom, style, cramped=cramped, joined=joined)
    return _scripted(nucleus_box(nucleus, style, cramped=cramped), 0.0, atom, style, cramped=cramped, single=False)


def _letter(
    letter: Character, marks: tuple[Part, ...], atom: Atom, style: Style, *, cramped: bool, joined: bool
) -> Box:
    """A character with the scripts of an atom; marks stand over it."""
    made = font(letter.family, style.size)
    box, italic = character_box(letter.family, letter.code, style.size), made.italic(letter.code)
    if marks:
        box = box.holding(*box.parts, *marks)
    if joined and made.spaces_words:
        italic = 0.0
    if atom.below is None:
        box = box.widened(italic)
    return _scripted(box, italic * (atom.below is not None), atom, style, cramped=cramped, single=True)


def _accented_letter(atom: Atom, nucleus: Accented, style: Style, *, cramped: bool) -> Box:
    """A letter under an accent: its scripts stand beside the letter, not beside the accent."""
    (inner,) = nucleus.items
    over = nucleus_box(nucleus, style, cramped=cramped)
    if not isinstance(inner, Atom) or not isinstance(inner.nucleus, Character) or inner.above or inner.below:
        return _scripted(over, 0.0, atom, style, cramped=cramped, single=False)
    letter = _letter(inner.nucleus, over.parts[1:], atom, style, cramped=cramped, joined=False)
    return replace(letter, height=max(letter.height, over.height))


def _operator(atom: Atom, style: Style, *, cramped: bool) -> Box:
    """An operator: a sign grows in display and is centred; limits stand above and below there."""
    nucleus = atom.nucleus
    italic = 0.0
    if isinstance(nucleus, Character):
        made, code = font(nucleus.family, style.size), nucleus.code
        if style is Style.DISPLAY:
            code = made.larger.get(str(code), code)
        italic = made.italic(code)
        box = centred(made.box(code), sign(nucleus.family, nucleus.code), made.box(nucleus.code), style.size)
        box = box.widened(italic)
    else:
        box = nucleus_box(nucleus, style, cramped=cramped)
    if style is Style.DISPLAY and atom.limits:
        above = run_box(atom.above, style.scripts) if atom.above is not None else None
        below = run_box(atom.below, style.scripts, True) if atom.below is not None else None
        return with_limits(box, italic, above, below, style)
    if atom.below is not None:
        box = box.widened(-italic)
    return _scripted(box, italic, atom, style, cramped=cramped, single=False)


def _scripted(box: Box, italic: float, atom: Atom, style: Style, *, cramped: bool, single: bool) -> Box:
    """A nucleus with its scripts; `single` is whether it is one character."""
    if atom.above is None and atom.below is None:
        return box
    above = run_box(atom.above, style.scripts, cramped).widened(SCRIPT_SPACE) if atom.above is not None else None
    below = run_box(atom.below, style.scripts, True).widened(SCRIPT_SPACE) if atom.below is not None else None
    return with_scripts(box, italic, above, below, style, cramped=cramped, single=single)


def nucleus_box(nucleus: Nucleus, style: Style, *, cramped: bool = False) -> Box:
    """The room of a nucleus without scripts."""
    match nucleus:
        case Box():
            return nucleus
        case Character():
            italic = font(nucleus.family, style.size).italic(nucleus.code)
            return character_box(nucleus.family, nucleus.code, style.size).widened(italic)
        case Drawn(text, room):
            box = nucleus_box(room, style)
            return box.holding((0.0, 0.0, Sign(text, Face.UPRIGHT, POINTS[style.size], box.width)))
        case Group(items):
            return run_box(items, style, cramped)
        case Fraction():
            return _fraction(nucleus, style, cramped=cramped)
        case Root(items):
            return root(run_box(items, style, True), style)
        case Accented(accent, items):
            return _accented(accent, items, style)
        case Fenced(opening, items, closing):
            return _fenced(opening, items, closing, style, cramped=cramped)
        case Fence(token, height):
            return fence_box(token, height * 0.901, style.size)
        case Grid():
            return grid_box(nucleus)
        case Words(text):
            box = text_box(text, font("words", style.size))
            return box.holding((0.0, 0.0, Sign(text, Face.UPRIGHT, POINTS[style.size], box.width)))
        case Arrow(items):
            return _arrow(items)
        case Phantom(items, across, upright):
            box = run_box(items, style, cramped)
            return Box(box.width * across, box.height * upright, box.depth * upright)


def _fraction(made: Fraction, style: Style, *, cramped: bool) -> Box:
    style = made.style if made.style is not None else style
    return fraction(run_box(made.above, style.parts, cramped), run_box(made.below, style.parts, True), style)


def _accented(accent: Character | None, items: Run, style: Style) -> Box:
    inside = run_box(items, style, True)
    if accent is None:
        return overlined(inside)
    made = font(accent.family, style.size)
    mark = character_box(accent.family, accent.code, style.size)
    return under_accent(inside, mark, made.x_height, middle=_middle(items, inside, style))


def _middle(items: Run, inside: Box, style: Style) -> float:
    """Where the middle of an accent stands: a slanting letter has its own."""
    if len(items) == 1 and isinstance(items[0], Atom) and isinstance(items[0].nucleus, Character):
        letter = items[0].nucleus
        return inside.width / 2 + font(letter.family, style.size).kern(letter.code, _SKEW)
    return inside.width / 2


def _fenced(opening: str, items: Run, closing: str, style: Style, *, cramped: bool) -> Box:
    inside = run_box(items, style, cramped)
    wanted = around(inside, style.size)
    fences = [fence_box(token, wanted, style.size) for token in (opening, closing)]
    kinds = [kind for kind in classes(items) if kind is not None]
    if kinds:
        left, right = gap(Class.OPENING, kinds[0], style), gap(kinds[-1], Class.CLOSING, style)
        inside = inside.indented(mu_points(left, style)).widened(mu_points(right, style))
    return side_by_side([fences[0], inside, fences[1]])


def grid_box(grid: Grid) -> Box:
    """The room of rows of cells, centred on the axis."""
    cells = [[run_box(cell, Style.TEXT) for cell in row] for row in grid.rows]
    columns = max((len(row) for row in cells), default=0)
    widths = [max((row[k].width for row in cells if k < len(row)), default=0.0) for k in range(columns)]
    up, down = 0.7 * LINE * grid.stretch, 0.3 * LINE * grid.stretch
    total = sum(max([up, *(c.height for c in row)]) + max([down, *(c.depth for c in row)]) for row in cells)
    width = sum(widths) + grid.gap * max(0, columns - 1)
    return Box(width, total / 2 + axis(0), total / 2 - axis(0))


def _arrow(items: Run) -> Box:
    above = run_box(items, Style.SCRIPT)
    width = max(10.0, above.width + mu_points(14, Style.SCRIPT))
    spacing = font("largesymbols", 0)
    arrow = font("symbols", 0).box(33)
    rise = max(spacing.parameter(11) - above.depth, spacing.parameter(9)) + above.total + spacing.parameter(13)
    return Box(width, arrow.height + rise, max(arrow.depth, 0.0))

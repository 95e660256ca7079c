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
from derive.measure.boxes import EMPTY, Box, side_by_side
from derive.measure.delimiters import NULL_DELIMITER, around, axis, fence_box, grown
from derive.measure.fonts import font
from derive.measure.spacing import classes, gap, mu_points
from derive.measure.words import text_box

SCRIPT_SPACE = 0.5
LINE = 12.0
"""The distance of lines, of which rows of a grid have 0.7 above and 0.3 below the baseline."""
_ROOT = (("symbols", 112), ("largesymbols", 112))


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
    return side_by_side([one.box.widened(one.before) for one in placed])


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
        made = font(nucleus.family, style.size)
        box, italic = made.box(nucleus.code), made.italic(nucleus.code)
        if joined and made.spaces_words:
            italic = 0.0
        if atom.below is None:
            return _scripted(box.widened(italic), 0.0, atom, style, cramped=cramped, single=True)
        return _scripted(box, italic, atom, style, cramped=cramped, single=True)
    return _scripted(nucleus_box(nucleus, style, cramped=cramped), 0.0, atom, style, cramped=cramped, single=False)


def _accented_letter(atom: Atom, nucleus: Accented, style: Style, *, cramped: bool) -> Box:
    """A letter under an accent: its scripts stand beside the letter, not beside the accent."""
    (inner,) = nucleus.items
    over = nucleus_box(nucleus, style, cramped=cramped)
    if not isinstance(inner, Atom) or not isinstance(inner.nucleus, Character) or inner.above or inner.below:
        return _scripted(over, 0.0, atom, style, cramped=cramped, single=False)
    letter = _atom(replace(inner, above=atom.above, below=atom.below), style, cramped=cramped, joined=False)
    return Box(letter.width, max(letter.height, over.height), letter.depth)


def _operator(atom: Atom, style: Style, *, cramped: bool) -> Box:
    """An operator: a sign grows in display and is centred; limits stand above and below there."""
    nucleus = atom.nucleus
    italic = 0.0
    if isinstance(nucleus, Character):
        made, code = font(nucleus.family, style.size), nucleus.code
        if style is Style.DISPLAY:
            code = made.larger.get(str(code), code)
        italic = made.italic(code)
        box = made.box(code).widened(italic)
        box = Box(box.width, box.total / 2 + axis(style.size), box.total / 2 - axis(style.size))
    else:
        box = nucleus_box(nucleus, style, cramped=cramped)
    if style is Style.DISPLAY and atom.limits:
        return _limits(box, atom, style)
    if atom.below is not None:
        box = box.widened(-italic)
    return _scripted(box, italic, atom, style, cramped=cramped, single=False)


def _limits(box: Box, atom: Atom, style: Style) -> Box:
    above = run_box(atom.above, style.scripts) if atom.above is not None else None
    below = run_box(atom.below, style.scripts, True) if atom.below is not None else None
    spacing = [font("largesymbols", style.size).parameter(number) for number in range(9, 14)]
    width = max(box.width, above.width if above else 0.0, below.width if below else 0.0)
    height, depth = box.height, box.depth
    if above is not None:
        height += max(spacing[2] - above.depth, spacing[0]) + above.total + spacing[4]
    if below is not None:
        depth += max(spacing[3] - below.height, spacing[1]) + below.total + spacing[4]
    return Box(width, height, depth)


def _scripted(box: Box, italic: float, atom: Atom, style: Style, *, cramped: bool, single: bool) -> Box:
    """A nucleus with its scripts; `single` is whether it is one character."""
    if atom.above is None and atom.below is None:
        return box
    symbols, small = font("symbols", style.size), font("symbols", style.scripts.size)
    up = 0.0 if single else box.height - small.parameter(18)
    down = 0.0 if single else box.depth + small.parameter(19)
    above = run_box(atom.above, style.scripts, cramped).widened(SCRIPT_SPACE) if atom.above is not None else None
    below = run_box(atom.below, style.scripts, True).widened(SCRIPT_SPACE) if atom.below is not None else None
    if above is not None:
        least = symbols.parameter(15 if cramped else 13 if style is Style.DISPLAY else 14)
        up = max(up, least, above.depth + symbols.x_height / 4)
    if below is not None and above is None:
        down = max(down, symbols.parameter(16), below.height - symbols.x_height * 0.8)
        return side_by_side([box, below.raised(-down)])
    if above is not None and below is not None:
        down = max(down, symbols.parameter(17))
        missing = 4 * _rule() - ((up - above.depth) - (below.height - down))
        if missing > 0:
            down += missing
            lift = symbols.x_height * 0.8 - (up - above.depth)
            up, down = (up + lift, down - lift) if lift > 0 else (up, down)
        width = max(above.width + italic, below.width)
        return side_by_side([box, Box(width, above.height + up, below.depth + down)])
    return side_by_side([box, above.raised(up)]) if above is not None else box


def _rule() -> float:
    return font("largesymbols", 0).parameter(8)


def nucleus_box(nucleus: Nucleus, style: Style, *, cramped: bool = False) -> Box:
    """The room of a nucleus without scripts."""
    match nucleus:
        case Box():
            return nucleus
        case Character():
            made = font(nucleus.family, style.size)
            return made.box(nucleus.code).widened(made.italic(nucleus.code))
        case Group(items):
            return run_box(items, style, cramped)
        case Fraction():
            return _fraction(nucleus, style, cramped=cramped)
        case Root(items):
            return _root(items, style)
        case Accented(accent, items):
            return _accented(accent, items, style)
        case Fenced(opening, items, closing):
            return _fenced(opening, items, closing, style, cramped=cramped)
        case Fence(token, height):
            return fence_box(token, height * 0.901, style.size)
        case Grid():
            return grid_box(nucleus)
        case Words(text):
            return text_box(text, font("words", style.size))
        case Arrow(items):
            return _arrow(items)
        case Phantom(items, across, upright):
            box = run_box(items, style, cramped)
            return Box(box.width * across, box.height * upright, box.depth * upright)


def _fraction(fraction: Fraction, style: Style, *, cramped: bool) -> Box:
    style = fraction.style if fraction.style is not None else style
    display = style is Style.DISPLAY
    above = run_box(fraction.above, style.parts, cramped)
    below = run_box(fraction.below, style.parts, True)
    symbols, rule = font("symbols", style.size), _rule()
    up = symbols.parameter(8 if display else 9)
    down = symbols.parameter(11 if display else 12)
    clear, middle = (3 if display else 1) * rule, axis(style.size)
    up = max(up, clear + above.depth + middle + rule / 2)
    down = max(down, clear + below.height - middle + rule / 2)
    width = max(above.width, below.width) + 2 * NULL_DELIMITER
    return Box(width, up + above.height, down + below.depth)


def _root(items: Run, style: Style) -> Box:
    inside, rule = run_box(items, style, True), _rule()
    clear = rule + (font("symbols", style.size).x_height if style is Style.DISPLAY else rule) / 4
    sign = grown(*_ROOT, inside.total + clear + rule, style.size)
    over = sign.total - rule - (inside.total + clear)
    clear += max(0.0, over) / 2
    return Box(
        sign.width + inside.width,
        inside.height + clear + 2 * rule,
        max(inside.depth, sign.total - inside.height - clear - rule),
    )


def _accented(accent: Character | None, items: Run, style: Style) -> Box:
    inside, rule = run_box(items, style, True), _rule()
    if accent is None:
        return Box(inside.width, inside.height + 5 * rule, inside.depth)
    made = font(accent.family, style.size)
    height = made.box(accent.code).height + inside.height - min(inside.height, made.x_height)
    return replace(inside, height=max(inside.height, height))


def _fenced(opening: str, items: Run, closing: str, style: Style, *, cramped: bool) -> Box:
    inside = run_box(items, style, cramped)
    wanted = around(inside, style.size)
    fences = [fence_box(token, wanted, style.size) for token in (opening, closing)]
    kinds = [kind for kind in classes(items) if kind is not None]
    padding = 0.0
    if kinds:
        padding = mu_points(gap(Class.OPENING, kinds[0], style), style) + mu_points(
            gap(kinds[-1], Class.CLOSING, style), style
        )
    return side_by_side([fences[0], inside.widened(padding), fences[1]])


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

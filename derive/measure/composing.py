"""Boxes put together with scripts, limits, fraction lines, roots and accents, by The TeXbook, appendix G."""

from __future__ import annotations

from dataclasses import replace

from derive.measure.atoms import Style
from derive.measure.boxes import Box, Part, Rule, Sign, side_by_side
from derive.measure.delimiters import NULL_DELIMITER, axis, grown
from derive.measure.fonts import font

_ROOT = (("symbols", 112), ("largesymbols", 112))


def rule() -> float:
    """How thick a line is, in points."""
    return font("largesymbols", 0).parameter(8)


def with_scripts(
    box: Box, italic: float, above: Box | None, below: Box | None, style: Style, *, cramped: bool, single: bool
) -> Box:
    """A nucleus with its scripts; `single` is whether it is one character."""
    symbols, small = font("symbols", style.size), font("symbols", style.scripts.size)
    up = 0.0 if single else box.height - small.parameter(18)
    down = 0.0 if single else box.depth + small.parameter(19)
    if above is not None:
        least = symbols.parameter(15 if cramped else 13 if style is Style.DISPLAY else 14)
        up = max(up, least, above.depth + symbols.x_height / 4)
    if below is not None and above is None:
        down = max(down, symbols.parameter(16), below.height - symbols.x_height * 0.8)
        return side_by_side([box, below.raised(-down)])
    if above is not None and below is not None:
        down = max(down, symbols.parameter(17))
        missing = 4 * rule() - ((up - above.depth) - (below.height - down))
        if missing > 0:
            down += missing
            lift = symbols.x_height * 0.8 - (up - above.depth)
            up, down = (up + lift, down - lift) if lift > 0 else (up, down)
        width = max(above.width + italic, below.width)
        parts: tuple[Part, ...] = ((italic, up, above), (0.0, -down, below))
        return side_by_side([box, Box(width, above.height + up, below.depth + down, parts)])
    return side_by_side([box, above.raised(up)]) if above is not None else box


def with_limits(box: Box, italic: float, above: Box | None, below: Box | None, style: Style) -> Box:
    """An operator with its limits above and below it."""
    spacing = [font("largesymbols", style.size).parameter(number) for number in range(9, 14)]
    width = max(box.width, above.width if above else 0.0, below.width if below else 0.0)
    height, depth = box.height, box.depth
    parts: list[Part] = [((width - box.width) / 2, 0.0, box)]
    if above is not None:
        clear = max(spacing[2] - above.depth, spacing[0])
        parts.append(((width - above.width + italic) / 2, height + clear + above.depth, above))
        height += clear + above.total + spacing[4]
    if below is not None:
        clear = max(spacing[3] - below.height, spacing[1])
        parts.append(((width - below.width - italic) / 2, -(depth + clear + below.height), below))
        depth += clear + below.total + spacing[4]
    return Box(width, height, depth, tuple(parts))


def fraction(above: Box, below: Box, style: Style) -> Box:
    """One box over another."""
    display = style is Style.DISPLAY
    symbols, thick = font("symbols", style.size), rule()
    up = symbols.parameter(8 if display else 9)
    down = symbols.parameter(11 if display else 12)
    clear, middle = (3 if display else 1) * thick, axis(style.size)
    up = max(up, clear + above.depth + middle + thick / 2)
    down = max(down, clear + below.height - middle + thick / 2)
    width = max(above.width, below.width) + 2 * NULL_DELIMITER
    line = Rule(((NULL_DELIMITER, middle), (width - NULL_DELIMITER, middle)))
    parts: tuple[Part, ...] = (
        ((width - above.width) / 2, up, above),
        (0.0, 0.0, line),
        ((width - below.width) / 2, -down, below),
    )
    return Box(width, up + above.height, down + below.depth, parts)


def root(inside: Box, style: Style) -> Box:
    """A box under the sign of a root."""
    thick = rule()
    clear = thick + (font("symbols", style.size).x_height if style is Style.DISPLAY else thick) / 4
    sign = grown(*_ROOT, inside.total + clear + thick, style.size)
    over = sign.total - thick - (inside.total + clear)
    clear += max(0.0, over) / 2
    top = inside.height + clear + thick / 2
    line = _root_sign(sign.width, sign.width + inside.width, top, top + thick / 2 - sign.total)
    return Box(
        sign.width + inside.width,
        inside.height + clear + 2 * thick,
        max(inside.depth, sign.total - inside.height - clear - thick),
        ((0.0, 0.0, line), (sign.width, 0.0, inside)),
    )


def _root_sign(width: float, end: float, top: float, bottom: float) -> Rule:
    """The sign of a root with the line over what stands under it."""
    low, high = bottom + 0.43 * (top - bottom), bottom + 0.51 * (top - bottom)
    return Rule(((0.1 * width, low), (0.25 * width, high), (0.52 * width, bottom), (width, top), (end, top)))


def overlined(inside: Box) -> Box:
    """A box under a line."""
    line = Rule(((0.0, inside.height + 3.5 * rule()), (inside.width, inside.height + 3.5 * rule())))
    return Box(inside.width, inside.height + 5 * rule(), inside.depth, ((0.0, 0.0, inside), (0.0, 0.0, line)))


def under_accent(inside: Box, accent: Box, x_height: float, *, middle: float) -> Box:
    """A box under an accent, whose middle is so far to the right; the accent is the last part."""
    lift = inside.height - min(inside.height, x_height)
    marks: tuple[Part, ...] = tuple(
        (middle, lift, replace(what, width=0.0)) for _, _, what in accent.parts if isinstance(what, Sign)
    )
    height = max(inside.height, accent.height + lift)
    return Box(inside.width, height, inside.depth, ((0.0, 0.0, inside), *marks))

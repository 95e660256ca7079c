"""Drawings painted as SVG that stands alone or in a page: no script, no font from elsewhere, the page's own colours."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from math import hypot
from types import MappingProxyType
from xml.sax.saxutils import escape

from derive.document.pictures.bounds import bounds, line_points
from derive.document.pictures.extent import MILLIMETRES, SMALL, Box, label_box, label_extent
from derive.document.pictures.geometry import Anchor, Circle, Drawing, Ink, Label, Polyline, Rectangle, Segment, Shape
from derive.measure.boxes import Face, Rule
from derive.measure.glyphs import Glyph, glyphs

_MARGIN = 0.6
_HEAD = 1.7
_NOTCH = 1.2
_HALF_HEAD = 0.62
_WORDS = 3.0
_ITALICS = "'Latin Modern Roman','Latin Modern Math','STIX Two Text',Cambria,serif"
STYLE = MappingProxyType(
    {
        ".drawing": "color:#000;color:var(--ink,#000);overflow:visible",
        ".drawing line,.drawing path": "fill:none;stroke:currentColor;stroke-width:.14",
        ".drawing text": "fill:currentColor;font-family:'Latin Modern Math','STIX Two Text','Cambria Math',serif",
        ".drawing .words": "font-family:'Source Sans 3','Source Sans Pro',system-ui,sans-serif",
        ".drawing .italic,.drawing .bold-italic": f"font-family:{_ITALICS};font-style:italic",
        ".drawing .bold,.drawing .bold-italic": "font-weight:bold",
        ".drawing .body": "fill:#fff;fill:var(--paper,#fff);stroke:currentColor;stroke-width:.18",
        ".drawing .paper": "fill:#fff;fill:var(--paper,#fff)",
        ".drawing .dot,.drawing .head": "fill:currentColor;stroke:none",
        ".drawing .grid": "stroke:#b3b3b3;stroke:var(--grid,#b3b3b3);stroke-width:.09",
        ".drawing .outline,.drawing .axis": "stroke-width:.18",
        ".drawing .curve": "stroke-width:.28",
        ".drawing .quiet": "fill:#616161;fill:var(--quiet,#616161)",
        ".drawing .accent": "fill:#003478;fill:var(--accent,#003478)",
    }
)
"""The rules of a drawing. A page may set the variables; else it is drawn as on white paper."""


def paint_svg(drawing: Drawing, name: str = "") -> str:
    """The drawing as an `<svg>` element, one unit a millimetre, its text alternative as the title.

    `name` must be the only one of its kind on the page; without one, it is made of what is drawn.
    """
    body = "".join(_shape(shape) for shape in drawing.shapes)
    own = name or f"drawing-{sha256((body + drawing.alternative).encode()).hexdigest()[:10]}"
    box = bounds(drawing.shapes)
    width, height = box.right - box.left + 2 * _MARGIN, box.top - box.bottom + 2 * _MARGIN
    view = " ".join(_number(value) for value in (box.left - _MARGIN, -box.top - _MARGIN, width, height))
    rules = "".join(f"{selector}{{{rule}}}" for selector, rule in STYLE.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="drawing" role="img" aria-labelledby="{own}" '
        f'viewBox="{view}" width="{_number(width)}mm" height="{_number(height)}mm">'
        f'<title id="{own}">{escape(drawing.alternative)}</title><style>{rules}</style>{body}</svg>\n'
    )


def on_paper(drawing: Drawing) -> str:
    """A drawing as SVG on white paper, since a page that shows it may be dark."""
    return paint_svg(drawing).replace("<svg ", '<svg style="background:#fff" ', 1)


def _shape(shape: Shape) -> str:
    match shape:
        case Circle():
            return _circle(shape)
        case Rectangle():
            return _rectangle(shape)
        case Segment() | Polyline():
            return _line(shape)
        case Label():
            return _label(shape)


def _circle(shape: Circle) -> str:
    look = "dot" if shape.filled else "body"
    place = f'cx="{_number(shape.x)}" cy="{_number(-shape.y)}" r="{_number(shape.diameter / 2)}"'
    text = _label(Label(shape.x, shape.y, shape.label)) if shape.label else ""
    return f'<circle class="{look}" {place}/>{text}'


def _rectangle(shape: Rectangle) -> str:
    place = f'x="{_number(shape.x - shape.width / 2)}" y="{_number(-shape.y - shape.height / 2)}"'
    size = f'width="{_number(shape.width)}" height="{_number(shape.height)}"'
    rounded = f' rx="{_number(shape.rounding)}"' if shape.rounding else ""
    return f'<rect class="body" {place} {size}{rounded}/>'


def _line(line: Segment | Polyline) -> str:
    points = list(line_points(line))
    head = ""
    if line.arrow:
        head, points[-1] = _head(points[-2], points[-1])
    rounding = line.rounding if isinstance(line, Polyline) else 0.0
    return f'<path class="{line.ink.value}" d="{_way(points, rounding)}"/>{head}'


def _way(points: Sequence[tuple[float, float]], rounding: float) -> str:
    """The path through points; corners are rounded, less where their lines are short."""
    steps = [f"M{_at(*points[0])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(rounding, *(hypot(corner[0] - x, corner[1] - y) / 2 for x, y in (before, after)))
        if radius:
            steps.append(f"L{_at(*_towards(corner, before, radius))}")
            steps.append(f"Q{_at(*corner)} {_at(*_towards(corner, after, radius))}")
        else:
            steps.append(f"L{_at(*corner)}")
    return "".join([*steps, f"L{_at(*points[-1])}"])


def _towards(start: tuple[float, float], end: tuple[float, float], far: float) -> tuple[float, float]:
    length = hypot(end[0] - start[0], end[1] - start[1])
    return start[0] + (end[0] - start[0]) * far / length, start[1] + (end[1] - start[1]) * far / length


def _head(before: tuple[float, float], tip: tuple[float, float]) -> tuple[str, tuple[float, float]]:
    """An arrow head with its tip at a point, and where the line ends in it."""
    back, notch = _towards(tip, before, _HEAD), _towards(tip, before, _NOTCH)
    along_x, along_y = (tip[0] - back[0]) / _HEAD, (tip[1] - back[1]) / _HEAD
    aside = -along_y * _HALF_HEAD, along_x * _HALF_HEAD
    corners = tip, (back[0] + aside[0], back[1] + aside[1]), notch, (back[0] - aside[0], back[1] - aside[1])
    outline = "L".join(_at(*corner) for corner in corners)
    return f'<path class="head" d="M{outline}Z"/>', notch


def _label(label: Label) -> str:
    box = label_box(label)
    backing = ""
    if label.backed:
        place = f'x="{_number(box.left)}" y="{_number(-box.top)}"'
        size = f'width="{_number(box.right - box.left)}" height="{_number(box.top - box.bottom)}"'
        backing = f'<rect class="paper" {place} {size}/>'
    base = label.y if label.anchor is Anchor.BASE else box.bottom + label_extent(label).descent
    return backing + (_mathematics(label, box, base) if label.math else _words(label, base))


_FIRST_UNMEASURED = "\N{LATIN SMALL LETTER TURNED A}"
_TEXT_ANCHORS = MappingProxyType({Anchor.LEFT: "end", Anchor.RIGHT: "start"})


def _words(label: Label, base: float) -> str:
    anchor = _TEXT_ANCHORS.get(label.anchor, "middle")
    look = " ".join(["words", *_ink(label)])
    place = f'x="{_number(label.x)}" y="{_number(-base)}" font-size="{_WORDS}" text-anchor="{anchor}"'
    room = label_extent(label).width
    fitted = f' textLength="{_number(room)}" lengthAdjust="spacingAndGlyphs"' if _is_measured(label.text) else ""
    return f'<text class="{look}" {place}{fitted}>{escape(label.text)}</text>'


def _is_measured(words: str) -> bool:
    """Whether the words are of letters whose widths are known."""
    return bool(words) and max(words) < _FIRST_UNMEASURED


def _mathematics(label: Label, box: Box, base: float) -> str:
    scale = MILLIMETRES * (SMALL if label.small else 1.0)
    start = (box.left + box.right - label_extent(label).width) / 2
    marks = glyphs(label.text)
    look = " ".join(["label", *_ink(label)])
    letters = "".join(_tspan(mark, start, base, scale) for mark in marks if isinstance(mark, Glyph))
    rules = "".join(_rule(mark, start, base, scale) for mark in marks if isinstance(mark, Rule))
    return f'<text class="{look}">{letters}</text>{rules}'


def _ink(label: Label) -> list[str]:
    return [label.ink.value] if label.ink in (Ink.QUIET, Ink.ACCENT) else []


def _tspan(glyph: Glyph, x: float, y: float, scale: float) -> str:
    face = f' class="{glyph.face.value}"' if glyph.face is not Face.UPRIGHT else ""
    at = f'x="{_number(x + glyph.x * scale)}" y="{_number(-(y + glyph.y * scale))}"'
    room = f' textLength="{_number(glyph.width * scale)}"'
    fitted = f'{room} lengthAdjust="spacingAndGlyphs"' if len(glyph.text) > 1 else ""
    centred = ' text-anchor="middle"' if not glyph.width else ""
    return f'<tspan{face} {at} font-size="{_number(glyph.size * scale)}"{fitted}{centred}>{escape(glyph.text)}</tspan>'


def _rule(rule: Rule, x: float, y: float, scale: float) -> str:
    return f'<path class="rule" d="M{"L".join(_at(x + a * scale, y + b * scale) for a, b in rule.points)}"/>'


def _at(x: float, y: float) -> str:
    return f"{_number(x)} {_number(-y)}"


def _number(value: float) -> str:
    return f"{round(value, 2) + 0.0:g}"

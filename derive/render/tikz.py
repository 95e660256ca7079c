"""Drawings painted with TikZ, through PyLaTeX's objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pylatex import NoEscape, TikZ

from derive.document.pictures.extent import SMALL
from derive.document.pictures.geometry import Anchor, Circle, Drawing, Ink, Label, Polyline, Rectangle, Segment, Shape
from derive.render.escape import escape, metadata

INKS = MappingProxyType(
    {
        Ink.OUTLINE: "line width=0.5pt",
        Ink.EDGE: "line width=0.4pt",
        Ink.GRID: "line width=0.25pt, black!30",
        Ink.AXIS: "line width=0.5pt",
        Ink.CURVE: "line width=0.8pt",
    }
)
_ARROW = "-{Stealth[length=1.7mm]}"


@dataclass(frozen=True)
class Look:
    """How a picture is set: the command for `words`, the accent's colour, `options` that may hold `<alternative>`."""

    words: str
    accent: str
    options: str


OF_PAGES = Look(r"\derivelabel", "accent", "alt={<alternative>}")
"""What the preamble of the pages defines; the text alternative is for a LaTeX that tags."""
STOCK = Look(r"\fontsize{8}{10}\selectfont ", "blue!60!black", r"nodes={font=\fontsize{10}{12}\selectfont}")
"""For any document that loads TikZ and its library arrows.meta."""


def paint(drawing: Drawing, look: Look = OF_PAGES) -> NoEscape:
    """The drawing as a `tikzpicture`, one unit a millimetre."""
    own = look.options.replace("<alternative>", metadata(drawing.alternative))
    picture = TikZ(options=NoEscape(f"x=1mm, y=1mm, baseline=(current bounding box.center), {own}"))
    for shape in drawing.shapes:
        picture.append(_shape(shape, look))
    return NoEscape(picture.dumps())


def _shape(shape: Shape, look: Look) -> NoEscape:
    match shape:
        case Circle():
            return _circle(shape)
        case Rectangle():
            return _rectangle(shape)
        case Segment():
            return _line([(shape.x1, shape.y1), (shape.x2, shape.y2)], _line_options(shape))
        case Polyline():
            return _line(shape.points, _line_options(shape) + _rounded(shape))
        case Label():
            return _label(shape, look)


def _line_options(line: Segment | Polyline) -> str:
    return INKS[line.ink] + (f", {_ARROW}" if line.arrow else "")


def _line(points: Sequence[tuple[float, float]], options: str) -> NoEscape:
    return NoEscape(rf"\draw[{options}] {' -- '.join(_at(x, y) for x, y in points)};")


def _circle(shape: Circle) -> NoEscape:
    if shape.filled:
        return NoEscape(rf"\fill {_at(shape.x, shape.y)} circle [radius={shape.diameter / 2:.2f}mm];")
    options = f"circle, draw, fill=white, {INKS[Ink.OUTLINE]}, inner sep=0pt, minimum size={shape.diameter:.2f}mm"
    return NoEscape(rf"\node[{options}] at {_at(shape.x, shape.y)} {{{_math(shape.label)}}};")


def _rectangle(shape: Rectangle) -> NoEscape:
    options = f"draw, fill=white, {INKS[Ink.OUTLINE]}" + _rounded(shape)
    right, up = shape.width / 2, shape.height / 2
    corners = _at(shape.x - right, shape.y - up), _at(shape.x + right, shape.y + up)
    return NoEscape(rf"\path[{options}] {corners[0]} rectangle {corners[1]};")


def _rounded(shape: Polyline | Rectangle) -> str:
    return f", rounded corners={shape.rounding:.2f}mm" if shape.rounding else ""


def _label(shape: Label, look: Look) -> NoEscape:
    options = f"anchor={shape.anchor.value}, inner xsep={'1.6pt' if shape.backed else '0pt'}, inner ysep=0.8pt"
    if shape.anchor is Anchor.BASE:
        options = "anchor=base, inner sep=0pt"
    if shape.backed:
        options += ", fill=white"
    inks = {Ink.QUIET: "black!62", Ink.ACCENT: look.accent}
    if shape.ink in inks:
        options += f", text={inks[shape.ink]}"
    mathematics = _small_math if shape.small else _math
    text = mathematics(shape.text) if shape.math else f"{look.words}{{{escape(shape.text)}}}"
    return NoEscape(rf"\node[{options}] at {_at(shape.x, shape.y)} {{{text}}};")


def _math(text: str) -> str:
    return f"${text}$" if text else ""


def _small_math(text: str) -> str:
    return rf"\scalebox{{{SMALL}}}{{{_math(text)}}}"


def _at(x: float, y: float) -> str:
    return f"({x + 0.0:.2f},{y + 0.0:.2f})"

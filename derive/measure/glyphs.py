"""The letters and lines of mathematics in the places where it was measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from derive.measure.atoms import Style
from derive.measure.boxes import Box, Face, Rule, Sign
from derive.measure.parse import understood
from derive.measure.typeset import run_box

_APART = 0.15
"""Letters closer than so many of their sizes make one word."""
_MARKS = frozenset(".,")


@dataclass(frozen=True, slots=True)
class Glyph:
    """Letters from a place on, in points: y is upward from the baseline, `width` what they take.

    What has no width stands with its middle at its place.
    """

    text: str
    face: Face
    size: float
    x: float
    y: float
    width: float
    word: bool = False


def glyphs(latex: str, style: Style = Style.TEXT) -> tuple[Glyph | Rule, ...]:
    """What is shown of mathematics, in points from where its baseline begins; digits of a number are one glyph.

    Raises `ValueError` naming what is not understood.
    """
    found: list[Glyph | Rule] = []
    for one in _marks(run_box(understood(latex), style), 0.0, 0.0):
        last = found[-1] if found else None
        if isinstance(one, Glyph) and isinstance(last, Glyph) and _one_word(last, one):
            found[-1] = replace(last, text=last.text + one.text, width=one.x + one.width - last.x)
        else:
            found.append(one)
    return tuple(found)


def _marks(box: Box, x: float, y: float) -> Iterator[Glyph | Rule]:
    for right, up, part in box.parts:
        match part:
            case Box():
                yield from _marks(part, x + right, y + up)
            case Sign():
                yield Glyph(part.text, part.face, part.size, x + right, y + up, part.width, part.word)
            case Rule():
                yield Rule(tuple((x + right + a, y + up + b) for a, b in part.points))


def _one_word(last: Glyph, one: Glyph) -> bool:
    """Whether letters follow others of their kind, or a mark or what comes after it the digits of a number."""
    near = (
        abs(one.x - last.x - last.width) < _APART * one.size and abs(one.y - last.y) < _APART and one.size == last.size
    )
    if not (near and last.word and one.word):
        return False
    if one.text in _MARKS:
        return last.text[-1].isdigit()
    if last.text[-1] in _MARKS:
        return len(last.text) > 1 and one.text.isdigit()
    return one.face is last.face

"""Short mathematics beside one another, as many in a row as fit; what is too wide by itself has rows of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from derive.document.mathematics import Blank, Marked, Math, Rich
from derive.layout.rows import Fitted, fitted
from derive.measure.atoms import Style
from derive.measure.boxes import Box
from derive.measure.breaking import POINTS, Room, width_of
from derive.measure.parse import parse
from derive.measure.typeset import run_box
from derive.measure.words import words_box

AIR = 4.0
"""Millimetres between what stands beside one another."""
ROW_AIR = 3.0
"""Points between rows."""
STRUT = Box(0.0, 11.2, 5.0)
_ROOM = Box(0.0, 13.2, 7.4)
"""The room that a blank has above and below, in points."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A row of mathematics side by side."""

    items: tuple[Fitted, ...]

    @property
    def height(self) -> float:
        """The height of the row with the air after it, in millimetres."""
        return row_height(self.items)


def row_height(items: Sequence[Fitted], strut: Box = STRUT) -> float:
    """The height of a row of mathematics with the air after it, in millimetres."""
    boxes = [strut, *(fitted_box(item) for item in items)]
    return (max(box.height for box in boxes) + max(box.depth for box in boxes) + ROW_AIR) / POINTS


def fitted_box(row: Fitted) -> Box:
    """The room of a row of mathematics, in points."""
    if isinstance(row.text, Blank):
        return _ROOM
    box = run_box(parse(row.text), Style.TEXT)
    return Box(box.width * row.scale, box.height * row.scale, box.depth * row.scale)


def runs(widths: Sequence[float], room: float, air: float, taken: float = 0.0) -> Iterator[range]:
    """What stands beside one another: as many as fit, the first row beginning after `taken`."""
    start, used = 0, taken
    for place, width in enumerate(widths):
        if place > start and used + width > room:
            yield range(start, place)
            start, used = place, 0.0
        used += width + air
    if widths:
        yield range(start, len(widths))


def beside(texts: Sequence[Math], width: float, *, air: float = AIR, taken: float = 0.0) -> tuple[Beside, ...]:
    """Mathematics side by side in rows of a width, in millimetres; the first row begins after `taken`."""
    texts = [Math(f"{text.answer}{text.apart}") if isinstance(text, Marked) else text for text in texts]
    rows = [fitted(text, Room(width - taken if not place else width)) for place, text in enumerate(texts)]
    pieces = [piece for made in rows for piece in made]
    alone = [len(made) > 1 for made in rows for _ in made]
    widths = [
        width if single else piece.indent + width_of(piece.text) * piece.scale
        for piece, single in zip(pieces, alone, strict=True)
    ]
    return tuple(Beside(tuple(pieces[place] for place in run)) for run in runs(widths, width, air, taken))


def rich_width(text: Rich) -> float:
    """The width of a run of text and mathematics, in millimetres."""
    return sum(width_of(part) if isinstance(part, Math) else _words_width(part) for part in text.parts)


def _words_width(text: str) -> float:
    return words_box(text, "words", 10.0).width / POINTS


def rich_pieces(text: Rich, width: float) -> tuple[Rich, ...]:
    """The text itself where it fits; else in pieces that do, cut after its words."""
    if rich_width(text) <= width:
        return (text,)
    ends = [place + 1 for place, part in enumerate(text.parts) if not isinstance(part, Math)]
    bounds = sorted({0, *ends, len(text.parts)})
    units = [Rich(text.parts[start:end]) for start, end in pairwise(bounds)]
    made = runs([rich_width(unit) for unit in units], width, 0.0)
    return tuple(Rich(tuple(part for place in run for part in units[place].parts)) for run in made)

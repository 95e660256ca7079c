"""Delimiters that grow with what they enclose."""

from __future__ import annotations

from collections.abc import Iterator

from derive.measure.boxes import Box, Face, Sign
from derive.measure.characters import sign
from derive.measure.fonts import TEXT, Font, delimiter, font

NULL_DELIMITER = 1.2
_FACTOR = 0.901
_SHORTFALL = 5.0


def axis(size: int) -> float:
    """How high above the baseline the middle of a fraction's bar is, in points."""
    return font("symbols", size).parameter(22)


def around(inside: Box, size: int) -> float:
    """The height of delimiters around a box."""
    reach = max(inside.height - axis(size), inside.depth + axis(size))
    return max(2 * reach * _FACTOR, 2 * reach - _SHORTFALL)


def fence_box(token: str, wanted: float, size: int) -> Box:
    """A delimiter at least as tall as wanted where the fonts have one, centred on the axis."""
    found = delimiter(token)
    if found is None:
        return Box(NULL_DELIMITER)
    (family, code), _ = found
    return centred(grown(*found, wanted, size), sign(family, code), font(family, size).box(code), size)


def centred(box: Box, text: str, small: Box, size: int) -> Box:
    """A box centred on the axis; in it stands the sign, as much larger than in its small form as the box is."""
    made, middle = font("symbols", size), axis(size)
    scale = box.total / small.total
    part = Sign(text, Face.UPRIGHT, made.points * scale, box.width)
    return Box(box.width, box.total / 2 + middle, box.total / 2 - middle, ((0.0, middle * (1 - scale), part),))


def grown(small: tuple[str, int], large: tuple[str, int], wanted: float, size: int) -> Box:
    """The first form of a delimiter that is as tall as wanted, or the tallest."""
    best = Box()
    for made, code in _forms(small, large, size):
        if str(code) in made.built:
            return _built(made, code, wanted)
        box = made.box(code).widened(made.italic(code))
        if box.total >= wanted:
            return box
        if box.total > best.total:
            best = box
    return best


def _forms(small: tuple[str, int], large: tuple[str, int], size: int) -> Iterator[tuple[Font, int]]:
    """The forms of a delimiter, from small to large."""
    for family, first in (small, large):
        for type_size in range(size, TEXT - 1, -1):
            made = font(family, type_size)
            code: int | None = first
            while code is not None and str(code) in made.characters:
                yield made, code
                code = None if str(code) in made.built else made.larger.get(str(code))


def _built(made: Font, code: int, wanted: float) -> Box:
    """A delimiter put together from its ends, its middle and as many repeated pieces as it takes."""
    top, middle, bottom, repeated = made.built[str(code)]
    piece = made.box(repeated)
    total = sum(made.box(part).total for part in (top, middle, bottom) if part)
    step = piece.total * (2 if middle else 1)
    while total < wanted and step:
        total += step
    return Box(piece.width + made.italic(repeated), total, 0.0)

"""The width of words, letter by letter, with kerns and ligatures."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from types import MappingProxyType

from derive.measure.boxes import Box
from derive.measure.fonts import Font, words_font

_LIGATURES = MappingProxyType({"ffi": 30, "ffl": 31, "ff": 27, "fi": 28, "fl": 29})
_PIECE = re.compile("|".join(_LIGATURES) + r"|.", re.DOTALL)
_MARKS = MappingProxyType(
    {
        "\N{EN DASH}": 21,
        "\N{EM DASH}": 22,
        "\N{LEFT SINGLE QUOTATION MARK}": 96,
        "\N{RIGHT SINGLE QUOTATION MARK}": 39,
        "\N{LEFT DOUBLE QUOTATION MARK}": 16,
        "\N{RIGHT DOUBLE QUOTATION MARK}": 17,
        "\N{MINUS SIGN}": 45,
        "ß": 255,
    }
)
_SPACES = MappingProxyType({"\N{EM SPACE}": 3.0, "\N{THIN SPACE}": 0.5})
_LATIN_ENDS, _OTHER = 256, 0.6
"""A letter of another script counts as so many ems; a mark that stands over one takes none."""
_WIDE = frozenset("WF")
"""East Asian letters of these widths fill an em."""


@lru_cache(maxsize=4096)
def words_box(text: str, family: str = "labels", points: float = 8.5) -> Box:
    """The room of words in a family of fonts (`labels`, `boldlabels`, `words`) at a size in points."""
    return text_box(text, words_font(family, points))


def text_box(text: str, font: Font) -> Box:
    """The room of words in a font."""
    width = height = depth = 0.0
    before = -1
    for piece in _PIECE.findall(unicodedata.normalize("NFC", text)):
        if piece.isspace():
            width += font.parameter(2) * _SPACES.get(piece, 1.0)
            before = -1
            continue
        if unicodedata.east_asian_width(piece[0]) in _WIDE:
            width, height, depth, before = width + font.points, max(height, 8.8), max(depth, 1.2), -1
            continue
        code = _code(piece)
        if code >= _LATIN_ENDS:
            width, before = width + font.points * _OTHER * (unicodedata.category(piece[0]) != "Mn"), -1
            continue
        box = font.box(code)
        width += box.width + font.kern(before, code)
        height, depth, before = max(height, box.height), max(depth, box.depth), code
    return Box(width, height, depth)


def _code(piece: str) -> int:
    """A character's place in the T1 encoding; a letter with a mark that the encoding lacks counts as the letter."""
    known = _LIGATURES.get(piece) or _MARKS.get(piece)
    if known is not None:
        return known
    code = ord(piece)
    if code < 127 or 192 <= code < 256:
        return code
    return ord(unicodedata.normalize("NFD", piece)[0])

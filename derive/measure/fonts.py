"""The fonts of a page by their metrics: what `docs/make_font_metrics.py` read from Latin Modern and Source Sans Pro."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from derive.measure.boxes import Box

POINTS = (10.0, 7.5, 6.0)
"""The sizes of text, of scripts, and of scripts of scripts."""
TEXT, SCRIPT, SCRIPT_OF_SCRIPT = range(3)
_TAKEN_FOR_UNKNOWN = "M"


@dataclass(frozen=True, eq=False)
class Font:
    """A font at a size; every dimension is in points."""

    points: float
    parameters: tuple[float, ...]
    characters: Mapping[str, tuple[float, float, float, float]]
    larger: Mapping[str, int]
    built: Mapping[str, tuple[int, int, int, int]]
    kerns: Mapping[str, float]

    @property
    def x_height(self) -> float:
        """The height of an x."""
        return self.parameter(5)

    @property
    def quad(self) -> float:
        """The em."""
        return self.parameter(6)

    @property
    def spaces_words(self) -> bool:
        """Whether the font is for words: its letters lean on their neighbours without more room."""
        return self.parameters[1] > 0

    def parameter(self, number: int) -> float:
        """A parameter, by TeX's number of it from 1."""
        return self.parameters[number - 1] * self.points

    def box(self, code: int) -> Box:
        """The room of a character without its italic correction."""
        width, height, depth, _ = self._dimensions(code)
        return Box(width * self.points, height * self.points, depth * self.points)

    def italic(self, code: int) -> float:
        """How far a character leans over its room to the right."""
        return self._dimensions(code)[3] * self.points

    def kern(self, code: int, after: int) -> float:
        """What is added between two characters."""
        return self.kerns.get(f"{code},{after}", 0.0) * self.points

    def _dimensions(self, code: int) -> tuple[float, float, float, float]:
        return self.characters.get(str(code)) or self.characters[str(ord(_TAKEN_FOR_UNKNOWN))]


@cache
def _table() -> Mapping[str, Any]:
    path = Path(__file__).with_name("font-metrics.json")
    made: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return made


@lru_cache(maxsize=128)
def font(family: str, size: int) -> Font:
    """The font of a family at one of the three sizes."""
    table = _table()
    return _scaled(table["sizes"][family][size], 10.0 if family == "largesymbols" else POINTS[size])


@lru_cache(maxsize=64)
def _scaled(name: str, points: float) -> Font:
    stored = _table()["fonts"][name]
    return Font(
        points, tuple(stored["parameters"]), stored["characters"], stored["larger"], stored["built"], stored["kerns"]
    )


@lru_cache(maxsize=8)
def words_font(family: str, points: float) -> Font:
    """The font of words of a family at a size of its own."""
    return _scaled(_table()["sizes"][family][TEXT], points)


def symbol(token: str) -> tuple[str, str, int] | None:
    """The class, family and code of a character or a command; None where it is no symbol."""
    found = _table()["symbols"].get(token) or _table()["delimiters"].get(token)
    return None if found is None else (found[0], found[1], found[2])


def delimiter(token: str) -> tuple[tuple[str, int], tuple[str, int]] | None:
    """The small and the large form of a delimiter by family and code; None where it is none."""
    found = _table()["delimiters"].get(token)
    return None if found is None else ((found[1], found[2]), (found[3], found[4]))

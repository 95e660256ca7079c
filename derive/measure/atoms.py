"""Mathematics as TeX sees it: a list of atoms, each with a class, a nucleus and scripts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from derive.measure.boxes import Box


class Class(IntEnum):
    """What an atom is to its neighbours; TeX's spacing goes by it."""

    ORDINARY = 0
    OPERATOR = 1
    BINARY = 2
    RELATION = 3
    OPENING = 4
    CLOSING = 5
    PUNCTUATION = 6
    INNER = 7


class Style(IntEnum):
    """The size and place that mathematics is set in."""

    DISPLAY = 0
    TEXT = 1
    SCRIPT = 2
    SCRIPT_OF_SCRIPT = 3

    @property
    def size(self) -> int:
        """Which of the three sizes of type it has."""
        return max(0, self - 1)

    @property
    def scripts(self) -> Style:
        """The style of its scripts."""
        return Style(max(Style.SCRIPT, min(self + 1, Style.SCRIPT_OF_SCRIPT)))

    @property
    def parts(self) -> Style:
        """The style of a fraction's numerator and denominator."""
        return Style(min(self + 1, Style.SCRIPT_OF_SCRIPT))


@dataclass(frozen=True, slots=True)
class Character:
    """A character of a font."""

    family: str
    code: int


@dataclass(frozen=True, slots=True)
class Space:
    """Room to the right: in points, or in mu, eighteenths of an em."""

    amount: float
    mu: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """From here on another style."""

    style: Style


@dataclass(frozen=True, slots=True)
class Atom:
    """A nucleus with its scripts; `start` and `end` say where in the text it is written."""

    kind: Class
    nucleus: Nucleus
    above: Run | None = None
    below: Run | None = None
    limits: bool = False
    start: int = 0
    end: int = 0


Item = Atom | Space | Change
Run = tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Mathematics between braces."""

    items: Run


@dataclass(frozen=True, slots=True)
class Fraction:
    """One over another, in a style of its own or in that of its surroundings; `spans` say where each is written."""

    above: Run
    below: Run
    style: Style | None = None
    spans: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))


@dataclass(frozen=True, slots=True)
class Root:
    """A square root."""

    items: Run


@dataclass(frozen=True, slots=True)
class Accented:
    """An accent, or with none a line, over mathematics."""

    accent: Character | None
    items: Run


@dataclass(frozen=True, slots=True)
class Fenced:
    """Mathematics between delimiters as tall as it; `.` is none. `start` and `end` say where the inside is written."""

    opening: str
    items: Run
    closing: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Fence:
    """A delimiter of a height in points."""

    token: str
    height: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """A sign that TeX puts together, with the room of a character or of a box."""

    text: str
    room: Character | Box


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of cells; `gap` points between columns, rows `stretch` times as far apart as lines."""

    rows: tuple[tuple[Run, ...], ...]
    gap: float
    stretch: float = 1.0


@dataclass(frozen=True, slots=True)
class Words:
    """Upright words of the text's font."""

    text: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """An arrow as long as what stands on it."""

    items: Run


@dataclass(frozen=True, slots=True)
class Phantom:
    """The room of mathematics, or of one dimension of it only."""

    items: Run
    across: bool = True
    upright: bool = True


Nucleus = Character | Drawn | Group | Fraction | Root | Accented | Fenced | Fence | Grid | Words | Arrow | Phantom | Box

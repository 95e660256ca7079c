"""What a document has beside its sections when it is handed out or marked: words, room, marks, a strip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from derive.document.mathematics import Math, Rich
from derive.document.model import Cell, Section


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Words between the parts of a question."""

    template: ClassVar[str] = "paragraph"
    text: Rich


@dataclass(frozen=True, slots=True)
class RoundHead:
    """The number of a round above its sections, where a question asks for several rounds."""

    template: ClassVar[str] = "round-head"
    title: str


@dataclass(frozen=True, slots=True)
class WorkingSpace:
    """Room for working, `height` millimetres of it."""

    template: ClassVar[str] = "working-space"
    title: str
    note: str
    height: int


@dataclass(frozen=True, slots=True)
class MarksLine:
    """What the marks of a question without a head add up to."""

    template: ClassVar[str] = "marks-line"
    text: Rich


@dataclass(frozen=True, slots=True)
class Alike:
    """A section that takes as much room as the one that stands in its place in another document."""

    template: ClassVar[str] = "alike"
    shown: Section | Handout | None
    other: Section | Handout | None


Handout = Paragraph | RoundHead | WorkingSpace | MarksLine | Alike


@dataclass(frozen=True, slots=True)
class Field:
    """A line to be filled in at the head; lines side by side are as wide as their shares."""

    label: str
    share: int


@dataclass(frozen=True, slots=True)
class StripPanel:
    """Numbers by quantity (rows) and round (columns); a cell is None where a round does not work it.

    `gaps` tells after which rows (from 1) space follows.
    """

    titles: tuple[str, ...]
    rows: tuple[tuple[Math, tuple[Cell | None, ...]], ...]
    gaps: frozenset[int]


@dataclass(frozen=True, slots=True)
class Strip:
    """The final answers of a problem on one page, for whoever marks many scripts."""

    title: str
    subtitle: str
    panels: tuple[StripPanel, ...]
    note: Rich

"""Mathematics and text as they stand in a document.

Text is plain `str` and is escaped by whatever renders it; `Math` is LaTeX mathematics made by derive alone; `Rich`
is a run of both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Self


class Math(str):
    """LaTeX mathematics that derive made itself, without dollar signs; it is placed as it is."""

    __slots__ = ()


class Relation(Math):
    """An equals sign or an arrow; a line may break before it."""

    __slots__ = ()


class Symbols(Math):
    """Mathematics in names alone: it gives no number of a round away."""

    __slots__ = ()


Facet = Literal["value", "formula", "numbers", "closed form"]
"""What of a quantity is asked for: its number, its right side in names, the same with the numbers in, and its right
side in given quantities alone, which mentions every function that is put into it."""
Place = tuple[str, int]
"""A quantity by its name in the trace, in a round (0: in none)."""


class Answer(Math):
    """Mathematics that a student is to find: it stands in a key, and a worksheet may leave room for it.

    `name` is that of the trace, empty for what the trace does not have; `round` is 0 for what is the same in every
    round. `mentions` are the places whose numbers can be read off it, its own aside.
    """

    __slots__ = ("facet", "mentions", "name", "round")
    name: str
    round: int
    facet: Facet
    mentions: frozenset[Place]

    def __new__(
        cls, text: str, name: str = "", round: int = 0, facet: Facet = "value", mentions: Iterable[Place] = ()
    ) -> Self:
        """The answer `text` for a place."""
        made = super().__new__(cls, text)
        made.name, made.round, made.facet, made.mentions = name, round, facet, frozenset(mentions)
        return made

    def written(self, text: str) -> Answer:
        """The same answer written in another way."""
        return Answer(text, self.name, self.round, self.facet, self.mentions)


class Blank(Math):
    """Room for an answer, `width` millimetres wide."""

    __slots__ = ("answer", "width")
    width: float
    answer: Answer

    def __new__(cls, answer: Answer, width: float) -> Self:
        """Room where `answer` would stand."""
        made = super().__new__(cls, rf"\blank{{{width:g}mm}}")
        made.answer, made.width = answer, width
        return made


NOTHING = Math("")


class Marked(Math):
    """An answer with what it earns, such as `1` or `½`, as a marking scheme has it; `answer` may be empty."""

    __slots__ = ("answer", "marks")
    answer: Math
    marks: str

    def __new__(cls, answer: Math, marks: str) -> Self:
        """The answer, and its marks beside it."""
        sign = r"\earns" if answer else r"\earnsapart"
        made = super().__new__(cls, rf"{answer}{sign}{{{marks_latex(marks)}}}")
        made.answer, made.marks = answer, marks
        return made

    @property
    def apart(self) -> Math:
        """The marks alone, with room of their own: for an answer that something stands beside."""
        return Math(rf"\earnsapart{{{marks_latex(self.marks)}}}")


def marks_latex(marks: str) -> str:
    """Marks such as `1½` or `1/8` as LaTeX mathematics."""
    for sign, written in (
        ("½", r"\ensuremath{\tfrac12}"),
        ("¼", r"\ensuremath{\tfrac14}"),
        ("¾", r"\ensuremath{\tfrac34}"),
    ):
        marks = marks.replace(sign, written)
    return marks


@dataclass(frozen=True, slots=True)
class Rich:
    """A run of text and mathematics."""

    parts: tuple[str | Math, ...]

    def __bool__(self) -> bool:
        return any(self.parts)

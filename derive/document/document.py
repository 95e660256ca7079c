"""The document itself: its head, and for each problem the exercise and the questions with their sections."""

from __future__ import annotations

from dataclasses import dataclass

from derive.document.handouts.handout import Field, Handout, Strip
from derive.document.mathematics import Math, Rich
from derive.document.model import Section
from derive.document.pictures.geometry import Drawing


@dataclass(frozen=True, slots=True)
class DataTable:
    """The given numbers of each round; a cell may hold a whole matrix."""

    titles: tuple[str | Math, ...]
    rows: tuple[tuple[str | Math, ...], ...]
    tall: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its sections. `before` is a line that precedes it, such as where the extra part begins.

    `points` ends with the `score`, the points alone.
    """

    number: str
    title: str
    points: str | Rich
    note: Rich
    text: Rich
    sections: tuple[Section | Handout, ...]
    before: Rich | None = None
    before_worth: str = ""
    score: str = ""


@dataclass(frozen=True, slots=True)
class Exercise:
    """What stands before the questions.

    `given` are parameters and other arrays, `statement` the constants, the loss and the update in a paragraph.
    """

    number: str
    title: str
    points: str
    text: Rich
    conditions: tuple[tuple[str, Rich], ...]
    network: Drawing | None
    data: DataTable | None
    given: tuple[Math, ...]
    statement: Rich
    remarks: tuple[Rich, ...]


@dataclass(frozen=True, slots=True)
class Conventions:
    """The conventions that stand after the questions, under a head; none where they stand with the exercise."""

    title: str
    remarks: tuple[Rich, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One problem: its exercise, its questions and what stands below them."""

    exercise: Exercise
    questions: tuple[Question, ...]
    conventions: Conventions
    provenance: Rich


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document, of one problem or of several. `fields` are rows of lines to be filled in at the head."""

    language: str
    title: str
    author: str
    above: tuple[str, ...]
    header: str
    worth: str
    kind: str
    instructions: Rich
    parts: tuple[Part, ...]
    form: str = ""
    fields: tuple[tuple[Field, ...], ...] = ()
    strips: tuple[Strip, ...] = ()
    left_out: tuple[str, str] = ("", "")
    """What is said before and after the titles of what a page has no room for."""

"""The kinds of document that a key becomes: the key itself, the worksheet, the marking scheme."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from derive.document.aids.numbering import unnumbered
from derive.document.asked_questions import asked_questions
from derive.document.context import Context
from derive.document.document import Document, Part, Question
from derive.document.handouts.alike import alike
from derive.document.handouts.blank_places import BlankPlaces, blanks_of_worksheet
from derive.document.handouts.blanks import Hiding, blanked_section
from derive.document.handouts.handout import Field, Strip, WorkingSpace
from derive.document.handouts.marking import marked_questions, scored
from derive.document.handouts.strip import strip
from derive.document.locale import Locale
from derive.document.mathematics import Answer, Blank
from derive.document.walk import within
from derive.errors import InputError, UnplacedError
from derive.problem.worksheet import Worksheet

SCORE = 9.0
"""Millimetres for a number of points."""
FIELDS_BESIDE = 3
_SHARES = MappingProxyType({"name": 5})
"""How wide the line of a field is, next to others of 2."""


@dataclass(frozen=True)
class Draft:
    """A document without its parts, what each problem's part is built from and how, and the worksheet's choices."""

    document: Document
    contexts: tuple[Context, ...]
    choices: Worksheet
    words: Locale
    parts_of: Callable[[Sequence[Context]], tuple[Part, ...]]

    @cached_property
    def key(self) -> Document:
        """The document with every answer."""
        return replace(self.document, parts=self.parts_of(self.contexts))


def key(made: Draft) -> Document:
    """The key; with pages alike, every section as tall as it or its worksheet needs."""
    if not _alike(made):
        return made.key
    return alike(made.key, _worksheet(made))


def worksheet(made: Draft) -> Document:
    """The same pages with blanks where answers go, and lines for names."""
    sheet = _worksheet(made)
    return alike(sheet, made.key) if _alike(made) else sheet


def _alike(made: Draft) -> bool:
    """Whether pages are to break alike. Raises `InputError` where the style has none that could."""
    if made.choices.pages != "matched":
        return False
    if not made.contexts[0].style.matched_pages:
        raise InputError.single("worksheet: the pages of this style cannot break alike; leave out `pages: matched`")
    return True


def marking(made: Draft) -> Document:
    """The key with marks for each line in place of equation numbers, and a strip of final answers for each problem.

    Raises `UnplacedError` where the marks of a question do not add up to its points.
    """
    pairs = tuple(zip(made.key.parts, made.contexts, strict=True))
    parts = tuple(_marked_part(part, context, number) for number, (part, context) in enumerate(pairs))
    found = [_strip(part, context, made) for part, context in pairs]
    strips = tuple(one for one in found if one is not None)
    return replace(made.document, kind=made.words.kinds["marking"], parts=unnumbered(parts), strips=strips)


def _marked_part(part: Part, context: Context, number: int) -> Part:
    try:
        questions = marked_questions(part.questions, asked_questions(context), context)
    except UnplacedError as error:
        raise UnplacedError(error.mistakes, number) from error
    return replace(part, questions=questions)


def _strip(part: Part, context: Context, made: Draft) -> Strip | None:
    title = part.exercise.title or made.document.title
    return strip(context, title, frozenset(_rounds(part.questions)))


def _worksheet(made: Draft) -> Document:
    """The document built without its hidden numbers, with blanks in their place."""
    places = [blanks_of_worksheet(context.solution, made.choices.form) for context in made.contexts]
    blind = [replace(context, hidden=own.places) for context, own in zip(made.contexts, places, strict=True)]
    found = zip(made.parts_of(blind), blind, places, strict=True)
    parts = tuple(_blank_part(part, context, own, made) for part, context, own in found)
    kind = made.words.kinds["worksheet"]
    return replace(made.document, kind=kind, parts=parts, fields=_fields(made))


def _fields(made: Draft) -> tuple[tuple[Field, ...], ...]:
    """The lines at the head, a few a row; a field that the locale does not name is its own label."""
    labels = made.words.fields
    found = [Field(labels.get(name, name), _SHARES.get(name, 2)) for name in made.choices.fields]
    return tuple(tuple(found[start : start + FIELDS_BESIDE]) for start in range(0, len(found), FIELDS_BESIDE))


def _blank_part(part: Part, context: Context, places: BlankPlaces, made: Draft) -> Part:
    hiding = Hiding(places, made.words.drawing_to_fill_in)
    return replace(part, questions=tuple(_blank_question(one, context, hiding, made) for one in part.questions))


def _blank_question(question: Question, context: Context, hiding: Hiding, made: Draft) -> Question:
    sections = [blanked_section(section, hiding) for section in question.sections]
    if made.choices.working_space:
        sections.append(_working_space(context, made))
    points = scored(question, Blank(Answer(""), SCORE), made.words) if question.score else question.points
    return replace(question, points=points, sections=tuple(sections))


def _working_space(context: Context, made: Draft) -> WorkingSpace:
    shown = context.shown_precision(context.solution.policy.precision)
    return WorkingSpace(made.words.working_space, shown, made.choices.working_space)


def _rounds(node: Any) -> set[int]:
    """The rounds of the answers in any part of a document."""
    return {answer.round for answer in within(node, Answer)} - {0}

"""Two documents whose pages break alike: each section takes the room that the taller of the two needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import singledispatch
from itertools import zip_longest

from derive.document.document import Document, Part, Question
from derive.document.handouts.handout import Alike, Handout, RoundHead
from derive.document.mathematics import Rich
from derive.document.model import FunctionsTable, MatrixLines, RoundTable, Section, Steps, Working

MOST_ROWS, MOST_FUNCTIONS = 28, 14
"""Rows of a round's table and of a table of functions that one page surely holds."""


def alike(shown: Document, other: Document) -> Document:
    """The first document, with the room of the second; both are made from the same key."""
    parts = tuple(_part(*pair) for pair in zip(shown.parts, other.parts, strict=True))
    rows = max(len(shown.fields), len(other.fields))
    fields = (*shown.fields, *((),) * (rows - len(shown.fields)))
    return replace(shown, parts=parts, fields=fields)


def _part(shown: Part, other: Part) -> Part:
    pairs = zip(shown.questions, other.questions, strict=True)
    statement = max(shown.exercise.statement, other.exercise.statement, key=lambda stated: len(stated.parts))
    exercise = replace(shown.exercise, statement=statement)
    return replace(shown, exercise=exercise, questions=tuple(_question(*pair) for pair in pairs))


def _question(shown: Question, other: Question) -> Question:
    sections: list[Section | Handout] = []
    for own, opposite in zip_longest(shown.sections, other.sections):
        if isinstance(own, RoundHead):
            sections.append(own)
            continue
        found = [list(pieces(one)) if one is not None else [] for one in (own, opposite)]
        sections += [Alike(*pair) for pair in zip_longest(*found)]
    return replace(shown, sections=tuple(sections))


@singledispatch
def pieces(section: Section | Handout) -> Iterator[Section | Handout]:
    """A section in pieces between which a page may break: by default, one."""
    yield section


@pieces.register
def _round_table(section: RoundTable) -> Iterator[RoundTable]:
    """As many rows as a page holds, under heads of their own."""
    for start in range(0, len(section.rows), MOST_ROWS):
        end = start + MOST_ROWS
        columns = tuple(replace(column, cells=column.cells[start:end]) for column in section.columns)
        kept = tuple(column for column in columns if any(cell is not None for cell in column.cells))
        yield RoundTable(kept, frozenset(gap - start for gap in section.gaps if start < gap < end))


@pieces.register
def _functions_table(section: FunctionsTable) -> Iterator[FunctionsTable]:
    """A few rows, under heads of their own."""
    for start in range(0, len(section.rows), MOST_FUNCTIONS):
        yield replace(section, rows=section.rows[start : start + MOST_FUNCTIONS])


@pieces.register
def _working(section: Working) -> Iterator[Working]:
    """Line by line; the head stays with the first."""
    for number, group in enumerate(section.groups):
        for place, line in enumerate(group):
            first = number == place == 0
            head = section if first else replace(section, title="", note=Rich(()))
            yield replace(head, titles=("" if place else section.titles[number],), groups=((line,),))


@pieces.register
def _steps(section: Steps) -> Iterator[Steps]:
    """Step by step; the head stays with the first."""
    for number, step in enumerate(section.steps):
        head = replace(section, title="", given=(), note=Rich(())) if number else section
        yield replace(head, steps=(step,))


@pieces.register
def _matrix_lines(section: MatrixLines) -> Iterator[MatrixLines]:
    """Line by line; the head stays with the first."""
    for place, line in enumerate(section.lines):
        head = section if not place else replace(section, title="", aside=Rich(()))
        yield replace(head, lines=(line,))

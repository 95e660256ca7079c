"""Equations numbered in reading order: the first line that states one gives it its number, further lines cite it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from operator import is_
from typing import Any

from derive.document.aids.citations import Citation, Citing, EquationMark, EquationNumber, Stating
from derive.document.document import Question
from derive.document.mathematics import NOTHING, Math, Rich
from derive.document.model import FunctionsTable
from derive.document.pictures.geometry import Drawing
from derive.document.walk import field_names
from derive.problem.model import EquationNumbers


def numbered(questions: Sequence[Question], which: EquationNumbers, first: int = 1) -> tuple[tuple[Question, ...], int]:
    """The questions with numbers and citations in place of names, and the next free number; `first` is the first."""
    marks: list[Stating] = []

    def gather(mark: EquationMark) -> Math:
        if isinstance(mark, Stating):
            marks.append(mark)
        return mark

    replaced(tuple(questions), gather)
    statements = _statements(marks)
    cited = {statement for place, statement in enumerate(statements) if statement not in (None, place)}
    places = [place for place, statement in enumerate(statements) if statement == place]
    kept = {"all": places, "cited": [place for place in places if place in cited], "none": []}[which]
    number_of = {place: number for number, place in enumerate(kept, first)}
    found = iter(_written(statements, number_of, _names(marks, statements)))
    return replaced(tuple(questions), lambda _: next(found)), first + len(kept)


def _statements(marks: Sequence[Stating]) -> list[int | None]:
    """For each mark the place of the one that states its equation, its own where it does; None where none does."""
    stated: dict[str, int] = {}
    found: list[int | None] = []
    for place, mark in enumerate(marks):
        known = {stated.get(name) for name in mark.names}
        if None in known and not isinstance(mark, Citing):
            stated |= {name: place for name in mark.names if name not in stated}
            known = {place}
        found.append(known.pop() if len(known) == 1 else None)
    return found


def _names(marks: Sequence[Stating], statements: Sequence[int | None]) -> dict[int, str]:
    """By the place of a line that states equations, the first quantity that no line before it states."""
    named: dict[int, str] = {}
    taken: set[str] = set()
    for place, mark in enumerate(marks):
        if statements[place] == place:
            named[place] = next(name for name in mark.names if name not in taken)
            taken.update(mark.names)
    return named


def _written(statements: Sequence[int | None], number_of: dict[int, int], name_of: dict[int, str]) -> Iterator[Math]:
    """What stands in the place of each mark."""
    for place, statement in enumerate(statements):
        if statement is None or statement not in number_of:
            yield NOTHING
        else:
            kind = EquationNumber if statement == place else Citation
            yield kind(number_of[statement], name_of[statement])


def unnumbered(value: Any) -> Any:
    """A document, or a part of one, without numbers of equations."""
    return replaced(value, lambda _: NOTHING)


def replaced(value: Any, change: Callable[[EquationMark], Math]) -> Any:
    """A tree of sections with every mark changed, in reading order: a table of functions column by column."""
    if isinstance(value, EquationMark):
        return change(value)
    if isinstance(value, Rich):
        return Rich(tuple(part for part in replaced(value.parts, change) if part))
    if isinstance(value, tuple):
        parts = tuple(replaced(one, change) for one in value)
        return value if all(map(is_, parts, value)) else parts
    if isinstance(value, FunctionsTable):
        columns = (replaced(column, change) for column in zip(*value.rows, strict=True))
        return replace(value, rows=tuple(zip(*columns, strict=True)))
    if isinstance(value, Drawing):
        return value
    old = {name: getattr(value, name) for name in field_names(value.__class__)}
    new = {name: replaced(part, change) for name, part in old.items()}
    changed = {name: part for name, part in new.items() if part is not old[name]}
    return replace(value, **changed) if changed else value

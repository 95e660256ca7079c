"""Sections on leaves, such as slides: as few as hold the measured heights, and about equally full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import singledispatch
from itertools import pairwise
from math import inf
from typing import Any

from derive.document.locale import Locale
from derive.document.mathematics import NOTHING, Math, Rich
from derive.document.model import Section
from derive.document.page import Page
from derive.layout.cells import PlacedCells
from derive.layout.parameters import PlacedParameters
from derive.layout.place import placed
from derive.layout.results import PlacedNumbers, PlacedResults
from derive.layout.sharing import shared
from derive.layout.steps import PlacedLocals, PlacedStep, PlacedStepLine, PlacedSteps
from derive.measure.breaking import POINTS, width_of
from derive.measure.words import words_box

_REASON_POINTS, _REASON_LINE, _REASON_AIR, _FILLED = 8.5, 11.0, 4.0, 0.86


@dataclass(frozen=True, slots=True)
class Leaf:
    """What stands on one leaf; `continued` is said of one that goes on from the leaf before."""

    section: object
    continued: str = ""


def leaves(section: Section, page: Page, words: Locale) -> tuple[Leaf, ...]:
    """A section on as many leaves as it takes."""
    made = _leaves(placed(section, page, words), page)
    return tuple(Leaf(part, words.continued if goes_on else "") for part, goes_on in made)


Line = PlacedStepLine | PlacedLocals
Part = tuple[object, bool]
"""What stands on a leaf, and whether it goes on from the leaf before."""


@singledispatch
def _leaves(section: object, page: Page) -> Iterator[Part]:  # noqa: ARG001 - others need it
    yield section, False


@_leaves.register
def _steps(section: PlacedSteps, page: Page) -> Iterator[Part]:
    for step in section.steps:
        for number, part in enumerate(step_leaves(step, page)):
            yield replace(section, steps=(part,)), number > 0


@_leaves.register(PlacedCells)
@_leaves.register(PlacedParameters)
@_leaves.register(PlacedResults)
def _rows(section: Any, page: Page) -> Iterator[Part]:
    head = getattr(section, "head", 0.0)
    for start, end in shared([row.height for row in section.rows], page.slide_height - head):
        yield replace(section, rows=section.rows[start:end]), start > 0


@_leaves.register
def _numbers(section: PlacedNumbers, page: Page) -> Iterator[Part]:
    first = True
    for band in section.bands:
        for start, end in shared([row.height for row in band.rows], page.slide_height - 2 * PlacedResults.head):
            last = band is section.bands[-1] and end == len(band.rows)
            kept = replace(band, rows=band.rows[start:end])
            note = section.note if last else Rich(())
            yield replace(section, bands=(kept,), note=note), not first
            first = False


def step_leaves(step: PlacedStep, page: Page) -> tuple[PlacedStep, ...]:
    """A step on leaves: lines whole unless one is higher than a leaf; the reasons from the first leaf on."""
    lines = [part for line in step.lines for part in _low_enough(line, page.slide_height)]
    cuts = shared([line.height for line in lines], page.slide_height)
    reasons = _reason_leaves(step.reasons, page)
    made = []
    for number in range(max(len(cuts), len(reasons))):
        start, end = cuts[number] if number < len(cuts) else (0, 0)
        beside = reasons[number] if number < len(reasons) else ()
        made.append(replace(step, lines=tuple(lines[start:end]), reasons=beside))
    return tuple(made)


def _low_enough(line: Line, height: float) -> Iterator[Line]:
    """A line whole where it is no higher than a leaf; else cut before its relations, or if it must be, its rows."""
    if not isinstance(line, PlacedStepLine) or line.height <= height:
        yield line
        return
    starts = [place for place, row in enumerate(line.rows) if row.relation and place] or range(1, len(line.rows))
    for start, end in pairwise([0, *starts, len(line.rows)]):
        part = PlacedStepLine(line.rows[start:end], NOTHING if start else line.mark)
        yield from (part,) if len(part.rows) == len(line.rows) else _low_enough(part, height)


def _reason_leaves(reasons: Sequence[Rich], page: Page) -> list[tuple[Rich, ...]]:
    """The reasons in runs that each fit beside a leaf's lines."""
    made: list[tuple[Rich, ...]] = []
    used = inf
    for reason in reasons:
        height = _reason_height(reason, page.steps.reasons)
        if used + height > page.slide_height:
            made.append(())
            used = 0.0
        made[-1] = (*made[-1], reason)
        used += height
    return made


def _reason_height(reason: Rich, width: float) -> float:
    """About how high a reason is, in millimetres: words are broken by TeX."""
    natural = sum(
        width_of(part) * _REASON_POINTS / 10.0
        if isinstance(part, Math)
        else words_box(part, "words", _REASON_POINTS).width / POINTS
        for part in reason.parts
    )
    lines = int(natural / (_FILLED * width)) + 1
    return (lines * _REASON_LINE + _REASON_AIR) / POINTS

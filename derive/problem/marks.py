"""How the marks of a question are given: its points as a number, the parts that have some of them, the step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from derive.problem.tree import entries, keys
from derive.sources.fields import to_number
from derive.sources.marked import Path_
from derive.sources.validate import suggestion

GROUPS = ("forward pass", "backward pass", "updated parameters")
"""Parts of a question that may have marks of their own."""
_POINTS = re.compile(r"\d{1,6}(\.\d{1,4})?", re.ASCII)


def points_number(text: str) -> Decimal | None:
    """The points that a text states; None where it is no plain number."""
    return Decimal(text.strip()) if _POINTS.fullmatch(text.strip()) else None


def points_mistake(text: str) -> str:
    """The message for points that marks cannot add up to."""
    return f"`points`: marks add up to a number such as 35 or 2.5, not {text!r}"


def mark_mistakes(tree: dict[str, Any]) -> Iterator[tuple[Path_, str]]:
    """Points below 0, and what does not add up in the marks of the questions."""
    yield from _negative(keys(tree.get("exercise")), ("exercise",))
    for index, question in enumerate(map(keys, entries(tree.get("questions")))):
        path: Path_ = ("questions", index)
        yield from _negative(question, path)
        marks, step = question.get("marks"), _number(question.get("step"))
        points = points_number(str(question.get("points", "")))
        if points is None and (marks or step is not None):
            stated = question.get("points")
            where = (*path, "points") if stated is not None else path
            yield where, points_mistake(str(stated)) if stated is not None else "marks need the question's `points`"
            continue
        if isinstance(marks, dict) and marks:
            yield from _group_mistakes(marks, points, step, (*path, "marks"))
        if step is not None and (step <= 0 or (points is not None and points % step)):
            yield (*path, "step"), f"`step`: expected a part of the {points} points, such as 0.5, not {step}"


def _negative(holder: dict[str, Any], path: Path_) -> Iterator[tuple[Path_, str]]:
    number = _number(holder.get("points"))
    if number is not None and number < 0:
        yield (*path, "points"), f"`points`: expected 0 or more, not {number}"


def _group_mistakes(
    marks: dict[str, Any], points: Decimal | None, step: Decimal | None, path: Path_
) -> Iterator[tuple[Path_, str]]:
    for group in marks:
        if group not in GROUPS:
            yield (*path, group), f"unknown part {group!r}{suggestion(group, GROUPS)}"
    numbers = {group: _number(marks[group]) for group in marks}
    stated = [number for number in numbers.values() if number is not None]
    if points is not None and len(stated) == len(marks) and sum(stated) != points:
        yield path, f"`marks` add up to {sum(stated)}, but the question has {points} points"
    for group, number in numbers.items():
        if number is not None and number < 0:
            yield (*path, group), f"`{group}`: expected 0 or more, not {number}"
        elif number is not None and step and step > 0 and number % step:
            yield (*path, group), f"`{group}`: {number} is not a number of steps of {step}"


def _number(value: Any) -> Decimal | None:
    try:
        return None if value is None else to_number(value)
    except ValueError:
        return None

"""Exercises and their questions: what each asks for, and how its marks are given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from derive.sources.fields import AlsoWritten, Text, Whole, WrittenNumber, to_number
from derive.sources.validate import Mistake, Model, brief, mistake, suggestion

_ROUND = r"(?P<round>[1-9][0-9]{0,5})"
_NAMES = r"(?P<names>\S+(?: and \S+)*)"
_STEP = r"(?P<step>[-+]?[0-9]*\.?[0-9]+(?:[eE]-?[0-9]{1,2})?)"
_POINTS = re.compile(r"\d{1,6}(\.\d{1,4})?", re.ASCII)
GROUPS = ("forward pass", "backward pass", "updated parameters")
"""Parts of a question that may have marks of their own."""


@dataclass(frozen=True)
class Ask:
    """One part: its kind, the names that it is about, its round and its step, where it says them."""

    kind: str
    names: tuple[str, ...] = ()
    round: int | None = None
    step: str = ""


class FreeText(Model):
    """Words between the parts of a question."""

    text: Text


def _to_part(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"text"} and isinstance(value["text"], str):
        return FreeText.model_validate(value)
    if isinstance(value, (str, FreeText)):
        return value
    raise mistake(f"expected a part such as `round 1`, or words between parts, `{{text: ..}}`, not {brief(value)}")


_FREE_TEXT = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
AskedPart = Annotated[Any, BeforeValidator(_to_part), WithJsonSchema({"anyOf": [{"type": "string"}, _FREE_TEXT]})]
"""One entry of a question's `asks`: the text of a part, or a `FreeText`."""


def asked_parts(asks: Iterable[Any]) -> tuple[str, ...]:
    """The texts of the parts, words between them left out."""
    return tuple(part for part in asks if isinstance(part, str))


FORMS: Mapping[str, tuple[re.Pattern[str], str]] = MappingProxyType(
    {
        kind: (re.compile(kind + options), example)
        for kind, options, example in (
            ("functions", "", "functions"),
            ("rounds", "", "rounds"),
            ("losses", "", "losses"),
            ("round", f" {_ROUND}", "round 1"),
            ("results", "", "results"),
            ("final parameters", "", "final parameters"),
            ("index form", "", "index form"),
            ("matrix form", f"(?: of round {_ROUND})?", "matrix form"),
            ("gradient sizes", f"(?: of round {_ROUND})?", "gradient sizes"),
            ("differences", f" of {_NAMES}(?: in round {_ROUND})?(?: with h = {_STEP})?", "differences of dL/dw11"),
            ("symbols", "", "symbols"),
            ("closed form", f" of {_NAMES}", "closed form of dL/dw11"),
        )
    }
)
"""How each part is written, with an example for messages."""


def read_ask(part: str) -> Ask | None:
    """What a part asks for; None for a text that is no part."""
    for kind, (pattern, _) in FORMS.items():
        match = pattern.fullmatch(" ".join(part.split()))
        if match is not None:
            found = match.groupdict()
            names, number = found.get("names"), found.get("round")
            of = tuple(names.split(" and ")) if names else ()
            return Ask(kind, of, int(number) if number else None, found.get("step") or "")
    return None


def unknown_part(part: str) -> str:
    """The message for a text that is no part: the nearest one, or all of them."""
    return f"unknown part {part!r}{suggestion(part, [example for _, example in FORMS.values()])}"


def points_number(text: str) -> Decimal | None:
    """The points that a text states; None where it is no plain number."""
    return Decimal(text.strip()) if _POINTS.fullmatch(text.strip()) else None


def points_mistake(text: str) -> str:
    """The message for points that marks cannot add up to."""
    return f"`points`: marks add up to a number such as 35 or 2.5, not {text!r}"


def _not_negative(text: str) -> str:
    try:
        number = to_number(text)
    except ValueError:
        return text
    if number < 0:
        raise mistake(f"`points`: expected 0 or more, not {number}")
    return text


Points = Annotated[Text, AfterValidator(_not_negative)]


class Exercise(Model):
    """What stands before the questions."""

    title: Text = ""
    text: Text = ""
    points: Points = ""
    worth: Text = ""
    conditions: tuple[Text, ...] = ()
    number: Text = ""


class Question(Model):
    """One question. `asks` lists parts: `functions`, `round N`, `rounds`, `losses`, and those of `question.FORMS`.

    `marks` gives parts of the question points of their own, `step` the least that a line can have.
    """

    title: Text
    asks: Annotated[tuple[AskedPart, ...], Field(min_length=1), AlsoWritten({"type": "string"})]
    points: Points = ""
    note: Text = ""
    text: Text = ""
    working: bool = False
    marks: dict[str, WrittenNumber] = Field(default_factory=dict)
    step: WrittenNumber | None = None

    def own_mistakes(self) -> Iterator[Mistake]:
        """Parts that there are not, and marks that do not add up."""
        for part in asked_parts(self.asks or ()):
            if read_ask(part) is None:
                yield ("asks",), unknown_part(part)
        points = points_number(self.points)
        if points is None and (self.marks or self.step is not None):
            stated = "points" in self.model_fields_set or bool(self.points)
            yield ("points",), points_mistake(self.points) if stated else "marks need the question's `points`"
        elif points is not None:
            yield from self._marks_mistakes(points)

    def _marks_mistakes(self, points: Decimal) -> Iterator[Mistake]:
        step = self.step
        for group in self.marks:
            if group not in GROUPS:
                yield ("marks", group), f"unknown part {group!r}{suggestion(group, GROUPS)}"
        numbers = {group: number for group, number in self.marks.items() if number is not None}
        total = sum(numbers.values())
        if numbers and len(numbers) == len(self.marks) and total != points:
            yield ("marks",), f"`marks` add up to {total}, but the question has {points} points"
        for group, number in numbers.items():
            if number < 0:
                yield ("marks", group), f"`{group}`: expected 0 or more, not {number}"
            elif step is not None and step > 0 and number % step:
                yield ("marks", group), f"`{group}`: {number} is not a number of steps of {step}"
        if step is not None and (step <= 0 or points % step):
            yield ("step",), f"`step`: expected a part of the {points} points, such as 0.5, not {step}"


class Extra(Model):
    """The line before the first extra question."""

    from_question: Annotated[Whole, Field(ge=1)]
    text: Text
    worth: Text = ""

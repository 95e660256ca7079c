"""The worksheet of a problem file: what is blank on it, the lines at its head, its room for working."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from derive.sources.fields import OrName, Text, Texts, Whole, WrittenNumber
from derive.sources.marked import Marked, parse
from derive.sources.validate import Model, mistake, validate

BLANK = "blank"
"""The key of what is blank."""
CHECK_VALUES = "check_values"
"""The key of what is printed although it is blank or gives a blank away."""
MOST_FIELDS = 6
MOST_ROOM = 240
_LINE = re.compile(r"(?P<name>\S+)(?: in round (?P<round>[1-9][0-9]{0,5}))?")
_FORM = re.compile(r"[A-Za-z0-9]{1,8}", re.ASCII)

Lines = Literal["everything", "deltas", "backward pass", "every second line"]


def read_line(text: str) -> tuple[str, int | None] | None:
    """The name and the round of a text such as `dL/dw11 in round 2`; None for what is none."""
    match = _LINE.fullmatch(" ".join(text.split()))
    return (match["name"], int(match["round"]) if match["round"] else None) if match else None


def matches(wanted: str, names: Sequence[str]) -> bool:
    """Whether a name as it is written, with `*` for any characters, is one of several."""
    return any(fnmatchcase(name, wanted) for name in names) if "*" in wanted else wanted in names


def _to_form(value: Any) -> str:
    text = str(value)
    if text and not _FORM.fullmatch(text):
        raise mistake(f"expected a form of up to 8 letters and digits, such as A, not {text!r}")
    return text


Form = Annotated[str, BeforeValidator(_to_form), WithJsonSchema({"type": ["string", "integer"]})]


class BlankChoice(Model):
    """Which lines are blank: a kind of line, those of a list of `names`, or a `share` drawn by a `seed`.

    A seed that is not given is the worksheet's form.
    """

    lines: Lines = "everything"
    names: Texts = ()
    share: WrittenNumber | None = None
    seed: Text = ""

    @model_validator(mode="after")
    def _is_one_of_them(self) -> BlankChoice:
        if sum((self.lines != "everything", bool(self.names), self.share is not None)) > 1:
            raise mistake("`blank`: give `names`, or a `share`, or a kind of line, not several")
        if self.seed and self.share is None:
            raise mistake("`blank`: a `seed` draws a `share`; give both")
        if "names" in self.model_fields_set and not self.names:
            raise mistake("`names`: expected at least one name, such as s1")
        if self.share is not None and not 0 < self.share <= 1:
            raise mistake(f"`share`: expected more than 0 and at most 1, not {self.share}")
        _require_lines("names", self.names)
        return self


def _require_lines(key: str, names: Sequence[str]) -> None:
    for name in names:
        if read_line(name) is None:
            raise mistake(f"`{key}`: expected a name such as s1, or `dL/dw11 in round 2`, not {name!r}")


class Worksheet(Model):
    """What a worksheet has beside its key: blanks, lines for names, a form, room for working (mm a question).

    `check_values` are numbers that would give a blank away, or are blank themselves, and are printed all the same.
    """

    blank: Annotated[BlankChoice, OrName("lines")] = BlankChoice()
    check_values: Texts = ()
    fields: Annotated[Texts, Field(max_length=MOST_FIELDS)] = ("name", "student number", "date")
    form: Form = ""
    working_space: Annotated[Whole, Field(ge=0, le=MOST_ROOM)] = 0
    pages: Literal["free", "matched"] = "free"

    @model_validator(mode="after")
    def _names_lines(self) -> Worksheet:
        _require_lines(CHECK_VALUES, self.check_values)
        return self


def read_choices(blank: str, form: str, check_values: str) -> dict[str, Any]:
    """What a command line states in place of problem files, by key, empty texts aside. Raises `InputError`."""
    found: dict[str, Any] = {}
    if blank:
        marked = parse(blank, "--blank")
        tree = {"lines": marked.tree} if isinstance(marked.tree, str) else marked.tree
        found[BLANK] = validate(BlankChoice, Marked(tree, marked.marks, marked.source))
    if check_values:
        marked = parse(check_values, "--check-values")
        tree = {CHECK_VALUES: [marked.tree] if isinstance(marked.tree, str) else marked.tree}
        found[CHECK_VALUES] = validate(Worksheet, Marked(tree, {}, marked.source)).check_values
    if form:
        found["form"] = validate(Worksheet, Marked({"form": form}, {}, "--form")).form
    return found

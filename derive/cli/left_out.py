"""What one of several files says for its own document and the document of them all does not have."""

from __future__ import annotations

from collections.abc import Iterator

from derive.problem.heading import Heading
from derive.problem.model import Problem
from derive.problem.tree import keys
from derive.problem.worksheet import Worksheet
from derive.sources.marked import Marked, Path_

Message = tuple[Path_, str]
_OF_PROBLEMS = ("title", "paper", "worksheet")
"""Keys of a heading that each problem has a use for, or that are looked into."""


def left_out(marked: Marked, problem: Problem, heading: Heading, like: str) -> Iterator[Message]:
    """What a file says for the head and the worksheet of its own document; `like` is the file of the heading."""
    for key in Heading.model_fields:
        if key not in _OF_PROBLEMS and getattr(problem, key) not in ("", getattr(heading, key)):
            yield (key,), f"`{key}` is not printed: the document of all files is headed like {like}"
    form = problem.worksheet.form
    if form and form != heading.worksheet.form:
        message = f"`form`: {form} is not printed: all files have one form or none; `--form` sets it"
        yield ("worksheet", "form"), message
    stated = keys(keys(marked.tree).get("worksheet"))
    for key in ("fields", "working_space", "pages"):
        own = getattr(problem.worksheet, key)
        if key in stated and own not in (Worksheet.model_fields[key].default, getattr(heading.worksheet, key)):
            yield ("worksheet", key), f"`{key}` has no effect: the worksheet of all files is made like {like}"


def other_looks(marked: Marked, problem: Problem, style: str, language: str) -> Iterator[Message]:
    """The style and the language that a file chooses beside those of the document."""
    for key, common in (("style", style), ("language", language)):
        if key in keys(marked.tree) and getattr(problem, key) != common:
            yield (key,), f"`{key}` has no effect: the {key} of the document of all files is {common}"

"""A collection: several problem files that make one document, under a heading of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from derive.problem.heading import Heading
from derive.problem.location import is_outside, located, outside_message
from derive.sources.fields import Texts, choice
from derive.sources.marked import Marked
from derive.sources.validate import validate

PROBLEMS = "problems"
"""The key by which a collection is known."""


class Collection(Heading):
    """The files of the problems, relative to the collection's own, and what they share.

    `style` and `language` hold for all; where they are not stated, those of the first problem. Questions are
    counted in each problem, or through all of them.
    """

    derive: Annotated[Literal["1"], BeforeValidator(str), choice("1")] = "1"
    problems: Annotated[Texts, Field(min_length=1)]
    style: str = ""
    language: str = ""
    questions: Literal["in each problem", "through"] = "in each problem"


def is_collection(marked: Marked) -> bool:
    """Whether a file is a collection: it has the key `problems`, be it without a value."""
    return isinstance(marked.tree, dict) and (PROBLEMS in marked.tree or (PROBLEMS,) in marked.empty)


def read_collection(marked: Marked, *, trusts_outside: bool = False) -> tuple[Collection, tuple[Path, ...]]:
    """The collection that a file describes, and where its problems are. Raises `InputError`."""
    found, mistakes = located(marked, trusts_outside=trusts_outside)
    collection = validate(Collection, found, (*_mistakes(marked, trusts_outside=trusts_outside), *mistakes))
    folder = Path(marked.source).parent
    return collection, tuple(folder / name for name in collection.problems)


def _mistakes(marked: Marked, *, trusts_outside: bool) -> list[tuple[tuple[str | int, ...], str]]:
    """Problems that are not there, that are outside the collection's folder, and that stand there twice."""
    stated = marked.tree.get(PROBLEMS, ())
    names = list(stated) if isinstance(stated, (list, tuple)) else [stated]
    folder = Path(marked.source).parent
    found: list[tuple[tuple[str | int, ...], str]] = []
    for index, name in enumerate(names):
        if isinstance(name, str) and not (folder / name).is_file():
            found.append(((PROBLEMS, index), f"there is no problem file {name!r} in {folder}"))
        elif isinstance(name, str) and not trusts_outside and is_outside(folder / name, folder):
            found.append(((PROBLEMS, index), outside_message(name)))
        elif name in names[:index]:
            found.append(((PROBLEMS, index), f"{name!r} stands here twice"))
    return found

"""Choices of a problem file for the page that change nothing on the document at hand, found by making it without them.

The same file may be meant for several styles, in some of which a choice counts: so they are named, and not refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel

from derive.cli import console
from derive.cli.jobs import Job, Solved
from derive.document.document import Document
from derive.document.mathematics import Math
from derive.document.walk import within
from derive.errors import DeriveError
from derive.problem.model import Problem
from derive.problem.tree import entries, keys
from derive.sources.marked import Path_

T = TypeVar("T")
CHOICES = ("exercise", "figure", "detail", "notation")
"""Groups of choices for the page."""
_ALWAYS = frozenset({("exercise", "title"), ("exercise", "text"), ("exercise", "conditions"), ("notation", "base")})
"""What is on every document, or is a file with choices of its own."""
LARGEST = 200_000
"""Characters of a document beyond which it is not made again."""
_TELLING = 5
"""Characters of words, spaces counted, that stand in a text by no accident."""
_WORD = re.compile(r"\w+")
_MISSING = object()


@dataclass(frozen=True)
class Making(Generic[T]):
    """How a job becomes what is written, by way of a document; what was made of the one at hand, and its text."""

    document: Callable[[Job], Document]
    make: Callable[[Job], T]
    made: T
    text: str


def tell_unused(job: Job, making: Making[Any]) -> None:
    """Name every choice without which the same is made."""
    if len(making.text) > LARGEST:
        return
    page = _Page(job, making)
    for index, one in enumerate(job.solved):
        for path in stated(one.marked.tree):
            others = alternatives(one.solution.problem, path)
            if others and all(page.is_same(index, other) for other in others):
                message = f"`{path[-1]}` has no effect on this document in the style {job.style}"
                console.warning(str(one.marked.diagnostic(path, message)))
    if job.through and job.collection is not None and page.is_made_of(replace(job, through=False)):
        message = f"`questions` has no effect on this document in the style {job.style}"
        console.warning(str(job.collection.diagnostic(("questions",), message)))


class _Page:
    """A document that others are compared with: their values first, what is written of them only where that decides."""

    def __init__(self, job: Job, making: Making[Any]) -> None:
        self.job, self.making = job, making

    def is_same(self, index: int, problem: Problem) -> bool:
        """Whether the same is made with other choices in the problem of that index."""
        other = self.job.with_problem(index, problem)
        try:
            if self._shows_symbols(self.job.solved[index], other.solved[index]):
                return False
        except DeriveError:
            return False
        return self.is_made_of(other)

    def is_made_of(self, other: Job) -> bool:
        """Whether the same is made of another job."""
        try:
            document = self.making.document(other)
            if document == self._document:
                return True
            return not self._shows(document) and self.making.make(other) == self.making.made
        except DeriveError:
            return False

    def _shows_symbols(self, own: Solved, other: Solved) -> bool:
        """Whether a symbol that is another one in the notation of the other problem is read in the mathematics."""
        if own.solution.problem.notation == other.solution.problem.notation:
            return False
        symbols, others = own.solution.writer.all_symbols, other.solution.writer.all_symbols
        renamed = (symbols[q] for q in range(own.solution.graph.blocks.size) if symbols[q] != others[q])
        return any(_words_of(symbol) in self._mathematics for symbol in renamed)

    def _shows(self, other: Document) -> bool:
        """Whether something that the other document has not is read in what is written."""
        gone = map(_words_of, self._strings - set(within(other, str)))
        return any(len(words) >= _TELLING and words in self._text for words in gone)

    @cached_property
    def _document(self) -> Document:
        return self.making.document(self.job)

    @cached_property
    def _mathematics(self) -> str:
        return _words_of(" ".join(within(self._document, Math)))

    @cached_property
    def _text(self) -> str:
        return _words_of(self.making.text)

    @cached_property
    def _strings(self) -> set[str]:
        return set(within(self._document, str))


def _words_of(text: str) -> str:
    """The words and numbers of a text, a space before and behind each: however it is escaped, these stay."""
    return f" {' '.join(_WORD.findall(text))} "


def stated(tree: Any) -> Iterator[Path_]:
    """The paths of the choices for the page that a file states, letters one by one."""
    for group in CHOICES:
        for key, value in keys(keys(tree).get(group)).items():
            if isinstance(value, dict):
                yield from ((group, key, one) for one in value)
            elif (group, key) not in _ALWAYS:
                yield (group, key)
    if "equation_numbers" in keys(tree):
        yield ("equation_numbers",)
    for index, question in enumerate(entries(keys(tree).get("questions"))):
        if "working" in keys(question):
            yield ("questions", index, "working")


def alternatives(problem: Problem, path: Path_) -> list[Problem]:
    """The problem with the usual value of a choice and with one more; none where the choice is the usual one."""
    holder: Any = problem
    for step in path[:-1]:
        holder = getattr(holder, str(step)) if isinstance(holder, BaseModel) else holder[step]
    if isinstance(holder, dict):
        return [_with(problem, path, _MISSING)]
    field = type(holder).model_fields[str(path[-1])]
    present, usual = getattr(holder, str(path[-1])), field.get_default(call_default_factory=True)
    if present == usual:
        return []
    others = [usual, *(word for word in _words(field.annotation) if word not in (present, usual))]
    return [_with(problem, path, word) for word in others[:2]]


def _words(annotation: Any) -> tuple[Any, ...]:
    """The values that a choice between words, or between true and false, may have."""
    if annotation is bool:
        return (True, False)
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return tuple(word for part in get_args(annotation) for word in _words(part))


def _with(node: Any, path: Path_, value: object) -> Any:
    """A problem, or a part of one, with another value at a path."""
    if not path:
        return value
    step = path[0]
    if isinstance(node, dict):
        return {key: one for key, one in node.items() if key != step}
    if isinstance(node, tuple):
        return tuple(_with(one, path[1:], value) if place == step else one for place, one in enumerate(node))
    return node.model_copy(update={str(step): _with(getattr(node, str(step)), path[1:], value)})

"""Choices of a problem file for the page that change nothing on the document at hand, found by making it without them.

The same file may be meant for several styles, in some of which a choice counts: so they are named, and not refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from derive.cli import talk
from derive.cli.jobs import Job
from derive.errors import DeriveError
from derive.problem.model import Problem
from derive.problem.tree import entries, keys
from derive.sources.marked import Path_

CHOICES = ("exercise", "figure", "detail", "notation")
"""Groups of choices for the page."""
_ALWAYS = frozenset({("exercise", "title"), ("exercise", "text"), ("exercise", "conditions"), ("notation", "base")})
"""What is on every document, or is a file with choices of its own."""
LARGEST = 200_000
"""Characters of a document beyond which it is not made again."""
_MISSING = object()


def tell_unused(job: Job, made: object, size: int, make: Callable[[Job], object]) -> None:
    """Name every choice without which `make` gives the same as `made`, a document of `size` characters."""
    if size > LARGEST:
        return
    for index, one in enumerate(job.solved):
        for path in stated(one.marked.tree):
            others = alternatives(one.solution.problem, path)
            if others and all(_same(job.with_problem(index, other), made, make) for other in others):
                message = f"`{path[-1]}` has no effect on this document in the style {job.style}"
                talk.warning(str(one.marked.diagnostic(path, message)))


def _same(job: Job, made: object, make: Callable[[Job], object]) -> bool:
    try:
        return make(job) == made
    except DeriveError:
        return False


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

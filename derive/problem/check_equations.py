"""Checks of equations written down directly: names, values, shapes, each mistake at its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from derive.catalog.layers.equations import equation_shape
from derive.errors import FormulaError
from derive.graph.tensor import Shape
from derive.problem.model import Problem
from derive.sources.fields import NAME, shape_of
from derive.sources.marked import Path_
from derive.sources.validate import Mistake, suggestion

_WORD = re.compile(r"\w+")


def equation_mistakes(problem: Problem) -> Iterator[Mistake]:
    """Every mistake of a problem of equations alone."""
    for key in ("network", "data"):
        if getattr(problem, key):
            yield (key,), f"`{key}` and `equations` do not go together; a network may hold a layer `equations`"
    yield from _value_mistakes(problem)
    shapes = {name: None if numbers is None else shape_of(numbers) for name, numbers in _rounds(problem)[0].items()}
    known = {name: shape for name, shape in shapes.items() if shape is not None and 0 not in shape}
    valued = [*known, *sorted(set(shapes) - set(known))]
    broken = set(shapes) - set(known)
    for name, text in problem.equations.items():
        yield from _equation(name, text, known, broken)
    yield from _names(problem, [*problem.equations], valued)


def _rounds(problem: Problem) -> list[dict[str, Any]]:
    """The values of each round; one group without any where there are none."""
    return [group or {} for group in problem.values] or [{}]


def _value_mistakes(problem: Problem) -> Iterator[Mistake]:
    rounds, learned = _rounds(problem), set(problem.parameters)
    for index, group in enumerate(rounds):
        where: Path_ = ("values", index)
        for name, numbers in group.items():
            if numbers is None:
                continue
            if shape_of(numbers) is None:
                yield (*where, name), f"`{name}`: rows of different lengths"
            elif not _entry_count(numbers):
                yield (*where, name), f"`{name}`: expected at least one number, not a list without any"
            elif shape_of(numbers) != shape_of(rounds[0].get(name, numbers)):
                yield (*where, name), f"`{name}`: another shape than in the first round"
            if index and name in learned and numbers != rounds[0].get(name):
                carried = "after the first round it carries on from its update; leave it out here"
                yield (*where, name), f"`{name}` is a parameter: {carried}"
        for name in sorted((set(rounds[0]) ^ set(group)) - learned):
            yield where, f"`{name}` has a value in some rounds only"


def _equation(name: str, text: str | None, known: dict[str, Shape], broken: set[str]) -> Iterator[Mistake]:
    if text is None or not NAME.fullmatch(name):
        broken.add(name)
        return
    path: Path_ = ("equations", name)
    if name in known:
        yield path, f"equation {name}: the name is taken"
        return
    try:
        known[name] = equation_shape(name, text, known)
    except FormulaError as error:
        if broken.isdisjoint(_WORD.findall(text)):
            yield path, str(error)
        broken.add(name)


def _entry_count(numbers: Any) -> int:
    """How many entries nested lists have."""
    return sum(map(_entry_count, numbers)) if isinstance(numbers, tuple) else 1


def _names(problem: Problem, equations: Sequence[str], valued: Sequence[str]) -> Iterator[Mistake]:
    outputs = problem.outputs
    if outputs is not None and outputs not in equations:
        yield ("outputs",), f"`outputs`: there is no equation {outputs!r}{suggestion(outputs, equations)}"
    if problem.targets is not None and not _entry_count(problem.targets):
        yield ("targets",), "`targets`: expected at least one number, not a list without any"
    for name in problem.parameters:
        if name not in valued:
            yield ("parameters",), f"`parameters`: {name!r} has no value{suggestion(name, valued)}"
    if problem.parameters and problem.learning_rate is None:
        yield ("learning_rate",), "`learning_rate` is missing"

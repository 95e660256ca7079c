"""Random problems without the keys that would have no effect in them, which are refused."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from derive import Problem
from derive.network.lower import lower
from derive.network.ordering import worked_graph
from derive.network.unused import unused_in
from derive.problem.unused import unused_keys


def effective(tree: dict[str, Any]) -> Problem:
    """The problem of a tree without the keys that change nothing."""
    kept = deepcopy(tree)
    problem = Problem.model_validate(kept)
    for path in [path for path, _ in _unused(problem)][::-1]:
        holder: Any = kept
        for step in path[:-1]:
            holder = holder[step]
        del holder[path[-1]]
    return Problem.model_validate(kept)


def _unused(problem: Problem) -> Iterator[tuple[tuple[str | int, ...], str]]:
    yield from unused_keys(problem)
    lowered = lower(problem)
    yield from unused_in(problem, lowered, worked_graph(problem, lowered.graph))

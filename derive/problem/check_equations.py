"""Checks of equations written down directly: names, values, shapes, each mistake at its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from derive.catalog.layers.equations import equation_shape
from derive.errors import FormulaError
from derive.graph.tensor import Shape
from derive.problem.tree import entries
from derive.sources.fields import NAME, shape_of
from derive.sources.marked import Path_
from derive.sources.validate import suggestion

Mistake = tuple[Path_, str]


def equation_mistakes(tree: Mapping[str, Any]) -> Iterator[Mistake]:
    """Every mistake of a problem of equations alone."""
    for key in ("network", "data"):
        if tree.get(key):
            yield (key,), f"`{key}` and `equations` do not go together; a network may hold a layer `equations`"
    known, equations = _values(tree), tree.get("equations")
    yield from _value_mistakes(tree)
    if not isinstance(equations, dict) or not equations:
        yield ("equations",), "`equations`: expected names and formulas, such as q: x + y"
        return
    shapes = dict(known)
    misshapen = _misshapen(tree)
    broken = set(misshapen)
    for name, text in equations.items():
        yield from _equation(name, text, shapes, broken)
    yield from _names(tree, [*equations], [*known, *sorted(misshapen)])


def _values(tree: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """The shapes of the values of the first round that have numbers."""
    stated = tree.get("values")
    first = stated[0] if isinstance(stated, (list, tuple)) and stated else stated
    shapes = {str(name): shape_of(numbers) for name, numbers in first.items()} if isinstance(first, dict) else {}
    return {name: shape for name, shape in shapes.items() if shape is not None and 0 not in shape}


def _misshapen(tree: Mapping[str, Any]) -> set[str]:
    """Values whose shape is a mistake of its own."""
    stated = tree.get("values")
    first = stated[0] if isinstance(stated, (list, tuple)) and stated else stated
    return {str(name) for name in first} - set(_values(tree)) if isinstance(first, dict) else set()


def _value_mistakes(tree: Mapping[str, Any]) -> Iterator[Mistake]:
    stated = tree.get("values")
    rounds = list(stated) if isinstance(stated, (list, tuple)) else [stated]
    first = rounds[0] if rounds and isinstance(rounds[0], dict) else {}
    named = tree.get("parameters")
    learned = {named} if isinstance(named, str) else set(map(str, entries(named)))
    for index, group in enumerate(rounds):
        if not isinstance(group, dict):
            continue
        where: Path_ = ("values", index) if isinstance(stated, (list, tuple)) else ("values",)
        for name, numbers in group.items():
            if shape_of(numbers) is None:
                yield (*where, name), f"`{name}`: rows of different lengths"
            elif not entry_count(numbers):
                yield (*where, name), f"`{name}`: expected at least one number, not a list without any"
            elif name in first and shape_of(numbers) != shape_of(first[name]):
                yield (*where, name), f"`{name}`: another shape than in the first round"
        for name in sorted((set(first) ^ set(group)) - learned):
            yield where, f"`{name}` has a value in some rounds only"
        for name in [one for one in group if index and one in learned and group[one] != first.get(one)]:
            yield (
                (*where, name),
                f"`{name}` is a parameter: after the first round it carries on from its update; leave it out here",
            )


def _equation(name: Any, text: Any, known: dict[str, Shape], broken: set[str]) -> Iterator[Mistake]:
    path: Path_ = ("equations", name)
    if not NAME.fullmatch(str(name)):
        broken.add(str(name))
        return
    if name in known:
        yield path, f"equation {name}: the name is taken"
        return
    try:
        known[name] = equation_shape(str(name), str(text), known)
    except FormulaError as error:
        broken.add(str(name))
        if not any(repr(one) in str(error) for one in broken if one != name):
            yield path, str(error)


def entry_count(stated: Any) -> int:
    """How many entries nested lists have."""
    return sum(map(entry_count, stated)) if isinstance(stated, (list, tuple)) else 1


def _names(tree: Mapping[str, Any], equations: list[Any], values: list[str]) -> Iterator[Mistake]:
    outputs = tree.get("outputs")
    if outputs is not None and outputs not in equations:
        yield (
            ("outputs",),
            f"`outputs`: there is no equation {outputs!r}{suggestion(str(outputs), map(str, equations))}",
        )
    targets = tree.get("targets")
    if isinstance(targets, (list, tuple)) and not entry_count(targets):
        yield ("targets",), "`targets`: expected at least one number, not a list without any"
    parameters = tree.get("parameters")
    for name in parameters if isinstance(parameters, (list, tuple)) else ():
        if name not in values:
            yield ("parameters",), f"`parameters`: {name!r} has no value{suggestion(str(name), values)}"
    if parameters and tree.get("learning_rate") is None:
        yield (), "`learning_rate` is missing"

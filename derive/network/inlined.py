"""Statements in which arrays without a symbol are written as their formulas: `L = 1/2 sum((y - f) .* (y - f))`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from derive.graph.equations import Equation
from derive.graph.formula import Formula, Slot, rebuild
from derive.graph.quantity import Block, Blocks
from derive.graph.tensor import Tensor
from derive.graph.views.application import Application
from derive.graph.views.language import ViewEquation
from derive.network.array_statements import Stated
from derive.network.statements import Contribution

_Made = dict[tuple[int, ...], Contribution]


def inlined(blocks: Blocks, statements: Iterable[Stated], has_symbol: Callable[[Block], bool]) -> tuple[Stated, ...]:
    """The statements as they are written in symbols."""
    made: _Made = {}
    found: list[Stated] = []
    for stated in statements:
        if isinstance(stated, Equation):
            found.append(stated)
            continue
        contributions = tuple(_written(one, made) for one in stated.contributions)
        found.append(replace(stated, contributions=contributions))
        equation, application = contributions[0]
        defined = application.tensors.get(equation.of)
        if defined is not None and not has_symbol(blocks.of(defined.ids[0])):
            made[tuple(defined.ids)] = contributions[0]
    return tuple(found)


def _written(contribution: Contribution, made: _Made) -> Contribution:
    """A contribution with the formulas of arrays without a symbol in their place."""
    equation, application = contribution
    tensors = dict(application.tensors)

    def formula_of(node: Formula) -> Formula | None:
        tensor = application.tensors.get(node.name) if isinstance(node, Slot) else None
        inner = None if tensor is None else made.get(tuple(tensor.ids))
        return None if inner is None else _renamed(inner, tensors)

    right = rebuild(equation.right, formula_of)
    return ViewEquation(equation.left, right), replace(application, tensors=tensors)


def _renamed(inner: Contribution, tensors: dict[str, Tensor]) -> Formula:
    """The formula of an array, with names that those of another statement leave free; they are added to these."""
    equation, application = inner
    names = {name: _free(name, tensor, tensors) for name, tensor in application.tensors.items() if name != equation.of}
    tensors.update({names[name]: application.tensors[name] for name in names})
    return rebuild(equation.right, lambda node: _named(node, names, application))


def _named(node: Formula, names: Mapping[str, str], application: Application) -> Formula | None:
    return Slot(names[node.name]) if isinstance(node, Slot) and node.name in application.tensors else None


def _free(name: str, tensor: Tensor, tensors: Mapping[str, Tensor]) -> str:
    """The name, with as many lines behind it as tell it from that of another array."""
    while name in tensors and list(tensors[name].ids) != list(tensor.ids):
        name += "_"
    return name

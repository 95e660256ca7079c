"""Adjoints that are no lines of their own, written out where they are used: `ds = (f - y) .* f'(s)`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from derive.graph.ascent import gathered
from derive.graph.formula import Formula, Slot, add, calls, leaves, rebuild
from derive.graph.tensor import Tensor
from derive.graph.views.application import Application
from derive.graph.views.language import ADJOINT, ViewEquation
from derive.network.statements import Contribution, Statement

_Targets = tuple[int | None, ...]
_Written = Callable[[_Targets], Contribution | None]


def with_folded(statements: Sequence[Statement], worked: frozenset[int]) -> Iterator[Statement]:
    """The statements of what is `worked`, those of anything else put into them."""
    folded: dict[_Targets, Statement] = {}
    kept = []
    for one in statements:
        targets = _targets(*one.contributions[0])
        if worked.isdisjoint(targets):
            folded[targets] = one
        else:
            kept.append(one)
    made: dict[_Targets, Contribution | None] = {}

    def written(targets: _Targets) -> Contribution | None:
        """The right side of an array that is folded, in what is worked; None for one that is or that has none."""
        if targets in folded and targets not in made:
            made[targets] = _together([_put_in(one, written) for one in _single_sum(folded[targets])])
        return made.get(targets)

    for one in kept:
        yield _with(one, written)


def _with(statement: Statement, written: _Written) -> Statement:
    contributions = tuple(_put_in(one, written) for one in statement.contributions)
    return replace(statement, contributions=contributions, added=tuple(_with(one, written) for one in statement.added))


def _single_sum(statement: Statement) -> tuple[Contribution, ...]:
    """The contributions whose plain sum an array is; none where it is divided or more than that."""
    return statement.contributions if statement.divisor == 1 and not statement.added else ()


def _put_in(contribution: Contribution, written: _Written) -> Contribution:
    """A contribution with what is folded written out."""
    equation, application = contribution
    tensors = dict(application.tensors)

    def formula_of(node: Formula) -> Formula | None:
        found = application.find(node.name) if isinstance(node, Slot) else None
        inner = (
            written(tuple(application.target(q, adjoint=True) for q in found[0].ids)) if found and found[1] else None
        )
        return None if inner is None else _renamed(inner, tensors)

    right = rebuild(equation.right, formula_of)
    if right == equation.right:
        return contribution
    return ViewEquation(equation.left, gathered(right)), replace(application, tensors=tensors)


def _together(contributions: Sequence[Contribution]) -> Contribution | None:
    """Contributions as one; None where there are none, or one has more in it than arrays."""
    if not contributions or not all(_has_arrays_alone(*one) for one in contributions):
        return None
    (equation, application), *others = contributions
    tensors = dict(application.tensors)
    terms = [equation.right, *(_renamed(one, tensors) for one in others)]
    return ViewEquation(equation.left, add(tuple(terms))), replace(application, tensors=tensors)


def _has_arrays_alone(equation: ViewEquation, application: Application) -> bool:
    """Whether a right side means the same in the application of another layer, with the same arrays."""
    slots = [leaf.name for leaf in leaves(equation.right) if isinstance(leaf, Slot)]
    activated = any(application.activates(one.function) for one in calls(equation.right))
    return not activated and all(application.find(name) is not None for name in slots)


def _targets(equation: ViewEquation, application: Application) -> _Targets:
    found = application.find(equation.of)
    if found is None:
        raise LookupError(f"no array {equation.of!r}")
    return tuple(application.target(quantity, adjoint=found[1]) for quantity in found[0].ids)


def _renamed(inner: Contribution, tensors: dict[str, Tensor]) -> Formula:
    """The formula of an array, with names that another statement leaves free; they are added to its `tensors`."""
    equation, application = inner
    names: dict[str, str] = {}
    for leaf in leaves(equation.right):
        found = application.find(leaf.name) if isinstance(leaf, Slot) else None
        if not isinstance(leaf, Slot) or found is None:
            continue
        own = leaf.name.removeprefix(ADJOINT) if found[1] else leaf.name
        free = _free(own, found[0], tensors)
        tensors[free] = found[0]
        names[leaf.name] = ADJOINT + free if found[1] else free
    return rebuild(equation.right, lambda node: _named(node, names))


def _named(node: Formula, names: Mapping[str, str]) -> Formula | None:
    return Slot(names[node.name]) if isinstance(node, Slot) and node.name in names else None


def _free(name: str, tensor: Tensor, tensors: Mapping[str, Tensor]) -> str:
    """The name, with as many lines behind it as tell it from that of another array."""
    while name in tensors and list(tensors[name].ids) != list(tensor.ids):
        name += "_"
    return name

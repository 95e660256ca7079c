"""The backward index forms of a layer, derived from its forward ones.

Each use of an array on a right side adds the adjoint of the left side times the partial by the entry, summed over the
indices that the entry leaves open; what several equations add to one adjoint stands in one equation. Theory: Laue,
Mitterreiter, Giesen, A simple and efficient tensor calculus, AAAI 2020.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import count

from derive.graph.formula import Formula, Negative, Number, Slot, add, calls, leaves, negate
from derive.graph.functions import FUNCTIONS
from derive.graph.views.adjoint_terms import adjoint_equation, product
from derive.graph.views.application import Application
from derive.graph.views.index_form import lengths
from derive.graph.views.language import ADJOINT, Entry, ViewEquation
from derive.graph.views.partials import Known, Use, uses
from derive.graph.views.solving import Contribution, contribution

Lengths = tuple[tuple[str, int], ...]
Stated = tuple[tuple[ViewEquation, Lengths], ...]
"""Equations in the order of the pass, each with how far its indices run."""


def adjoint_equations(equations: Sequence[ViewEquation], application: Application) -> tuple[ViewEquation, ...]:
    """For each array of the right sides whose adjoint is worked, what these equations add to it, the last ones first.

    Of the arrays that one equation uses, parameters come first. Raises `FormulaError` where nothing says what a partial
    is.
    """
    stated = tuple((equation, tuple(lengths(equation, application).items())) for equation in equations)
    return derived(stated, _known(application), application.parameters)


def _known(application: Application) -> Known:
    return Known(
        tuple((name, tuple(tensor.shape)) for name, tensor in application.tensors.items()),
        frozenset(name for name in application.tensors if application.has_worked(ADJOINT + name)),
        tuple(application.numbers.items()),
        tuple((option, tuple(one.constants)) for option, one in application.activations.items()),
        application.at_zero,
    )


@lru_cache(maxsize=1024)
def derived(stated: Stated, known: Known, parameters: frozenset[str]) -> tuple[ViewEquation, ...]:
    """The same from what is known of the arrays."""
    order = _backward(stated)
    found: dict[str, list[Contribution]] = {}
    finished: dict[str, ViewEquation] = {}
    for equation, running in order:
        if equation.of in known.worked:
            for use in gathered_uses(uses(equation, known, dict(running))):
                found.setdefault(use.array, []).append(contribution(use, known, stated.index((equation, running))))
                finished[use.array] = equation
    arrays = [
        array
        for equation, _ in order
        for array in _in_order([one for one in found if finished[one] is equation], equation, parameters)
    ]
    return tuple(adjoint_equation(array, found[array], known) for array in arrays)


def _in_order(arrays: Sequence[str], equation: ViewEquation, parameters: frozenset[str]) -> list[str]:
    """Parameters before others, each in the order in which the equation names them."""
    named = equation.names()
    return sorted(arrays, key=lambda one: (one not in parameters, named.index(one) if one in named else len(named)))


def _backward(stated: Stated) -> Stated:
    """The equations, those first that rest on most others; those that rest on as many as they follow one another."""
    level: dict[str, int] = {}
    for equation, _ in stated:
        level[equation.of] = 1 + max((level.get(name, 0) for name in equation.names()), default=0)
    return tuple(sorted(stated, key=lambda one: -level[one[0].of]))


def gathered_uses(uses: Iterable[Use]) -> Iterator[Use]:
    """The uses, those of one entry in the same sums together; like terms are counted."""
    groups: dict[object, list[Use]] = {}
    for use in uses:
        path = use.path
        groups.setdefault((use.array, use.indices, path.reaching, path.spans, path.bounds), []).append(use)
    for group in groups.values():
        yield group[0] if len(group) == 1 else _together(group)


def _together(group: list[Use]) -> Use:
    first = group[0].path
    counts: dict[tuple[tuple[Formula, ...], tuple[Formula, ...]], int] = {}
    for use in group:
        path = use.path
        key = path.factors, path.below
        counts[key] = counts.get(key, 0) + (-1 if path.negative else 1)
    terms = [_term(factors, below, count) for (factors, below), count in counts.items() if count]
    terms.sort(key=lambda term: isinstance(term, Negative))
    path = replace(first, factors=(), below=(), negative=False)
    return replace(group[0], path=path.times(add(tuple(terms)) if terms else Number("0")))


def _term(factors: tuple[Formula, ...], below: tuple[Formula, ...], count: int) -> Formula:
    size = product((Number(str(abs(count))), *factors), below)
    return negate(size) if count < 0 else size


_Axis = tuple[str, int]
"""An axis of an array, by the array's name; or an index of an equation, by the equation's number."""


def adjoints_of_any_size(equations: Sequence[ViewEquation]) -> tuple[ViewEquation, ...]:
    """What the equations add to the adjoint of each array that they use, all of them trained or computed.

    What stands alone and has no equation is taken for a constant.
    """
    sizes = _sizes(equations)
    entries = {one.name: len(one.indices) for equation in equations for one in _entries(equation)}
    single = {equation.of: 0 for equation in equations if not isinstance(equation.left, Entry)}
    shapes = {name: tuple(sizes[name, axis] for axis in range(axes)) for name, axes in {**single, **entries}.items()}
    used = {call.function for equation in equations for call in calls(equation.right)} - FUNCTIONS.keys() - {"count"}
    known = Known(tuple(shapes.items()), frozenset(shapes), (), tuple((option, ()) for option in sorted(used)))
    running = [
        tuple((name, sizes[name, -number]) for name in _alone(equation)) for number, equation in enumerate(equations, 1)
    ]
    return derived(tuple(zip(equations, running, strict=True)), known, frozenset())


def _entries(equation: ViewEquation) -> Iterator[Entry]:
    yield from (one for one in (equation.left, *leaves(equation.right)) if isinstance(one, Entry))


def _alone(equation: ViewEquation) -> list[str]:
    """The indices that stand alone at an axis."""
    found = (index.name for one in _entries(equation) for index in one.indices if isinstance(index, Slot))
    return list(dict.fromkeys(found))


def _sizes(equations: Sequence[ViewEquation]) -> Mapping[_Axis, int]:
    """A number for each axis and each index, the same only where an index stands alone at axes."""
    found: dict[_Axis, int] = {}
    fresh = count(2)
    for number, equation in enumerate(equations, 1):
        for entry in _entries(equation):
            for axis, index in enumerate(entry.indices):
                own = found.setdefault((entry.name, axis), next(fresh))
                if isinstance(index, Slot):
                    other = found.setdefault((index.name, -number), own)
                    found.update({key: own for key, size in found.items() if size == other})
    return found

"""The backward index forms of a layer, derived from its forward ones.

Each use of an array on a right side adds the adjoint of the left side times the partial by the entry, summed over the
indices that the entry leaves open; what several equations add to one adjoint stands in one equation. Theory: Laue,
Mitterreiter, Giesen, A simple and efficient tensor calculus, AAAI 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from derive.graph.views.adjoint_terms import adjoint_equation
from derive.graph.views.alike import gathered_uses
from derive.graph.views.application import Application
from derive.graph.views.index_form import lengths
from derive.graph.views.language import ADJOINT, ViewEquation
from derive.graph.views.partials import Known, uses
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

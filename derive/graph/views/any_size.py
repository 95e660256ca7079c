"""Backward index forms of arrays of any size: those that a catalog lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from derive.graph.formula import Slot, calls, leaves
from derive.graph.functions import FUNCTIONS
from derive.graph.views.adjoint_form import derived
from derive.graph.views.language import Entry, ViewEquation
from derive.graph.views.partials import Known

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

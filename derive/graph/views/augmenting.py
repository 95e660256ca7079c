"""Augmented arrays: the bias of a layer as the first entry of its input, above its weights a row of ones.

`s = T(w)*x + b` is then `s = T(w)*x`. Abu-Mostafa, Magdon-Ismail, Lin, Learning from Data (2012), e-chapter 7.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from derive.graph.formula import ONE, ZERO, Call, Formula, Position, Product, Slot, Sum, rebuild
from derive.graph.views import matrix_form
from derive.graph.views.application import Application, Border
from derive.graph.views.joining import Use
from derive.graph.views.language import ViewEquation


@dataclass(frozen=True)
class AffineMap:
    """The quantities of weights, inputs and biases that pre-activations `T(w)*x + b` are worked from."""

    weights: tuple[int, ...]
    inputs: tuple[int, ...]
    biases: tuple[int, ...]


def affine_map(use: Use) -> AffineMap | None:
    """The affine map of a vector that an equation is; None for any other equation."""
    equation, application = use
    match equation.right:
        case Sum((Product((Call("T", (Slot(weights),)), Slot(inputs))), Slot(biases))):
            found = [application.find(name) for name in (weights, inputs, biases)]
            arrays = [one[0] for one in found if one is not None and not one[1]]
            if [len(one.shape) for one in arrays] == [2, 1, 1]:
                return AffineMap(*(tuple(one.ids) for one in arrays))
    return None


def augmented(use: Use, maps: Iterable[AffineMap]) -> Use:
    """The equation with the arrays of some affine maps augmented, wherever it mentions them; else as it is."""
    by_weights = {one.weights: one for one in maps}
    if not by_weights:
        return use
    own = affine_map(use)
    if own is not None:
        return _pre_activation(use, own) if own.weights in by_weights else use
    return _gradient(use, by_weights) or _update(use, by_weights) or _passed_back(use, by_weights)


def _pre_activation(use: Use, own: AffineMap) -> Use:
    """`T(w)*x + b` as `T(w)*x`."""
    equation, application = use
    match equation.right:
        case Sum((Product((Call(_, (Slot(weights),)), Slot(inputs))) as product, _)):
            borders = {weights: _ones(len(own.biases)), inputs: Border((Position(own.biases[0]),))}
            return ViewEquation(equation.left, product), _bordered(application, borders)
    raise LookupError(f"{equation.of} is no affine map")


def _gradient(use: Use, by_weights: Mapping[tuple[int, ...], AffineMap]) -> Use | None:
    """`dw = x*T(ds)` with a row for the bias, which nothing uses."""
    equation, application = use
    found = application.find(equation.of)
    own = by_weights.get(tuple(found[0].ids)) if found is not None and found[1] else None
    match equation.right:
        case Product((Slot(inputs), Call("T", _))) if own is not None:
            borders = {equation.of: _zeros(len(own.biases)), inputs: Border((Position(own.biases[0]),))}
            return equation, _bordered(application, borders)
    return None


def _passed_back(use: Use, by_weights: Mapping[tuple[int, ...], AffineMap]) -> Use:
    """`w*ds` as `tail(w*ds)`: what comes back to an augmented input without what comes back to the bias."""
    equation, application = use
    borders: dict[str, Border] = {}

    def cut(node: Formula) -> Formula | None:
        match node:
            case Product((Slot(weights), Slot())) if (own := by_weights.get(_ids(application, weights))) is not None:
                borders[weights] = _ones(len(own.biases))
                return Call("tail", (node,))
            case _:
                return None

    right = rebuild(equation.right, cut)
    return (ViewEquation(equation.left, right), _bordered(application, borders)) if borders else use


def _update(use: Use, by_weights: Mapping[tuple[int, ...], AffineMap]) -> Use | None:
    """New weights below ones that stay; None where they would not stay, as where weights decay."""
    equation, application = use
    arrays = {name: found for name in equation.names() if (found := application.find(name)) is not None}
    defined, is_adjoint = arrays[equation.of]
    large = {name: found for name, found in arrays.items() if found[0].shape}
    if is_adjoint or len(defined.shape) != 2 or any(found[0].shape != defined.shape for found in large.values()):
        return None
    parameters = {equation.of, *(name for name in large if _ids(application, name) in by_weights)}
    ones = _ones(defined.shape[-1])
    borders = {name: ones if name in parameters else _zeros(len(ones.entries)) for name in large}
    made = _bordered(application, borders)
    stay = len(parameters) > 1 and matrix_form.rows(equation.right, made)[0] == ones.entries
    return (equation, made) if stay else None


def _ids(application: Application, name: str) -> tuple[int, ...]:
    """The quantities of an array; none for an adjoint, or for a name of no array."""
    found = application.find(name)
    return () if found is None or found[1] else tuple(found[0].ids)


def _bordered(application: Application, borders: Mapping[str, Border]) -> Application:
    return replace(application, borders={**application.borders, **borders})


def _ones(columns: int) -> Border:
    return Border((ONE,) * columns)


def _zeros(columns: int) -> Border:
    return Border((ZERO,) * columns)

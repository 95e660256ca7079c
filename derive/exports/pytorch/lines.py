"""The expression that gives a variable: from what its layer states, from a rule, or entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

from derive.catalog.layers.base import Layer
from derive.errors import FormulaError
from derive.exports.pytorch.calls import call_value
from derive.exports.pytorch.layer_equations import LayerEquation, layer_value
from derive.exports.pytorch.pieces import Piece, exactly
from derive.exports.pytorch.rules import rule_use, rule_value
from derive.exports.pytorch.texts import StatedTextError
from derive.exports.pytorch.variables import Variables, as_tensor
from derive.graph.equations import Equation
from derive.graph.tensor import Shape, Tensor
from derive.graph.views.application import Application
from derive.graph.views.language import ViewEquation
from derive.network.views import LayerViews

Way = Callable[[], Piece]


@dataclass(frozen=True)
class Printing:
    """What every line needs: equations by what they give, layers' own, what is known, whose gradients are wanted."""

    equations: Mapping[int, Equation]
    views: Sequence[LayerViews]
    variables: Variables
    at_zero: int
    wanted: Sequence[bool]
    """Which quantities depend on something that is differentiated by."""

    def value(self, result: Tensor) -> Piece:
        """The expression of an array, with all of its axes.

        Raises `FormulaError` for what PyTorch has no operation for.
        """
        refusal = FormulaError("the script has no operation for it")
        for ways in self._ways(result):
            found = []
            for way in ways:
                try:
                    found.append(whole(way(), result.shape))
                except StatedTextError:
                    raise
                except FormulaError as error:
                    refusal = error
            if found:
                return min(found, key=lambda piece: len(piece.text))
        raise refusal

    def _ways(self, result: Tensor) -> Iterator[Sequence[Way]]:
        """How an array may be worked: by the rule of its entries, as its layer states it, part by part.

        The shortest of those that come together is taken.
        """
        use = rule_use([self.equations[quantity] for quantity in result.ids], result.shape, self.wanted)
        stated = self._layer_equation(result)
        layer: list[Way] = []
        if stated is not None:
            layer.append(lambda: layer_value(stated, self.variables, self.at_zero, result.shape))
        if use is not None:
            rule: Way = lambda: rule_value(use, self.variables, self.at_zero)  # noqa: E731
            yield from ([rule, *layer],) if use.rule.torch or not use.rule.groups else (layer, [rule])
        else:
            yield layer
        if result.shape:
            yield [lambda: self._stacked(result)]

    def _stacked(self, result: Tensor) -> Piece:
        parts = [as_tensor(self.value(part)) for part in result]
        return Piece(f"torch.stack([{', '.join(parts)}])", axes=tuple(range(len(result.shape))))

    def call(self, result: Tensor) -> Piece | None:
        """The expression that a layer states for an array; None where none does.

        Raises `FormulaError` where it is none of Python's, or names what the layer does not have.
        """
        use = self._layer_equation(result)
        return None if use is None or not use.call else call_value(use, self.variables, result.shape)

    @cached_property
    def _stated(self) -> Mapping[int, tuple[Layer, ViewEquation, Application]]:
        """What layers state, by the first quantity that each equation gives where it is applied."""
        return {
            application.tensors[equation.of].ids[0]: (views.placed.layer, equation, application)
            for views in self.views
            for application in views.applications
            for equation in views.index(application)
        }

    def _layer_equation(self, result: Tensor) -> LayerEquation | None:
        """The equation of a layer that gives an array, in one application or in several; None where none does."""
        applications: list[Application] = []
        start, equations = 0, []
        while start < len(result.ids) and result.ids[start] in self._stated:
            layer, equation, application = self._stated[result.ids[start]]
            ids = application.tensors[equation.of].ids
            if list(ids) != list(result.ids[start : start + len(ids)]):
                return None
            applications.append(application)
            equations.append(equation)
            start += len(ids)
        batch = _leading(result.shape, len(applications))
        if start < len(result.ids) or batch is None or any(one != equations[0] for one in equations):
            return None
        return LayerEquation(layer, equations[0], applications, batch)


def _leading(shape: Shape, count: int) -> Shape | None:
    """The first axes of a shape that have so many entries together."""
    fitting = (shape[:axes] for axes in range(len(shape) + 1) if prod(shape[:axes]) == count)
    return next(fitting, None)


def whole(found: Piece, shape: Shape) -> Piece:
    """The piece with every axis of a shape, or a Python number."""
    every = tuple(range(len(shape)))
    return found if found.number else exactly(found, every, dict(enumerate(shape)))

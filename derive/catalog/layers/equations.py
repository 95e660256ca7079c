"""Equations written down directly: any computation graph, alone or inside a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from derive.catalog.layers.activated import SOFTMAX
from derive.catalog.layers.base import Layer, Misfit, Parameter, Shapes, only_input
from derive.catalog.layers.layer_context import LayerContext
from derive.errors import FormulaError
from derive.graph.array_grammar import index_form, parse_array
from derive.graph.builder import GraphBuilder
from derive.graph.chain import canonical
from derive.graph.formula import Call, Slot
from derive.graph.functions import FUNCTIONS
from derive.graph.quantity import Kind, Role
from derive.graph.tensor import Shape, Tensor, of
from derive.graph.views.application import Application
from derive.graph.views.index_form import expand
from derive.graph.views.language import ViewEquation
from derive.sources.fields import Name, Numbers, Text, shape_of

_TEXTBOOK: Mapping[str, Mapping[str, str]] = {
    "1/a1": {"a1": "-1/a1^2"},
    **{f"{name}(a1)": {"a1": FUNCTIONS[name].derivative} for name in ("exp", "sigmoid", "sqrt", "tanh")},
}
"""Derivatives of single steps in the form that keys print."""


def equation_shape(name: str, text: str, shapes: Mapping[str, Shape]) -> Shape:
    """The shape of one named array, from those of the arrays before it. Raises `FormulaError` naming the equation."""
    return _equation(name, text, shapes)[1]


def emit_equation(builder: GraphBuilder, name: str, text: str, known: Mapping[str, Tensor]) -> Tensor:
    """The equations of one named array, and its quantities. Raises `FormulaError` naming the equation."""
    equation, shape = _equation(name, text, {array: tensor.shape for array, tensor in known.items()})
    made = of(builder.block(Kind.NODE, Role.FORWARD, shape, name))
    match equation.right:
        case Call("softmax", (Slot(argument),)):
            for member, output in enumerate(made.ids):
                rule = SOFTMAX.sized(len(made.ids), member)
                builder.equation(rule, output, known[argument].ids, made.ids)
        case _:
            for output, entry in expand(equation, Application({**known, name: made}, {})):
                form, operands = canonical(entry, builder.at_zero, _TEXTBOOK)
                builder.equation(form.sized(), output, operands)
    return made


def _equation(name: str, text: str, shapes: Mapping[str, Shape]) -> tuple[ViewEquation, Shape]:
    """An equation in index form, or as the softmax of one vector, and the shape of what it gives."""
    try:
        return index_form(name, parse_array(text, shapes), shapes)
    except FormulaError as error:
        raise FormulaError(f"equation {name}: {error}") from error


class Equations(Layer):
    """Equations over the input `x`, the layer's own parameters and constants; the last one is the result."""

    describes: ClassVar[str] = "equations written down directly, over the input x and parameters of their own"
    scalar_lines: ClassVar[bool] = True
    reference: ClassVar[str] = "Goodfellow, Bengio, Courville, Deep Learning (2016), section 6.5.1"

    layer: Literal["equations"] = "equations"
    equations: dict[Name, Text]
    values: dict[Name, Numbers] = Field(default_factory=dict)
    constants: dict[Name, Numbers] = Field(default_factory=dict)

    def _shapes(self, inputs: Shapes) -> Mapping[str, Shape]:
        found: dict[str, Shape] = {"x": only_input(inputs)}
        for name, numbers in {**self.values, **self.constants}.items():
            shape = shape_of(numbers)
            if shape is None:
                raise Misfit(f"has rows of different lengths in {name}", "values")
            if name in found:
                raise Misfit(f"names {name!r} twice; x is the input", "values")
            found[name] = shape
        return found

    def output_shape(self, inputs: Shapes) -> Shape:
        """The shape of the last equation's left side."""
        shapes = dict(self._shapes(inputs))
        result = shapes["x"]
        for name, text in self.equations.items():
            if name in shapes:
                raise Misfit(f"has a mistake: equation {name}: the name is taken", "equations")
            try:
                result = shapes[name] = equation_shape(name, text, shapes)
            except FormulaError as error:
                raise Misfit(f"has a mistake: {error}", "equations") from error
        return result

    def parameters(self, inputs: Shapes) -> tuple[Parameter, ...]:
        """The values, which are trained, and the constants."""
        shapes = self._shapes(inputs)
        return tuple(
            Parameter(name, Kind.WEIGHT, shapes[name], numbers, name, trainable=name in self.values)
            for name, numbers in {**self.values, **self.constants}.items()
        )

    def apply(self, context: LayerContext, inputs: tuple[Tensor, ...]) -> Tensor:
        """The equations in order, and the quantities of the last."""
        known = {"x": inputs[0], **{name: of(block) for name, block in context.parameters.items()}}
        for name, text in self.equations.items():
            known[name] = emit_equation(context.builder, name, text, known)
        return known[next(reversed(self.equations), "x")]

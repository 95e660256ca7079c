"""Equations written down directly: any computation graph, alone or inside a network."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Literal

from pydantic import Field

from derive.catalog.layers.activated import SOFTMAX
from derive.catalog.layers.base import Layer, Misfit, Parameter, Shapes, only_input
from derive.catalog.layers.layer_context import LayerContext
from derive.errors import FormulaError
from derive.graph.array_grammar import parse_array
from derive.graph.arrays import written_out
from derive.graph.builder import GraphBuilder
from derive.graph.canonical import canonical
from derive.graph.formula import Call, Slot
from derive.graph.quantity import Block, Kind, Role
from derive.graph.tensor import Shape, Tensor, of
from derive.sources.fields import Name, Numbers, Text, shape_of

_TEXTBOOK = MappingProxyType(
    {
        "sigmoid(a1)": {"a1": "out*(1-out)"},
        "exp(a1)": {"a1": "out"},
        "tanh(a1)": {"a1": "1-out^2"},
        "sqrt(a1)": {"a1": "1/(2*out)"},
        "1/a1": {"a1": "-1/a1^2"},
    }
)
"""Derivatives of single steps in the form that keys print."""


def emit_equation(builder: GraphBuilder, name: str, text: str, known: Mapping[str, Tensor]) -> Tensor:
    """The equations of one named array, and its quantities. Raises `FormulaError` naming the equation."""
    try:
        tree = parse_array(text, known)
        if isinstance(tree, Call) and tree.function == "softmax" and isinstance(tree.arguments[0], Slot):
            return _softmax(builder, name, tree.arguments[0].name, known)
        array = written_out(tree, known)
    except FormulaError as error:
        raise FormulaError(f"equation {name}: {error}") from error
    block = builder.block(Kind.NODE, Role.FORWARD, array.shape, name)
    for output, entry in zip(block.ids, array.entries, strict=True):
        rule, operands = canonical(entry, builder.at_zero, _TEXTBOOK)
        builder.equation(rule.sized(), output, operands)
    return of(block)


def _softmax(builder: GraphBuilder, name: str, argument: str, known: Mapping[str, Tensor]) -> Tensor:
    if argument not in known or len(known[argument].shape) != 1:
        raise FormulaError("softmax(...) takes the name of one vector")
    inputs = known[argument]
    block = builder.block(Kind.NODE, Role.FORWARD, inputs.shape, name)
    for member, output in enumerate(block.ids):
        builder.equation(SOFTMAX.sized(block.size, member), output, inputs.ids, block.ids)
    return of(block)


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
        """The shape of the last equation's left side, found by writing the equations out."""
        builder, known = GraphBuilder(), {}
        for name, shape in self._shapes(inputs).items():
            known[name] = of(builder.block(Kind.NODE, Role.GIVEN, shape, name))
        try:
            return self._emit(builder, known).shape
        except FormulaError as error:
            raise Misfit(f"has a mistake: {error}", "equations") from error

    def parameters(self, inputs: Shapes) -> tuple[Parameter, ...]:
        """The values, which are trained, and the constants."""
        shapes = self._shapes(inputs)
        return tuple(
            Parameter(name, Kind.WEIGHT, shapes[name], numbers, name, trainable=name in self.values)
            for name, numbers in {**self.values, **self.constants}.items()
        )

    def apply(self, context: LayerContext, inputs: tuple[Tensor, ...]) -> Tensor:
        """The equations in order, and the quantities of the last."""
        blocks: Mapping[str, Block] = context.parameters
        return self._emit(context.builder, {"x": inputs[0], **{name: of(block) for name, block in blocks.items()}})

    def _emit(self, builder: GraphBuilder, known: Mapping[str, Tensor]) -> Tensor:
        names = dict(known)
        result = names["x"]
        for name, text in self.equations.items():
            if name in names:
                raise FormulaError(f"equation {name}: the name is taken")
            result = names[name] = emit_equation(builder, name, text, names)
        return result

"""Layers that work entry by entry: activations, branches added (a residual connection) or multiplied."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal

from derive.catalog.layers.activated import ActivationChoice
from derive.catalog.layers.base import Layer, Misfit, Parameter, Shapes, branches, only_input, vectors
from derive.catalog.layers.layer_context import LayerContext, each_entry
from derive.graph.tensor import Shape, Tensor, shape_text
from derive.graph.views.stated import Stated


class ActivationLayer(Layer):
    """An activation of every entry; a softmax of every vector."""

    describes: ClassVar[str] = "an activation of every entry; a softmax of every vector"
    forward: ClassVar[tuple[Stated, ...]] = (Stated("f[i] = activation(x[i])"),)
    scalar_lines: ClassVar[bool] = True
    familiar: ClassVar[bool] = True
    reference: ClassVar[str] = "Goodfellow, Bengio, Courville, Deep Learning (2016), section 6.3"

    layer: Literal["activation"] = "activation"
    activation: ActivationChoice

    def output_shape(self, inputs: Shapes) -> Shape:
        """The shape of the input."""
        shape = only_input(inputs)
        if self.activation.name == "softmax":
            vectors(shape, "a softmax")
        return shape

    def parameters(self, inputs: Shapes) -> tuple[Parameter, ...]:
        """The constants of the activation."""
        del inputs
        return self.activation.parameters()

    def apply(self, context: LayerContext, inputs: tuple[Tensor, ...]) -> Tensor:
        """One equation an entry; the vectors of a sequence go through a softmax one by one."""
        match self.activation.name:
            case "none":
                return inputs[0]
            case "softmax":
                return super().apply(context, inputs)
            case _:
                return each_entry(context, {"x": inputs[0]}, "f")


class _Branches(Layer):
    """What branches of one shape share that are worked entry by entry: they are x1, x2 and so on in the equation."""

    familiar: ClassVar[bool] = True

    def output_shape(self, inputs: Shapes) -> Shape:
        """The shape of the branches. Raises `Misfit` where there is one alone, or where shapes differ."""
        branches(inputs)
        if len(set(inputs)) != 1:
            raise Misfit("takes branches of one shape, not " + " and ".join(map(shape_text, inputs)), "from")
        return inputs[0]

    def apply(self, context: LayerContext, inputs: tuple[Tensor, ...]) -> Tensor:
        """One equation an entry."""
        return each_entry(context, {f"x{number}": tensor for number, tensor in enumerate(inputs, 1)}, "f")


class Add(_Branches):
    """The sum of branches, entry by entry: a residual connection."""

    describes: ClassVar[str] = "branches added entry by entry (a residual connection)"
    forward: ClassVar[tuple[Stated, ...]] = (Stated("f[i] = x1[i] + x2[i]", names="sum of branches"),)
    reference: ClassVar[str] = "He, Zhang, Ren, Sun, Deep residual learning (CVPR 2016), equation 1"

    layer: Literal["add"] = "add"

    def stated(self) -> tuple[Stated, ...]:
        """The sum of as many branches as there are."""
        (one,) = self.forward
        return (replace(one, text=one.text + "".join(f" + x{k}[i]" for k in range(3, len(self.from_) + 1))),)


class Multiply(_Branches):
    """The product of two branches, entry by entry: a gate."""

    describes: ClassVar[str] = "two branches multiplied entry by entry (a gate)"
    forward: ClassVar[tuple[Stated, ...]] = (Stated("f[i] = x1[i]*x2[i]", names="product of two branches"),)
    reference: ClassVar[str] = "Goodfellow, Bengio, Courville, Deep Learning (2016), section 2.1"

    layer: Literal["multiply"] = "multiply"

    def output_shape(self, inputs: Shapes) -> Shape:
        """The shape of the branches. Raises `Misfit` where there are not two, or where shapes differ."""
        branches(inputs)
        if len(inputs) != 2:
            raise Misfit(f"takes two branches, not {len(inputs)}", "from")
        return super().output_shape(inputs)

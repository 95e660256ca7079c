"""An activation as a layer of its own; a softmax layer is the activation `softmax`."""

from __future__ import annotations

from typing import ClassVar, Literal

from derive.catalog.layers.activated import ActivationChoice
from derive.catalog.layers.base import Layer, Parameter, Shapes, only_input, vectors
from derive.catalog.layers.layer_context import LayerContext, each_entry
from derive.graph.tensor import Shape, Tensor
from derive.graph.views.stated import Stated


class ActivationLayer(Layer):
    """An activation of every entry; a softmax of every vector."""

    describes: ClassVar[str] = "an activation of every entry; a softmax of every vector"
    forward: ClassVar[tuple[Stated, ...]] = (Stated("f[i] = activation(x[i])"),)
    scalar_lines: ClassVar[bool] = True
    reference: ClassVar[str] = "Goodfellow, Bengio, Courville, Deep Learning (2016), section 6.3"

    layer: Literal["activation"] = "activation"
    activation: ActivationChoice

    @property
    def is_familiar(self) -> bool:
        """The entries are only taken, ordered, added or multiplied; or they go through an activation."""
        return True

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

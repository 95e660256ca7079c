"""An activation as a layer of its own; a softmax layer is the activation `softmax`."""

from __future__ import annotations

from typing import ClassVar, Literal

from derive.catalog.layers.activated import ActivationChoice, activate
from derive.catalog.layers.base import Here, Layer, Parameter, Shapes, only_input
from derive.graph.tensor import Shape, Tensor


class ActivationLayer(Layer):
    """An activation of every entry; a softmax of every vector."""

    describes: ClassVar[str] = "an activation of every entry; a softmax of every vector"
    formulas: ClassVar[tuple[str, ...]] = ("f[i] = activation(x[i])",)
    matrices: ClassVar[tuple[str, ...]] = ("f = activation(x)",)
    backward_matrices: ClassVar[tuple[str, ...]] = ("dx = df .* activation'(x)",)
    reference: ClassVar[str] = "Goodfellow, Bengio, Courville, Deep Learning (2016), section 6.3"

    layer: Literal["activation"] = "activation"
    activation: ActivationChoice

    @property
    def is_familiar(self) -> bool:
        """The entries are only taken, ordered, added or multiplied; or they go through an activation."""
        return True

    def output_shape(self, inputs: Shapes) -> Shape:
        """The shape of the input."""
        return only_input(inputs)

    def parameters(self, inputs: Shapes) -> tuple[Parameter, ...]:
        """The constants of the activation."""
        del inputs
        return self.activation.parameters()

    def emit(self, here: Here, inputs: tuple[Tensor, ...]) -> Tensor:
        """One equation an entry."""
        outputs = activate(here, self.activation, inputs[0])
        if len(inputs[0].shape) == 2:
            here.views.extend({"x": row, "f": result} for row, result in zip(inputs[0], outputs, strict=True))
        else:
            here.views.append({"x": inputs[0].column, "f": outputs.column})
        return outputs

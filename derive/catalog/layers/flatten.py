"""Flatten: an array as one vector, row by row; no equations."""

from __future__ import annotations

from math import prod
from typing import ClassVar, Literal

from derive.catalog.layers.base import Layer, Shapes, only_input
from derive.catalog.layers.layer_context import LayerContext
from derive.graph.tensor import Shape, Tensor


class Flatten(Layer):
    """An array as one vector, row by row."""

    describes: ClassVar[str] = "an array as one vector, row by row"
    scalar_lines: ClassVar[bool] = True
    reference: ClassVar[str] = "Goodfellow, Bengio, Courville, Deep Learning (2016), section 9.2"

    layer: Literal["flatten"] = "flatten"

    @property
    def is_familiar(self) -> bool:
        """The entries are only taken, ordered, added or multiplied; or they go through an activation."""
        return True

    def output_shape(self, inputs: Shapes) -> Shape:
        """One axis."""
        return (prod(only_input(inputs)),)

    def apply(self, context: LayerContext, inputs: tuple[Tensor, ...]) -> Tensor:
        """The same quantities in one axis."""
        del context
        return inputs[0].column

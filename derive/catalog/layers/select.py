"""One step of a sequence; no equations."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from derive.catalog.layers.base import Here, Layer, Misfit, Shapes, only_input
from derive.graph.tensor import Shape, Tensor, shape_text
from derive.sources.fields import Whole


class Select(Layer):
    """One step of a sequence, counted from 1."""

    describes: ClassVar[str] = "one step of a sequence: its number from 1, or the last"
    formulas: ClassVar[tuple[str, ...]] = ()
    reference: ClassVar[str] = "Goodfellow, Bengio, Courville, Deep Learning (2016), section 10.2, figure 10.5"

    layer: Literal["select"] = "select"
    step: Literal["last"] | Annotated[Whole, Field(ge=1)] = "last"

    def output_shape(self, inputs: Shapes) -> Shape:
        """The shape of one step. Raises `Misfit` where there are no steps, or too few."""
        shape = only_input(inputs)
        if len(shape) < 2:
            raise Misfit(f"takes a sequence (steps x features), not {shape_text(shape)}")
        if self.step != "last" and self.step > shape[0]:
            raise Misfit(f"selects step {self.step} of a sequence of {shape[0]}", "step")
        return shape[1:]

    def emit(self, here: Here, inputs: tuple[Tensor, ...]) -> Tensor:
        """The quantities of that step."""
        del here
        steps = list(inputs[0])
        return steps[-1 if self.step == "last" else self.step - 1]

"""Layers that only arrange quantities: arrays as one vector, one step of a sequence, branches joined."""

from __future__ import annotations

from math import prod
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from derive.catalog.layers.base import Layer, Misfit, Shapes, branches, only_input
from derive.catalog.layers.layer_context import LayerContext
from derive.graph.tensor import Shape, Tensor, shape_text
from derive.sources.fields import to_whole


class Flatten(Layer):
    """An array as one vector, row by row."""

    describes: ClassVar[str] = "an array as one vector, row by row"
    scalar_lines: ClassVar[bool] = True
    familiar: ClassVar[bool] = True
    reference: ClassVar[str] = "Goodfellow, Bengio, Courville, Deep Learning (2016), section 9.2"

    layer: Literal["flatten"] = "flatten"

    def output_shape(self, inputs: Shapes) -> Shape:
        """One axis."""
        return (prod(only_input(inputs)),)

    def apply(self, context: LayerContext, inputs: tuple[Tensor, ...]) -> Tensor:
        """The same quantities in one axis."""
        del context
        return inputs[0].column


_LAST = "last"


def _to_step(value: Any) -> Any:
    """A step's number; None for the last. Raises `ValueError` for another word."""
    if value == _LAST:
        return None
    try:
        return to_whole(value)
    except ValueError as error:
        raise ValueError("expected the number of a step, or last") from error


_SCHEMA = WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"const": _LAST}]})


class Select(Layer):
    """One step of a sequence, counted from 1."""

    describes: ClassVar[str] = "one step of a sequence: its number from 1, or the last"
    scalar_lines: ClassVar[bool] = True
    familiar: ClassVar[bool] = True
    reference: ClassVar[str] = "Goodfellow, Bengio, Courville, Deep Learning (2016), section 10.2, figure 10.5"

    layer: Literal["select"] = "select"
    step: Annotated[Annotated[int, Field(ge=1)] | None, BeforeValidator(_to_step), _SCHEMA] = None

    def output_shape(self, inputs: Shapes) -> Shape:
        """The shape of one step. Raises `Misfit` where there are no steps, or too few."""
        shape = only_input(inputs)
        if len(shape) < 2:
            raise Misfit(f"takes a sequence (steps x features), not {shape_text(shape)}")
        if self.step is not None and self.step > shape[0]:
            raise Misfit(f"selects step {self.step} of a sequence of {shape[0]}", "step")
        return shape[1:]

    def apply(self, context: LayerContext, inputs: tuple[Tensor, ...]) -> Tensor:
        """The quantities of that step."""
        del context
        steps = list(inputs[0])
        return steps[-1 if self.step is None else self.step - 1]


class Concatenate(Layer):
    """Branches joined along their last axis; no equations."""

    describes: ClassVar[str] = "branches joined along their last axis"
    reference: ClassVar[str] = "Huang, Liu, van der Maaten, Weinberger, DenseNet (CVPR 2017), equation 2"
    familiar: ClassVar[bool] = True

    layer: Literal["concatenate"] = "concatenate"

    def output_shape(self, inputs: Shapes) -> Shape:
        """The last axes one after another."""
        branches(inputs)
        if len({shape[:-1] for shape in inputs}) != 1:
            raise Misfit("takes branches alike but for their last axis, not " + " and ".join(map(shape_text, inputs)))
        return (*inputs[0][:-1], sum(shape[-1] for shape in inputs))

    def apply(self, context: LayerContext, inputs: tuple[Tensor, ...]) -> Tensor:
        """The same quantities in one array."""
        del context
        rows = len(inputs[0].ids) // inputs[0].shape[-1]
        parts = [tensor.reshaped((rows, tensor.shape[-1])) for tensor in inputs]
        ids = [quantity for row in zip(*parts, strict=True) for part in row for quantity in part.ids]
        return Tensor(ids, self.output_shape(tuple(tensor.shape for tensor in inputs)))

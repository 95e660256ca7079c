"""One step of a sequence; no equations."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from derive.catalog.layers.base import Layer, Misfit, Shapes, only_input
from derive.catalog.layers.layer_context import LayerContext
from derive.graph.tensor import Shape, Tensor, shape_text
from derive.sources.fields import to_whole

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
    reference: ClassVar[str] = "Goodfellow, Bengio, Courville, Deep Learning (2016), section 10.2, figure 10.5"

    layer: Literal["select"] = "select"
    step: Annotated[Annotated[int, Field(ge=1)] | None, BeforeValidator(_to_step), _SCHEMA] = None

    @property
    def is_familiar(self) -> bool:
        """The entries are only taken, ordered, added or multiplied; or they go through an activation."""
        return True

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

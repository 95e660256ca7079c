"""Branches that meet: added (a residual connection), multiplied entry by entry, or joined."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal

from derive.catalog.layers.base import Layer, Misfit, Shapes
from derive.catalog.layers.layer_context import LayerContext, each_entry
from derive.graph.tensor import Shape, Tensor, shape_text
from derive.graph.views.stated import Stated


def _same_shape(inputs: Shapes) -> Shape:
    if len(set(inputs)) != 1:
        raise Misfit("takes branches of one shape, not " + " and ".join(map(shape_text, inputs)), "from")
    return inputs[0]


def _several(inputs: Shapes) -> None:
    if len(inputs) < 2:
        raise Misfit("joins two or more branches; name them in `from`", "from")


def _named(inputs: tuple[Tensor, ...]) -> dict[str, Tensor]:
    return {f"x{number}": tensor for number, tensor in enumerate(inputs, 1)}


class Add(Layer):
    """The sum of branches, entry by entry: a residual connection."""

    describes: ClassVar[str] = "branches added entry by entry (a residual connection)"
    forward: ClassVar[tuple[Stated, ...]] = (Stated("f[i] = x1[i] + x2[i]", names="sum of branches"),)
    reference: ClassVar[str] = "He, Zhang, Ren, Sun, Deep residual learning (CVPR 2016), equation 1"

    layer: Literal["add"] = "add"

    @property
    def is_familiar(self) -> bool:
        """The entries are only taken, ordered, added or multiplied; or they go through an activation."""
        return True

    def stated(self) -> tuple[Stated, ...]:
        """The sum of as many branches as there are."""
        (one,) = self.forward
        return (replace(one, text=one.text + "".join(f" + x{k}[i]" for k in range(3, len(self.from_) + 1))),)

    def output_shape(self, inputs: Shapes) -> Shape:
        """The shape of the branches."""
        _several(inputs)
        return _same_shape(inputs)

    def apply(self, context: LayerContext, inputs: tuple[Tensor, ...]) -> Tensor:
        """One sum an entry."""
        return each_entry(context, _named(inputs), "f")


class Multiply(Layer):
    """The product of two branches, entry by entry: a gate."""

    describes: ClassVar[str] = "two branches multiplied entry by entry (a gate)"
    forward: ClassVar[tuple[Stated, ...]] = (Stated("f[i] = x1[i]*x2[i]", names="product of two branches"),)
    reference: ClassVar[str] = "Goodfellow, Bengio, Courville, Deep Learning (2016), section 2.1"

    layer: Literal["multiply"] = "multiply"

    @property
    def is_familiar(self) -> bool:
        """The entries are only taken, ordered, added or multiplied; or they go through an activation."""
        return True

    def output_shape(self, inputs: Shapes) -> Shape:
        """The shape of the branches."""
        _several(inputs)
        if len(inputs) != 2:
            raise Misfit(f"takes two branches, not {len(inputs)}", "from")
        return _same_shape(inputs)

    def apply(self, context: LayerContext, inputs: tuple[Tensor, ...]) -> Tensor:
        """One product an entry."""
        return each_entry(context, _named(inputs), "f")


class Concatenate(Layer):
    """Branches joined along their last axis; no equations."""

    describes: ClassVar[str] = "branches joined along their last axis"
    reference: ClassVar[str] = "Huang, Liu, van der Maaten, Weinberger, DenseNet (CVPR 2017), equation 2"

    layer: Literal["concatenate"] = "concatenate"

    @property
    def is_familiar(self) -> bool:
        """The entries are only taken, ordered, added or multiplied; or they go through an activation."""
        return True

    def output_shape(self, inputs: Shapes) -> Shape:
        """The last axes one after another."""
        _several(inputs)
        if len({shape[:-1] for shape in inputs}) != 1:
            raise Misfit("takes branches alike but for their last axis, not " + " and ".join(map(shape_text, inputs)))
        return (*inputs[0][:-1], sum(shape[-1] for shape in inputs))

    def apply(self, context: LayerContext, inputs: tuple[Tensor, ...]) -> Tensor:
        """The same quantities in one array."""
        del context
        widths = [tensor.shape[-1] for tensor in inputs]
        rows = len(inputs[0].ids) // widths[0]
        ids = [
            quantity
            for row in range(rows)
            for tensor, width in zip(inputs, widths, strict=True)
            for quantity in tensor.ids[row * width : (row + 1) * width]
        ]
        return Tensor(ids, (*inputs[0].shape[:-1], sum(widths)))

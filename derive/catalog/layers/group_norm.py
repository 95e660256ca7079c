"""Group normalization."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from derive.catalog.layers.base import Misfit, Parameter, Shapes, only_input
from derive.catalog.layers.layer_context import LayerContext
from derive.catalog.layers.normalized import AFFINE, MEAN, NORMALIZED, VARIANCE, Normalization
from derive.graph.quantity import Kind
from derive.graph.tensor import Shape, Tensor
from derive.graph.views.stated import Stated
from derive.sources.fields import Whole


class GroupNorm(Normalization):
    """Channels come first: each group of them, over all their places, is normalized by its own mean and variance.

    In the formulas, i goes over the entries of group n; scale and shift are one for each channel k.
    """

    describes: ClassVar[str] = (
        "each group of channels of a sample normalized by its own mean and biased variance, then scaled and shifted"
    )
    forward: ClassVar[tuple[Stated, ...]] = (
        Stated("mu[n] = sum(i, x[n,i])/count(i)", Kind.MEAN, names="mean", textbook=MEAN),
        Stated("v[n] = sum(i, (x[n,i]-mu[n])^2)/count(i)", Kind.VARIANCE, names="variance", textbook=VARIANCE),
        Stated("z[n,i] = (x[n,i]-mu[n])/sqrt(v[n]+c)", Kind.NORMALIZED, names="normalized", textbook=NORMALIZED),
        Stated("f[k,i] = g[k]*z[k,i] + b[k]", names=AFFINE),
    )
    reference: ClassVar[str] = "Wu and He, Group normalization (ECCV 2018), section 3.1"

    layer: Literal["group_norm"] = "group_norm"
    groups: Annotated[Whole, Field(ge=1)]

    def output_shape(self, inputs: Shapes) -> Shape:
        """The shape of the input. Raises `Misfit` where the groups would not be of one size."""
        shape = only_input(inputs)
        if shape[0] % self.groups:
            raise Misfit(f"`groups`: {shape[0]} channels cannot be split into {self.groups} equal groups", "groups")
        return shape

    def parameters(self, inputs: Shapes) -> tuple[Parameter, ...]:
        """Scale and shift, one for each channel."""
        return self.affine(only_input(inputs)[0], "channels from <whence>")

    def apply(self, context: LayerContext, inputs: tuple[Tensor, ...]) -> Tensor:
        """The entries of a group in a row; for scale and shift, those of a channel."""
        (signal,) = inputs
        shape = signal.shape
        rows, channels = ((count, len(signal.ids) // count) for count in (self.groups, shape[0]))
        normalized = context.work({"x": signal.reshaped(rows)}, "mu", "v", "z", shape=shape)["z"]
        if self.scale is None and self.shift is None:
            return normalized.reshaped(shape)
        return context.work({"z": normalized.reshaped(channels)}, "f", shape=shape)["f"].reshaped(shape)

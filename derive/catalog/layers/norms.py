"""Normalizations of one sample, and what all normalizations share: their partials in textbooks, scale and shift."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from derive.catalog.layers.base import (
    Convention,
    Layer,
    Misfit,
    Parameter,
    Shapes,
    one_each,
    only_input,
    vectors,
    with_numbers,
)
from derive.catalog.layers.layer_context import LayerContext
from derive.graph.quantity import Kind
from derive.graph.tensor import Shape, Tensor
from derive.graph.views.stated import Stated
from derive.sources.fields import Biases, Whole, WrittenNumber

MEAN = MappingProxyType({"x": "1/count(x)"})
VARIANCE = MappingProxyType({"x": "2*(x-mu)/count(x)", "mu": "-2*sum(x-mu)/count(x)"})
"""The partials of the mean and of the biased variance as in Ioffe and Szegedy (ICML 2015), section 3."""

NORMALIZED = MappingProxyType({"x": "1/sqrt(v+c)", "mu": "-1/sqrt(v+c)", "v": "-z/(2*(v+c))", "c": "-z/(2*(v+c))"})
AFFINE = MappingProxyType({"g*z+b": "scaled and shifted", "g*z": "scaled", "z+b": "shifted"})


def _not_negative(number: Decimal) -> Decimal:
    if number < 0:
        raise ValueError("expected a number of at least 0")
    return number


def _share(number: Decimal) -> Decimal:
    if not 0 <= number <= 1:
        raise ValueError("expected a number from 0 to 1")
    return number


Share = Annotated[WrittenNumber, AfterValidator(_share)]
Epsilon = Annotated[WrittenNumber, AfterValidator(_not_negative)]


class Normalization(Layer):
    """A layer that scales and shifts what it normalized."""

    scale: Biases = Decimal(1)
    shift: Biases = Decimal(0)
    epsilon: Epsilon = Decimal("1e-5")

    def stated(self) -> tuple[Stated, ...]:
        """The equations with the scale and the shift that there are; without them, what is normalized is the result."""
        *others, normalized, affine = self.forward
        if self.scale is None and self.shift is None:
            return (*others, replace(normalized, kind=None))
        text = affine.text if self.scale is not None else re.sub(r"g\[[\w,]+\]\*", "", affine.text)
        return (*others, normalized, replace(affine, text=text))

    def conventions(self) -> Mapping[str, Convention | None]:
        """That of the variance, where one is taken of the numbers at hand, and what is added to it."""
        kinds = [one.kind for one in self.stated()]
        variance: Convention | None = ("biased variance", {}) if Kind.VARIANCE in kinds else None
        takes_one = Kind.VARIANCE in [one.kind for one in self.forward]
        epsilon: dict[str, Convention | None] = {"epsilon of a norm": ("epsilon of the norm", {})}
        return {"variance": variance, **epsilon} if takes_one else epsilon

    def affine(self, count: int, what: str) -> tuple[Parameter, ...]:
        """Scale and shift (count,), where there are any, and the constant epsilon."""
        axes = one_each(count, what)
        return with_numbers(
            Parameter("epsilon", Kind.CONSTANT, (), self.epsilon, "epsilon", trainable=False, array="c"),
            Parameter("scale", Kind.WEIGHT, (count,), self.scale, "gamma", penalized=False, axes=axes, array="g"),
            Parameter("shift", Kind.BIAS, (count,), self.shift, "beta", axes=axes, array="b"),
        )


class VectorNormalization(Normalization):
    """A normalization of each vector by itself; `called` names it in messages."""

    called: ClassVar[str]

    def output_shape(self, inputs: Shapes) -> Shape:
        """The shape of the input, a vector or a sequence of vectors."""
        shape = only_input(inputs)
        vectors(shape, self.called)
        return shape

    def parameters(self, inputs: Shapes) -> tuple[Parameter, ...]:
        """Scale and shift, one for each entry of a vector."""
        return self.affine(only_input(inputs)[-1], "entries of a vector from <whence>")


class LayerNorm(VectorNormalization):
    """Each vector normalized by its own mean and biased variance, then scaled and shifted entry by entry."""

    describes: ClassVar[str] = "each vector normalized by its own mean and biased variance, then scaled and shifted"
    forward: ClassVar[tuple[Stated, ...]] = (
        Stated("mu = sum(i, x[i])/count(i)", Kind.MEAN, names="mean", textbook=MEAN),
        Stated("v = sum(i, (x[i]-mu)^2)/count(i)", Kind.VARIANCE, names="variance", textbook=VARIANCE),
        Stated("z[i] = (x[i]-mu)/sqrt(v+c)", Kind.NORMALIZED, names="normalized", textbook=NORMALIZED),
        Stated("f[i] = g[i]*z[i] + b[i]", names=AFFINE),
    )
    reference: ClassVar[str] = "Ba, Kiros, Hinton, Layer normalization (2016), section 3"
    called: ClassVar[str] = "a layer norm"

    layer: Literal["layer_norm"] = "layer_norm"


_OVER_ROOT = "normalized by the root mean square"
_PARTIALS = {"x": "1/sqrt(m+c)", "m": "-z/(2*(m+c))", "c": "-z/(2*(m+c))"}


class RmsNorm(VectorNormalization):
    """Each vector divided by its root mean square, then scaled entry by entry; shifted only where that is asked for."""

    describes: ClassVar[str] = "each vector divided by its root mean square, then scaled"
    forward: ClassVar[tuple[Stated, ...]] = (
        Stated("m = sum(i, x[i]^2)/count(i)", Kind.MEAN, "m", names="mean square", textbook={"x": "2*x/count(x)"}),
        Stated("z[i] = x[i]/sqrt(m+c)", Kind.NORMALIZED, names=_OVER_ROOT, textbook=_PARTIALS),
        Stated("f[i] = g[i]*z[i] + b[i]", names=AFFINE),
    )
    reference: ClassVar[str] = "Zhang and Sennrich, Root mean square layer normalization (NeurIPS 2019), equation 4"
    called: ClassVar[str] = "an RMS norm"

    layer: Literal["rms_norm"] = "rms_norm"
    shift: Biases = None


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

"""What normalizations share: the partials that textbooks have, their scale and shift."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, ClassVar

from pydantic import AfterValidator

from derive.catalog.layers.base import Layer, Parameter, Shapes, only_input, vectors
from derive.graph.quantity import Kind
from derive.graph.tensor import Shape
from derive.graph.views.stated import Stated
from derive.sources.fields import Biases, WrittenNumber

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

    def affine(self, count: int, what: str) -> tuple[Parameter, ...]:
        """Scale and shift (count,), where there are any, and the constant epsilon."""
        axes = f"one for each of the {count} {what}"
        found = [Parameter("epsilon", Kind.CONSTANT, (), self.epsilon, "epsilon", trainable=False, array="c")]
        if self.scale is not None:
            scale = Parameter(
                "scale", Kind.WEIGHT, (count,), self.scale, "gamma", penalized=False, axes=axes, array="g"
            )
            found.append(scale)
        if self.shift is not None:
            found.append(Parameter("shift", Kind.BIAS, (count,), self.shift, "beta", axes=axes, array="b"))
        return tuple(found)


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

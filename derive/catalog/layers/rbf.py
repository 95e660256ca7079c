"""Radial basis functions: Gaussian units with centres and widths of their own."""

from __future__ import annotations

from typing import ClassVar, Literal

from derive.catalog.layers.base import Layer, Parameter, Rows, Shapes, one_each, only_input, vectors
from derive.catalog.layers.dense import Units, inputs_by_units
from derive.graph.quantity import Kind
from derive.graph.tensor import Shape
from derive.graph.views.stated import Stated
from derive.sources.fields import Numbers
from derive.sources.positive import PositiveNumbers

_SQUARES = {"x": "2*(x-c)", "c": "-2*(x-c)"}
_GAUSSIAN = {"r": "-h/(2*sigma^2)", "sigma": "h*r/sigma^3"}


class Rbf(Layer):
    """Gaussian units. Row j of `centres` is the centre of unit j, with `rows: inputs` column j."""

    describes: ClassVar[str] = "Gaussian units: how near the input is to the centre of each, by its width"
    forward: ClassVar[tuple[Stated, ...]] = (
        Stated("r[j] = sum(i, (x[i]-c[i,j])^2)", Kind.PRE_ACTIVATION, "r", names="squared distance", textbook=_SQUARES),
        Stated("h[j] = exp(-r[j]/(2*sigma[j]^2))", letter="h", names="Gaussian", textbook=_GAUSSIAN),
    )
    reference: ClassVar[str] = (
        "Broomhead and Lowe, Multivariable functional interpolation and adaptive networks (1988); "
        "Bishop, Neural Networks for Pattern Recognition (1995), section 5.2"
    )

    layer: Literal["rbf"] = "rbf"
    rows: Rows | None = "units"
    units: Units
    centres: Numbers
    widths: PositiveNumbers

    def output_shape(self, inputs: Shapes) -> Shape:
        """One number a unit, for each vector of the input."""
        shape = only_input(inputs)
        vectors(shape, "an RBF layer")
        return (*shape[:-1], self.units)

    def parameters(self, inputs: Shapes) -> tuple[Parameter, ...]:
        """Centres (inputs, units) and widths (units,)."""
        count = only_input(inputs)[-1]
        rows, each = inputs_by_units(count, self.units), one_each(self.units, "units")
        return (
            Parameter("centres", Kind.WEIGHT, (count, self.units), self.centres, "c", axes=rows),
            Parameter("widths", Kind.WEIGHT, (self.units,), self.widths, "sigma", penalized=False, axes=each),
        )

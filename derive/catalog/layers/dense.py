"""The dense layer: weighted sums and an activation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from derive.catalog.layers.activated import ActivationChoice
from derive.catalog.layers.base import Layer, Parameter, Shapes, one_each, only_input, vectors, with_numbers
from derive.graph.quantity import Kind
from derive.graph.tensor import Shape
from derive.graph.views.stated import Stated
from derive.sources.fields import Biases, Numbers, Whole

MOST_UNITS = 1000
WEIGHTED_SUMS: Mapping[str, str] = MappingProxyType(
    {
        "sum(w*x)+b": "weighted sum",
        "sum(w*x)": "weighted sum without bias",
        "sum(w*x)-b": "weighted sum less a threshold",
        "sum(w*x)+b*x0": "weighted sum with a bias input",
    }
)
"""The last: the bias as the weight of a constant input, +1 or -1; Haykin, Neural Networks (2009), equation 1.4."""

_BIAS_FORMS: Mapping[str, tuple[str, str, Any]] = {
    "added": ("+", "", None),
    "threshold": ("-", "", None),
    "input": ("+", "*x0", Decimal(1)),
    "minus input": ("+", "*x0", Decimal(-1)),
}
"""For each form of the bias, its sign, the factor that it has, and that factor's number."""
Units = Annotated[Whole, Field(ge=1, le=MOST_UNITS)]


def inputs_by_units(count: int, units: int) -> str:
    """The words for the axes of a matrix of weights."""
    return f"a row for each of the {count} inputs from <whence>, a column for each of the {units} units"


class Dense(Layer):
    """A dense layer. Row i of `weights` holds the weights that leave input i; a single number fills it."""

    describes: ClassVar[str] = "weighted sums and an activation; a sequence is taken step by step"
    forward: ClassVar[tuple[Stated, ...]] = (
        Stated("s[j] = sum(i, w[i,j]*x[i]) + b[j]", Kind.PRE_ACTIVATION, names=WEIGHTED_SUMS),
        Stated("f[j] = activation(s[j])"),
    )
    scalar_lines: ClassVar[bool] = True
    reference: ClassVar[str] = "Bishop, Pattern Recognition and Machine Learning (2006), equations 5.2 and 5.3"

    layer: Literal["dense"] = "dense"
    units: Units
    activation: ActivationChoice = ActivationChoice(name="identity")
    weights: Numbers
    biases: Biases
    bias: Literal["unit", "shared"] = "unit"
    bias_form: Literal["added", "threshold", "input", "minus input"] = "added"
    frozen_biases: bool = False

    @property
    def is_familiar(self) -> bool:
        """A bias that is added is usual."""
        return self.biases is None or self.bias_form == "added"

    def stated(self) -> tuple[Stated, ...]:
        """The equations with the bias added, subtracted, times its input, or shared by the units."""
        sign, factor, _ = _BIAS_FORMS[self.bias_form]
        sums, activation = self.forward
        text = sums.text.replace("+ b[j]", f"{sign} {'b' if self.bias == 'shared' else 'b[j]'}{factor}")
        return replace(sums, text=text), activation

    def output_shape(self, inputs: Shapes) -> Shape:
        """One number a unit, for each vector of the input."""
        shape = only_input(inputs)
        vectors(shape, "a dense layer")
        return (*shape[:-1], self.units)

    def parameters(self, inputs: Shapes) -> tuple[Parameter, ...]:
        """Weights (inputs, units); biases (units,), or one for the layer."""
        count, is_shared = only_input(inputs)[-1], self.bias == "shared"
        shape: Shape = () if is_shared else (self.units,)
        letter = "theta" if self.bias_form == "threshold" else ""
        each = "one for the layer" if is_shared else one_each(self.units, "units")
        axes, trainable = inputs_by_units(count, self.units), not self.frozen_biases
        factor: Any = None if self.biases is None else _BIAS_FORMS[self.bias_form][2]
        return with_numbers(
            Parameter("weights", Kind.WEIGHT, (count, self.units), self.weights, axes=axes),
            Parameter("biases", Kind.BIAS, shape, self.biases, letter, trainable=trainable, axes=each, array="b"),
            Parameter("bias_input", Kind.CONSTANT, (), factor, "x0", trainable=False),
            *self.activation.parameters(),
        )

    def unused(self, inputs: Shapes) -> Iterator[tuple[str, str]]:
        """What is said of biases that there are not, or that are frozen with the whole layer."""
        del inputs
        if self.biases is None:
            yield from ((key, "it has no biases") for key in self.changed("bias", "bias_form", "frozen_biases"))
        elif self.frozen_biases and self.frozen:
            yield "frozen_biases", "all of it is `frozen`"

"""The dense layer: weighted sums and an activation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from derive.catalog.layers.activated import ActivationChoice, activate
from derive.catalog.layers.base import Forms, Here, Layer, Parameter, Shapes, each_vector, only_input, vectors
from derive.graph.quantity import Kind
from derive.graph.rule import Rule
from derive.graph.tensor import Shape, Tensor, of
from derive.sources.fields import Biases, Numbers, Whole

MOST_UNITS = 1000
_GROUPS = frozenset({"w", "x"})
AFFINE = Rule("weighted sum", "sum(w*x)+b", _GROUPS)
LINEAR = Rule("weighted sum without bias", "sum(w*x)", _GROUPS)
THRESHOLD = Rule("weighted sum less a threshold", "sum(w*x)-b", _GROUPS)
WITH_BIAS_INPUT = Rule("weighted sum with a bias input", "sum(w*x)+b*c", _GROUPS)
"""The bias as the weight of a constant input, +1 or -1; Haykin, Neural Networks (2009), equation 1.4."""

_SUMS = {"added": AFFINE, "threshold": THRESHOLD, "input": WITH_BIAS_INPUT, "minus input": WITH_BIAS_INPUT}
_BIAS_SIGNS = {
    "added": ("+", "", ""),
    "threshold": ("-", "-", ""),
    "input": ("+", "", "*x0"),
    "minus input": ("+", "", "*x0"),
}
"""For each form of the bias, its sign, that of its gradient, and the factor that it has."""
Units = Annotated[Whole, Field(ge=1, le=MOST_UNITS)]


class Dense(Layer):
    """A dense layer. Row i of `weights` holds the weights that leave input i; a single number fills it."""

    describes: ClassVar[str] = "weighted sums and an activation; a sequence is taken step by step"
    formulas: ClassVar[tuple[str, ...]] = ("s[j] = sum(i, w[i,j]*x[i]) + b[j]", "f[j] = activation(s[j])")
    matrices: ClassVar[tuple[str, ...]] = ("s = T(w)*x + b", "f = activation(s)")
    backward_matrices: ClassVar[tuple[str, ...]] = (
        "ds = df .* activation'(s)",
        "dw = x*T(ds)",
        "db = ds",
        "dx = w*ds",
    )
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

    def forms(self) -> Forms:
        """The equations with the bias added, subtracted, times its input, or shared by the units."""
        sign, minus, factor = _BIAS_SIGNS[self.bias_form]
        shared = self.bias == "shared"
        entry, whole_sum = ("b", "sum(ds)") if shared else ("b[j]", "ds")
        changes = {
            "+ b[j]": f"{sign} {entry}{factor}",
            "+ b": f"{sign} b{factor}",
            "db = ds": f"db = {minus}{whole_sum}{factor}",
        }

        def change(text: str) -> str:
            return next((text.replace(old, new) for old, new in changes.items() if old in text), text)

        return super().forms().changed(change)

    def output_shape(self, inputs: Shapes) -> Shape:
        """One number a unit, for each vector of the input."""
        shape = only_input(inputs)
        vectors(shape, "a dense layer")
        return (*shape[:-1], self.units)

    def parameters(self, inputs: Shapes) -> tuple[Parameter, ...]:
        """Weights (inputs, units); biases (units,), or one for the layer."""
        count = only_input(inputs)[-1]
        axes = f"a row for each of the {count} inputs from <whence>, a column for each of the {self.units} units"
        found = [Parameter("weights", Kind.WEIGHT, (count, self.units), self.weights, axes=axes)]
        if self.biases is not None:
            shape = () if self.bias == "shared" else (self.units,)
            letter = "theta" if self.bias_form == "threshold" else ""
            trainable = not self.frozen_biases
            each = "one for the layer" if self.bias == "shared" else f"one for each of the {self.units} units"
            found.append(Parameter("biases", Kind.BIAS, shape, self.biases, letter, trainable=trainable, axes=each))
        if self.biases is not None and _SUMS[self.bias_form] is WITH_BIAS_INPUT:
            sign = "1" if self.bias_form == "input" else "-1"
            found.append(Parameter("bias_input", Kind.CONSTANT, (), Decimal(sign), "x0", trainable=False))
        return (*found, *self.activation.parameters())

    def unused(self, inputs: Shapes) -> Iterator[tuple[str, str]]:
        """What is said of biases that there are not, or that are frozen with the whole layer."""
        del inputs
        said = (("bias", self.bias != "unit"), ("bias_form", self.bias_form != "added"))
        if self.biases is None:
            yield from ((key, "it has no biases") for key, differs in said if differs)
        if self.frozen_biases and self.biases is None:
            yield "frozen_biases", "it has no biases"
        elif self.frozen_biases and self.frozen:
            yield "frozen_biases", "all of it is `frozen`"

    def emit(self, here: Here, inputs: tuple[Tensor, ...]) -> Tensor:
        """Weighted sums, then the activation, for each vector of the input."""
        return each_vector(here, inputs[0], lambda signal: self._vector(here, signal))

    def _vector(self, here: Here, signal: Tensor) -> Tensor:
        sums = of(here.block(Kind.PRE_ACTIVATION, (self.units,)))
        biases = here.parameters.get("biases")
        rule = LINEAR if biases is None else _SUMS[self.bias_form]
        constant = here.parameters.get("bias_input")
        last = () if constant is None else (constant.first,)
        more = [() if biases is None else (biases.ids[0 if biases.size == 1 else j], *last) for j in range(self.units)]
        weighted_sums(here, rule, of(here.parameters["weights"]), signal, sums, more)
        outputs = activate(here, self.activation, sums)
        stated = {} if biases is None else {"b": of(biases)}
        stated |= {} if constant is None else {"x0": of(constant)}
        here.views.append({"x": signal, "w": of(here.parameters["weights"]), **stated, "s": sums, "f": outputs})
        return outputs


def weighted_sums(
    here: Here, rule: Rule, weights: Tensor, signal: Tensor, sums: Tensor, more: Iterable[tuple[int, ...]]
) -> None:
    """One sum a unit: `weights` (inputs, units), `signal` (inputs,), `sums` (units,), `more` what follows each."""
    count, units = weights.shape
    sized = rule.sized(count)
    for unit, (output, rest) in enumerate(zip(sums.ids, more, strict=True)):
        here.builder.equation(sized, output, (*weights.ids[unit::units], *signal.ids, *rest))

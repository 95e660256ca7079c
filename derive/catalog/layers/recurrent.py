"""What recurrent layers share, sums over inputs and state unrolled over steps, and the simple one of them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from derive.catalog.layers.activated import ActivationChoice
from derive.catalog.layers.base import Convention, Layer, Misfit, Parameter, Shapes, one_each, only_input, with_numbers
from derive.catalog.layers.dense import WEIGHTED_SUMS, Units, inputs_by_units
from derive.catalog.layers.layer_context import LayerContext
from derive.graph.quantity import Kind, Role
from derive.graph.rule import Rule
from derive.graph.tensor import Shape, Tensor, of, shape_text, stacked
from derive.graph.views.stated import Stated
from derive.sources.fields import Biases, Numbers, Whole
from derive.sources.validate import Model

_SUMS = {
    **WEIGHTED_SUMS,
    "sum(w*x)+c": "weighted sum",
    "sum(w*x)+b+c": "weighted sum with two biases",
}

CARRIED = Rule("state carried into a window as a constant", "h", detached=frozenset({"h"}))
"""Truncated backpropagation through time; Williams and Peng, Neural Computation 2 (1990)."""

TRUNCATION = "`truncate: k` takes the state that enters each window of k steps for a constant"


class Sums(Model):
    """The parameters of sums over the inputs and the state of the step before, one sum a unit."""

    weights: Numbers
    recurrent: Numbers
    biases: Biases
    recurrent_biases: Biases = None

    def given(self, inputs: int, units: int, gate: str = "", tag: str = "") -> tuple[Parameter, ...]:
        """Weights (inputs, units), recurrent weights (units, units), biases (units,), of a gate or of a layer."""
        at = f"{gate}." if gate else ""
        each = one_each(units, "units")
        of_state = f"a row for each of the {units} units of the state, a column for each of the {units} units"
        array = f"c_{tag}" if tag else "c"
        return with_numbers(
            Parameter(
                f"{at}weights", Kind.WEIGHT, (inputs, units), self.weights, "", tag, axes=inputs_by_units(inputs, units)
            ),
            Parameter(f"{at}recurrent", Kind.WEIGHT, (units, units), self.recurrent, "u", tag, axes=of_state),
            Parameter(f"{at}biases", Kind.BIAS, (units,), self.biases, "", tag, axes=each),
            Parameter(
                f"{at}recurrent_biases",
                Kind.BIAS,
                (units,),
                self.recurrent_biases,
                "",
                f"h{tag}",
                axes=each,
                array=array,
            ),
        )


def sum_equations(*tags: str, state: str = "h_before") -> tuple[Stated, ...]:
    """Sums over the inputs and a state, one sum a unit, with these tags."""
    marks = [(tag, f"_{tag}" if tag else "") for tag in tags]
    return tuple(
        Stated(
            f"s{m}[j] = sum(i, w{m}[i,j]*x[i]) + sum(k, u{m}[k,j]*{state}[k]) + b{m}[j] + c{m}[j]",
            Kind.PRE_ACTIVATION,
            tag=tag,
            names=_SUMS,
        )
        for tag, m in marks
    )


class Recurrent(Layer):
    """The options of layers that run over the steps of a sequence with the same parameters at each."""

    held: ClassVar[tuple[tuple[str, Kind, str], ...]] = (("state", Kind.HIDDEN_STATE, "h"),)
    """What a step hands to the next: the option that states it before the first step, its kind and letter."""

    units: Units
    state: Numbers = Decimal(0)
    returns: Literal["all", "last"] = "all"
    truncate: Annotated[Whole, Field(ge=1)] | None = None

    def output_shape(self, inputs: Shapes) -> Shape:
        """The hidden state of each step, or of the last. Raises `Misfit` for anything but a sequence of vectors."""
        shape = only_input(inputs)
        if len(shape) != 2:
            raise Misfit(f"takes a sequence of vectors (steps x features), not {shape_text(shape)}")
        return (shape[0], self.units) if self.returns == "all" else (self.units,)

    def conventions(self) -> Mapping[str, Convention | None]:
        """Whether the gradient is cut off after some steps."""
        return {"truncation": None if self.truncate is None else ("truncated", {"n": str(self.truncate)})}

    def unused(self, inputs: Shapes) -> Iterator[tuple[str, str]]:
        """Windows that no sequence reaches the end of."""
        steps = only_input(inputs)[0]
        if self.truncate is not None and self.truncate >= steps:
            yield "truncate", f"its sequence has {steps} steps, which one window of {self.truncate} holds"

    def parameters(self, inputs: Shapes) -> tuple[Parameter, ...]:
        """The parameters of every step, and the states before the first, which are not trained."""
        each = one_each(self.units, "units")
        before = tuple(
            Parameter(key, kind, (self.units,), getattr(self, key), f"{letter}0", trainable=False, axes=each)
            for key, kind, letter in self.held
        )
        return (*self.step_parameters(only_input(inputs)[-1]), *before)

    @abstractmethod
    def step_parameters(self, inputs: int) -> tuple[Parameter, ...]:
        """The parameters of a step that takes so many inputs."""

    def apply(self, context: LayerContext, inputs: tuple[Tensor, ...]) -> Tensor:
        """The layer unrolled, step after step."""
        states = {letter: of(context.parameters[key]) for key, _, letter in self.held}
        outputs = []
        for time, signal in enumerate(inputs[0], 1):
            with context.builder.within(time=time):
                if self.truncate is not None and time > 1 and (time - 1) % self.truncate == 0:
                    states = {letter: _carried(context, states[letter], kind, letter) for _, kind, letter in self.held}
                before = {f"{letter}_before": state for letter, state in states.items()}
                made = context.work({"x": signal, **before})
            states = {letter: made[letter] for letter in states}
            outputs.append(states[self.held[0][2]])
        return stacked(outputs) if self.returns == "all" else outputs[-1]


def _carried(context: LayerContext, state: Tensor, kind: Kind, letter: str) -> Tensor:
    """A state again, with no gradient flowing back through it."""
    block = context.builder.block(kind, Role.FORWARD, state.shape, f"{letter}bar")
    for output, entry in zip(block.ids, state.ids, strict=True):
        context.builder.equation(CARRIED.sized(), output, (entry,))
    return of(block)


class Rnn(Recurrent, Sums):
    """A simple recurrent layer: the hidden state is the activation of sums over the inputs and the state before."""

    describes: ClassVar[str] = f"a simple (Elman) recurrent layer, unrolled over the steps; {TRUNCATION}"
    forward: ClassVar[tuple[Stated, ...]] = (
        *sum_equations(""),
        Stated("h[j] = activation(s[j])", Kind.HIDDEN_STATE),
    )
    reference: ClassVar[str] = (
        "Elman, Finding structure in time, Cognitive Science 14 (1990); "
        "Goodfellow, Bengio, Courville, Deep Learning (2016), equations 10.8 and 10.9"
    )

    layer: Literal["rnn"] = "rnn"
    activation: ActivationChoice = ActivationChoice(name="tanh")

    def step_parameters(self, inputs: int) -> tuple[Parameter, ...]:
        """Weights, recurrent weights, biases, and the constants of the activation."""
        return (*self.given(inputs, self.units), *self.activation.parameters())

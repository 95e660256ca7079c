"""What recurrent layers share: sums over inputs and state, unrolling over steps, truncation."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from derive.catalog.activations import activation
from derive.catalog.layers.base import Forms, Here, Layer, Misfit, Parameter, Shapes, only_input
from derive.catalog.layers.dense import AFFINE, LINEAR, Units, weighted_sums
from derive.graph.quantity import Kind
from derive.graph.rule import Rule
from derive.graph.tensor import Shape, Tensor, of, shape_text, stacked
from derive.sources.fields import Biases, Numbers, Whole
from derive.sources.validate import Model

States = tuple[Tensor, ...]
"""What a step hands to the next: the hidden state first."""

TWO_BIASES = Rule("weighted sum with two biases", "sum(w*x)+b+c", frozenset({"w", "x"}))
_BY_BIASES = (LINEAR, AFFINE, TWO_BIASES)

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
        columns = f"a column for each of the {units} units"
        rows = f"a row for each of the {inputs} inputs from <whence>, {columns}"
        of_state = f"a row for each of the {units} units of the state, {columns}"
        found = [
            Parameter(f"{at}weights", Kind.WEIGHT, (inputs, units), self.weights, "", tag, axes=rows),
            Parameter(f"{at}recurrent", Kind.WEIGHT, (units, units), self.recurrent, "u", tag, axes=of_state),
        ]
        each = f"one for each of the {units} units"
        for key, numbers, mark in (
            ("biases", self.biases, tag),
            ("recurrent_biases", self.recurrent_biases, f"h{tag}"),
        ):
            if numbers is not None:
                found.append(Parameter(at + key, Kind.BIAS, (units,), numbers, "", mark, axes=each))
        return tuple(found)


def parameters_of(here: Here, gate: str = "", tag: str = "") -> Mapping[str, Tensor]:
    """The parameters of a gate by the names of formulas: `w`, `u`, `b`, `c`, each with `_` and the tag behind it."""
    at, mark = f"{gate}." if gate else "", f"_{tag}" if tag else ""
    keys = {"weights": "w", "recurrent": "u", "biases": "b", "recurrent_biases": "c"}
    return {letter + mark: of(here.parameters[at + key]) for key, letter in keys.items() if at + key in here.parameters}


def sum_forms(*tags: str, state: str = "h_before") -> Forms:
    """The views of sums over the inputs and a state; what reaches inputs and state is left to `reaching`."""
    marks = [f"_{tag}" if tag else "" for tag in tags]
    return Forms(
        tuple(f"s{m}[j] = sum(i, w{m}[i,j]*x[i]) + sum(k, u{m}[k,j]*{state}[k]) + b{m}[j] + c{m}[j]" for m in marks),
        tuple(f"s{m} = T(w{m})*x + T(u{m})*{state} + b{m} + c{m}" for m in marks),
        tuple(
            line
            for m in marks
            for line in (f"dw{m} = x*T(ds{m})", f"du{m} = {state}*T(ds{m})", f"db{m} = ds{m}", f"dc{m} = ds{m}")
        ),
    )


def reaching(array: str, letter: str, *tags: str) -> str:
    """What reaches an array through the sums with these tags, as matrices."""
    marks = [f"_{tag}" if tag else "" for tag in tags]
    return f"d{array} = {' + '.join(f'{letter}{m}*ds{m}' for m in marks)}"


def sums(here: Here, signal: Tensor, state: Tensor, gate: str = "", tag: str = "") -> Tensor:
    """One sum a unit over the inputs, then over the state; `state` (units,)."""
    own = list(parameters_of(here, gate, tag).values())
    (weights, recurrent), biases = own[:2], own[2:]
    result = of(here.block(Kind.PRE_ACTIVATION, state.shape, tag=tag))
    both = Tensor([*weights.ids, *recurrent.ids], (weights.shape[0] + recurrent.shape[0], *state.shape))
    operands = Tensor([*signal.ids, *state.ids], both.shape[:1])
    more = zip(*(bias.ids for bias in biases), strict=True) if biases else ((),) * len(state.ids)
    weighted_sums(here, _BY_BIASES[len(biases)], both, operands, result, more)
    return result


def activated(here: Here, name: str, entries: Tensor, kind: Kind, letter: str) -> Tensor:
    """A named activation, entry by entry."""
    return here.entrywise(activation(name).rule, kind, entries, letter=letter)


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

    def unused(self, inputs: Shapes) -> Iterator[tuple[str, str]]:
        """Windows that no sequence reaches the end of."""
        steps = only_input(inputs)[0]
        if self.truncate is not None and self.truncate >= steps:
            yield "truncate", f"its sequence has {steps} steps, which one window of {self.truncate} holds"

    def parameters(self, inputs: Shapes) -> tuple[Parameter, ...]:
        """The parameters of every step, and the states before the first, which are not trained."""
        each = f"one for each of the {self.units} units"
        before = tuple(
            Parameter(key, kind, (self.units,), getattr(self, key), f"{letter}0", trainable=False, axes=each)
            for key, kind, letter in self.held
        )
        return (*self.step_parameters(only_input(inputs)[-1]), *before)

    @abstractmethod
    def step_parameters(self, inputs: int) -> tuple[Parameter, ...]:
        """The parameters of a step that takes so many inputs."""

    @abstractmethod
    def step(self, here: Here, signal: Tensor, states: States) -> States:
        """The equations of one step, and the states after it."""

    def emit(self, here: Here, inputs: tuple[Tensor, ...]) -> Tensor:
        """The layer unrolled, step after step."""
        states: States = tuple(of(here.parameters[key]) for key, _, _ in self.held)
        outputs = []
        for time, signal in enumerate(inputs[0], 1):
            with here.builder.within(time=time):
                if self.truncate is not None and time > 1 and (time - 1) % self.truncate == 0:
                    states = self._carried(here, states)
                states = self.step(here, signal, states)
            outputs.append(states[0])
        return stacked(outputs) if self.returns == "all" else outputs[-1]

    def _carried(self, here: Here, states: States) -> States:
        """The states again, with no gradient flowing back through them."""
        return tuple(
            here.entrywise(CARRIED, kind, state, letter=f"{letter}bar")
            for state, (_, kind, letter) in zip(states, self.held, strict=True)
        )

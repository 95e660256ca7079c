"""The simple recurrent layer."""

from __future__ import annotations

from typing import ClassVar, Literal

from derive.catalog.layers.activated import ActivationChoice, activate
from derive.catalog.layers.base import Here, Parameter
from derive.catalog.layers.recurrent import TRUNCATION, Recurrent, States, Sums, parameters_of, sum_forms, sums
from derive.graph.quantity import Kind
from derive.graph.tensor import Tensor

_SUMS = sum_forms("")


class Rnn(Recurrent, Sums):
    """A simple recurrent layer: the hidden state is the activation of sums over the inputs and the state before."""

    describes: ClassVar[str] = f"a simple (Elman) recurrent layer, unrolled over the steps; {TRUNCATION}"
    formulas: ClassVar[tuple[str, ...]] = (*_SUMS.index, "h[j] = activation(s[j])")
    matrices: ClassVar[tuple[str, ...]] = (*_SUMS.matrices, "h = activation(s)")
    backward_matrices: ClassVar[tuple[str, ...]] = (
        "ds = dh .* activation'(s)",
        *_SUMS.backward_matrices,
        "dx = w*ds",
        "dh_before = u*ds",
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

    def step(self, here: Here, signal: Tensor, states: States) -> States:
        """Sums, then the activation."""
        (before,) = states
        added = sums(here, signal, before)
        state = activate(here, self.activation, added, Kind.HIDDEN_STATE)
        here.views.append({"x": signal, "h_before": before, **parameters_of(here), "s": added, "h": state})
        return (state,)

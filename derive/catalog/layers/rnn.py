"""The simple recurrent layer."""

from __future__ import annotations

from typing import ClassVar, Literal

from derive.catalog.layers.activated import ActivationChoice
from derive.catalog.layers.base import Parameter
from derive.catalog.layers.recurrent import TRUNCATION, Recurrent, Sums, sum_equations
from derive.graph.quantity import Kind
from derive.graph.views.stated import Stated


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

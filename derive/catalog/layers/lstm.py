"""The long short-term memory."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal

from derive.catalog.layers.base import Parameter
from derive.catalog.layers.recurrent import TRUNCATION, Recurrent, Sums, sum_equations
from derive.graph.quantity import Kind
from derive.graph.views.stated import Stated
from derive.sources.fields import Numbers

_GATES = (
    ("forget", "f", "sigmoid"),
    ("input", "i", "sigmoid"),
    ("output", "o", "sigmoid"),
    ("candidate", "g", "tanh"),
)


_FUNCTIONS = tuple((letter, function) for _, letter, function in _GATES)


class Lstm(Recurrent):
    """A long short-term memory with a forget gate and without peepholes; each gate states its own parameters."""

    describes: ClassVar[str] = f"a long short-term memory (LSTM) with forget gate, unrolled; {TRUNCATION}"
    forward: ClassVar[tuple[Stated, ...]] = (
        *sum_equations("f", "i", "o", "g"),
        *(Stated(f"{letter}[j] = {function}(s_{letter}[j])", Kind.GATE, letter) for letter, function in _FUNCTIONS),
        Stated("c[j] = f[j]*c_before[j] + i[j]*g[j]", Kind.CELL_STATE, names="cell state"),
        Stated("a[j] = tanh(c[j])", Kind.ACTIVATION, "a"),
        Stated("h[j] = o[j]*a[j]", Kind.HIDDEN_STATE, names="gated output"),
    )
    reference: ClassVar[str] = (
        "Hochreiter, Schmidhuber, Long short-term memory, Neural Computation 9 (1997); forget gate: Gers, "
        "Schmidhuber, Cummins, Learning to forget, Neural Computation 12 (2000)"
    )
    held: ClassVar[tuple[tuple[str, Kind, str], ...]] = (
        ("state", Kind.HIDDEN_STATE, "h"),
        ("cell", Kind.CELL_STATE, "c"),
    )

    layer: Literal["lstm"] = "lstm"
    forget: Sums
    input: Sums
    output: Sums
    candidate: Sums
    cell: Numbers = Decimal(0)

    def step_parameters(self, inputs: int) -> tuple[Parameter, ...]:
        """Weights, recurrent weights and biases of each gate and of the candidate."""
        stated = {"forget": self.forget, "input": self.input, "output": self.output, "candidate": self.candidate}
        return tuple(one for key, tag, _ in _GATES for one in stated[key].given(inputs, self.units, key, tag))

"""The long short-term memory."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal

from derive.catalog.layers.base import Parameter
from derive.catalog.layers.recurrent import TRUNCATION, Recurrent, Sums, reaching, sum_equations, sum_forms
from derive.graph.quantity import Kind
from derive.graph.views.stated import Stated
from derive.sources.fields import Numbers

_GATES = (
    ("forget", "f", "sigmoid"),
    ("input", "i", "sigmoid"),
    ("output", "o", "sigmoid"),
    ("candidate", "g", "tanh"),
)


_SUMS = sum_forms("f", "i", "o", "g")
_TO_INPUT, _TO_STATE = reaching("x", "w", "i", "f", "i", "o", "g"), reaching("h_before", "u", "k", "f", "i", "o", "g")
_FUNCTIONS = tuple((letter, function) for _, letter, function in _GATES)
_SLOPES = {"sigmoid": ("{0}[j]*(1-{0}[j])", "{0} .* (1 - {0})"), "tanh": ("(1-{0}[j]^2)", "(1 - {0} .* {0})")}
"""The derivative of a gate's function in terms of the gate, in index form and as a matrix."""


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
    backward: ClassVar[tuple[str, ...]] = (
        "do[j] = dh[j]*a[j]",
        "da[j] = dh[j]*o[j]",
        "dc[j] = da[j]*(1-a[j]^2)",
        "df[j] = dc[j]*c_before[j]",
        "di[j] = dc[j]*g[j]",
        "dg[j] = dc[j]*i[j]",
        "dc_before[j] = dc[j]*f[j]",
        *(f"ds_{letter}[j] = d{letter}[j]*{_SLOPES[function][0].format(letter)}" for letter, function in _FUNCTIONS),
        *_SUMS.backward,
        _TO_INPUT[0],
        _TO_STATE[0],
    )
    matrices: ClassVar[tuple[str, ...]] = (
        *_SUMS.matrices,
        *(f"{letter} = {function}(s_{letter})" for letter, function in _FUNCTIONS),
        "c = f .* c_before + i .* g",
        "a = tanh(c)",
        "h = o .* a",
    )
    backward_matrices: ClassVar[tuple[str, ...]] = (
        "do = dh .* a",
        "da = dh .* o",
        "dc = da .* (1 - a .* a)",
        "df = dc .* c_before",
        "di = dc .* g",
        "dg = dc .* i",
        "dc_before = dc .* f",
        *(f"ds_{letter} = d{letter} .* {_SLOPES[function][1].format(letter)}" for letter, function in _FUNCTIONS),
        *_SUMS.backward_matrices,
        _TO_INPUT[1],
        _TO_STATE[1],
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

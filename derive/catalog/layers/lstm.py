"""The long short-term memory."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal

from derive.catalog.layers.base import Here, Parameter
from derive.catalog.layers.recurrent import (
    TRUNCATION,
    Recurrent,
    States,
    Sums,
    activated,
    parameters_of,
    reaching,
    sum_forms,
    sums,
)
from derive.graph.quantity import Kind
from derive.graph.rule import Rule
from derive.graph.tensor import Tensor
from derive.sources.fields import Numbers

CELL = Rule("cell state", "f*p+i*g")
HIDDEN = Rule("gated output", "o*a")

_GATES = (
    ("forget", "f", "sigmoid"),
    ("input", "i", "sigmoid"),
    ("output", "o", "sigmoid"),
    ("candidate", "g", "tanh"),
)


_SUMS = sum_forms("f", "i", "o", "g")
_TO_INPUT, _TO_STATE = reaching("x", "w", "f", "i", "o", "g"), reaching("h_before", "u", "f", "i", "o", "g")
_FUNCTIONS = tuple((letter, function) for _, letter, function in _GATES)
_SLOPES = {"sigmoid": "{0} .* (1 - {0})", "tanh": "(1 - {0} .* {0})"}
"""The derivative of a gate's function in terms of the gate, as a matrix."""


class Lstm(Recurrent):
    """A long short-term memory with a forget gate and without peepholes; each gate states its own parameters."""

    describes: ClassVar[str] = f"a long short-term memory (LSTM) with forget gate, unrolled; {TRUNCATION}"
    formulas: ClassVar[tuple[str, ...]] = (
        *_SUMS.index,
        *(f"{letter}[j] = {function}(s_{letter}[j])" for letter, function in _FUNCTIONS),
        "c[j] = f[j]*c_before[j] + i[j]*g[j]",
        "a[j] = tanh(c[j])",
        "h[j] = o[j]*a[j]",
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
        *(f"ds_{letter} = d{letter} .* {_SLOPES[function].format(letter)}" for letter, function in _FUNCTIONS),
        *_SUMS.backward_matrices,
        _TO_INPUT,
        _TO_STATE,
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

    def step(self, here: Here, signal: Tensor, states: States) -> States:
        """The gates and the candidate, the cell, the hidden state."""
        before, cell_before = states
        added = {tag: sums(here, signal, before, key, tag) for key, tag, _ in _GATES}
        gates = {tag: activated(here, name, added[tag], Kind.GATE, tag) for _, tag, name in _GATES}
        cell = here.entrywise(CELL, Kind.CELL_STATE, gates["f"], cell_before, gates["i"], gates["g"])
        squashed = activated(here, "tanh", cell, Kind.ACTIVATION, "a")
        state = here.entrywise(HIDDEN, Kind.HIDDEN_STATE, gates["o"], squashed)
        given = {name: one for key, tag, _ in _GATES for name, one in parameters_of(here, key, tag).items()}
        shown = {f"s_{tag}": one for tag, one in added.items()}
        known = {"x": signal, "h_before": before, "c_before": cell_before, "c": cell, "a": squashed, "h": state}
        here.views.append({**known, **given, **shown, **gates})
        return state, cell

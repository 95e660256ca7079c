"""The gated recurrent unit."""

from __future__ import annotations

from typing import ClassVar, Literal

from derive.catalog.layers.base import Parameter
from derive.catalog.layers.recurrent import TRUNCATION, Recurrent, Sums, sum_equations
from derive.graph.quantity import Kind
from derive.graph.views.stated import Stated

_GATES = (
    *sum_equations("r", "z"),
    Stated("r[j] = sigmoid(s_r[j])", Kind.GATE, "r"),
    Stated("z[j] = sigmoid(s_z[j])", Kind.GATE, "z"),
)
_RESET = {
    "before": (
        Stated("h_reset[j] = r[j]*h_before[j]", Kind.HIDDEN_STATE, tag="r", names="reset state"),
        *sum_equations("n", state="h_reset"),
        Stated("n[j] = tanh(s_n[j])", Kind.GATE, "n"),
    ),
    "after": (
        Stated(
            "s_hn[j] = sum(k, u_n[k,j]*h_before[k]) + c_n[j]",
            Kind.PRE_ACTIVATION,
            tag="hn",
            names={"sum(u*h)": "weighted sum without bias", "sum(u*h)+c": "weighted sum"},
        ),
        Stated(
            "s_n[j] = sum(i, w_n[i,j]*x[i]) + b_n[j] + r[j]*s_hn[j]",
            Kind.PRE_ACTIVATION,
            tag="n",
            names={
                "sum(w*x)+r*s_hn": "weighted sum with a gated term",
                "sum(w*x)+b+r*s_hn": "weighted sum with a gated term and bias",
            },
        ),
        Stated("n[j] = tanh(s_n[j])", Kind.GATE, "n"),
    ),
}
"""The candidate, with the state reset before the recurrent product or the product itself, its bias included."""
_UPDATE = {
    "keeps": (
        Stated(
            "h[j] = (1-z[j])*n[j] + z[j]*h_before[j]",
            Kind.HIDDEN_STATE,
            names="state kept by the update gate",
            textbook={"z": "h_before-n", "n": "1-z", "h_before": "z"},
        ),
    ),
    "replaces": (
        Stated(
            "h[j] = (1-z[j])*h_before[j] + z[j]*n[j]",
            Kind.HIDDEN_STATE,
            names="state replaced by the update gate",
            textbook={"z": "n-h_before", "n": "z", "h_before": "1-z"},
        ),
    ),
}
"""An update gate of 1 keeps the old state (Cho et al., Learning phrase representations, EMNLP 2014, section 2.3) or
replaces it (Chung et al., Empirical evaluation of gated recurrent neural networks, 2014, section 3.2)."""


class Gru(Recurrent):
    """A gated recurrent unit; each gate states its own parameters."""

    describes: ClassVar[str] = (
        "a gated recurrent unit (GRU), unrolled; `reset_gate: before` resets the state before the recurrent product, "
        "`after` the product itself (PyTorch); an update gate of 1 `keeps` the old state (Cho et al., PyTorch) or "
        f"`replaces` it (Chung et al.); {TRUNCATION}"
    )
    forward: ClassVar[tuple[Stated, ...]] = (*_GATES, *_RESET["before"], *_UPDATE["keeps"])
    reference: ClassVar[str] = (
        "Cho et al., Learning phrase representations using RNN encoder-decoder (EMNLP 2014), section 2.3"
    )

    layer: Literal["gru"] = "gru"
    reset: Sums
    update: Sums
    candidate: Sums
    reset_gate: Literal["before", "after"] = "before"
    update_gate: Literal["keeps", "replaces"] = "keeps"

    def stated(self) -> tuple[Stated, ...]:
        """The equations for the reset gate's place and the update gate's meaning."""
        return (*_GATES, *_RESET[self.reset_gate], *_UPDATE[self.update_gate])

    def step_parameters(self, inputs: int) -> tuple[Parameter, ...]:
        """Weights, recurrent weights and biases of each gate and of the candidate."""
        stated = (("reset", "r", self.reset), ("update", "z", self.update), ("candidate", "n", self.candidate))
        return tuple(one for key, tag, group in stated for one in group.given(inputs, self.units, key, tag))

"""The gated recurrent unit."""

from __future__ import annotations

from typing import ClassVar, Literal

from derive.catalog.layers.base import Forms, Parameter
from derive.catalog.layers.recurrent import TRUNCATION, Recurrent, Sums, reaching, sum_equations, sum_forms
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


def _forms(reset_gate: str, update_gate: str) -> Forms:
    """The views for a place of the reset gate and a meaning of the update gate."""
    gates, inputs = sum_forms("r", "z"), reaching("x", "w", "i", "r", "z", "n")
    made = _RESET_BEFORE if reset_gate == "before" else _RESET_AFTER
    kept, taken = ("z", "(1-z)") if update_gate == "keeps" else ("(1-z)", "z")
    sign = "" if update_gate == "keeps" else "-"
    at = {name: name.replace("z", "z[j]") for name in (kept, taken)}
    new = f"h = {taken} .* n + {kept} .* h_before"
    back = (kept.replace("z", "z[k]"), *made.backward[-1:])
    return Forms(
        (),
        (
            f"dz[j] = {sign}dh[j]*(h_before[j]-n[j])",
            f"dn[j] = dh[j]*{at[taken]}",
            "ds_n[j] = dn[j]*(1-n[j]^2)",
            *made.backward[:-1],
            "ds_r[j] = dr[j]*r[j]*(1-r[j])",
            "ds_z[j] = dz[j]*z[j]*(1-z[j])",
            *gates.backward,
            inputs[0],
            f"dh_before[k] = dh[k]*{back[0]} + {back[1]}",
        ),
        (*gates.matrices, "r = sigmoid(s_r)", "z = sigmoid(s_z)", *made.matrices, "n = tanh(s_n)", new),
        (
            f"dz = {sign}dh .* (h_before - n)",
            f"dn = dh .* {taken}",
            "ds_n = dn .* (1 - n .* n)",
            *made.backward_matrices[:-1],
            "ds_r = dr .* r .* (1 - r)",
            "ds_z = dz .* z .* (1 - z)",
            *gates.backward_matrices,
            inputs[1],
            f"dh_before = dh .* {kept} + {made.backward_matrices[-1]}",
        ),
    )


_CANDIDATE = sum_forms("n", state="h_reset")
_RESET_BEFORE = Forms(
    (),
    (
        "dh_reset[k] = sum(j, u_n[k,j]*ds_n[j])",
        "dr[j] = dh_reset[j]*h_before[j]",
        *_CANDIDATE.backward,
        "dh_reset[k]*r[k] + sum(j, u_r[k,j]*ds_r[j] + u_z[k,j]*ds_z[j])",
    ),
    ("h_reset = r .* h_before", *_CANDIDATE.matrices),
    (
        "dh_reset = u_n*ds_n",
        "dr = dh_reset .* h_before",
        *_CANDIDATE.backward_matrices,
        "dh_reset .* r + u_r*ds_r + u_z*ds_z",
    ),
)
_RESET_AFTER = Forms(
    (),
    (
        "ds_hn[j] = ds_n[j]*r[j]",
        "dr[j] = ds_n[j]*s_hn[j]",
        "dw_n[i,j] = x[i]*ds_n[j]",
        "du_n[k,j] = h_before[k]*ds_hn[j]",
        "db_n[j] = ds_n[j]",
        "dc_n[j] = ds_hn[j]",
        "sum(j, u_r[k,j]*ds_r[j] + u_z[k,j]*ds_z[j] + u_n[k,j]*ds_hn[j])",
    ),
    ("s_hn = T(u_n)*h_before + c_n", "s_n = T(w_n)*x + b_n + r .* s_hn"),
    (
        "ds_hn = ds_n .* r",
        "dr = ds_n .* s_hn",
        "dw_n = x*T(ds_n)",
        "du_n = h_before*T(ds_hn)",
        "db_n = ds_n",
        "dc_n = ds_hn",
        "u_r*ds_r + u_z*ds_z + u_n*ds_hn",
    ),
)
"""What the place of the reset gate makes of the candidate; the last line backward is what reaches the state before."""
_FORMS = {(place, kind): _forms(place, kind) for place in ("before", "after") for kind in ("keeps", "replaces")}


class Gru(Recurrent):
    """A gated recurrent unit; each gate states its own parameters."""

    describes: ClassVar[str] = (
        "a gated recurrent unit (GRU), unrolled; `reset_gate: before` resets the state before the recurrent product, "
        "`after` the product itself (PyTorch); an update gate of 1 `keeps` the old state (Cho et al., PyTorch) or "
        f"`replaces` it (Chung et al.); {TRUNCATION}"
    )
    forward: ClassVar[tuple[Stated, ...]] = (*_GATES, *_RESET["before"], *_UPDATE["keeps"])
    backward: ClassVar[tuple[str, ...]] = _FORMS["before", "keeps"].backward
    matrices: ClassVar[tuple[str, ...]] = _FORMS["before", "keeps"].matrices
    backward_matrices: ClassVar[tuple[str, ...]] = _FORMS["before", "keeps"].backward_matrices
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

    def other_forms(self) -> Forms:
        """The equations for the reset gate's place and the update gate's meaning."""
        return _FORMS[self.reset_gate, self.update_gate]

    def step_parameters(self, inputs: int) -> tuple[Parameter, ...]:
        """Weights, recurrent weights and biases of each gate and of the candidate."""
        stated = (("reset", "r", self.reset), ("update", "z", self.update), ("candidate", "n", self.candidate))
        return tuple(one for key, tag, group in stated for one in group.given(inputs, self.units, key, tag))

"""The gated recurrent unit."""

from __future__ import annotations

from typing import ClassVar, Literal

from derive.catalog.layers.base import Forms, Here, Parameter
from derive.catalog.layers.dense import AFFINE, LINEAR, weighted_sums
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
from derive.graph.tensor import Tensor, of

KEEPS = Rule("state kept by the update gate", "(1-z)*n+z*p", textbook={"z": "p-n", "n": "1-z", "p": "z"})
"""Cho et al., Learning phrase representations (EMNLP 2014), section 2.3."""
REPLACES = Rule("state replaced by the update gate", "(1-z)*p+z*n", textbook={"z": "n-p", "n": "z", "p": "1-z"})
"""Chung, Gulcehre, Cho, Bengio, Empirical evaluation of gated recurrent neural networks (2014), section 3.2."""

RESET_STATE = Rule("reset state", "r*h")
_GROUPS = frozenset({"w", "x"})
_GATED = {
    False: Rule("weighted sum with a gated term", "sum(w*x)+r*m", _GROUPS),
    True: Rule("weighted sum with a gated term and bias", "sum(w*x)+b+r*m", _GROUPS),
}
"""By whether there is a bias."""

_GATES = (("reset", "r", "sigmoid"), ("update", "z", "sigmoid"))


def _forms(reset_gate: str, update_gate: str) -> Forms:
    """The views for a place of the reset gate and a meaning of the update gate."""
    gates, inputs = sum_forms("r", "z"), reaching("x", "w", "r", "z", "n")
    made = _RESET_BEFORE if reset_gate == "before" else _RESET_AFTER
    kept, taken = ("z", "(1-z)") if update_gate == "keeps" else ("(1-z)", "z")
    sign = "" if update_gate == "keeps" else "-"
    at = {name: name.replace("z", "z[j]") for name in (kept, taken)}
    new = f"h[j] = {at[taken]}*n[j] + {at[kept]}*h_before[j]", f"h = {taken} .* n + {kept} .* h_before"
    return Forms(
        (*gates.index, "r[j] = sigmoid(s_r[j])", "z[j] = sigmoid(s_z[j])", *made.index, "n[j] = tanh(s_n[j])", new[0]),
        (*gates.matrices, "r = sigmoid(s_r)", "z = sigmoid(s_z)", *made.matrices, "n = tanh(s_n)", new[1]),
        (
            f"dz = {sign}dh .* (h_before - n)",
            f"dn = dh .* {taken}",
            "ds_n = dn .* (1 - n .* n)",
            *made.backward_matrices[:-1],
            "ds_r = dr .* r .* (1 - r)",
            "ds_z = dz .* z .* (1 - z)",
            *gates.backward_matrices,
            inputs,
            f"dh_before = dh .* {kept} + {made.backward_matrices[-1]}",
        ),
    )


_CANDIDATE = sum_forms("n", state="h_reset")
_RESET_BEFORE = Forms(
    ("h_reset[j] = r[j]*h_before[j]", *_CANDIDATE.index),
    ("h_reset = r .* h_before", *_CANDIDATE.matrices),
    (
        "dh_reset = u_n*ds_n",
        "dr = dh_reset .* h_before",
        *_CANDIDATE.backward_matrices,
        "dh_reset .* r + u_r*ds_r + u_z*ds_z",
    ),
)
_RESET_AFTER = Forms(
    ("s_hn[j] = sum(k, u_n[k,j]*h_before[k]) + c_n[j]", "s_n[j] = sum(i, w_n[i,j]*x[i]) + b_n[j] + r[j]*s_hn[j]"),
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
    formulas: ClassVar[tuple[str, ...]] = _FORMS["before", "keeps"].index
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

    def forms(self) -> Forms:
        """The equations for the reset gate's place and the update gate's meaning."""
        return _FORMS[self.reset_gate, self.update_gate]

    def step_parameters(self, inputs: int) -> tuple[Parameter, ...]:
        """Weights, recurrent weights and biases of each gate and of the candidate."""
        stated = (("reset", "r", self.reset), ("update", "z", self.update), ("candidate", "n", self.candidate))
        return tuple(one for key, tag, group in stated for one in group.given(inputs, self.units, key, tag))

    def step(self, here: Here, signal: Tensor, states: States) -> States:
        """The gates, the candidate, the hidden state."""
        (before,) = states
        added = {tag: sums(here, signal, before, key, tag) for key, tag, _ in _GATES}
        gates = {tag: activated(here, name, added[tag], Kind.GATE, tag) for _, tag, name in _GATES}
        make = self._reset_before if self.reset_gate == "before" else self._reset_after
        found = make(here, signal, before, gates["r"])
        candidate = activated(here, "tanh", found["s_n"], Kind.GATE, "n")
        rule = KEEPS if self.update_gate == "keeps" else REPLACES
        slots = {"z": gates["z"], "n": candidate, "p": before}
        state = here.entrywise(rule, Kind.HIDDEN_STATE, *(slots[slot] for slot in rule.slots))
        keys = (("reset", "r"), ("update", "z"), ("candidate", "n"))
        given = {name: one for key, tag in keys for name, one in parameters_of(here, key, tag).items()}
        shown = {f"s_{tag}": one for tag, one in added.items()}
        here.views.append(
            {"x": signal, "h_before": before, **given, **shown, **gates, **found, "n": candidate, "h": state}
        )
        return (state,)

    @staticmethod
    def _reset_before(here: Here, signal: Tensor, before: Tensor, gate: Tensor) -> dict[str, Tensor]:
        """The candidate's sums over the inputs and the state, each unit of which is reset first."""
        state = here.entrywise(RESET_STATE, Kind.HIDDEN_STATE, gate, before, tag="r")
        return {"h_reset": state, "s_n": sums(here, signal, state, "candidate", "n")}

    @staticmethod
    def _reset_after(here: Here, signal: Tensor, before: Tensor, gate: Tensor) -> dict[str, Tensor]:
        """The candidate's sums, with the part that comes from the state reset as a whole, its bias included."""
        own = parameters_of(here, "candidate", "n")
        units = len(before.ids)
        product = of(here.block(Kind.PRE_ACTIVATION, (units,), tag="hn"))
        inner = own.get("c_n")
        rule = LINEAR if inner is None else AFFINE
        weighted_sums(here, rule, own["u_n"], before, product, [(q,) for q in inner.ids] if inner else [()] * units)
        added = of(here.block(Kind.PRE_ACTIVATION, (units,), tag="n"))
        outer = [] if "b_n" not in own else [own["b_n"].ids]
        more = list(zip(*outer, gate.ids, product.ids, strict=True))
        weighted_sums(here, _GATED[bool(outer)], own["w_n"], signal, added, more)
        return {"s_hn": product, "s_n": added}

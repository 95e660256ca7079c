"""What to write for keys that people put where a problem file does not have them, by key."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from derive.catalog.optimizers import OPTIMIZERS

_CONSTANTS = dict.fromkeys(name for optimizer in OPTIMIZERS.values() for name in optimizer.constants)
_STATES = dict.fromkeys(name for optimizer in OPTIMIZERS.values() for name in optimizer.states)
_RATE = "; the learning rate stands at the top of the file: `learning_rate: 0.1`"
_MOMENTUM = "; momentum is an optimizer: `optimizer: {name: momentum, constants: {mu: 0.9}}`"
OPTIMIZER_KEY_ADVICE: Mapping[str, str] = MappingProxyType(
    {
        **{name: f"; it is a state: `states: {{{name}: 0}}`" for name in _STATES},
        **{name: f"; it is a constant: `constants: {{{name}: ..}}`" for name in _CONSTANTS},
        **dict.fromkeys(("lr", "learning_rate", "rate", "eta", "alpha", "step_size"), _RATE),
        **dict.fromkeys(("momentum", "nesterov"), _MOMENTUM),
        "betas": "; they are constants: `constants: {beta1: 0.9, beta2: 0.999}`",
        "eps": "; it is a constant: `constants: {epsilon: 1e-8}`",
        "decay": "; did you mean weight_decay?",
    }
)
"""What to write for keys that frameworks have in an optimizer."""
PROBLEM_KEY_ADVICE: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("eta", "alpha", "rate", "step_size", "learning rate"), "; did you mean learning_rate?"),
        **dict.fromkeys(("dataset", "samples", "examples"), "; did you mean data?"),
        **dict.fromkeys(("iterations", "steps", "iters", "passes"), "; did you mean rounds?"),
        **dict.fromkeys(("inputs", "layers"), "; it belongs into `network`"),
        **dict.fromkeys(("units", "weights", "biases", "activation"), "; it belongs to a layer, in `network.layers`"),
        **dict.fromkeys(("momentum", "nesterov"), _MOMENTUM),
        **dict.fromkeys(("clip_norm", "clip_value", "weight_decay", "beta1", "beta2"), "; it belongs into `optimizer`"),
        **dict.fromkeys(("l1", "l2"), "; it belongs into `penalty`: `penalty: {l2: 0.1}`"),
        **dict.fromkeys(("places", "significant", "decimals"), "; write `rounding: {places: 4}`"),
        "epoch": "; did you mean epochs?",
        "batch_size": "; write `batch: {size: 2}`",
    }
)
"""What to write for keys that people put at the top of a problem file."""

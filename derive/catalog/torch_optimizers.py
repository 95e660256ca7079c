"""PyTorch's own classes of optimizers, where one works the same update from the same states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

Constants = Mapping[str, Decimal]


def _any(constants: Constants) -> bool:
    del constants
    return True


@dataclass(frozen=True)
class TorchOptimizer:
    """A class of `torch.optim`.

    `arguments` are its keyword arguments over the constants of the catalog's entry, `states` the names under which its
    `state` keeps the entry's states. `counts` says whether it keeps the number of steps beside them, `decays` whether
    its `weight_decay` is added to the gradient, `seeded` whether its states must be set even where they start from 0.
    `takes` says whether it takes these constants and works with them as the entry does.
    """

    name: str
    arguments: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    states: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    counts: bool = False
    decays: bool = True
    seeded: bool = False
    takes: Callable[[Constants], bool] = _any


def _takes_moments(constants: Constants) -> bool:
    return all(0 <= constants[name] < 1 for name in ("beta1", "beta2")) and constants["epsilon"] >= 0


_ADAM_STATES = MappingProxyType({"m": "exp_avg", "v": "exp_avg_sq"})
_ADAM_ARGUMENTS = MappingProxyType({"betas": "(beta1, beta2)", "eps": "epsilon"})
_BUFFER = MappingProxyType({"v": "momentum_buffer"})

SGD = TorchOptimizer("SGD")
MOMENTUM = TorchOptimizer("SGD", {"momentum": "mu"}, _BUFFER, takes=lambda constants: constants["mu"] > 0)
"""Without momentum, SGD keeps no buffer."""
NESTEROV = TorchOptimizer(
    "SGD", {"momentum": "mu", "nesterov": "True"}, _BUFFER, takes=lambda constants: constants["mu"] > 0
)
AVERAGED_MOMENTUM = TorchOptimizer(
    "SGD",
    {"momentum": "beta", "dampening": "beta"},
    _BUFFER,
    seeded=True,
    takes=lambda constants: constants["beta"] > 0,
)
"""SGD does not dampen the gradient that its buffer begins with, but where the buffer is there already."""
ADAGRAD = TorchOptimizer(
    "Adagrad", {"eps": "epsilon"}, {"r": "sum"}, counts=True, takes=lambda constants: constants["epsilon"] >= 0
)
RMSPROP = TorchOptimizer(
    "RMSprop",
    {"alpha": "rho", "eps": "epsilon"},
    {"r": "square_avg"},
    counts=True,
    takes=lambda constants: constants["rho"] >= 0 and constants["epsilon"] >= 0,
)
ADAM = TorchOptimizer("Adam", _ADAM_ARGUMENTS, _ADAM_STATES, counts=True, takes=_takes_moments)
ADAMW = TorchOptimizer(
    "AdamW",
    {**_ADAM_ARGUMENTS, "weight_decay": "lambda"},
    _ADAM_STATES,
    counts=True,
    decays=False,
    takes=lambda constants: _takes_moments(constants) and constants["lambda"] >= 0,
)

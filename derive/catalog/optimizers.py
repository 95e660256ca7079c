"""Optimizers: the lines by which a parameter is updated from its gradient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from types import MappingProxyType

from derive.catalog import torch_optimizers
from derive.catalog.torch_optimizers import TorchOptimizer
from derive.graph.formula import calls, slot_names
from derive.graph.interval import Interval
from derive.graph.rule import Rule

NEW = "_new"
SHARE, STRENGTH = Interval(0, 1), Interval(0, inf)
CONSTANTS: Mapping[str, Interval] = MappingProxyType(
    {
        "mu": SHARE,
        "beta": SHARE,
        "beta1": SHARE,
        "beta2": SHARE,
        "rho": SHARE,
        "epsilon": STRENGTH,
        "lambda": STRENGTH,
    }
)
"""Between which numbers the constants of optimizers lie: shares of what was before, what is added, strengths."""


@dataclass(frozen=True)
class Optimizer:
    """How one entry `p` of a parameter is updated from its gradient `g`, line by line.

    `steps` are pairs of what a line gives and its formula, the last one `p`. A formula is over `p`, `g`, the learning
    rate `eta`, the number `t` of the round, the `states` (0 before the first round unless a problem says otherwise;
    `v_new` is a state after its line), `constants` (with the numbers that they have unless a problem says otherwise)
    and what earlier lines give. `torch` is PyTorch's class with the same update, None where it has none.
    """

    name: str
    steps: tuple[tuple[str, str], ...]
    states: tuple[str, ...] = ()
    constants: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    reference: str = ""
    torch: TorchOptimizer | None = None
    squares: frozenset[str] = frozenset()
    """The states that gather squares, and so are never below 0."""

    @cached_property
    def epsilon_is_inside_root(self) -> bool:
        """Whether the constant epsilon is added under the root of its last line, and not to the root."""
        roots = (call for call in calls(self.rules[-1][1].formula) if call.function == "sqrt")
        return any("epsilon" in slot_names(root) for root in roots)

    @cached_property
    def rules(self) -> tuple[tuple[str, Rule], ...]:
        """What each line gives, and its rule."""
        last = len(self.steps) - 1
        names = [
            self.name if number == last else f"{self.name}: {output}" for number, (output, _) in enumerate(self.steps)
        ]
        return tuple((output, Rule(name, text)) for name, (output, text) in zip(names, self.steps, strict=True))


def _optimizer(
    name: str,
    reference: str,
    *steps: tuple[str, str],
    states: str = "",
    torch: TorchOptimizer | None = None,
    **constants: str,
) -> Optimizer:
    squares = frozenset(output for output, text in steps if output in states.split() and text.endswith("g^2"))
    return Optimizer(name, steps, tuple(states.split()), MappingProxyType(constants), reference, torch, squares)


_GOODFELLOW = "Goodfellow, Bengio, Courville, Deep Learning (2016)"
_ADAM = (
    ("m", "beta1*m+(1-beta1)*g"),
    ("v", "beta2*v+(1-beta2)*g^2"),
    ("mhat", "m_new/(1-beta1^t)"),
    ("vhat", "v_new/(1-beta2^t)"),
)

_ALL = (
    _optimizer("sgd", f"{_GOODFELLOW}, equation 4.5", ("p", "p-eta*g"), torch=torch_optimizers.SGD),
    _optimizer(
        "momentum",
        "Polyak, Some methods of speeding up the convergence of iteration methods (1964); this form: torch.optim.SGD",
        ("v", "mu*v+g"),
        ("p", "p-eta*v_new"),
        states="v",
        torch=torch_optimizers.MOMENTUM,
        mu="0.9",
    ),
    _optimizer(
        "classical momentum",
        "Sutskever, Martens, Dahl, Hinton, On the importance of initialization and momentum (ICML 2013), "
        "equations 1 and 2",
        ("v", "mu*v-eta*g"),
        ("p", "p+v_new"),
        states="v",
        mu="0.9",
    ),
    _optimizer(
        "averaged momentum",
        "the first moment of Kingma, Ba, Adam (ICLR 2015), algorithm 1, without its bias correction",
        ("v", "beta*v+(1-beta)*g"),
        ("p", "p-eta*v_new"),
        states="v",
        torch=torch_optimizers.AVERAGED_MOMENTUM,
        beta="0.9",
    ),
    _optimizer(
        "nesterov",
        "Bengio, Boulanger-Lewandowski, Pascanu, Advances in optimizing recurrent networks (2013), section 3.5: the "
        "gradient is that of the present parameters; this form: torch.optim.SGD",
        ("v", "mu*v+g"),
        ("p", "p-eta*(g+mu*v_new)"),
        states="v",
        torch=torch_optimizers.NESTEROV,
        mu="0.9",
    ),
    _optimizer(
        "adagrad",
        f"Duchi, Hazan, Singer, Adaptive subgradient methods (2011); {_GOODFELLOW}, algorithm 8.4",
        ("r", "r+g^2"),
        ("p", "p-eta*g/(sqrt(r_new)+epsilon)"),
        states="r",
        torch=torch_optimizers.ADAGRAD,
        epsilon="1e-10",
    ),
    _optimizer(
        "rmsprop",
        "Tieleman, Hinton, Lecture 6.5 of Neural Networks for Machine Learning (2012); this form: torch.optim.RMSprop",
        ("r", "rho*r+(1-rho)*g^2"),
        ("p", "p-eta*g/(sqrt(r_new)+epsilon)"),
        states="r",
        torch=torch_optimizers.RMSPROP,
        rho="0.99",
        epsilon="1e-8",
    ),
    _optimizer(
        "rmsprop inside",
        f"{_GOODFELLOW}, algorithm 8.5: epsilon stands inside the root",
        ("r", "rho*r+(1-rho)*g^2"),
        ("p", "p-eta*g/sqrt(r_new+epsilon)"),
        states="r",
        rho="0.9",
        epsilon="1e-6",
    ),
    _optimizer(
        "adam",
        "Kingma, Ba, Adam: a method for stochastic optimization (ICLR 2015), algorithm 1",
        *_ADAM,
        ("p", "p-eta*mhat/(sqrt(vhat)+epsilon)"),
        states="m v",
        torch=torch_optimizers.ADAM,
        beta1="0.9",
        beta2="0.999",
        epsilon="1e-8",
    ),
    _optimizer(
        "adamw",
        "Loshchilov, Hutter, Decoupled weight decay regularization (ICLR 2019), algorithm 2; the decay is multiplied "
        "by the learning rate, as in torch.optim.AdamW",
        *_ADAM,
        ("p", "p-eta*(mhat/(sqrt(vhat)+epsilon)+lambda*p)"),
        states="m v",
        torch=torch_optimizers.ADAMW,
        beta1="0.9",
        beta2="0.999",
        epsilon="1e-8",
        **{"lambda": "0.01"},
    ),
)
OPTIMIZERS: Mapping[str, Optimizer] = MappingProxyType({optimizer.name: optimizer for optimizer in _ALL})
"""Every optimizer by name."""

"""Learning-rate schedules: the rate of a round from its number and the rate at the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from types import MappingProxyType

from derive.graph.interval import Interval
from derive.graph.rule import Rule

START = "eta0"
CONSTANTS: Mapping[str, Interval] = MappingProxyType(
    {"gamma": Interval(0, 1), "T": Interval(1, inf), "k": Interval(0, inf), "end": Interval(0, inf)}
)
"""Between which numbers the constants of schedules lie: shares, numbers of rounds, how fast a rate falls, rates."""


@dataclass(frozen=True)
class Schedule:
    """A formula over the number `t` of the round (from 1), the rate `eta0` at the start, and `constants`.

    `constants` gives each its usual number as text; an empty one must be stated by the problem.
    """

    name: str
    formula: str
    reference: str
    constants: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @cached_property
    def rule(self) -> Rule:
        """The rate of a round."""
        return Rule(f"learning rate: {self.name}", self.formula, output="eta")


def _schedule(name: str, formula: str, reference: str, **constants: str) -> Schedule:
    return Schedule(name, formula, reference, MappingProxyType(constants))


_GOODFELLOW = "Goodfellow, Bengio, Courville, Deep Learning (2016)"
_VASWANI = "Vaswani et al., Attention is all you need (NIPS 2017), equation 3"

_ALL = (
    _schedule("step", "eta0*gamma^floor((t-1)/T)", "torch.optim.lr_scheduler.StepLR", gamma="0.1", T=""),
    _schedule("exponential", "eta0*gamma^(t-1)", "torch.optim.lr_scheduler.ExponentialLR", gamma=""),
    _schedule(
        "inverse time",
        "eta0/(1+k*(t-1))",
        "Robbins, Monro, A stochastic approximation method (1951): rates that fall as 1/t",
        k="",
    ),
    _schedule("inverse square root", "eta0/sqrt(t)", f"{_VASWANI}, after the warm-up"),
    _schedule(
        "cosine",
        "end+(eta0-end)*(1+cos(pi*(t-1)/T))/2",
        "Loshchilov, Hutter, SGDR: stochastic gradient descent with warm restarts (ICLR 2017), equation 5",
        T="",
        end="0",
    ),
    _schedule(
        "linear",
        "eta0+(end-eta0)*min(1,(t-1)/T)",
        f"{_GOODFELLOW}, equation 8.14",
        T="",
        end="0",
    ),
    _schedule("warmup", "eta0*min(1,t/T)", f"{_VASWANI}, up to its warm-up steps", T=""),
)
SCHEDULES: Mapping[str, Schedule] = MappingProxyType({schedule.name: schedule for schedule in _ALL})
"""Every schedule by name."""

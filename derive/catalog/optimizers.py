"""Optimizers: the lines by which a parameter is updated from its gradient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from derive.graph.rule import Rule

NEW = "_new"


@dataclass(frozen=True)
class Optimizer:
    """How one entry `p` of a parameter is updated from its gradient `g`, line by line.

    `steps` are pairs of what a line gives and its formula, the last one `p`. A formula is over `p`, `g`, the learning
    rate `eta`, the number `t` of the round, the `states` (0 before the first round; `v_new` is a state after its
    line), `constants` (with the numbers that they have unless a problem says otherwise) and what earlier lines give.
    """

    name: str
    steps: tuple[tuple[str, str], ...]
    states: tuple[str, ...] = ()
    constants: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    reference: str = ""

    @cached_property
    def rules(self) -> tuple[tuple[str, Rule], ...]:
        """What each line gives, and its rule."""
        last = len(self.steps) - 1
        names = [
            self.name if number == last else f"{self.name}: {output}" for number, (output, _) in enumerate(self.steps)
        ]
        return tuple((output, Rule(name, text)) for name, (output, text) in zip(names, self.steps, strict=True))


def _optimizer(name: str, reference: str, *steps: tuple[str, str], states: str = "", **constants: str) -> Optimizer:
    return Optimizer(name, steps, tuple(states.split()), MappingProxyType(constants), reference)


_ALL = (
    _optimizer("sgd", "Goodfellow, Bengio, Courville, Deep Learning (2016), equation 4.5", ("p", "p-eta*g")),
    _optimizer(
        "momentum",
        "Polyak (1964); Sutskever, Martens, Dahl, Hinton (ICML 2013), equations 1 and 2",
        ("v", "mu*v+g"),
        ("p", "p-eta*v_new"),
        states="v",
        mu="0.9",
    ),
)
OPTIMIZERS = MappingProxyType({optimizer.name: optimizer for optimizer in _ALL})

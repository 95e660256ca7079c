"""Activations: each a rule over the slot `s`, the pre-activation.

Derivatives are stated in the form that keys print; a test proves each equal to SymPy's.
References: Goodfellow, Bengio, Courville, Deep Learning (2016), section 6.3; the sigmoid's f(1 - f) and the
tanh's 1 - f^2 also in Bishop, Pattern Recognition and Machine Learning (2006), equations 4.88 and 5.59.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType

from derive.graph.rule import Rule


@dataclass(frozen=True)
class Activation:
    """An activation: its rule, and whether its derivative at 0 needs a convention."""

    rule: Rule
    kink_at_zero: bool = False
    saturates: bool = False

    @property
    def name(self) -> str:
        """The name that a problem file uses."""
        return self.rule.name


def _activation(name: str, text: str, derivative: str, label: str, **more: bool) -> Activation:
    return Activation(Rule(name, text, frozenset(), "f", MappingProxyType({"s": derivative}), label), **more)


_ALL = (
    _activation("identity", "s", "1", ""),
    _activation("sigmoid", "1/(1+exp(-s))", "f*(1-f)", "sigmoid", saturates=True),
    _activation("tanh", "tanh(s)", "1-f^2", "tanh", saturates=True),
    _activation("relu", "max(0,s)", "gate(s,0)", "ReLU", kink_at_zero=True),
)
ACTIVATIONS = MappingProxyType({activation.name: activation for activation in _ALL})


@cache
def activation(name: str, at_zero: int = 0) -> Activation:
    """The activation `name`; `at_zero` (0 or 1) is the convention for a derivative at a kink."""
    entry = ACTIVATIONS[name]
    if not entry.kink_at_zero or at_zero == 0:
        return entry
    textbook = {slot: text.replace("gate(s,0)", f"gate(s,{at_zero})") for slot, text in entry.rule.textbook.items()}
    return replace(entry, rule=replace(entry.rule, textbook=MappingProxyType(textbook)))

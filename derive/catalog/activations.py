"""Activations: each a rule over the slot `s`, the pre-activation.

Derivatives are stated in the form that keys print; a test proves each equal to SymPy's.
References: Goodfellow, Bengio, Courville, Deep Learning (2016), section 6.3; the sigmoid's f(1 - f) and the
tanh's 1 - f^2 also in Bishop, Pattern Recognition and Machine Learning (2006), equations 4.88 and 5.59.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from types import MappingProxyType

from derive.graph.rule import Rule

_AT_ZERO = "AT_ZERO"


@dataclass(frozen=True)
class Activation:
    """An activation: its rule, and its derivative as it is printed.

    A derivative that holds `AT_ZERO` has a kink at 0: that is where the convention for the derivative at 0 goes.
    """

    rule: Rule
    derivative: str
    saturates: bool = False
    constants: Mapping[str, str] = field(default_factory=dict)
    trainable: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The name that a problem file uses."""
        return self.rule.name

    @property
    def kink_at_zero(self) -> bool:
        """Whether the derivative at 0 needs a convention."""
        return _AT_ZERO in self.derivative


def _activation(name: str, text: str, derivative: str, label: str, *, saturates: bool = False) -> Activation:
    return Activation(_rule(name, text, derivative, label, 0), derivative, saturates)


def _rule(name: str, text: str, derivative: str, label: str, at_zero: int) -> Rule:
    textbook = MappingProxyType({"s": derivative.replace(_AT_ZERO, str(at_zero))})
    return Rule(name, text, frozenset(), "f", textbook, label)


_ALL = (
    _activation("identity", "s", "1", ""),
    _activation("sigmoid", "1/(1+exp(-s))", "f*(1-f)", "sigmoid", saturates=True),
    _activation("tanh", "tanh(s)", "1-f^2", "tanh", saturates=True),
    _activation("relu", "max(0,s)", "gate(s,AT_ZERO)", "ReLU"),
)
ACTIVATIONS = MappingProxyType({activation.name: activation for activation in _ALL})


@cache
def activation(name: str, at_zero: int = 0) -> Activation:
    """The activation `name`; `at_zero` (0 or 1) is the convention for a derivative at a kink."""
    entry = ACTIVATIONS[name]
    if not entry.kink_at_zero or at_zero == 0:
        return entry
    return replace(entry, rule=_rule(name, entry.rule.text, entry.derivative, entry.rule.label, at_zero))


def custom(formula: str, label: str) -> Activation:
    """An author's formula over `s`."""
    return Activation(Rule(label or "activation", formula, frozenset(), "f", MappingProxyType({}), label), "")

"""Activations: each a rule over the slot `s`, the pre-activation, and over its constants.

Derivatives are stated in the form that keys print; a test proves each equal to SymPy's. Where the derivative at a
kink is a convention, `AT_ZERO` holds its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from math import isinf
from types import MappingProxyType

from derive.errors import FormulaError
from derive.graph.formula import Formula, Slot, calls
from derive.graph.grammar import parse, written
from derive.graph.interval import EVERY, Interval, enclosure
from derive.graph.rule import Rule
from derive.graph.symbolic import differentiate, steps_through

_AT_ZERO = "AT_ZERO"
ALL_NUMBERS = "all numbers"


@dataclass(frozen=True)
class Activation:
    """An activation: its rule, and its derivative as it is printed, or None where none can be worked with.

    `constants` gives each slot besides `s` its usual number, as text; those in `trainable` are learned. `kinks` says
    where there is no derivative but by convention, `domain` where there is a value.
    """

    rule: Rule
    derivative: str | None
    saturates: bool = False
    constants: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    trainable: frozenset[str] = frozenset()
    kinks: tuple[str, ...] = ()
    domain: str = ALL_NUMBERS
    reference: str = ""
    bounds: tuple[str, str] = ("", "")
    """Between which numbers the values lie, in the constants; empty where there is no bound."""
    switches: bool = False
    text: str = ""
    """The formula with `AT_ZERO` in place of the convention; empty where the rule's text holds none."""

    @property
    def name(self) -> str:
        """The name that a problem file uses."""
        return self.rule.name

    @property
    def differentiable(self) -> bool:
        """Whether a network can be trained through it."""
        return self.derivative is not None

    @property
    def kink_at_zero(self) -> bool:
        """Whether the derivative at a kink, which is at 0 but for authors' formulas, goes by the convention."""
        return self.derivative is not None and _AT_ZERO in self.derivative

    def range(self, constants: Mapping[str, float]) -> Interval:
        """Between which numbers the values lie, for the constants that are stated."""
        numbers = {name: float(text) for name, text in self.constants.items()} | dict(constants)
        known = {name: Interval(number, number) for name, number in numbers.items()}
        low, high = (enclosure(parse(text), known) if text else EVERY for text in self.bounds)
        return Interval(low.low, high.high)

    def at_zero(self, convention: int) -> Activation:
        """The same activation with 0 or 1 as the convention for a derivative at a kink."""
        return replace(self, rule=_rule(self.rule, self.text or self.rule.text, self.derivative, convention))


def _rule(like: Rule, text: str, derivative: str | None, at_zero: int) -> Rule:
    stated = {} if derivative is None else {"s": derivative.replace(_AT_ZERO, str(at_zero))}
    filled = text.replace(_AT_ZERO, str(at_zero))
    torch = "" if at_zero else like.torch
    return Rule(like.name, filled, frozenset(), "f", MappingProxyType(stated), like.label, torch=torch)


@dataclass(frozen=True)
class Entry:
    """One entry of the catalog, as it is stated.

    `torch` is PyTorch's own function of it, over `s` and the constants, where there is one and it takes 0 as the
    derivative at a kink; any other is written out from the formula.
    """

    name: str
    text: str
    derivative: str | None
    label: str
    reference: str
    saturates: bool = False
    constants: Mapping[str, str] = field(default_factory=dict)
    trainable: tuple[str, ...] = ()
    kinks: tuple[str, ...] = ()
    torch: str = ""
    bounds: tuple[str, str] = ("", "")
    switches: bool = False

    def activation(self) -> Activation:
        """The entry as an activation, 0 being the convention at a kink."""
        return Activation(
            _rule(Rule(self.name, "", label=self.label, torch=self.torch), self.text, self.derivative, 0),
            self.derivative,
            self.saturates,
            MappingProxyType(dict(self.constants)),
            frozenset(self.trainable),
            self.kinks,
            reference=self.reference,
            bounds=self.bounds,
            switches=self.switches,
            text=self.text if _AT_ZERO in self.text else "",
        )


_GOODFELLOW = "Goodfellow, Bengio, Courville, Deep Learning (2016)"
_BISHOP = "Bishop, Pattern Recognition and Machine Learning (2006)"
_AT_0 = ("s = 0",)
_GELU = "Hendrycks, Gimpel, Gaussian Error Linear Units (2016), section 2"
_GELU_INSIDE = "sqrt(2/pi)*(s+0.044715*s^3)"

_ALL = (
    Entry("identity", "s", "1", "", f"{_GOODFELLOW}, section 6.2.2.1 (linear units)"),
    Entry(
        "step", "gate(s,1)", None, "step", f"{_BISHOP}, equation 4.53, with 0 for -1", kinks=_AT_0, bounds=("0", "1")
    ),
    Entry(
        "sigmoid",
        "1/(1+exp(-s))",
        "f*(1-f)",
        "sigmoid",
        f"{_BISHOP}, equations 4.59 and 4.88",
        saturates=True,
        torch="torch.sigmoid(s)",
        bounds=("0", "1"),
    ),
    Entry("tanh", "tanh(s)", "1-f^2", "tanh", f"{_BISHOP}, equation 5.59", saturates=True, bounds=("-1", "1")),
    Entry(
        "relu",
        "relu(s)",
        "gate(s,AT_ZERO)",
        "ReLU",
        f"{_GOODFELLOW}, section 6.3.1",
        kinks=_AT_0,
        bounds=("0", ""),
        switches=True,
    ),
    Entry(
        "leaky relu",
        "case(s,s,alpha*s,AT_ZERO)",
        "case(s,1,alpha,AT_ZERO)",
        "LeakyReLU",
        "Maas, Hannun, Ng, Rectifier Nonlinearities Improve Neural Network Acoustic Models (2013), section 2",
        constants={"alpha": "0.01"},
        kinks=_AT_0,
        torch="F.leaky_relu(s, alpha)",
    ),
    Entry(
        "parametric relu",
        "case(s,s,alpha*s,AT_ZERO)",
        "case(s,1,alpha,AT_ZERO)",
        "PReLU",
        "He, Zhang, Ren, Sun, Delving Deep into Rectifiers (2015), equation 1",
        constants={"alpha": "0.25"},
        trainable=("alpha",),
        kinks=_AT_0,
    ),
    Entry(
        "elu",
        "case(s,s,alpha*(exp(s)-1),AT_ZERO)",
        "case(s,1,f+alpha,AT_ZERO)",
        "ELU",
        "Clevert, Unterthiner, Hochreiter, Exponential Linear Units (2016), equation 15",
        constants={"alpha": "1"},
        kinks=_AT_0,
        torch="F.elu(s, alpha)",
        bounds=("-alpha", ""),
    ),
    Entry(
        "selu",
        "case(s,lambda*s,lambda*alpha*(exp(s)-1),AT_ZERO)",
        "case(s,lambda,f+lambda*alpha,AT_ZERO)",
        "SELU",
        "Klambauer, Unterthiner, Mayr, Hochreiter, Self-Normalizing Neural Networks (2017), equation 2",
        constants={"lambda": "1.0507009873554805", "alpha": "1.6732632423543772"},
        kinks=_AT_0,
        bounds=("-lambda*alpha", ""),
    ),
    Entry(
        "softplus",
        "log(1+exp(s))",
        "1/(1+exp(-s))",
        "softplus",
        f"{_GOODFELLOW}, equations 3.31 and 3.37",
        torch="F.softplus(s)",
        bounds=("0", ""),
    ),
    Entry(
        "silu",
        "s*sigmoid(s)",
        "f+sigmoid(s)*(1-f)",
        "SiLU",
        "Elfwing, Uchibe, Doya, Sigmoid-Weighted Linear Units (2018), section 2",
        torch="F.silu(s)",
        bounds=("-0.27846455", ""),
    ),
    Entry(
        "gelu",
        "s*(1+erf(s/sqrt(2)))/2",
        "(1+erf(s/sqrt(2)))/2+s*exp(-s^2/2)/sqrt(2*pi)",
        "GELU",
        _GELU,
        torch="F.gelu(s)",
        bounds=("-0.16997121", ""),
    ),
    Entry(
        "gelu tanh",
        f"s*(1+tanh({_GELU_INSIDE}))/2",
        f"(1+tanh({_GELU_INSIDE}))/2+s/2*(1-tanh({_GELU_INSIDE})^2)*sqrt(2/pi)*(1+0.134145*s^2)",
        "GELUtanh",
        _GELU,
        torch='F.gelu(s, approximate="tanh")',
        bounds=("-0.17004076", ""),
    ),
    Entry(
        "hard tanh",
        "max(-1,min(1,s))",
        "gate(s+1,0)*gate(1-s,0)",
        "hardtanh",
        "Collobert, Large Scale Machine Learning (2004), section 6.3",
        saturates=True,
        kinks=("s = -1", "s = 1"),
        torch="F.hardtanh(s)",
        bounds=("-1", "1"),
    ),
)
ACTIVATIONS: Mapping[str, Activation] = MappingProxyType({entry.name: entry.activation() for entry in _ALL})
SWITCHES = frozenset(name for name, one in ACTIVATIONS.items() if one.switches)
"""Those of which a unit is said to be off where its derivative is 0."""


@cache
def activation(name: str, at_zero: int = 0) -> Activation:
    """The activation `name`; `at_zero` (0 or 1) is the convention for a derivative at a kink."""
    entry = ACTIVATIONS[name]
    return entry.at_zero(at_zero) if entry.kink_at_zero and at_zero else entry


@cache
def custom(formula: str, label: str, at_zero: int = 0) -> Activation:
    """An author's activation: a formula over `s`, differentiated by SymPy, or forward only if `s` goes through a step.

    Raises `FormulaError` if the formula leaves the grammar, mentions another name, or has no derivative that the
    grammar can hold.
    """
    tree = parse(formula)
    rule = Rule(label, formula, label=label)
    if rule.slots != ("s",):
        found = ", ".join(rule.slots) or "no name"
        raise FormulaError(f"formula {formula!r}: an activation is a formula over s alone, and this one holds {found}")
    stepped = steps_through(tree, "s") is not None
    derivative = None if stepped else written(differentiate(tree, "s", Slot(_AT_ZERO)))
    kinks = tuple(dict.fromkeys(kink for call in calls(tree) for kink in _kinks(call.function, call.arguments)))
    made = _rule(rule, formula, derivative, at_zero)
    return Activation(made, derivative, kinks=kinks, domain="", bounds=_bounds(enclosure(tree)))


def _bounds(range: Interval) -> tuple[str, str]:
    """The bounds of an interval as text, empty where there is none."""
    low, high = ("" if isinf(end) else f"{Decimal(end):f}" for end in (range.low, range.high))
    return low, high


def _kinks(function: str, arguments: tuple[Formula, ...]) -> list[str]:
    """Where a call may have a kink, as equations."""
    texts = [written(argument) for argument in arguments]
    match function:
        case "abs" | "relu" | "case" | "sign" | "gate":
            return [f"{texts[0]} = 0"]
        case "max" | "min":
            return [f"{first} = {second}" for index, first in enumerate(texts) for second in texts[index + 1 :]]
        case _:
            return []

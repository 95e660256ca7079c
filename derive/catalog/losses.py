"""Losses: each a rule over the groups `y` (targets) and `f` (outputs), and the steps it is worked in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from derive.catalog.layers.activated import SOFTMAX
from derive.graph.quantity import Kind
from derive.graph.rule import Rule

_GROUPS = frozenset({"y", "f"})


class ErrorOrder(StrEnum):
    """Which way round a key writes the error inside a loss; the gradient is the same."""

    TARGET_FIRST = "target minus output"
    OUTPUT_FIRST = "output minus target"


class Outputs(StrEnum):
    """What a loss takes the outputs of the network for."""

    NUMBERS = "any numbers"
    PROBABILITIES = "probabilities that add up to 1"
    PROBABILITY = "probabilities between 0 and 1"
    LOGITS = "logits"


class Targets(StrEnum):
    """What a loss takes the targets for."""

    NUMBERS = "any numbers"
    DISTRIBUTION = "probabilities that add up to 1"
    SHARE = "numbers from 0 to 1"
    SIGN = "-1 or 1"


@dataclass(frozen=True)
class Step:
    """One step of the working: a rule applied to earlier steps, entry by entry, or as one rule of several outputs."""

    kind: Kind
    rule: Rule
    operands: tuple[Kind, ...]


@dataclass(frozen=True)
class Loss:
    """A loss.

    `rule` is over the groups `y` and `f` and over `constants`; its partials may mention the last step of the working
    as a peer. `steps` are the working, and `from_steps` gives the loss from it, over groups named as `groups` says.
    """

    name: str
    rule: Rule
    steps: tuple[Step, ...] = ()
    from_steps: Rule | None = None
    groups: Mapping[str, Kind] = field(default_factory=lambda: MappingProxyType({}))
    constants: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    outputs: Outputs = Outputs.NUMBERS
    targets: Targets = Targets.NUMBERS
    reference: str = ""
    domain: str = ""
    kinks: tuple[str, ...] = ()


@dataclass(frozen=True)
class LossOptions:
    """What a problem chooses about its loss: the order of the error, the base of logarithms (0 for natural)."""

    order: ErrorOrder = ErrorOrder.TARGET_FIRST
    base: int = 0

    def log(self, argument: str) -> str:
        """The logarithm of a formula in the chosen base."""
        return f"log({argument}, {self.base})" if self.base else f"log({argument})"


@dataclass(frozen=True)
class LossEntry:
    """A loss of the catalog: its name and how its options make it."""

    name: str
    make: Callable[[LossOptions], Loss]
    options: frozenset[str] = field(default_factory=frozenset)


def _half_squared_error(options: LossOptions) -> Loss:
    target_first = options.order is ErrorOrder.TARGET_FIRST
    difference = "y-f" if target_first else "f-y"
    operands = (Kind.TARGET, Kind.OUTPUT) if target_first else (Kind.OUTPUT, Kind.TARGET)
    name = "half squared error"
    return Loss(
        name,
        Rule(name, f"sum(({difference})^2/2)", _GROUPS, "L", MappingProxyType({"f": "f-y"})),
        (
            Step(Kind.ERROR, Rule("error", difference), operands),
            Step(Kind.SQUARED_ERROR, Rule("squared error", "e^2"), (Kind.ERROR,)),
        ),
        Rule("half sum", "sum(q)/2", frozenset({"q"})),
        MappingProxyType({"q": Kind.SQUARED_ERROR}),
        reference="Bishop, Pattern Recognition and Machine Learning (2006), equation 5.14",
    )


def _cross_entropy(options: LossOptions) -> Loss:
    log, derivative = options.log("f"), f"-y/(f*log({options.base}))" if options.base else "-y/f"
    return Loss(
        "cross-entropy",
        Rule("cross-entropy", f"-sum(y*{log})", _GROUPS, "L", MappingProxyType({"f": derivative})),
        outputs=Outputs.PROBABILITIES,
        targets=Targets.DISTRIBUTION,
        reference="Bishop (2006), equation 4.108",
    )


def _cross_entropy_on_logits(options: LossOptions) -> Loss:
    del options
    name = "cross-entropy on logits"
    textbook = MappingProxyType({"f": "p-y"})
    return Loss(
        name,
        Rule(name, "log(sum(exp(f)))-sum(y*f)", _GROUPS, "L", textbook, peers=("p",)),
        (Step(Kind.PROBABILITY, SOFTMAX, (Kind.OUTPUT,)),),
        Rule("cross-entropy", "-sum(y*log(p))", frozenset({"y", "p"})),
        MappingProxyType({"p": Kind.PROBABILITY}),
        outputs=Outputs.LOGITS,
        targets=Targets.DISTRIBUTION,
        reference="Bishop (2006), equations 4.108 and 4.109",
    )


_ALL = (
    LossEntry("half squared error", _half_squared_error, frozenset({"error"})),
    LossEntry("cross-entropy", _cross_entropy, frozenset({"log"})),
    LossEntry("cross-entropy on logits", _cross_entropy_on_logits),
)
LOSSES = MappingProxyType({entry.name: entry for entry in _ALL})
"""Every loss by name."""


@cache
def loss(name: str, options: LossOptions = LossOptions()) -> Loss:
    """The loss `name`, as its options make it."""
    return LOSSES[name].make(options)


__all__ = ["LOSSES", "SOFTMAX", "ErrorOrder", "Loss", "LossEntry", "LossOptions", "Outputs", "Step", "Targets", "loss"]

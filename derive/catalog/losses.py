"""Losses: each a rule over the groups `y` (targets) and `f` (outputs), and the steps it is worked in."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from derive.graph.quantity import Kind
from derive.graph.rule import Rule


@dataclass(frozen=True)
class Step:
    """One step of the working: a rule applied, entry by entry, to earlier steps."""

    kind: Kind
    rule: Rule
    operands: tuple[Kind, ...]


@dataclass(frozen=True)
class Loss:
    """A loss, the steps it is worked in, and the rule that gives the loss from the last step."""

    rule: Rule
    steps: tuple[Step, ...]
    from_last_step: Rule

    @property
    def name(self) -> str:
        """The name that a problem file uses."""
        return self.rule.name


HALF_SQUARED_ERROR = Loss(
    Rule(
        "half squared error",
        "sum((y-f)^2/2)",
        frozenset({"y", "f"}),
        "L",
        MappingProxyType({"f": "f-y"}),
    ),
    (
        Step(Kind.ERROR, Rule("error", "y-f"), (Kind.TARGET, Kind.OUTPUT)),
        Step(Kind.SQUARED_ERROR, Rule("squared error", "e^2"), (Kind.ERROR,)),
    ),
    Rule("half sum", "sum(q)/2", frozenset({"q"})),
)
"""L = sum over the outputs of (y - f)^2 / 2; Bishop (2006), equation 5.14."""

LOSSES = MappingProxyType({loss.name: loss for loss in (HALF_SQUARED_ERROR,)})

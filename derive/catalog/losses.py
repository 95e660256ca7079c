"""Losses: each a rule over the groups `y` (targets) and `f` (outputs), and the steps it is worked in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
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


_GROUPS = frozenset({"y", "f"})
_HALF_SUM = Rule("half sum", "sum(q)/2", frozenset({"q"}))


def _half_squared_error(difference: str, operands: tuple[Kind, Kind]) -> Loss:
    return Loss(
        Rule("half squared error", f"sum(({difference})^2/2)", _GROUPS, "L", MappingProxyType({"f": "f-y"})),
        (
            Step(Kind.ERROR, Rule("error", difference), operands),
            Step(Kind.SQUARED_ERROR, Rule("squared error", "e^2"), (Kind.ERROR,)),
        ),
        _HALF_SUM,
    )


class ErrorOrder(StrEnum):
    """Which way round a key writes the error inside a loss; the gradient is the same."""

    TARGET_FIRST = "target minus output"
    OUTPUT_FIRST = "output minus target"


LOSSES: Mapping[str, Mapping[ErrorOrder, Loss]] = MappingProxyType(
    {
        "half squared error": MappingProxyType(
            {
                ErrorOrder.TARGET_FIRST: _half_squared_error("y-f", (Kind.TARGET, Kind.OUTPUT)),
                ErrorOrder.OUTPUT_FIRST: _half_squared_error("f-y", (Kind.OUTPUT, Kind.TARGET)),
            }
        ),
    }
)
"""Every loss by name, then by the order of its error. L = sum of (y - f)^2 / 2: Bishop (2006), equation 5.14."""


def loss(name: str, order: ErrorOrder = ErrorOrder.TARGET_FIRST) -> Loss:
    """The loss `name`, its error written in the given order."""
    return LOSSES[name][order]

"""Ties of max pooling: windows in which several entries are the largest."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from derive.arithmetic.decimals import ONE, DecimalArithmetic
from derive.graph.formula import Each
from derive.network.lowered import Lowered
from derive.network.work import LADDER, Values


@dataclass(frozen=True)
class Tie:
    """A window whose largest entry is there more than once: its output, these entries, the one that is taken."""

    output: str
    inputs: tuple[str, ...]
    winner: str


def ties(lowered: Lowered, values: Values) -> list[Tie]:
    """The ties of one round, in the order of the forward pass, by the names of the trace."""
    names = lowered.graph.blocks.names
    arithmetic = DecimalArithmetic(LADDER[0])
    found = []
    for equation in lowered.graph.forward:
        rule = equation.rule.rule
        if rule is None or not isinstance(rule.formula, Each) or rule.formula.function != "max":
            continue
        largest = values[equation.output].carried
        tied = [q for q in equation.operands if _reaches(arithmetic, values[q].carried, largest)]
        if len(tied) > 1:
            found.append(Tie(names[equation.output], tuple(names[q] for q in sorted(tied)), names[tied[0]]))
    return found


def _reaches(arithmetic: DecimalArithmetic, number: Decimal, largest: Decimal) -> bool:
    """Whether a number is the largest, but for its noise."""
    return arithmetic.call("is_argmax", (ONE, largest, number, largest)) == ONE

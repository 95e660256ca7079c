"""Ties of max pooling: windows in which several entries are the largest, or are shown with its digits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from derive.arithmetic.decimals import ONE, DecimalArithmetic
from derive.graph.formula import Each
from derive.network.lowered import Lowered
from derive.network.work import LADDER, Values


@dataclass(frozen=True)
class Tie:
    """A window whose largest entry is there, or is shown, more than once: its output, these, the one that is taken."""

    output: str
    inputs: tuple[str, ...]
    winner: str


def ties(lowered: Lowered, values: Values) -> list[Tie]:
    """The ties of one round, in the order of the forward pass, by the names of the trace."""
    windows = _windows(lowered, values)
    return [_tie(lowered, output, largest, largest[0]) for output, largest, _ in windows if len(largest) > 1]


def near_ties(lowered: Lowered, values: Values) -> list[Tie]:
    """The windows of one round in which a smaller entry is shown with the digits of the largest."""
    return [
        _tie(lowered, output, [*largest, *alike], largest[0])
        for output, largest, alike in _windows(lowered, values)
        if alike
    ]


def _windows(lowered: Lowered, values: Values) -> Iterator[tuple[int, list[int], list[int]]]:
    """Each window's output, its largest entries, and the smaller ones that are shown with the same digits."""
    arithmetic = DecimalArithmetic(LADDER[0])
    for equation in lowered.graph.forward:
        rule = equation.rule.rule
        if rule is None or not isinstance(rule.formula, Each) or rule.formula.function != "max":
            continue
        most = values[equation.output]
        largest = [q for q in equation.operands if _reaches(arithmetic, values[q].carried, most.carried)]
        alike = [q for q in equation.operands if q not in largest and values[q].shown == most.shown]
        yield equation.output, largest, alike


def _tie(lowered: Lowered, output: int, inputs: Sequence[int], winner: int) -> Tie:
    names = lowered.graph.blocks.names
    return Tie(names[output], tuple(names[q] for q in sorted(inputs)), names[winner])


def _reaches(arithmetic: DecimalArithmetic, number: Decimal, largest: Decimal) -> bool:
    """Whether a number is the largest, but for its noise."""
    return arithmetic.call("is_argmax", (ONE, largest, number, largest)) == ONE

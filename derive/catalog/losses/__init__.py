"""Losses: what is listed here is in the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from derive.catalog.losses.base import ErrorOrder, Loss, LossEntry, LossOptions, Outputs, Step, Targets
from derive.catalog.losses.differences import DIFFERENCES
from derive.catalog.losses.margins import MARGINS
from derive.catalog.losses.probabilities import PROBABILITIES

UPSTREAM = LossEntry(
    "upstream gradient",
    "sum(u*f)",
    "u",
    "Goodfellow, Bengio, Courville, Deep Learning (2016), section 6.5.2: the Jacobian product of a part of a graph",
    targets=Targets.ADJOINTS,
)
"""No loss: sum(u*f) has the given numbers u as its partials, and so has any loss that hands them down."""

LOSSES: Mapping[str, LossEntry] = MappingProxyType(
    {entry.name: entry for entry in (*DIFFERENCES, *MARGINS, *PROBABILITIES, UPSTREAM)}
)
"""Every loss by name."""
USUAL = LossOptions()


@cache
def loss(name: str, options: LossOptions = USUAL) -> Loss:
    """The loss `name`, as its options make it."""
    return LOSSES[name].make(options)


__all__ = ["LOSSES", "UPSTREAM", "ErrorOrder", "Loss", "LossEntry", "LossOptions", "Outputs", "Step", "Targets", "loss"]

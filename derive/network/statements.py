"""Statements of arrays: what one line of a page in matrices says, whatever it is of."""

from __future__ import annotations

from dataclasses import dataclass

from derive.graph.views.application import Application
from derive.graph.views.language import ViewEquation

Contribution = tuple[ViewEquation, Application]
"""An equation of matrices, and what its names stand for."""


@dataclass(frozen=True)
class Statement:
    """An array as the sum of contributions, each a right side of matrices; all of them have the same left side.

    Where `divisor` is not 1, the sum is divided by it: the mean over a batch. Where not `whole`, something else that is
    no statement reaches the array as well.
    """

    contributions: tuple[Contribution, ...]
    divisor: int = 1
    whole: bool = True
    layer: int = 0
    """The number of the layer that the line belongs to; 0 for none."""

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

    Where `divisor` is not 1, the sum is divided by it: the mean over a batch. `added` are further sums with divisors of
    their own. Where not `whole`, something else that is no statement reaches the array as well.
    """

    contributions: tuple[Contribution, ...]
    divisor: int = 1
    whole: bool = True
    layer: int = 0
    """The number of the layer that the line belongs to; 0 for none."""
    added: tuple[Statement, ...] = ()

    @property
    def shares(self) -> tuple[Statement, ...]:
        """The sum, and those that are added to it."""
        return (self, *self.added)

    @property
    def all_contributions(self) -> tuple[Contribution, ...]:
        """Every contribution, whatever it is divided by."""
        return tuple(one for share in self.shares for one in share.contributions)

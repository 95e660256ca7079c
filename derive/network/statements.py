"""Statements of arrays: what one line of a page in matrices says, whatever it is of."""

from __future__ import annotations

from dataclasses import dataclass

from derive.graph.tensor import Tensor
from derive.graph.views import matrix_form
from derive.graph.views.application import Application
from derive.graph.views.language import ViewEquation

Contribution = tuple[ViewEquation, Application]
"""An equation of matrices, and what its names stand for."""


@dataclass(frozen=True)
class Statement:
    """An array as the sum of contributions, each a right side of matrices; all of them have the same left side.

    Where `divisor` is not 1, the sum is divided by it: the mean over a batch. `added` are further sums with divisors of
    their own.
    """

    contributions: tuple[Contribution, ...]
    divisor: int = 1
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

    @property
    def array(self) -> tuple[Tensor, bool]:
        """The array on the left side, and whether its adjoint is defined. Raises `LookupError` where there is none."""
        equation, application = self.contributions[0]
        found = application.find(equation.of)
        if found is None:
            raise LookupError(f"no array {equation.of!r}")
        return found

    @property
    def targets(self) -> tuple[tuple[int | None, ...], ...]:
        """The quantities of the left side, row by row; None where an adjoint is not worked, and in a border."""
        return matrix_form.targets(*self.contributions[0])

    @property
    def defined(self) -> list[int]:
        """The quantities of the left side that are worked."""
        return [one for row in self.targets for one in row if one is not None]

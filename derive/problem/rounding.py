"""How a problem file says that its key is rounded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from derive.arithmetic.rounding import MAX_PLACES, Carry, Mode, Override, Policy, Precision, Small, Zeros
from derive.graph.quantity import Kind
from derive.sources.fields import Whole
from derive.sources.validate import Mistake, Model, suggestion

Places = Annotated[Whole, Field(ge=0, le=MAX_PLACES)]
Figures = Annotated[Whole, Field(ge=1, le=MAX_PLACES)]
_BOTH: Mistake = (("significant",), "give `places` or `significant`, not both")


class RoundingException(Model):
    """Another precision for a kind of quantity, a named one, or a round."""

    kind: str | None = None
    quantity: str | None = None
    round: Annotated[Whole, Field(ge=1)] | None = None
    places: Places | None = None
    significant: Figures | None = None

    def own_mistakes(self) -> Iterator[Mistake]:
        """A kind that there is not; an exception that says nothing, or twice, or is for everything."""
        kinds = [kind.value for kind in Kind]
        if self.kind is not None and self.kind not in kinds:
            yield ("kind",), f"unknown kind {self.kind!r}{suggestion(self.kind, kinds)}"
        if self.places is None and self.significant is None:
            yield (), "an exception needs `places` or `significant`"
        if self.kind is None and self.quantity is None and self.round is None:
            yield (), "an exception needs a `kind`, a `quantity` or a `round`"
        if self.places is not None and self.significant is not None:
            yield _BOTH


class Rounding(Model):
    """How the key rounds; see `derive.arithmetic.rounding`."""

    places: Places | None = None
    significant: Figures | None = None
    mode: Mode = Mode.HALF_UP
    carry: Carry = Carry.FULL
    zeros: Zeros = Zeros.KEEP
    small: Small = Small.DIGITS
    exceptions: tuple[RoundingException, ...] = ()

    def own_mistakes(self) -> Iterator[Mistake]:
        """Places and significant figures at once."""
        if self.places is not None and self.significant is not None:
            yield _BOTH

    def policy(self) -> Policy:
        """The policy that these keys describe; 4 places where neither places nor figures are given."""
        overrides = tuple(Override(_precision(one), one.kind, one.quantity, one.round) for one in self.exceptions)
        return Policy(_precision(self), self.mode, self.carry, self.zeros, self.small, overrides)


def _precision(stated: Rounding | RoundingException) -> Precision:
    if stated.significant is not None:
        return Precision(stated.significant, significant=True)
    return Precision(4 if stated.places is None else stated.places)

"""How a problem file says that its key is rounded."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from derive.arithmetic.rounding import MAX_PLACES, Carry, Mode, Override, Policy, Precision, Small, Zeros
from derive.sources.fields import Whole
from derive.sources.validate import Model

Places = Annotated[Whole, Field(ge=0, le=MAX_PLACES)]
Figures = Annotated[Whole, Field(ge=1, le=MAX_PLACES)]


class RoundingException(Model):
    """Another precision for a kind of quantity, a named one, or a round."""

    kind: str | None = None
    quantity: str | None = None
    round: Annotated[Whole, Field(ge=1)] | None = None
    places: Places | None = None
    significant: Figures | None = None


class Rounding(Model):
    """How the key rounds; see `derive.arithmetic.rounding`."""

    places: Places | None = None
    significant: Figures | None = None
    mode: Mode = Mode.HALF_UP
    carry: Carry = Carry.FULL
    zeros: Zeros = Zeros.KEEP
    small: Small = Small.DIGITS
    exceptions: tuple[RoundingException, ...] = ()

    def policy(self) -> Policy:
        """The policy that these keys describe; 4 places where neither places nor figures are given."""
        overrides = tuple(
            Override(_precision(e.places, e.significant), e.kind, e.quantity, e.round) for e in self.exceptions
        )
        precision = _precision(self.places, self.significant)
        return Policy(precision, self.mode, self.carry, self.zeros, self.small, overrides)


def _precision(places: int | None, significant: int | None) -> Precision:
    if significant is not None:
        return Precision(significant, significant=True)
    return Precision(4 if places is None else places)

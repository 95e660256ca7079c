"""The rounding policy: how many places, which way, what is carried, what is written.

Rounding happens once, when a worked quantity is finished, in decimal arithmetic. Half-up means ties away from
zero (the schoolbook rule); zero has no sign.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import cached_property

from derive.arithmetic.decimals import context
from derive.errors import NumberError
from derive.graph.quantity import Block, scoped_names

MAX_PLACES = 30
_WIDE = context(5000)


class Mode(StrEnum):
    """Which way a number is rounded."""

    HALF_UP = "half-up"
    HALF_EVEN = "half-even"
    CUT = "cut"


class Carry(StrEnum):
    """What the next line uses: the full number, or the one that is printed."""

    FULL = "full"
    ROUNDED = "rounded"


class Zeros(StrEnum):
    """Trailing zeros of shown numbers: kept, dropped, or kept only where the number was rounded."""

    KEEP = "keep"
    DROP = "drop"
    INEXACT = "inexact"


class Small(StrEnum):
    """How a number that would print as 0.0000 without being zero is written."""

    DIGITS = "digits"
    SCIENTIFIC = "scientific"


_MODES = {Mode.HALF_UP: ROUND_HALF_UP, Mode.HALF_EVEN: ROUND_HALF_EVEN, Mode.CUT: ROUND_DOWN}
_LEAST_FIGURES = 4
_SMALL_DIGITS = 3
_LONGEST_SMALL = 12
_LARGEST = 300
_LONGEST_WHOLE = 30
_LONGEST_FIGURES = 20


@dataclass(frozen=True, slots=True)
class Precision:
    """Decimal places, or significant figures."""

    count: int
    significant: bool = False

    def exponent(self, number: Decimal) -> int:
        """The power of ten of the last digit that stays."""
        return number.adjusted() - self.count + 1 if self.significant and number else -self.count


@dataclass(frozen=True, slots=True)
class Override:
    """Another precision for some quantities: of a kind, of a block or a name, in one round; None means any."""

    precision: Precision
    kind: str | None = None
    quantity: str | None = None
    round: int | None = None

    def fits(self, block: Block, name: str, number: int) -> tuple[int, int, int]:
        """How specifically this override names the quantity; (-1, 0, 0) if it does not.

        A name without its time step or its sample means all of them, and is less specific than one that has it.
        """
        if self.round not in (None, number) or self.kind not in (None, block.kind.value):
            return (-1, 0, 0)
        in_round = int(self.round is not None)
        if self.quantity is None:
            return (int(self.kind is not None), 0, in_round)
        for level, full in ((3, name), (2, block.name)):
            for one in (full, full.removesuffix("_new")):
                shared = scoped_names(one)
                if self.quantity in shared:
                    return (level, -shared.index(self.quantity), in_round)
        return (-1, 0, 0)


@dataclass(frozen=True, slots=True)
class Value:
    """One worked number: as computed from the carried operands, as carried on, as written."""

    unrounded: Decimal
    carried: Decimal
    shown: str


@dataclass(frozen=True)
class Policy:
    """How a key rounds. `overrides` may name a kind, a quantity, a round: the most specific wins, then the last.

    `states` are the blocks, by name, that have significant figures where no override says otherwise.
    """

    precision: Precision = Precision(4)
    mode: Mode = Mode.HALF_UP
    carry: Carry = Carry.FULL
    zeros: Zeros = Zeros.KEEP
    small: Small = Small.DIGITS
    overrides: tuple[Override, ...] = ()
    states: frozenset[str] = frozenset()

    @cached_property
    def state_precision(self) -> Precision:
        """As many significant figures as there are places, at least 4."""
        return Precision(max(_LEAST_FIGURES, self.precision.count), significant=True)

    @cached_property
    def carries_rounded(self) -> bool:
        """Whether the printed number is the one that the next line uses."""
        return self.carry is Carry.ROUNDED

    def precision_of(self, block: Block, name: str, number: int) -> Precision:
        """The precision of one quantity in the given round (counted from 1)."""
        best, found = (-1, 0, 0), self.state_precision if block.name in self.states else self.precision
        for override in self.overrides:
            rank = override.fits(block, name, number)
            if rank[0] >= 0 and rank >= best:
                best, found = rank, override.precision
        return found

    def finish(self, result: Decimal, precision: Precision, noise: Decimal) -> Value:
        """A computed number as it is carried and written; `noise` is its relative uncertainty."""
        if self.carries_rounded:
            carried = self.round(result, precision, noise)
            return Value(result, carried, self.shown(carried, precision, exact=carried == result))
        return Value(result, result, self.shown(self.settle(result, precision, noise), precision))

    def given(self, number: Decimal) -> Value:
        """A given number, never rounded."""
        return Value(number, number, self.as_written(str(number)))

    def settle(self, number: Decimal, precision: Precision, noise: Decimal) -> Decimal:
        """The point where rounding turns (a tie; when digits are cut off, a grid point) if `number` is that close."""
        if number.adjusted() > _LARGEST:
            return number
        unit = Decimal(1).scaleb(precision.exponent(number), _WIDE)
        cut = self.mode is Mode.CUT
        step = unit if cut else _WIDE.divide(unit, Decimal(2))
        count = _WIDE.divide(number, step).to_integral_value(ROUND_HALF_EVEN, _WIDE)
        turns = bool(count) if cut else _WIDE.remainder(count, Decimal(2)) != 0
        near = _WIDE.multiply(count, step)
        distance = _WIDE.subtract(number, near).copy_abs()
        return near if turns and distance < _WIDE.multiply(noise, near.copy_abs()) else number

    def round(self, number: Decimal, precision: Precision, noise: Decimal = Decimal(0)) -> Decimal:
        """`number` rounded; within `noise` (relative) of a tie it counts as the tie.

        Raises `NumberError` for a number that is too large to be printed.
        """
        if not number:
            return Decimal(0)
        if number.adjusted() > (_LARGEST if precision.significant else _LONGEST_WHOLE):
            raise NumberError(f"a number of size 1e{number.adjusted()} is too large to be printed")
        settled = self.settle(number, precision, noise) if noise else number
        unit = Decimal(1).scaleb(precision.exponent(number), _WIDE)
        rounded = settled.quantize(unit, _MODES[self.mode], _WIDE)
        if precision.significant and rounded.adjusted() > number.adjusted():
            rounded = rounded.quantize(Decimal(1).scaleb(precision.exponent(rounded), _WIDE), context=_WIDE)
        return rounded or Decimal(0)

    def shown(self, number: Decimal, precision: Precision, *, exact: bool = True) -> str:
        """What is written for a worked number: plain decimal or `1.23e-9`.

        `exact` is whether `number` is what was computed, not rounded already. Under `carry: full` a number that is
        not zero never prints as zero.
        """
        rounded = self.round(number, precision)
        if number and not rounded and not self.carries_rounded:
            return self._shown_small(number)
        if precision.significant and not -_LONGEST_SMALL <= rounded.adjusted() <= _LONGEST_FIGURES:
            return scientific(_strip(rounded) if self.zeros is Zeros.DROP else rounded)
        if self.zeros is Zeros.DROP or (self.zeros is Zeros.INEXACT and exact and rounded == number):
            return plain(_strip(rounded))
        exponent = precision.exponent(rounded)
        return plain(rounded.quantize(Decimal(1).scaleb(min(exponent, 0)), context=_WIDE) if exponent < 0 else rounded)

    def _shown_small(self, number: Decimal) -> str:
        rounded = self.round(number, Precision(_SMALL_DIGITS, significant=True))
        text = _strip(rounded) if self.zeros is Zeros.DROP else rounded
        if self.small is Small.DIGITS and -number.adjusted() <= _LONGEST_SMALL:
            return plain(text)
        return scientific(text)

    def as_written(self, text: str) -> str:
        """What is written for a given number: as the author wrote it, but for dropped zeros."""
        number = Decimal(text)
        if not number and not -_LONGEST_WHOLE < int(number.as_tuple().exponent) <= 0:
            return "0"
        if self.zeros is Zeros.DROP:
            number = _strip(number)
        return plain(number) if -25 < number.adjusted() < 25 else scientific(number)


def _strip(number: Decimal) -> Decimal:
    return _WIDE.normalize(number) if number else Decimal(0)


def plain(number: Decimal) -> str:
    """`number` in plain decimal notation; zero without a sign."""
    return f"{number or number.copy_abs():f}"


def scientific(number: Decimal) -> str:
    """`number` as mantissa and power of ten: `1.23e-9`."""
    exponent = number.adjusted()
    return f"{plain(number.scaleb(-exponent, _WIDE))}e{exponent}"

"""Decimal arithmetic at a stated number of digits, the same on every machine.

Python's `decimal` rounds every operation, `exp` included, correctly at the precision of the context, so that two
machines cannot differ. A sum that cancels to within the last guard digits of its terms is zero; a term that
vanishes beside another is noticed (`absorbed`), because then more digits may change the result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import (
    MAX_EMAX,
    MIN_EMIN,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)

GUARD = 15
ZERO, ONE = Decimal(0), Decimal(1)


def context(digits: int) -> Context:
    """A context of `digits` digits in which only overflow and undefined results are errors."""
    traps = [Overflow, InvalidOperation, DivisionByZero]
    return Context(digits, ROUND_HALF_EVEN, MIN_EMIN, MAX_EMAX, traps=traps)


class DecimalArithmetic:
    """Formulas in decimal numbers of `digits` digits.

    Raises `decimal.Overflow`, `decimal.DivisionByZero` or `decimal.InvalidOperation` where a result has no value.
    """

    def __init__(self, digits: int) -> None:
        self.digits = digits
        self.context = context(digits)
        self.noise = Decimal(1).scaleb(GUARD - digits)
        self.absorbed = False
        self._functions: dict[str, Callable[..., Decimal]] = {
            "exp": self.context.exp,
            "tanh": self._tanh,
            "max": max,
            "gate": lambda s, at_zero: ONE if s > 0 else ZERO if s < 0 else at_zero,
        }

    def number(self, text: str) -> Decimal:
        """The number as written, never through a binary float."""
        return Decimal(text)

    def add(self, terms: Sequence[Decimal]) -> Decimal:
        """The sum; exactly zero where it is lost in the noise of its largest term."""
        total = ZERO
        for term in terms:
            before, total = total, self.context.add(total, term)
            if term and before and total in (before, term):
                self.absorbed = True
        if total and total.copy_abs() < self._scaled_noise(terms):
            return ZERO
        return total

    def _scaled_noise(self, terms: Sequence[Decimal]) -> Decimal:
        return self.context.multiply(self.noise, max(term.copy_abs() for term in terms))

    def negative(self, argument: Decimal) -> Decimal:
        """The negative, at full length."""
        return argument.copy_negate() if argument else ZERO

    def multiply(self, factors: Sequence[Decimal]) -> Decimal:
        """The product, from left to right."""
        product = factors[0]
        for factor in factors[1:]:
            product = self.context.multiply(product, factor)
        return product

    def divide(self, numerator: Decimal, denominator: Decimal) -> Decimal:
        """The quotient."""
        return self.context.divide(numerator, denominator)

    def power(self, base: Decimal, exponent: Decimal) -> Decimal:
        """The power."""
        return self.context.power(base, exponent)

    def call(self, function: str, arguments: Sequence[Decimal]) -> Decimal:
        """A function of the grammar."""
        return self._functions[function](*arguments)

    def _tanh(self, argument: Decimal) -> Decimal:
        """(1 - e^(-2|s|)) / (1 + e^(-2|s|)) with the sign of s, with more digits where the difference cancels."""
        if not argument:
            return ZERO
        wider = context(self.digits + max(0, -argument.adjusted()) + GUARD)
        decay = wider.exp(wider.multiply(Decimal(-2), argument.copy_abs()))
        size = wider.divide(wider.subtract(ONE, decay), wider.add(ONE, decay))
        if decay and self.context.plus(size) == ONE:
            self.absorbed = True
        return self.context.plus(size.copy_sign(argument))

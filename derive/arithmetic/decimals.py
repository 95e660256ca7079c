"""Decimal arithmetic at a stated number of digits, the same on every machine.

Python's `decimal` rounds every operation, `exp`, `ln` and `sqrt` included, at the precision of the context, so that
two machines cannot differ; `sin`, `cos`, `tan` and `erf`, and every function at many digits, go through mpmath's whole
numbers with guard digits, written out as text. A result that cancels to within the last guard digits of what it is
made of is zero; a term that vanishes beside another is noticed (`needed`), because then more digits may change the
result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import (
    MAX_EMAX,
    MIN_EMIN,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from functools import cached_property
from typing import Any

GUARD = 15
LEFT = 50
"""Digits that are to be left of a term that the larger one beside it hides."""
MOST_DIGITS = 1200
"""No number is worked with more digits; what is hidden even then, such as 1 - f of a sigmoid at 2,700, is zero."""
_MANY = 200
"""From so many digits on, mpmath is faster than `decimal`: for `exp` at 1,000 digits by a factor of 10 to 30."""
_LARGE = 15
"""Past arguments of this power of ten `decimal` knows at once that `exp` overflows."""
ZERO, ONE = Decimal(0), Decimal(1)
_LOG_10 = Decimal("2.302585")


def context(digits: int) -> Context:
    """A context of `digits` digits in which only overflow and undefined results are errors."""
    traps = [Overflow, InvalidOperation, DivisionByZero]
    return Context(digits, ROUND_HALF_EVEN, MIN_EMIN, MAX_EMAX, traps=traps)


class UndefinedError(InvalidOperation):
    """A result that no number is, said in words: `the logarithm of 0`."""


class DecimalArithmetic:
    """Formulas in decimal numbers of `digits` digits.

    `needed` is how many digits it takes to see every term that was lost beside a larger one; 0 where none was.
    Raises `decimal.Overflow` or `UndefinedError` where a result has no value.
    """

    def __init__(self, digits: int) -> None:
        self.digits = digits
        self.context = context(digits)
        self.noise = Decimal(1).scaleb(GUARD - digits)
        self.needed = 0
        self._functions: dict[str, Callable[..., Decimal]] = {
            "abs": Decimal.copy_abs,
            "cos": lambda argument: self._turn("cos", argument),
            "erf": self._erf,
            "exp": self._exp,
            "floor": self._floor,
            "gate": lambda s, at_zero: ONE if s > 0 else ZERO if s < 0 else at_zero,
            "log": self._log,
            "max": lambda *arguments: self._first(arguments, ONE),
            "min": lambda *arguments: self._first(arguments, -ONE),
            "take": self._pick,
            "relu": lambda argument: max(ZERO, argument),
            "equals": lambda chosen, number: ONE if self._is_same(chosen, number) else ZERO,
            "sigmoid": self._sigmoid,
            "sign": lambda s: ONE if s > 0 else -ONE if s < 0 else ZERO,
            "sin": lambda argument: self._turn("sin", argument),
            "sqrt": self._sqrt,
            "tan": self._tan,
            "tanh": self._tanh,
            "is_argmax": lambda number, _, *arguments: Decimal(self._winner(arguments, ONE) == number - 1),
            "pi": lambda: self._pi,
        }

    def number(self, text: str) -> Decimal:
        """The number as written, never through a binary float."""
        return Decimal(text)

    def add(self, terms: Sequence[Decimal]) -> Decimal:
        """The sum; exactly zero where it is lost in the noise of its largest term.

        What is absorbed may matter later, unless it is itself the noise of terms that have cancelled.
        """
        total = ZERO
        for number, term in enumerate(terms):
            before, total = total, self.context.add(total, term)
            if term and before and total in (before, term) and before.copy_abs() > self._scaled_noise(terms[:number]):
                self._lose(abs(before.adjusted() - term.adjusted()))
        if total and total.copy_abs() < self._scaled_noise(terms):
            return ZERO
        return total

    def _lose(self, gap: int) -> None:
        """Note a term so many powers of ten below the one beside it, unless no number of digits shows it."""
        if gap + 2 * LEFT <= MOST_DIGITS:
            self.needed = max(self.needed, gap + LEFT)

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
        if not denominator:
            raise UndefinedError("a division by zero")
        return self.context.divide(numerator, denominator)

    def power(self, base: Decimal, exponent: Decimal) -> Decimal:
        """The power."""
        if not base and exponent <= 0:
            raise UndefinedError("0 to the power 0" if not exponent else "0 to a negative power")
        if base < 0 and exponent != exponent.to_integral_value():
            raise UndefinedError("a negative number to a power that is not whole")
        whole = exponent == exponent.to_integral_value()
        if self.digits < _MANY or whole or not base:
            return self.context.power(base, exponent)
        wider = context(self.digits + GUARD)
        return self.context.plus(_natural("exp", wider, wider.multiply(exponent, _natural("ln", wider, base))))

    def call(self, function: str, arguments: Sequence[Decimal]) -> Decimal:
        """A function of the grammar."""
        return self._functions[function](*arguments)

    def _tanh(self, argument: Decimal) -> Decimal:
        """(1 - e^(-2|s|)) / (1 + e^(-2|s|)) with the sign of s, with more digits where the difference cancels.

        A small s is its own tangent: s - s^3/3 is s to as many digits as s^2 has zeros.
        """
        if not argument or -2 * argument.adjusted() > self.digits + GUARD:
            return self.context.plus(argument) if argument else ZERO
        wider = context(self.digits + max(0, -argument.adjusted()) + GUARD)
        decay = _natural("exp", wider, wider.multiply(Decimal(-2), argument.copy_abs()))
        size = wider.divide(wider.subtract(ONE, decay), wider.add(ONE, decay))
        if decay and self.context.plus(size) == ONE:
            self._lose(-decay.adjusted())
        return self.context.plus(size.copy_sign(argument))

    def _sigmoid(self, argument: Decimal) -> Decimal:
        """1 / (1 + e^-s), for s < 0 as e^s / (1 + e^s)."""
        wider = context(self.digits + GUARD)
        decay = _natural("exp", wider, argument.copy_abs().copy_negate())
        above = decay if argument < 0 else ONE
        result = self.context.divide(above, wider.add(ONE, decay))
        if decay and result == ONE:
            self._lose(-decay.adjusted())
        return result

    def _exp(self, argument: Decimal) -> Decimal:
        result = _natural("exp", self.context, argument)
        if argument and result == ONE:
            self._lose(-argument.adjusted())
        return result

    def _sqrt(self, argument: Decimal) -> Decimal:
        if argument < 0:
            raise UndefinedError("the square root of a negative number")
        return self.context.sqrt(argument)

    def _log(self, argument: Decimal, base: Decimal | None = None) -> Decimal:
        """The logarithm; zero where it is lost in the noise of its argument."""
        if argument <= 0:
            raise UndefinedError(f"the logarithm of {'a negative number' if argument else '0'}")
        wider = context(self.digits + GUARD)
        natural = _natural("ln", wider, argument)
        if natural.copy_abs() < self.noise:
            return ZERO
        if base is None:
            return self.context.plus(natural)
        if base == 10 and self.digits < _MANY:
            return self.context.log10(argument)
        return self.context.divide(natural, _natural("ln", wider, base))

    def _floor(self, argument: Decimal) -> Decimal:
        """The whole number below; a number within its noise of a whole one is that one."""
        near = argument.to_integral_value(ROUND_HALF_EVEN)
        if self.context.subtract(argument, near).copy_abs() <= self._scaled_noise([argument]):
            return near
        return argument.to_integral_value(ROUND_FLOOR)

    def _winner(self, arguments: Sequence[Decimal], direction: Decimal) -> int:
        """The index of the largest argument (in the other direction, the smallest); of equal ones, the first."""
        best = 0
        for index, argument in enumerate(arguments):
            lead = self.context.multiply(direction, self.context.subtract(argument, arguments[best]))
            if lead > self._scaled_noise([argument, arguments[best]]):
                best = index
        return best

    def _first(self, arguments: Sequence[Decimal], direction: Decimal) -> Decimal:
        return arguments[self._winner(arguments, direction)]

    def _is_same(self, chosen: Decimal, number: Decimal) -> bool:
        """Whether a number equals another, within its noise."""
        return self.context.subtract(chosen, number).copy_abs() <= self._scaled_noise([chosen, number])

    def _pick(self, chosen: Decimal, *candidates: Decimal) -> Decimal:
        for number, candidate in enumerate(candidates, 1):
            if self._is_same(chosen, Decimal(number)):
                return candidate
        raise UndefinedError(f"there is no number {chosen:f} among {len(candidates)}")

    @cached_property
    def _pi(self) -> Decimal:
        numbers = self._long(GUARD)
        return self._decimal(numbers, +numbers.pi)

    def _long(self, more: int) -> Any:
        """Mpmath's real numbers with so many more digits than this arithmetic's."""
        return _long(self.digits + more)

    def _decimal(self, numbers: Any, number: Any) -> Decimal:
        return self.context.create_decimal(numbers.nstr(number, numbers.dps))

    def _turn(self, function: str, angle: Decimal) -> Decimal:
        """The sine or cosine; zero where it is lost in the noise of the angle."""
        size = max(0, angle.adjusted()) if angle else 0
        numbers = self._long(2 * GUARD + size + len(angle.as_tuple().digits))
        result = self._decimal(numbers, getattr(numbers, function)(numbers.mpf(str(angle))))
        return ZERO if result.copy_abs() < self._scaled_noise([angle]) else result

    def _tan(self, angle: Decimal) -> Decimal:
        return self.divide(self._turn("sin", angle), self._turn("cos", angle))

    def _erf(self, argument: Decimal) -> Decimal:
        """The error function; past where it is 1 at this many digits, 1."""
        square = self.context.multiply(argument, argument)
        if square > 3 * self.digits:
            result = ONE.copy_sign(argument)
        else:
            numbers = self._long(GUARD)
            result = self._decimal(numbers, numbers.erf(numbers.mpf(str(argument))))
        if result.copy_abs() == ONE:
            self._lose(int(self.context.divide(min(square, Decimal(3 * MOST_DIGITS)), _LOG_10)))
        return result


def _long(digits: int) -> Any:
    """Mpmath's real numbers of so many digits."""
    from mpmath import MPContext

    numbers = MPContext()
    numbers.dps = digits
    return numbers


def _natural(function: str, wide: Context, argument: Decimal) -> Decimal:
    """`exp` or `ln` (of a number above 0) at the digits of a context."""
    size = argument.adjusted() if argument else 0
    if wide.prec < _MANY or (function == "exp" and not -_MANY < size < _LARGE):
        return wide.exp(argument) if function == "exp" else wide.ln(argument)
    numbers = _long(wide.prec + GUARD + (max(0, size) if function == "exp" else 0))
    result = getattr(numbers, function)(numbers.mpf(str(argument)))
    return wide.create_decimal(numbers.nstr(result, wide.prec + GUARD))

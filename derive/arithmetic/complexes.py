"""Complex arithmetic for the independent check: the same formulas, analytic, in ordinary or in long numbers.

A complex step (Squire and Trapp, SIAM Review 40, 1998) gets a derivative from one forward evaluation without
subtracting nearly equal numbers. Selections (max, gate) look at the real part.
"""

from __future__ import annotations

import cmath
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ComplexNumbers:
    """A kind of complex number: how to make one, its functions, and the relative size of its rounding noise."""

    make: Callable[[Any], Any]
    exp: Callable[[Any], Any]
    tanh: Callable[[Any], Any]
    noise: float


ORDINARY = ComplexNumbers(complex, cmath.exp, cmath.tanh, 1e-15)


class ComplexArithmetic:
    """Formulas in complex numbers. Where the arguments of a max are equal, the one at index `tie` wins.

    Raises `OverflowError` where ordinary numbers overflow.
    """

    def __init__(self, numbers: ComplexNumbers, tie: int) -> None:
        self.numbers = numbers
        self._functions: dict[str, Callable[..., Any]] = {
            "exp": numbers.exp,
            "tanh": numbers.tanh,
            "max": lambda a, b: a if a.real > b.real or (a.real == b.real and tie == 0) else b,
            "gate": lambda s, at_zero: numbers.make(s.real > 0) if s.real else at_zero,
        }

    def number(self, text: str) -> Any:
        """The number that is written `text`."""
        return self.numbers.make(text)

    def add(self, terms: Sequence[Any]) -> Any:
        """The sum; its real or imaginary part is zero where it is lost in the noise of the largest term."""
        total = sum(terms)
        if abs(total.real) < self.numbers.noise * max([abs(term.real) for term in terms]):
            total = total - total.real
        if total.imag and abs(total.imag) < self.numbers.noise * max([abs(term.imag) for term in terms]):
            total = self.numbers.make(total.real)
        return total

    def negative(self, argument: Any) -> Any:
        """The negative."""
        return -argument

    def multiply(self, factors: Sequence[Any]) -> Any:
        """The product."""
        product = factors[0]
        for factor in factors[1:]:
            product = product * factor
        return product

    def divide(self, numerator: Any, denominator: Any) -> Any:
        """The quotient."""
        return numerator / denominator

    def power(self, base: Any, exponent: Any) -> Any:
        """The power; a whole exponent multiplies."""
        whole = int(exponent.real)
        return base**whole if whole == exponent else base**exponent

    def call(self, function: str, arguments: Sequence[Any]) -> Any:
        """A function of the grammar."""
        return self._functions[function](*arguments)

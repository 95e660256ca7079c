"""Complex arithmetic for the independent check: the same formulas, analytic, in ordinary or in long numbers.

A complex step (Squire and Trapp, SIAM Review 40, 1998) gets a derivative from one forward evaluation without
subtracting nearly equal numbers. Selections (max, gate) look at the real part.
"""

from __future__ import annotations

import cmath
from collections.abc import Callable, Sequence
from typing import Any


class ComplexArithmetic:
    """Formulas in complex numbers; `number_type`, `exp` and `tanh` may be Python's or mpmath's.

    Raises `OverflowError` where ordinary numbers overflow.
    """

    def __init__(
        self,
        number_type: Callable[[Any], Any] = complex,
        exp: Callable[[Any], Any] = cmath.exp,
        tanh: Callable[[Any], Any] = cmath.tanh,
    ) -> None:
        self.number_type = number_type
        self._functions: dict[str, Callable[..., Any]] = {
            "exp": exp,
            "tanh": tanh,
            "max": lambda a, b: a if a.real > b.real else b,
            "gate": lambda s, at_zero: number_type(1) if s.real > 0 else number_type(0) if s.real < 0 else at_zero,
        }

    def number(self, text: str) -> Any:
        """The number that is written `text`."""
        return self.number_type(text)

    def add(self, terms: Sequence[Any]) -> Any:
        """The sum."""
        return sum(terms)

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

"""Complex arithmetic for the independent check: the same formulas, analytic, in ordinary or in long numbers.

A complex step (Squire and Trapp, SIAM Review 40, 1998) gets a derivative from one forward evaluation without
subtracting nearly equal numbers. Selections (max, gate, abs, ...) look at the real part.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ComplexNumbers:
    """A kind of complex number: how to make one, its functions, its rounding noise and the step for derivatives."""

    make: Callable[..., Any]
    functions: Mapping[str, Callable[[Any], Any]]
    """The analytic functions that the numbers come with, `erf` for real numbers only."""
    pi: Any
    noise: float
    """The relative size of what rounding leaves."""
    step: Any
    """A step h, so small that the h^2 that it leaves in a derivative is less than the noise of large terms."""


_COME_WITH = ("cos", "exp", "log", "sin", "sqrt", "tan", "tanh")
ORDINARY = ComplexNumbers(
    complex, {**{name: getattr(cmath, name) for name in _COME_WITH}, "erf": math.erf}, math.pi, 1e-15, 1e-30
)


def long_numbers(context: Any) -> ComplexNumbers:
    """The complex numbers of an mpmath context."""
    functions = {name: getattr(context, name) for name in (*_COME_WITH, "erf")}
    ten = context.mpf(10)
    return ComplexNumbers(context.mpc, functions, +context.pi, ten ** (5 - context.dps), ten ** (-2 * context.dps))


class ComplexArithmetic:
    """Formulas in complex numbers. At 0, relu is its first argument (0) if `tie` is 0, else its second.

    Raises `OverflowError` where ordinary numbers overflow, `ZeroDivisionError` where they underflow to a pole.
    """

    def __init__(self, numbers: ComplexNumbers, tie: int) -> None:
        self.numbers = numbers
        make, come_with = numbers.make, numbers.functions
        self._functions: dict[str, Callable[..., Any]] = {
            **{name: come_with[name] for name in ("cos", "exp", "sin", "tan", "tanh")},
            "abs": lambda s: s * _sign(s),
            "erf": self._erf,
            "floor": self._floor,
            "gate": lambda s, at_zero: make(s.real > 0) if s.real else at_zero,
            "log": self._log,
            "max": lambda *arguments: arguments[self._winner(arguments, 1)],
            "min": lambda *arguments: arguments[self._winner(arguments, -1)],
            "take": lambda chosen, *candidates: candidates[round(float(chosen.real)) - 1],
            "relu": lambda s: s if s.real > 0 or (s.real == 0 and tie == 1) else make(0),
            "equals": self._same,
            "sigmoid": lambda s: 1 / (1 + come_with["exp"](-s)),
            "sign": lambda s: make(_sign(s)),
            "sqrt": self._sqrt,
            "is_argmax": lambda number, _, *arguments: make(self._winner(arguments, 1) == number.real - 1),
            "pi": lambda: make(numbers.pi),
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
        """The power; a whole exponent multiplies, and the base is kept off the negative axis, where angles jump."""
        whole = int(exponent.real)
        if exponent == whole:
            power = (-base if base.real < 0 else base) ** whole
            return -power if base.real < 0 and whole % 2 else power
        if base.real == 0 and exponent.real > (1 if base else 0):
            return self.numbers.make(0)
        return self.numbers.functions["exp"](exponent * self._log(base))

    def call(self, function: str, arguments: Sequence[Any]) -> Any:
        """A function of the grammar."""
        return self._functions[function](*arguments)

    def _log(self, argument: Any, base: Any = None) -> Any:
        log = self.numbers.functions["log"]
        if not argument:
            raise ZeroDivisionError("the logarithm of 0")
        return log(argument) if base is None else log(argument) / log(base)

    def _sqrt(self, argument: Any) -> Any:
        """The root; of a negative number, the square of a step from 0, it is 0: sqrt(s^2) has the kink of |s|."""
        return self.numbers.make(0) if argument.real < 0 else self.numbers.functions["sqrt"](argument)

    def _erf(self, argument: Any) -> Any:
        """The error function, to first order in the imaginary part, which is a step: erf' = 2 e^(-s^2) / sqrt(pi).

        The series that holds in the whole plane loses an imaginary part that is tiny beside the real one.
        """
        real = argument.real
        functions, make = self.numbers.functions, self.numbers.make
        slope = 2 * functions["exp"](make(-real * real)) / functions["sqrt"](make(self.numbers.pi))
        return make(functions["erf"](real)) + slope * (argument - real)

    def _floor(self, argument: Any) -> Any:
        """The whole number below the real part; within its noise of a whole one, that one."""
        real = argument.real
        near = round(float(real)) if abs(real) < 1e15 else int(real)
        if abs(real - near) <= self.numbers.noise * abs(real):
            return self.numbers.make(near)
        whole = int(real)
        return self.numbers.make(whole - (real < whole))

    def _same(self, chosen: Any, number: Any) -> Any:
        """1 where the real parts are equal within their noise, else 0."""
        size = max(abs(chosen.real), abs(number.real))
        return self.numbers.make(abs(chosen.real - number.real) <= self.numbers.noise * size)

    def _winner(self, arguments: Sequence[Any], direction: int) -> int:
        """The index of the largest real part (direction -1: the smallest); of equal ones, the first."""
        best = 0
        for index, argument in enumerate(arguments):
            lead, noise = argument.real - arguments[best].real, self.numbers.noise
            if direction * lead > noise * max(abs(argument.real), abs(arguments[best].real)):
                best = index
        return best


def _sign(argument: Any) -> int:
    return int(argument.real > 0) - int(argument.real < 0)

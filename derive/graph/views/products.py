"""Products as a person writes them: one number first, no factor of 1, one denominator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from math import gcd

from derive.graph.formula import ONE, Formula, Number, Product, Quotient, multiply

Factors = tuple[Formula, ...]


def product(factors: Sequence[Formula], below: Sequence[Formula] = ()) -> Formula:
    """The product of factors over others."""
    top, bottom = in_order(factors, below)
    above = multiply(top) if top else ONE
    return Quotient(above, multiply(bottom)) if bottom else above


def in_order(factors: Iterable[Formula], below: Iterable[Formula] = ()) -> tuple[Factors, Factors]:
    """Factors and denominators with the numbers of each multiplied, cancelled where they are whole, and first."""
    (first, top), (second, bottom) = _parted(factors), _parted(below)
    if first == first.to_integral_value() and second == second.to_integral_value():
        common = gcd(int(first), int(second)) or 1
        first, second = first / common, second / common
    return (*_number(first), *top), (*_number(second), *bottom)


def _parted(factors: Iterable[Formula]) -> tuple[Decimal, Factors]:
    flat = [one for factor in factors for one in (factor.factors if isinstance(factor, Product) else (factor,))]
    number = Decimal(1)
    for one in flat:
        number *= Decimal(one.text) if isinstance(one, Number) else 1
    return number, tuple(one for one in flat if not isinstance(one, Number))


def _number(number: Decimal) -> Factors:
    return () if number == 1 else (Number(f"{number:f}"),)

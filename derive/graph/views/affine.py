"""Indices as sums of multiples of index names: `d*(i-1)+u-p` for given d and p is d i + u less a number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from derive.errors import FormulaError
from derive.graph.formula import Formula, Negative, Number, Product, Slot, Sum

Ranges = tuple[tuple[str, range], ...]
"""Index names, and over what they run."""


@dataclass(frozen=True)
class Affine:
    """A whole number, and how often each index is added to it."""

    constant: int
    factors: Mapping[str, int]

    def plus(self, other: Affine, times: int = 1) -> Affine:
        """The sum with a multiple of another."""
        names = {**self.factors, **other.factors}
        factors = {name: self.factors.get(name, 0) + times * other.factors.get(name, 0) for name in names}
        return Affine(self.constant + times * other.constant, factors)

    def times(self, other: Affine) -> Affine:
        """The product, of which one factor is a number. Raises `FormulaError` where neither is."""
        one, number = (self, other) if any(self.factors.values()) else (other, self)
        if any(number.factors.values()):
            raise FormulaError("a product of indices is no index")
        return Affine(0, {}).plus(one, number.constant)

    def value(self, places: Mapping[str, int]) -> int:
        """The number at places of all its indices. Raises `FormulaError` where one has none."""
        unknown = [name for name, factor in self.factors.items() if factor and name not in places]
        if unknown:
            raise FormulaError(f"{unknown[0]!r} is no index")
        return self.constant + sum(factor * places[name] for name, factor in self.factors.items() if factor)

    def ends(self, name: str, places: range) -> tuple[int, int]:
        """What one index adds at both ends of a range."""
        factor = self.factors.get(name, 0)
        return (factor * places[0], factor * places[-1]) if places else (0, 0)

    def over(self, ranges: Ranges) -> list[int]:
        """The part of these indices at all their places, the last one running fastest, the constant left out."""
        found = [0]
        for name, places in ranges:
            factor = self.factors.get(name, 0)
            steps = [factor * place for place in places]
            found = [start + step for start in found for step in steps]
        return found

    def at(self, ranges: Ranges) -> list[int]:
        """What it is at all places of these indices, those of others left out."""
        return [self.constant + one for one in self.over(ranges)]


def least(one: Affine, ranges: Ranges) -> int:
    """The smallest that it becomes over these ranges."""
    return one.constant + sum(min(one.ends(name, places)) for name, places in ranges)


def most(one: Affine, ranges: Ranges) -> int:
    """The largest that it becomes over these ranges."""
    return one.constant + sum(max(one.ends(name, places)) for name, places in ranges)


def affine(index: Formula, numbers: Mapping[str, str]) -> Affine:
    """An index over index names, options being `numbers`. Raises `FormulaError` for anything but whole sums."""
    match index:
        case Number(text):
            return Affine(int(text), {})
        case Slot(name):
            return Affine(int(numbers[name]), {}) if name in numbers else Affine(0, {name: 1})
        case Negative(argument):
            return Affine(0, {}).plus(affine(argument, numbers), -1)
        case Sum(terms):
            found = Affine(0, {})
            for term in terms:
                found = found.plus(affine(term, numbers))
            return found
        case Product((first, *rest)):
            found = affine(first, numbers)
            for factor in rest:
                found = found.times(affine(factor, numbers))
            return found
    raise FormulaError(f"{index!r} is no index")


def multiples(index: Formula, numbers: Mapping[str, str]) -> dict[str, int]:
    """The multiple of each name, and under the empty name the number that stands alone, last. Raises `FormulaError`."""
    found = affine(index, numbers)
    return {**{name: count for name, count in found.factors.items() if count}, "": found.constant}

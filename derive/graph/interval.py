"""Between which numbers a formula's values lie, by interval arithmetic; Moore, Interval Analysis (1966), chapter 3.

The bounds enclose every value; a name that stands twice is taken for two, so that they may be wider than needed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType

from derive.graph.formula import Call, Formula, Negative, Number, Power, Product, Quotient, Slot, Sum


@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers from `low` to `high`, both of them included unless they are infinite."""

    low: float = -math.inf
    high: float = math.inf

    def __contains__(self, number: object) -> bool:
        return isinstance(number, (int, float)) and self.low <= number <= self.high

    def within(self, other: Interval) -> bool:
        """Whether every number of this interval is one of the other's."""
        return other.low <= self.low and self.high <= other.high

    @property
    def words(self) -> str:
        """The interval in words: `from 0 to 1`, `of 0 or more`."""
        if math.isinf(self.high):
            return "of any size" if math.isinf(self.low) else f"of {self.low:.4g} or more"
        return f"of {self.high:.4g} or less" if math.isinf(self.low) else f"from {self.low:.4g} to {self.high:.4g}"


EVERY = Interval()
UNIT = Interval(0, 1)


def enclosure(formula: Formula, known: Mapping[str, Interval] = MappingProxyType({})) -> Interval:
    """The numbers that a formula's values lie between, its names in the intervals that are known of them."""
    match formula:
        case Number(text):
            return Interval(float(text), float(text))
        case Slot(name):
            return known.get(name, EVERY)
        case Negative(argument):
            inner = enclosure(argument, known)
            return Interval(-inner.high, -inner.low)
        case Sum(terms):
            parts = [enclosure(term, known) for term in terms]
            return Interval(sum(one.low for one in parts), sum(one.high for one in parts))
        case Product(factors):
            result = Interval(1, 1)
            for factor in factors:
                result = _products(result, enclosure(factor, known))
            return result
        case Quotient(numerator, denominator):
            return _products(enclosure(numerator, known), _reciprocal(enclosure(denominator, known)))
        case Power(base, exponent):
            return _power(enclosure(base, known), exponent)
        case Call(function, arguments):
            return _call(function, [enclosure(argument, known) for argument in arguments])
        case _:
            return EVERY


def _products(one: Interval, two: Interval) -> Interval:
    """The products of numbers of two intervals; 0 times an infinite bound is 0."""
    ends = [a * b if a and b else 0.0 for a, b in product((one.low, one.high), (two.low, two.high))]
    return Interval(min(ends), max(ends))


def _reciprocal(one: Interval) -> Interval:
    """The reciprocals of numbers on one side of 0; of others, anything."""
    if one.low < 0 < one.high or one.low == one.high == 0:
        return EVERY
    if one.low == 0 or one.high == 0:
        end = one.high if one.low == 0 else one.low
        return Interval(1 / end, math.inf) if one.low == 0 else Interval(-math.inf, 1 / end)
    return Interval(1 / one.high, 1 / one.low)


def _power(base: Interval, exponent: Formula) -> Interval:
    """Whole powers above 0; of others, at least the sign where the base has one."""
    try:
        count = int(exponent.text) if isinstance(exponent, Number) else 0
    except ValueError:
        count = 0
    if count < 1:
        return Interval(0, math.inf) if base.low >= 0 else EVERY
    ends = sorted(_bounded(lambda s: s**count, end) for end in (base.low, base.high))
    return Interval(0.0 if count % 2 == 0 and base.low <= 0 <= base.high else ends[0], ends[1])


def _bounded(function: Callable[[float], float], number: float) -> float:
    """A function's value; infinite where it is too large for a float."""
    try:
        return function(number)
    except OverflowError:
        return math.inf


def _sigmoid(number: float) -> float:
    return 1 / (1 + math.exp(-number)) if number > 0 else math.exp(number) / (1 + math.exp(number))


def _relu(number: float) -> float:
    return max(0.0, number)


_RISING: Mapping[str, Callable[[float], float]] = MappingProxyType(
    {
        "exp": math.exp,
        "sigmoid": _sigmoid,
        "tanh": math.tanh,
        "erf": math.erf,
        "relu": _relu,
        "floor": lambda s: s if math.isinf(s) else float(math.floor(s)),
    }
)
"""Functions that rise everywhere: their values lie between those at the bounds."""
_BOUNDED: Mapping[str, Interval] = MappingProxyType(
    {
        "sin": Interval(-1, 1),
        "cos": Interval(-1, 1),
        "sign": Interval(-1, 1),
        "gate": UNIT,
        "equals": UNIT,
        "is_argmax": UNIT,
        "softmax": UNIT,
        "sqrt": Interval(0, math.inf),
        "norm": Interval(0, math.inf),
        "pi": Interval(3.141592653589793, 3.141592653589794),
    }
)
"""Functions whose values lie between fixed bounds."""


def _call(function: str, arguments: list[Interval]) -> Interval:
    if function in _RISING:
        (inner,) = arguments
        return Interval(*(_bounded(_RISING[function], end) for end in (inner.low, inner.high)))
    match function:
        case "abs":
            (inner,) = arguments
            low = 0.0 if inner.low <= 0 <= inner.high else min(abs(inner.low), abs(inner.high))
            return Interval(low, max(abs(inner.low), abs(inner.high)))
        case "max":
            return Interval(max(one.low for one in arguments), max(one.high for one in arguments))
        case "min":
            return Interval(min(one.low for one in arguments), min(one.high for one in arguments))
        case "case":
            _, above, below, _ = arguments
            return Interval(min(above.low, below.low), max(above.high, below.high))
        case "log":
            (inner, *_) = arguments
            natural = len(arguments) == 1 and inner.low > 0
            return Interval(math.log(inner.low), math.log(inner.high)) if natural else EVERY
        case "transpose" | "mean" | "largest" | "smallest" | "entry":
            return arguments[0]
        case _:
            return _BOUNDED.get(function, EVERY)

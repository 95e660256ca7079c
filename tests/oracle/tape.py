"""Numbers that remember what they were computed from, for derivatives by reverse accumulation; nothing of derive's.

Griewank, Walther, Evaluating Derivatives (2008), section 3.2: each operation keeps its local partials, and one sweep
back adds up, for every number, the products of partials over all ways to the result.
"""

from __future__ import annotations

import mpmath

DIGITS = 60
context = mpmath.MPContext()
context.dps = DIGITS


def exact(text):
    """A decimal as written, to 60 digits."""
    return context.mpf(str(text))


class Number:
    """A value and the local partials by its sources."""

    __slots__ = ("sources", "value")

    def __init__(self, value, sources=()):
        self.value = context.mpf(value)
        self.sources = tuple(sources)

    def __add__(self, other):
        other = lifted(other)
        return Number(self.value + other.value, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = lifted(other)
        return Number(self.value * other.value, ((self, other.value), (other, self.value)))

    def __neg__(self):
        return Number(-self.value, ((self, -1),))

    def __sub__(self, other):
        return self + -lifted(other)

    def __rsub__(self, other):
        return lifted(other) + -self

    def __truediv__(self, other):
        other = lifted(other)
        return Number(self.value / other.value, ((self, 1 / other.value), (other, -self.value / other.value**2)))

    def __rtruediv__(self, other):
        return lifted(other) / self

    def __pow__(self, exponent):
        power = context.mpf(exponent)
        return Number(self.value**power, ((self, power * self.value ** (power - 1)),))

    __radd__, __rmul__ = __add__, __mul__


def lifted(value):
    """A number of the tape; a constant for anything else."""
    return value if isinstance(value, Number) else Number(value)


def function(value, slope):
    """A function of one number, from its value and its slope, both of the argument's value."""

    def apply(argument):
        number = lifted(argument)
        return Number(value(number.value), ((number, slope(number.value)),))

    return apply


exp = function(context.exp, context.exp)
log = function(context.log, lambda x: 1 / x)
tanh = function(context.tanh, lambda x: 1 - context.tanh(x) ** 2)
sqrt = function(context.sqrt, lambda x: 1 / (2 * context.sqrt(x)))
erf = function(context.erf, lambda x: 2 / context.sqrt(context.pi) * context.exp(-(x**2)))
absolute = function(abs, context.sign)
sin = function(context.sin, context.cos)
cos = function(context.cos, lambda x: -context.sin(x))


def sigmoid(argument):
    """1 / (1 + e^-x)."""
    return 1 / (1 + exp(-lifted(argument)))


def total(numbers):
    """The sum of numbers."""
    result = lifted(0)
    for number in numbers:
        result = result + number
    return result


def slopes(result, wanted):
    """The derivative of a number by each of the wanted ones."""
    adjoints = {id(result): context.mpf(1)}
    for number in reversed(_in_order(result)):
        adjoint = adjoints.get(id(number), 0)
        for source, partial in number.sources:
            adjoints[id(source)] = adjoints.get(id(source), 0) + adjoint * partial
    return [context.mpf(adjoints.get(id(number), 0)) for number in wanted]


def _in_order(result):
    """Every number that a result was computed from, sources first."""
    order, seen, stack = [], set(), [(result, False)]
    while stack:
        number, done = stack.pop()
        if done:
            order.append(number)
        elif id(number) not in seen:
            seen.add(id(number))
            stack.append((number, True))
            stack.extend((source, False) for source, _ in number.sources)
    return order

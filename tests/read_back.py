"""A reader of substituted lines: LaTeX back into a number, written without any of derive's code."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Context, Decimal

EXACT = Context(prec=60)
_TOKEN = re.compile(r"\s*(\\left\(|\\right\)|\\frac|\\times|\\cdot|\\max|\\tanh|\\,|\d+(?:\.\d+)?|[a-z]|[-+*/(){}^,])")


class Reader:
    """Recursive descent over the tokens of one line."""

    def __init__(self, latex: str, add: Callable = EXACT.add) -> None:
        self.tokens, start = [], 0
        while latex[start:].strip():
            match = _TOKEN.match(latex, start)
            assert match, f"cannot read {latex[start:]!r} of {latex!r}"
            self.tokens.append({r"\left(": "(", r"\right)": ")"}.get(match[1], match[1]))
            start = match.end()
        self.tokens.append("end")

    def next(self, *expected):
        token = self.tokens.pop(0)
        assert not expected or token in expected, f"expected {expected}, found {token}"
        return token

    @property
    def peek(self):
        return self.tokens[0]

    def line(self) -> Decimal:
        value = self.sum()
        self.next("end")
        return value

    def sum(self) -> Decimal:
        negative = self.peek == "-" and bool(self.next())
        value = self.product()
        value = -value if negative else value
        while self.peek in "+-":
            sign = self.next()
            assert self.peek != "-", "a minus after a sign without parentheses"
            term = self.product()
            value = EXACT.add(value, term) if sign == "+" else EXACT.subtract(value, term)
        return value

    def product(self) -> Decimal:
        value = self.power()
        while self.peek in (r"\times", r"\cdot", "/", r"\,"):
            sign = self.next()
            assert self.peek != "-", "a minus after a product sign without parentheses"
            factor = self.power()
            value = EXACT.divide(value, factor) if sign == "/" else EXACT.multiply(value, factor)
        return value

    def power(self) -> Decimal:
        if self.peek == "e":
            self.next()
            self.next("^")
            return EXACT.exp(self.group())
        base = self.atom()
        if self.peek == "^":
            self.next()
            base = EXACT.power(base, self.group())
        return base

    def group(self) -> Decimal:
        self.next("{")
        value = self.sum()
        self.next("}")
        return value

    def atom(self) -> Decimal:
        token = self.next()
        if token == "(":
            value = self.sum()
            self.next(")")
            return value
        if token == r"\frac":
            above = self.group()
            return EXACT.divide(above, self.group())
        if token in (r"\max", r"\tanh"):
            self.next("(")
            values = [self.sum()]
            while self.peek == ",":
                self.next()
                values.append(self.sum())
            self.next(")")
            return max(values) if token == r"\max" else _tanh(values[0])
        return Decimal(token)


def _tanh(value: Decimal) -> Decimal:
    wide = Context(prec=120)
    up, down = wide.exp(value), wide.exp(-value)
    return EXACT.plus(wide.divide(wide.subtract(up, down), wide.add(up, down)))


def read(latex: str) -> Decimal:
    """The number that a substituted line stands for."""
    return Reader(latex).line()

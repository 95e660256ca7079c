"""A reader of substituted lines: LaTeX back into a number, written without any of derive's code."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Context, Decimal

from mpmath import MPContext

EXACT = Context(prec=60)
_TOKEN = re.compile(
    r"\s*(\\left\(|\\right\)|\\left\||\\right\||\\left\\lfloor|\\right\\rfloor|\\mathrm\{erf\}|\\log_\{[\d.]+\}|\\[a-z]+|\\,"
    r"|\d+(?:\.\d+)?|[a-z]|[-+*/(){}^,])"
)
_LONG = MPContext()
_LONG.dps = 60


def _by_mpmath(name):
    return lambda value: EXACT.create_decimal(_LONG.nstr(getattr(_LONG, name)(_LONG.mpf(str(value))), 60))


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
        if token == r"\sqrt":
            return EXACT.sqrt(self.group())
        if token == r"\pi":
            return EXACT.create_decimal(_LONG.nstr(+_LONG.pi, 60))
        if token in (r"\left|", r"\left\lfloor"):
            value = self.sum()
            self.next({r"\left|": r"\right|", r"\left\lfloor": r"\right\rfloor"}[token])
            return abs(value) if token == r"\left|" else _floor(value)
        if token.startswith(r"\log_"):
            (value,) = self.arguments()
            return EXACT.divide(EXACT.ln(value), EXACT.ln(Decimal(token[6:-1])))
        if token in _FUNCTIONS:
            return _FUNCTIONS[token](*self.arguments())
        return Decimal(token)

    def arguments(self) -> list[Decimal]:
        self.next("(")
        values = [self.sum()]
        while self.peek == ",":
            self.next()
            values.append(self.sum())
        self.next(")")
        return values


def _floor(value: Decimal) -> Decimal:
    near = value.to_integral_value()
    if abs(value - near) < Decimal("1e-40") * max(1, abs(value)):
        return near
    return value.to_integral_value("ROUND_FLOOR")


def _tanh(value: Decimal) -> Decimal:
    wide = Context(prec=120)
    up, down = wide.exp(value), wide.exp(-value)
    return EXACT.plus(wide.divide(wide.subtract(up, down), wide.add(up, down)))


_FUNCTIONS = {
    r"\max": max,
    r"\min": min,
    r"\ln": EXACT.ln,
    r"\sigma": lambda value: EXACT.divide(1, EXACT.add(1, EXACT.exp(-value))),
    r"\tanh": _tanh,
    r"\mathrm{erf}": _by_mpmath("erf"),
    **{rf"\{name}": _by_mpmath(name) for name in ("sin", "cos", "tan")},
}


def read(latex: str) -> Decimal:
    """The number that a substituted line stands for."""
    return Reader(latex).line()

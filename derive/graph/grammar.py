"""The whitelisted grammar of formulas: text in, a tree out, and nothing else is ever evaluated.

    formula: term (("+" | "-") term)*        term:  factor (("*" | "/") factor)*
    factor:  "-" factor | power              power: atom ("^" number)?
    atom:    number | name | name "(" formula ("," formula)* ")" | "(" formula ")"

`sum(...)` adds its argument over the members of the groups that it mentions, `max(...)` with one argument is the
largest of them, `count(...)` how many there are, `member(...)` the number of the one at hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

from derive.errors import FormulaError
from derive.graph import functions
from derive.graph.formula import (
    Call,
    Count,
    Each,
    Formula,
    Member,
    Number,
    Power,
    Quotient,
    Slot,
    add,
    multiply,
    negate,
)

REDUCTIONS: Mapping[str, Callable[[Formula], Formula]] = MappingProxyType(
    {
        "sum": Each,
        "max": lambda body: Each(body, "max"),
        "all": lambda body: Each(body, "all"),
        "member": lambda _: Member(),
        "count": lambda _: Count(),
    }
)
"""What goes over the members of the groups of a rule. `all` stands for so many arguments of a call."""
_TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z]\w*)|(?P<sign>[-+*/^(),]))")


class _Parser:
    """One pass over one text; `position` only moves forward."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = self._tokens(text)
        self.position = 0

    @staticmethod
    def _tokens(text: str) -> list[tuple[str, str, int]]:
        found, start = [], 0
        end = len(text.rstrip())
        while start < end:
            match = _TOKEN.match(text, start)
            if match is None:
                raise FormulaError(f"formula {text!r}: unexpected {text[start:].lstrip()[:1]!r} at column {start + 1}")
            kind = match.lastgroup or ""
            found.append((kind, match[kind], match.start(kind)))
            start = match.end()
        return [*found, ("end", "", end)]

    def fail(self, expected: str) -> FormulaError:
        _, token, column = self.tokens[self.position]
        return FormulaError(f"formula {self.text!r}: expected {expected} at column {column + 1}, found {token!r}")

    def take(self, *signs: str) -> str:
        token = self.tokens[self.position][1]
        if token not in signs:
            return ""
        self.position += 1
        return token

    def require(self, sign: str) -> None:
        if not self.take(sign):
            raise self.fail(repr(sign))

    def formula(self) -> Formula:
        terms = [self.term()]
        while sign := self.take("+", "-"):
            term = self.term()
            terms.append(term if sign == "+" else negate(term))
        return add(tuple(terms))

    def term(self) -> Formula:
        result = self.factor()
        while sign := self.take("*", "/"):
            right = self.factor()
            result = multiply((result, right)) if sign == "*" else Quotient(result, right)
        return result

    def factor(self) -> Formula:
        return negate(self.factor()) if self.take("-") else self.power()

    def power(self) -> Formula:
        base = self.atom()
        if not self.take("^"):
            return base
        kind, text, _ = self.tokens[self.position]
        if kind != "number":
            raise self.fail("a number as the exponent")
        self.position += 1
        return Power(base, Number(text))

    def atom(self) -> Formula:
        kind, text, _ = self.tokens[self.position]
        if self.take("("):
            inner = self.formula()
            self.require(")")
            return inner
        if kind not in ("number", "name"):
            raise self.fail("a number, a name or '('")
        self.position += 1
        if kind == "number":
            return Number(text)
        return self.call(text) if self.take("(") else Slot(text)

    def call(self, function: str) -> Formula:
        arguments = [self.formula()]
        while self.take(","):
            arguments.append(self.formula())
        self.require(")")
        if function in REDUCTIONS and len(arguments) == 1:
            return REDUCTIONS[function](arguments[0])
        if functions.ARITY.get(function) != len(arguments):
            known = ", ".join(sorted(functions.ARITY))
            raise FormulaError(
                f"formula {self.text!r}: no function {function!r} of {len(arguments)}; known are {known}"
            )
        return Call(function, tuple(arguments))


@lru_cache(maxsize=1024)
def parse(text: str) -> Formula:
    """The tree of the formula `text`.

    Raises `FormulaError` with the column where the text leaves the grammar.
    """
    parser = _Parser(text)
    result = parser.formula()
    if parser.tokens[parser.position][0] != "end":
        raise parser.fail("an operator or the end")
    return result

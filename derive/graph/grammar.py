"""The whitelisted grammar of formulas: text in, a tree out, and nothing else is ever evaluated.

    formula: term (("+" | "-") term)*        term:  factor (("*" | "/") factor)*
    factor:  "-" factor | power              power: atom ("^" factor)?
    atom:    number | "pi" | name | name "(" formula ("," formula)* ")" | "(" formula ")"

`sum(...)` adds its argument over the members of the groups that it mentions, `max(...)` with one argument is the
largest of them, `count(...)` how many there are, `member(...)` the number of the one at hand. The functions are those
of `derive.graph.functions`; `^` binds to the right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from types import MappingProxyType
from typing import ClassVar

from derive.errors import FormulaError
from derive.graph.formula import (
    ONE,
    ZERO,
    Call,
    Count,
    Each,
    Formula,
    Member,
    Negative,
    Number,
    Position,
    Power,
    Product,
    Quotient,
    Slot,
    Sum,
    add,
    multiply,
    negate,
)
from derive.graph.functions import CONSTANTS, FUNCTIONS, Function

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
LONGEST = 2000
"""Characters of a formula at most."""
DEEPEST = 50
"""Parentheses, calls, signs, divisions and powers inside each other at most."""
LARGEST_EXPONENT = 1000
"""Numbers stay below this power of ten, and so do exponents that are numbers."""

_NUMBER = r"\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_TOKEN = re.compile(rf"\s*(?:(?P<number>{_NUMBER})|(?P<name>[A-Za-z]\w*)|(?P<sign>[-+*/^(),]))", re.ASCII)


class Parser:
    """One pass over one text; `position` only moves forward."""

    token: ClassVar[re.Pattern[str]] = _TOKEN
    operators: ClassVar[Mapping[str, Callable[[Formula, Formula], Formula]]] = MappingProxyType(
        {"*": lambda first, second: multiply((first, second)), "/": Quotient}
    )
    """What stands between factors, and what it makes of them."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise FormulaError(f"a formula of {len(text):,} characters is too long; {LONGEST:,} are the most")
        self.text = text
        self.tokens = self._tokens(text)
        self.position = 0
        self.depth = 0

    @classmethod
    def _tokens(cls, text: str) -> list[tuple[str, str, int]]:
        found, start = [], 0
        end = len(text.rstrip())
        while start < end:
            match = cls.token.match(text, start)
            if match is None:
                raise FormulaError(f"formula {text!r}: unexpected {text[start:].lstrip()[:1]!r} at column {start + 1}")
            kind = match.lastgroup or ""
            found.append((kind, match[kind], match.start(kind)))
            start = match.end()
        return [*found, ("end", "", end)]

    def fail(self, expected: str) -> FormulaError:
        """The error of a token that is not what was expected."""
        _, token, column = self.tokens[self.position]
        return FormulaError(f"formula {self.text!r}: expected {expected} at column {column + 1}, found {token!r}")

    def wrong(self, column: int, what: str) -> FormulaError:
        """The error of what stands at a column."""
        return FormulaError(f"formula {self.text!r}: {what} at column {column + 1}")

    def take(self, *signs: str) -> str:
        """The next token if it is one of these; else nothing is taken."""
        token = self.tokens[self.position][1]
        if token not in signs:
            return ""
        self.position += 1
        return token

    def require(self, sign: str) -> None:
        """Take a sign. Raises `FormulaError` if another token stands there."""
        if not self.take(sign):
            raise self.fail(repr(sign))

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """One level further in; the level ends with the block."""
        self.nest()
        yield
        self.depth -= 1

    def nest(self) -> None:
        """One level further in. Raises `FormulaError` past the deepest."""
        self.depth += 1
        if self.depth > DEEPEST:
            column = self.tokens[self.position][2]
            raise FormulaError(
                f"a formula of {len(self.text):,} characters nests deeper than {DEEPEST} at column {column + 1}"
            )

    def whole(self) -> Formula:
        """The tree of the whole text."""
        result = self.formula()
        if self.tokens[self.position][0] != "end":
            raise self.fail("an operator or the end")
        return result

    def formula(self) -> Formula:
        """Terms."""
        terms = [self.term()]
        while sign := self.take("+", "-"):
            term = self.term()
            terms.append(term if sign == "+" else negate(term))
        return add(tuple(terms))

    def term(self) -> Formula:
        """Factors."""
        depth = self.depth
        result = self.factor()
        while sign := self.take(*self.operators):
            if sign != "*":
                self.nest()
            result = self.operators[sign](result, self.factor())
        self.depth = depth
        return result

    def factor(self) -> Formula:
        """A power, or its negative."""
        if not self.take("-"):
            return self.power()
        with self.deeper():
            return negate(self.factor())

    def power(self) -> Formula:
        """An atom, with an exponent or not."""
        base = self.atom()
        if not self.take("^"):
            return base
        column = self.tokens[self.position][2]
        with self.deeper():
            exponent = self.factor()
        if isinstance(exponent, Number) and float(exponent.text) > LARGEST_EXPONENT:
            raise self.wrong(column, f"an exponent above {LARGEST_EXPONENT:,}")
        return Power(base, exponent)

    def atom(self) -> Formula:
        """A number, a name, a call, or a formula in parentheses."""
        kind, text, column = self.tokens[self.position]
        if self.take("("):
            with self.deeper():
                inner = self.formula()
            self.require(")")
            return inner
        if kind not in ("number", "name"):
            raise self.fail("a number, a name or '('")
        self.position += 1
        if kind == "number":
            return self.number(text, column)
        if text in CONSTANTS:
            return Call(text, ())
        return self.call(text, column) if self.take("(") else Slot(text)

    def number(self, text: str, column: int) -> Number:
        """A number as it was written."""
        _, _, exponent = text.lower().partition("e")
        if exponent and (len(exponent) > 5 or abs(int(exponent)) >= LARGEST_EXPONENT):
            raise self.wrong(column, f"a number beyond 1e{LARGEST_EXPONENT}")
        return Number(text.lower())

    def call(self, name: str, column: int) -> Formula:
        """A call, its opening parenthesis taken."""
        with self.deeper():
            arguments = [self.formula()]
            while self.take(","):
                arguments.append(self.formula())
        self.require(")")
        if name in REDUCTIONS and len(arguments) == 1:
            return REDUCTIONS[name](arguments[0])
        function = FUNCTIONS.get(name)
        if function is None or not function.takes(len(arguments)):
            known = ", ".join(sorted(FUNCTIONS))
            raise FormulaError(f"formula {self.text!r}: no function {name!r} of {len(arguments)}; known are {known}")
        self.check(name, function, arguments, column)
        return Call(name, tuple(arguments))

    def check(self, name: str, function: Function, arguments: list[Formula], column: int) -> None:
        """Raise `FormulaError` where an argument that says how the function works is not the number it must be."""
        for index in function.numbers:
            if index < len(arguments) and not isinstance(arguments[index], (Number, Member)):
                raise self.wrong(column, f"argument {index + 1} of {name} must be a number")
        for index in function.conventions:
            if arguments[index] not in (ZERO, ONE):
                raise self.wrong(column, f"argument {index + 1} of {name} must be 0 or 1")
        match name, arguments:
            case "log", [_, Number(base)] if float(base) in (0, 1):
                raise self.wrong(column, f"a logarithm to base {base}")
            case "is_argmax", [Number(text), _, *candidates] if text not in map(str, range(1, len(candidates) + 1)):
                raise self.wrong(column, f"argument 1 of is_argmax must count one of {len(candidates)}")


@lru_cache(maxsize=1024)
def parse(text: str) -> Formula:
    """The tree of the formula `text`.

    Raises `FormulaError` with the column where the text leaves the grammar.
    """
    return Parser(text).whole()


_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(5)
"""How tightly a text holds together."""


def written(formula: Formula) -> str:
    """`formula` as text of the grammar. Raises `FormulaError` for a sized formula, whose places have no names."""
    return _at_least(_SUM, formula)


def _at_least(tightness: int, formula: Formula) -> str:
    text, own = _text(formula)
    return text if own >= tightness else f"({text})"


def _text(formula: Formula) -> tuple[str, int]:
    match formula:
        case Number(text) | Slot(text):
            return text, _ATOM
        case Negative(argument):
            return f"-{_at_least(_SIGN, argument)}", _SIGN
        case Sum((first, *rest)):
            return "".join([_at_least(_PRODUCT, first), *map(_term, rest)]), _SUM
        case Product((first, *rest)):
            return "*".join([_at_least(_PRODUCT, first), *(_at_least(_SIGN, factor) for factor in rest)]), _PRODUCT
        case Quotient(numerator, denominator):
            return f"{_at_least(_PRODUCT, numerator)}/{_at_least(_SIGN, denominator)}", _PRODUCT
        case Power(base, exponent):
            return f"{_at_least(_ATOM, base)}^{_at_least(_POWER, exponent)}", _POWER
        case Call(function, arguments):
            inside = f"({', '.join(map(written, arguments))})"
            return function if function in CONSTANTS else f"{function}{inside}", _ATOM
        case Each(body, function):
            return f"{function}({written(body)})", _ATOM
        case Member() | Count() | Position() | Sum() | Product():
            raise FormulaError(f"{formula!r} cannot be written in the grammar")


def _term(term: Formula) -> str:
    return f"-{_at_least(_PRODUCT, term.argument)}" if isinstance(term, Negative) else f"+{_at_least(_PRODUCT, term)}"

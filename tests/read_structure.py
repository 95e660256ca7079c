"""Formulas read from the rows of tokens of written mathematics, and from plain text, into structures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from structures import Tree, add, divide, multiply, negate, number, rebuilt

Item = tuple[str, str]
_END = ("sign", "end")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?")
_WORD = re.compile(r"[A-Za-z]+")
_CELL_TOKEN = re.compile(
    r"(?P<name>(?:'[^']*'!)?[A-Z]+\d+(?![\d(]))|(?P<number>\d+(?:\.\d+)?(?:E-?\d+)?)|(?P<word>[A-Z]+(?:10)?(?=\())|(?P<sign>>=|.)"
)
_MINUS_BEFORE_POWER = re.compile(r"(?:^|[(,<>=+*/-])-[A-Z0-9.]+\^")
_PLAIN_SIGNS = {"*": "×", "-": "−", ">=": "≥", "...": "…"}
_SPELLED = {"ln": "log"}
_COMPARED = {">", "≥", "<", "≤", "="}
_STOPS = {"+", "−", ")", ",", ";", "⌋", "]", "&", r"\\", "end", "if", "else", *_COMPARED}


def of_tokens(tokens: Sequence[str], symbols: Mapping[tuple[str, ...], str], decimal: str = ".") -> Tree:
    """What a row of tokens says; `symbols` are the names of rows that are one symbol."""
    return Parser(_items(tokens, symbols, decimal)).whole()


def of_plain(text: str, names: Iterable[str]) -> Tree:
    """What a line of plain text says, by the names of the trace."""
    known = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    token = re.compile(
        rf"\s*(?:(?P<name>(?:{known})(?![\w@]))|(?P<number>{_NUMBER.pattern})|(?P<word>[a-z]+)|(?P<sign>>=|\.\.\.|.))"
    )
    items = [(found.lastgroup or "", found[found.lastgroup or 0]) for found in token.finditer(text.rstrip())]
    return Parser([(kind, _PLAIN_SIGNS.get(one, one) if kind == "sign" else one) for kind, one in items]).whole()


def of_cell(text: str, names: Mapping[str, str]) -> Tree:
    """What the formula of a cell says, by the names of other cells; that it is rounded is left aside."""
    assert not _MINUS_BEFORE_POWER.search(text), f"{text}: in a cell, a minus binds tighter than a power"
    items = []
    for found in _CELL_TOKEN.finditer(text):
        kind, one = found.lastgroup or "", found[0]
        written = names[one] if kind == "name" else one.lower() if kind != "sign" else _PLAIN_SIGNS.get(one, one)
        items.append((kind, written))
    return _of_sheet(Parser(items).whole())


def _of_sheet(tree: Tree) -> Tree:
    match tree:
        case ("call", "round" | "trunc", inner, _):
            return _of_sheet(inner)
        case ("call", "if", condition, ("number", "1"), ("number", "0")):
            return _of_sheet(condition)
        case ("call", "int", inner):
            return ("call", "floor", _of_sheet(inner))
    return rebuilt(tree, _of_sheet)


def _items(tokens: Sequence[str], symbols: Mapping[tuple[str, ...], str], decimal: str) -> list[Item]:
    lengths = sorted({len(row) for row in symbols}, reverse=True)
    found: list[Item] = []
    start = 0
    while start < len(tokens):
        length = next((n for n in lengths if tuple(tokens[start : start + n]) in symbols), 0)
        row = tuple(tokens[start : start + length])
        if row and not (row == ("e",) and tokens[start + 1 : start + 2] == ["^("]):
            found.append(("name", symbols[row]))
        elif tokens[start].isdigit():
            length = _digits(tokens, start, decimal)
            found.append(("number", "".join(tokens[start : start + length]).replace(decimal, ".")))
        elif tokens[start].endswith("~"):
            length = next((n for n, t in enumerate(tokens[start:]) if not t.endswith("~")), len(tokens) - start)
            found.append(("word", "".join(tokens[start : start + length]).replace("~", "")))
        else:
            length = 1
            found.append(("sign", tokens[start]))
        start += length
    return found


def _digits(tokens: Sequence[str], start: int, decimal: str) -> int:
    end = start
    while end < len(tokens) and (tokens[end].isdigit() or _is_mark(tokens, end, decimal)):
        end += 1
    return end - start


def _is_mark(tokens: Sequence[str], place: int, decimal: str) -> bool:
    return tokens[place] == decimal and tokens[place + 1 : place + 2] != [] and tokens[place + 1].isdigit()


class Parser:
    """Recursive descent over items."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = [*items, _END]
        self.at = 0

    @property
    def peek(self) -> str:
        kind, text = self.items[self.at]
        return text if kind in ("sign", "word") else ""

    def next(self, *expected: str) -> Item:
        item = self.items[self.at]
        assert not expected or self.peek in expected, f"expected {expected}, found {item} in {self.items}"
        self.at += 1
        return item

    def whole(self) -> Tree:
        found = self.alternative()
        self.next("end")
        return found

    def alternative(self) -> Tree:
        """A sum, or in plain text a case of two sums."""
        found = self.sum()
        if self.peek != "if":
            return found
        self.next()
        left, sign, right = self.comparison()
        self.next("else")
        return ("cases", (found, sign, left, right), (self.sum(), {">": "≤", "≥": "<"}[sign], left, right))

    def sum(self) -> Tree:
        terms = []
        while not terms or self.peek in ("+", "−"):
            sign = self.next()[1] if self.peek in ("+", "−") else "+"
            assert self.peek not in ("+", "−"), f"two signs in {self.items}"
            terms.append(negate(self.product()) if sign == "−" else self.product())
        return add(*terms)

    def product(self) -> Tree:
        found = self.power()
        while self.peek not in _STOPS:
            sign = self.next()[1] if self.peek in ("×", "⋅", "/") else "×"
            found = divide(found, self.power()) if sign == "/" else multiply(found, self.power())
        return found

    def power(self) -> Tree:
        base = self.atom()
        if self.peek == "^(":
            self.next()
            return ("power", base, self.until(")"))
        if self.peek == "^":
            self.next()
            return ("power", base, self.atom())
        return base

    def until(self, closing: str) -> Tree:
        found = self.sum()
        self.next(closing)
        return found

    def atom(self) -> Tree:
        kind, text = self.next()
        if kind == "name":
            return ("name", text)
        if kind == "number":
            return number(text)
        if kind == "word" and self.peek in ("(", "_("):
            return self.call(_SPELLED.get(text, text))
        match text:
            case "(":
                return self.picked(self.list(")"))
            case "frac(":
                above = self.until(")")
                self.next("(")
                return divide(above, self.until(")"))
            case "sqrt(":
                return ("call", "sqrt", self.until(")"))
            case "|(":
                return ("call", "abs", self.until(")"))
            case "⌊":
                return ("call", "floor", self.until("⌋"))
            case "σ":
                return self.call("sigmoid")
            case "π" | "pi":
                return ("call", "pi")
            case "e":
                self.next("^(")
                return ("call", "exp", self.until(")"))
            case "[":
                return self.conditions()
            case "{":
                return self.cases()
        raise AssertionError(f"{text} in {self.items}")

    def call(self, function: str) -> Tree:
        base = ()
        if self.peek == "_(":
            self.next()
            base = (self.until(")"),)
        self.next("(")
        if self.peek == ")":
            self.next()
            return ("call", function)
        return ("call", function, *self.list(")"), *base)

    def list(self, closing: str) -> list[Tree]:
        found = [self.element()]
        while self.peek in (",", ";"):
            self.next()
            found.append(self.element())
        self.next(closing)
        return found

    def element(self) -> Tree:
        if self.peek == "…":
            self.next()
            return ("dots",)
        found = self.alternative()
        if self.peek not in _COMPARED:
            return found
        return ("holds", self.next()[1], found, self.sum())

    def picked(self, parts: list[Tree]) -> Tree:
        if self.peek == "_(" or (self.peek == "[" and len(parts) > 1):
            closing = {"_(": ")", "[": "]"}[self.next()[1]]
            return ("take", self.until(closing), *parts)
        (only,) = parts
        return only

    def conditions(self) -> Tree:
        """`a = b]`, or `a < b = c]`, where both are said to hold."""
        left, sign, right = self.comparison()
        found = [("holds", sign, left, right)]
        while self.peek in _COMPARED:
            found.append(("holds", self.next()[1], found[-1][3], self.sum()))
        self.next("]")
        return found[0] if len(found) == 1 else ("all", *found)

    def comparison(self) -> tuple[Tree, str, Tree]:
        left = self.sum()
        sign = self.next(*_COMPARED)[1]
        return left, sign, self.sum()

    def cases(self) -> Tree:
        found = []
        self.next("table(")
        while not found or self.next(r"\\", ")")[1] != ")":
            value = self.sum()
            self.next("&")
            left, sign, right = self.comparison()
            found.append((value, sign, left, right))
        return ("cases", *found)

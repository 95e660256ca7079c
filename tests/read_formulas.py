"""A reader of printed formulas in names: LaTeX evaluated from the numbers that a page gives its symbols.

It shares no code with the printers. What a formula stands for is taken from its text alone: the symbols are looked up
as they are printed, a letter in an index runs over the numbers that the symbols of the page have there, and a term
whose computed index (`x_{i+u-2}`, `h^{\\langle t-1 \\rangle}`) lies outside of an array is left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise, product

from scanner import Scanner

MOST = 14
"""The largest number that an index is tried with."""
Env = Mapping[str, int]
_GREEK = (
    "alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|upsilon|phi|chi"
    "|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Phi|Psi|Omega|ell"
)
_BASE = re.compile(
    rf"\\(?:hat|bar|tilde|widetilde|mathbf|mathrm|mathit)\{{[^{{}}]*\}}|\\(?:{_GREEK})(?![A-Za-z])|[A-Za-z]"
)
_GROUPS = re.compile(r"_\{([^{}]*)\}|\\langle ?([^\\]*?) ?\\rangle|\[([^\[\]]*)\]")
_TERM = re.compile(r"([+-]?)(\d*)([a-z]?)")


ROW = re.compile(r"\(([^()]*(?:\([^()]*\)[^()]*)*)\)_\{(x[_^]\{.*?\}(?:_\{.*?\})?)\}")
"""Entries of a table, one of which a token chooses."""


CASES = re.compile(r"\\(begin|end)\{cases\}")


def outermost(text: str) -> list[str]:
    """The branches of cases, those of cases in them left together."""
    found = [""]
    for part in text.split(r" \\ "):
        opened = found[-1].count(r"\begin{cases}") > found[-1].count(r"\end{cases}")
        found = [*found[:-1], rf"{found[-1]} \\ {part}"] if opened else [*found, part]
    return found[1:]


class Unknown(Exception):
    """A symbol that the page gives no number."""


def linear(text: str, env: Env) -> int | None:
    """The number of an index such as `2i+k-2`; None where it holds a letter that stands for none."""
    total, start = 0, 0
    while start < len(text):
        match = _TERM.match(text, start)
        if match is None or not match[0] or match[0] in "+-" or (match[3] and match[3] not in env):
            return None
        size = int(match[2] or 1) * (env[match[3]] if match[3] else 1)
        total += -size if match[1] == "-" else size
        start = match.end()
    return total


def parts_of(text: str, *, script: bool) -> list[str]:
    """The single indices of an index: `ij`, `o,2i+u-1`."""
    if "," in text:
        return [part.strip() for part in text.split(",")]
    return list(text) if script and re.fullmatch(r"[a-z]*[a-z\d]*", text) and not text.isdigit() else [text.strip()]


def substituted(symbol: str, env: Env) -> Iterator[str]:
    """The symbol of the entry that a symbol with letters stands for, its indices joined and with commas."""
    for comma in ("", ","):

        def put(match: re.Match[str], comma: str = comma) -> str:
            texts = [linear(part, env) for part in parts_of(match[match.lastindex], script=match[1] is not None)]
            whole = match[match.lastindex]
            if None not in texts:
                whole = comma.join(map(str, texts))
            return {1: f"_{{{whole}}}", 2: rf"\langle {whole} \rangle", 3: f"[{whole}]"}[match.lastindex]

        yield _GROUPS.sub(put, symbol)


def joined(symbol: str) -> tuple[str, list[str], str, str] | None:
    """What is before, in and behind `(a, b, \\dots, z)_{i}`, and its index; None for another symbol."""
    match = re.search(r"(?:^|\\mathrm\{d\}|\\partial )\(", symbol)
    if match is None:
        return None
    depth, end = 1, match.end()
    while depth:
        depth += {"(": 1, ")": -1}.get(symbol[end], 0)
        end += 1
    index = re.compile(r"_\{([^{}]*)\}").match(symbol, end)
    assert index, symbol
    return symbol[: match.end() - 1], symbol[match.end() : end - 1].split(", "), symbol[index.end() :], index[1]


def listed(names: list[str], every: Iterable[str]) -> list[str]:
    """The names of a list, those that dots stand for in the order of the page."""
    if r"\dots" not in names:
        return names
    alike = {re.sub(r"\d", "", name) for name in names}
    page = [name for name in every if re.sub(r"\d", "", name) in alike]
    marks = {tuple(re.findall(r"\[(\d+)\]", name)) for name in names[:2]}
    page = [name for name in page if tuple(re.findall(r"\[(\d+)\]", name)) in marks]
    first, last = page.index(names[0]), page.index(names[-1])
    assert page[first + 1] == names[1]
    return page[first : last + 1]


def indices(symbol: str) -> tuple[set[str], set[str]]:
    """The letters of a symbol that stand alone as an index, and those that others are worked from."""
    lone, within = set(), set()
    for match in _GROUPS.finditer(symbol):
        for part in parts_of(match[match.lastindex], script=match[1] is not None):
            letters = set(re.findall(r"[a-z]", part))
            (lone if part in letters else within).update(letters)
    return lone, within


def pattern(symbol: str, digits: str, comma: str) -> re.Pattern[str]:
    """What the entries look like that a symbol with letters stands for; each lone letter is a group of that name."""
    seen: set[str] = set()

    def one(part: str) -> str:
        if not re.search("[a-z]", part):
            return re.escape(part)
        if len(part) > 1:
            return r"-?\d+"
        again = part in seen
        seen.add(part)
        return f"(?P={part})" if again else f"(?P<{part}>{digits})"

    def put(match: re.Match[str]) -> str:
        parts = parts_of(match[match.lastindex], script=match[1] is not None)
        inside = comma.join(one(part) for part in parts)
        return {1: rf"_\{{{inside}\}}", 2: rf"\\langle {inside} \\rangle", 3: rf"\[{inside}\]"}[match.lastindex]

    found, end = "", 0
    for match in _GROUPS.finditer(symbol):
        found += re.escape(symbol[end : match.start()]) + put(match)
        end = match.end()
    return re.compile(found + re.escape(symbol[end:]))


@dataclass
class Page:
    """The number of every symbol of a page, and the functions that its formulas name."""

    numbers: Mapping[str, float]
    functions: Mapping[str, Callable[..., float]] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)
    """For a symbol with an index that goes without saying, the symbol that the page has."""
    _entries: dict[str, list[dict[str, int]]] = field(default_factory=dict)

    def entries(self, symbol: str) -> list[dict[str, int]]:
        """What the lone letters of a symbol are in each entry that the page has of it."""
        parts = joined(symbol)
        if parts is not None and symbol not in self._entries:
            before, names, behind, index = parts
            known = self.entries(before + names[0] + behind)
            self._entries[symbol] = [
                {**one, index: k}
                for one in known
                for k in range(1, MOST * MOST)
                if self.find(symbol, {**one, index: k}) is not None
            ]
        if symbol not in self._entries:
            shapes = (pattern(symbol, r"\d", ""), pattern(symbol, r"\d+", ","))
            found = [match.groupdict() for one in shapes for text in self.numbers if (match := one.fullmatch(text))]
            self._entries[symbol] = [{key: int(value) for key, value in one.items()} for one in found]
        return self._entries[symbol]

    def span(self, letter: str, symbols: tuple[str, ...]) -> list[int]:
        """The numbers that a letter has in every symbol in which it stands alone."""
        own = [{one[letter] for one in self.entries(s)} for s in dict.fromkeys(symbols) if letter in indices(s)[0]]
        return sorted(set.intersection(*own)) if own else list(range(1, MOST + 1))

    def find(self, symbol: str, env: Env) -> float | None:
        """The number of a symbol; None where the page has none."""
        return next((self.numbers[text] for text in self.named(symbol, env) if text in self.numbers), None)

    def named(self, symbol: str, env: Env) -> Iterator[str]:
        """The symbols that an entry may have."""
        for text in substituted(symbol, env):
            parts = joined(text)
            if parts is None:
                yield text
                if r"\langle 0 \rangle" in text:  # the state before the first step, the same for every sample
                    yield (
                        re.sub(r"\[\d+\](?=\})|\\langle 0 \\rangle", "", text).replace("_{", "_{0,").replace("^{}", "")
                    )
                continue
            before, names, behind, index = parts
            every = listed(names, self.numbers)
            if index.isdigit() and 0 < int(index) <= len(every):
                yield before + every[int(index) - 1] + behind


@dataclass
class Node:
    """A part of a formula: its number, given those of its indices, and the symbols in it."""

    value: Callable[[Env], float]
    symbols: tuple[str, ...] = ()


def _join(nodes: list[Node], combine: Callable[[list[float]], float]) -> Node:
    return Node(
        lambda env: combine([node.value(env) for node in nodes]), tuple(s for node in nodes for s in node.symbols)
    )


class Reader(Scanner):
    """Recursive descent over the text of one formula."""

    def __init__(self, latex: str, page: Page) -> None:
        self.text = latex.replace(r"\displaystyle", "").replace(r"\left", "").replace(r"\right", "")
        for size in ("Bigl", "Bigr", "bigl", "bigr"):
            self.text = self.text.replace(f"\\{size}", "")
        self.start, self.page = 0, page

    def read(self) -> Node:
        """The whole formula."""
        found = self.sum()
        self.skip()
        assert self.start == len(self.text), f"cannot read {self.text[self.start :]!r} of {self.text!r}"
        return found

    def inner(self, text: str) -> Node:
        return Reader(text, self.page).read()

    def sum(self) -> Node:
        sign = -1 if self.next("-") else 1
        terms = [(sign, self.product())]
        while found := self.next("+", "-"):
            terms.append((-1 if found == "-" else 1, self.product()))
        nodes = [node for _, node in terms]

        def value(env: Env) -> float:
            found = []
            for one, node in terms:
                try:
                    found.append(one * node.value(env))
                except Outside:
                    continue
            if not found:
                raise Outside
            return sum(found)

        return Node(value, tuple(s for node in nodes for s in node.symbols))

    def product(self) -> Node:
        factors = [(self.power(), False)]
        while True:
            if self.next(r"\times", r"\cdot"):
                factors.append((self.power(), False))
            elif self.next("/"):
                factors.append((self.power(), True))
            elif self.starts_factor():
                factors.append((self.power(), False))
            else:
                break
        below = [one for _, one in factors]

        def times(values: list[float]) -> float:
            found = 1.0
            for value, divides in zip(values, below, strict=True):
                found = found / value if divides else found * value
            return found

        return _join([node for node, _ in factors], times) if len(factors) > 1 else factors[0][0]

    def starts_factor(self) -> bool:
        self.skip()
        rest = self.text[self.start :]
        return bool(rest) and not rest.startswith(
            (")", "]", "}", "+", "-", "=", ">", "<", ",", "|", r"\le", r"\ge", "&", r"\\")
        )

    def power(self) -> Node:
        base = self.atom()
        while self.next("^"):
            exponent = self.inner(self.group())
            base = _join([base, exponent], lambda pair: pair[0] ** pair[1])
        return base

    def atom(self) -> Node:
        self.skip()
        rest = self.text[self.start :]
        if number := re.match(r"\d+(?:\.\d+)?", rest):
            self.start += number.end()
            return Node(lambda _, value=float(number[0]): value)
        if rest.startswith(r"\begin{cases}"):
            return self.cases()
        if rest.startswith("(") and (match := ROW.match(self.text, self.start)):
            return self.row(match)
        if rest.startswith("(") and (length := self.list_length()):
            self.start += length
            return Node(lambda env, text=rest[:length]: self.number(text, env), (rest[:length],))
        if self.next("("):
            found = self.sum()
            self.need(")")
            return found
        if self.next("|"):
            found = self.sum()
            self.need("|")
            return _join([found], lambda one: abs(one[0]))
        if self.next("["):
            return self.gate()
        if self.next(r"\sum_", r"\max_", r"\min_") or rest.startswith((r"\sum", r"\max_", r"\min_")):
            return self.over({"s": "sum", "m": rest[1:4]}[rest[1]])
        if self.next(r"\sqrt"):
            return _join([self.inner(self.group())], lambda one: math.sqrt(one[0]))
        if rest.startswith(r"\frac") and not re.match(r"\\frac\{(?:\\mathrm\{d\}|\\partial)", rest):
            self.next(r"\frac")
            return _join([self.inner(self.group()), self.inner(self.group())], lambda pair: pair[0] / pair[1])
        if match := re.match(r"e\^", rest):
            exponent = self.exponential(match.end())
            if exponent is not None:
                return exponent
        return self.function(rest) or self.symbol()

    def cases(self) -> Node:
        r"""`\begin{cases} a & x > 0 \\\\ b & x \le 0 \end{cases}`: the first branch whose condition holds."""
        end, depth = self.start, 0
        while depth or end == self.start:
            mark = CASES.search(self.text, end)
            depth, end = depth + (1 if mark[1] == "begin" else -1), mark.end()
        inside = self.text[self.start + len(r"\begin{cases}") : end - len(r"\end{cases}")]
        self.start = end
        branches = [branch.split(" & ") for branch in outermost(inside)]
        branches = [(" & ".join(parts[:-1]), parts[-1]) for parts in branches]
        values = [self.inner(value) for value, _ in branches]
        holds = [Reader(f"[{condition.strip()}]", self.page).read() for _, condition in branches]

        def value(env: Env) -> float:
            return next(node.value(env) for node, gate in zip(values, holds, strict=True) if gate.value(env))

        return Node(value, tuple(s for node in (*values, *holds) for s in node.symbols))

    def row(self, match: re.Match[str]) -> Node:
        """`(a, b)_{x_{1}}`: of several the one whose number the symbol below has."""
        self.start = match.end()
        names, chooser = [self.inner(name) for name in match[1].split(", ")], self.inner(match[2])
        return Node(lambda env: names[round(chooser.value(env)) - 1].value(env), chooser.symbols)

    def list_length(self) -> int:
        """How long `(a, b)_{i}` is; 0 where something else stands here."""
        depth, end = 1, self.start + 1
        while depth and end < len(self.text):
            depth += {"(": 1, ")": -1}.get(self.text[end], 0)
            end += 1
        match = re.compile(r"_\{[^{}]*\}").match(self.text, end)
        return match.end() - self.start if match else 0

    def exponential(self, length: int) -> Node | None:
        """`e^{..}`, unless a subscript follows: then it is a symbol."""
        before = self.start
        self.start += length
        inside = self.group()
        if self.text.startswith("_", self.start):
            self.start = before
            return None
        return _join([self.inner(inside)], lambda one: math.exp(one[0]))

    def gate(self) -> Node:
        """`[a > b]`, `[a < b = c]`: 1 where it is so, else 0."""
        sides, signs = [self.sum()], []
        while not signs or not self.next("]"):
            signs.append(self.next("=", ">", "<", r"\ge", r"\le"))
            sides.append(self.sum())
        holds = {
            "=": lambda a, b: abs(a - b) < 1e-12,
            ">": lambda a, b: a > b,
            "<": lambda a, b: a < b,
            r"\ge": lambda a, b: a >= b,
            r"\le": lambda a, b: a <= b,
        }
        return _join(
            sides, lambda row: float(all(holds[s](*pair) for s, pair in zip(signs, pairwise(row), strict=True)))
        )

    def function(self, rest: str) -> Node | None:
        """A function by its name, before its arguments in parentheses."""
        names = sorted(self.page.functions, key=len, reverse=True)
        name = next((one for one in names if rest.startswith(f"{one}(")), None)
        if name is None:
            return None
        self.start += len(name) + 1
        arguments = [self.sum()]
        while self.next(","):
            arguments.append(self.sum())
        self.need(")")
        return _join(arguments, lambda values: self.page.functions[name](*values))

    def symbol(self) -> Node:
        """A symbol with its marks; a superscript behind a subscript is a power."""
        begin = self.start
        if self.next(r"\frac"):
            self.group()
            self.group()
        else:
            match = _BASE.match(self.text, self.start)
            assert match, f"cannot read {self.text[self.start :]!r} of {self.text!r}"
            self.start = match.end()
            below = False
            while self.start < len(self.text) and self.text[self.start] in "_^":
                if self.text[self.start] == "^" and (below or self.is_power()):
                    break
                below = below or self.text[self.start] == "_"
                self.start += 1
                self.group()
        text = self.text[begin : self.start]
        return Node(lambda env: self.number(text, env), (text,))

    def is_power(self) -> bool:
        return re.match(r"\^\{\d+\}(?!_)", self.text[self.start :]) is not None

    def number(self, text: str, env: Env) -> float:
        found = self.page.find(text, env)
        if found is None and text == r"\pi":
            return math.pi
        if found is None and re.fullmatch("[a-z]", text) and text in env:
            return float(env[text])
        if found is None and indices(text)[1]:
            raise Outside(text)
        if found is None:
            raise Unknown(f"{text} at {dict(env)}")
        return found

    def over(self, function: str) -> Node:
        """A sum, or the largest, over the indices below the sign."""
        start = self.text.rindex("{", 0, self.start + 6) if self.text[self.start] != "{" else self.start
        self.start = start
        ranges = Ranges.read(self.group())
        if self.next("^"):
            ranges.last = self.group()
        body = self.product()
        bound = set(ranges.letters)

        def members(env: Env) -> Iterator[Env]:
            written = [ranges.span(letter, env) for letter in ranges.letters]
            spans = [
                self.page.span(letter, body.symbols) if span is None else span
                for letter, span in zip(ranges.letters, written, strict=True)
            ]
            for numbers in product(*spans):
                inside = {**env, **dict(zip(ranges.letters, numbers, strict=True))}
                if ranges.holds(inside) and all(
                    self.page.find(s, inside) is not None for s in body.symbols if fits(s, bound, inside)
                ):
                    yield inside

        def value(env: Env) -> float:
            found = []
            for inside in members(env):
                try:
                    found.append(body.value(inside))
                except Outside:
                    continue
            if function == "sum":
                return sum(found)
            return max(found, default=-math.inf) if function == "max" else min(found, default=math.inf)

        return Node(value, body.symbols)


def fits(symbol: str, bound: set[str], env: Env) -> bool:
    """Whether a symbol says how far an index runs: one stands alone in it, and it holds no other unbound letter."""
    lone, within = indices(symbol)
    return bool(lone & bound) and not within and lone <= set(env)


class Outside(Exception):
    """A term whose index lies outside of its array."""


@dataclass
class Ranges:
    """What stands below a sign: letters, from where to where they run, and conditions."""

    letters: list[str]
    first: str = ""
    last: str = ""
    bounds: tuple[tuple[str, str, str], ...] = ()

    @staticmethod
    def read(text: str) -> Ranges:
        """`i,j`, `k=1`, `i \\,:\\, 1 \\le r-i \\le 2`, `1 \\le u \\le 2, 1 \\le v \\le 2`."""
        bounds = tuple(re.findall(r"([^,:\\]+?) \\le ([^,:\\]+?) \\le ([^,:\\]+)", text))
        bounds = tuple(tuple(part.strip() for part in one) for one in bounds)
        if match := re.fullmatch(r"([a-z])=(.+)", text):
            return Ranges([match[1]], match[2])
        head = text.partition(r"\,:\,")[0] if r"\,:\," in text else "" if bounds else text
        letters = [one.strip() for one in head.split(",") if one.strip()]
        if r"\le" in head:
            letters = re.findall(r"\\le ([a-z]) \\le", head)
        return Ranges(letters or [one[1] for one in bounds if re.fullmatch("[a-z]", one[1])], bounds=bounds)

    def span(self, letter: str, env: Env) -> list[int] | None:
        """The numbers that a letter runs over; None where they are not written."""
        least, most = next(((a, b) for a, index, b in self.bounds if index == letter), (self.first, self.last))
        return list(range(linear(least, env) or 0, (linear(most, env) or 0) + 1)) if least and most else None

    def holds(self, env: Env) -> bool:
        """Whether the conditions hold."""
        return all(
            (linear(least, env) or 0) <= (linear(index, env) or 0) <= (linear(most, env) or 0)
            for least, index, most in self.bounds
        )


def assignments(symbol: str, page: Page) -> Iterator[dict[str, int]]:
    """Every way to put numbers to the letters of a symbol so that the page has the entry."""
    lone, within = indices(symbol)
    for known in {tuple(sorted(one.items())) for one in page.entries(symbol)} if lone or within else {()}:
        letters = sorted(within - lone)
        for numbers in product(range(MOST), repeat=len(letters)):
            env = {**dict(known), **dict(zip(letters, numbers, strict=True))}
            if page.find(symbol, env) is not None:
                yield env

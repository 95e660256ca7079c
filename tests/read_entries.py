r"""A reader of printed lines that go entry by entry: norms, absolute values, selections, `\max(a, b)`, cases."""

from __future__ import annotations

import re

import numpy as np
from read_formulas import _BASE, Unknown
from read_matrices import ONES, ONES_ROW, Array, MatrixReader

_GROUP = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
_SYMBOL = re.compile(rf"(?:{_BASE.pattern})(?:_{_GROUP}|\^\{{\[\d+\]\}})*")

_FUNCTIONS = {
    r"\ln": np.log,
    r"\cos": np.cos,
    r"\max": np.maximum,
    r"\min": np.minimum,
    r"\mathrm{sign}": np.sign,
    r"\sigma": lambda s: 1 / (1 + np.exp(-s)),
}
_SQUARES = {rf"\{sign} 2" for sign in ("odot", "otimes")}
_COMPARED = {
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    r"\ge": lambda a, b: a >= b,
    r"\le": lambda a, b: a <= b,
    "=": lambda a, b: a == b,
}


class EntryReader(MatrixReader):
    """Reads one side of a line."""

    def inner(self, text: str) -> Array:
        return EntryReader(text, self.arrays, self.functions, self.places).read()

    def starts_factor(self) -> bool:
        self.skip()
        rest, ends = self.text[self.start :], ("&", r"\\", r"\end", r"\rfloor", *_COMPARED)
        return super().starts_factor() and not rest.startswith(ends)

    def power(self):
        base = self.atom()
        while self.next("^"):
            exponent = self.group()
            if exponent in (r"\mathsf T", r"\top", "T"):
                base = ({ONES: ONES_ROW}[base]) if isinstance(base, str) else base.T
            elif exponent in _SQUARES:
                base = base * base
            else:
                base = base ** self.inner(exponent)
        return base

    def symbol(self) -> Array:
        match = _SYMBOL.match(self.text, self.start)
        if match is None:
            return super().symbol()
        self.start = match.end()
        if match[0] not in self.arrays:
            raise Unknown(match[0])
        return self.arrays[match[0]]

    def atom(self):
        if self.next("|"):
            return np.abs(self.until("|"))
        if self.next(r"\lfloor"):
            return np.floor(self.until(r"\rfloor"))
        if self.next(r"\pi"):
            return np.array([[np.pi]])
        if self.next(r"\begin{cases}"):
            return self.cases()
        if re.match(r"e\^\{(?!\\o(?:dot|times))", self.text[self.start :]) and self.next("e^"):
            return np.exp(self.inner(self.group()))
        if name := self.next(*(f"{one}(" for one in _FUNCTIONS)):
            arguments = [self.sum()]
            while self.next(","):
                arguments.append(self.sum())
            self.need(")")
            return _FUNCTIONS[name[:-1]](*arguments)
        return super().atom()

    def comparison(self) -> Array:
        first = self.sum()
        sign = self.next(*_COMPARED)
        return _COMPARED[sign](first, self.sum())

    def rows(self) -> Array:
        """`[a > b]`: 1 where it holds, else 0."""
        found = self.comparison()
        self.need("]")
        return found.astype(float)

    def cases(self) -> Array:
        branches = []
        while not self.next(r"\end{cases}"):
            with np.errstate(divide="ignore", invalid="ignore"):
                value = self.sum()
            self.need("&")
            branches.append((value, self.comparison()))
            self.next(r"\\")
        assert np.all(sum(holds.astype(int) for _, holds in branches) == 1)
        return sum(np.where(holds, value, 0) for value, holds in branches)

r"""A reader of the lines of array pages: capitals for rows of vectors, parts of arrays, `\mathrm{vec}`, `^{\odot 2}`."""

from __future__ import annotations

import re

from read_entries import EntryReader
from read_matrices import Array, MatrixReader

_DERIVATIVE = re.compile(r"(\\frac\{.*?\}\{(?:\\mathrm\{d\}|\\partial ))(.*)\}", re.DOTALL)
_LETTER = re.compile(r"(\\[A-Za-z]+\{)?([A-Za-z])(?![A-Za-z])")
_PART = re.compile(r"_\{((?:\d+|:|\d+:\d+)(?:,(?:\d+|:|\d+:\d+))*)\}$")


class ArrayReader(EntryReader):
    """Reads one side of a line."""

    def inner(self, text: str) -> Array:
        return ArrayReader(text, self.arrays, self.functions, self.places).read()

    def power(self):
        base = self.atom()
        while self.next("^"):
            exponent = self.group().removeprefix(r"\odot ")
            base = base.T if exponent in (r"\mathsf T", r"\top") else base ** self.inner(exponent)
        return base

    def atom(self):
        if self.next(r"\mathrm{vec}("):
            found = self.sum()
            self.need(")")
            return found.reshape(-1, 1)
        return super().atom()

    def symbol(self) -> Array:
        return MatrixReader.symbol(self)

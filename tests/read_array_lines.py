r"""A reader of the lines of array pages: capitals for rows of vectors, parts of arrays, `\mathrm{vec}`, `^{\odot 2}`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from read_entries import EntryReader
from read_formulas import Unknown
from read_matrices import ONES, ONES_ROW, Array, MatrixReader, Misfit, arrays_of
from read_matrices import readings as matrix_readings

_DERIVATIVE = re.compile(r"(\\frac\{.*?\}\{(?:\\mathrm\{d\}|\\partial ))(.*)\}", re.DOTALL)
_LETTER = re.compile(r"(\\[A-Za-z]+\{)?([A-Za-z])(?![A-Za-z])")
_BY_VECTOR = re.compile(r"(\\frac\{.*?\}\{\\mathrm\{d\})\\mathrm\{vec\}\((.*)\)\}", re.DOTALL)
_BY_MATRIX = re.compile(r"(\\frac\{.*?\}\{\\mathrm\{d\})\\mathrm\{mat\}_\{(\d+) \\times (\d+)\}\((.*)\)\}", re.DOTALL)
_PART = re.compile(r"_\{((?:\d+|:|\d+:\d+)(?:,(?:\d+|:|\d+:\d+))*)\}$")


def page_arrays(numbers: Mapping[str, float]) -> dict[str, list[Array]]:
    """The arrays that the entries of a page make up, also by a capital; what is missing in a row is 0.

    What has a state before the first step is an array with that and without it.
    """
    found: dict[str, list[Array]] = {}
    for symbol, arrays in arrays_of(numbers, {}).items():
        for name in (symbol, large(symbol)):
            known = found.setdefault(name, [])
            every = [*arrays, *completed(symbol, numbers)]
            if f"{symbol}_{{0}}" in numbers:
                every += [one[1:] for one in arrays]
            known += [one for one in every if one.size]
    return found


def completed(symbol: str, numbers: Mapping[str, float]) -> list[Array]:
    """The array of a symbol whose later rows are longer, as those of a causal attention are."""
    closing = "}" if _DERIVATIVE.fullmatch(symbol) else ""
    start = symbol[: len(symbol) - len(closing)]
    pattern = re.compile(rf"{re.escape(start)}_\{{(\d+),(\d+)\}}{closing}")
    entries = {(int(m[1]), int(m[2])): value for name, value in numbers.items() if (m := pattern.fullmatch(name))}
    if not entries or min(map(min, entries)) < 1:
        return []
    made = np.zeros([max(index[axis] for index in entries) for axis in (0, 1)])
    holes = np.full_like(made, np.nan)
    for (row, column), value in entries.items():
        made[row - 1, column - 1] = holes[row - 1, column - 1] = value
    return [made, holes] if np.isnan(holes).any() else [made]


def large(symbol: str) -> str:
    """A symbol with a capital letter; in a derivative, that of what it is by."""
    match = _DERIVATIVE.fullmatch(symbol)
    if match:
        return f"{match[1]}{large(match[2])}}}"
    letter = _LETTER.match(symbol)
    return symbol if letter is None else symbol[: letter.start(2)] + letter[2].upper() + symbol[letter.end(2) :]


def part_of(array: Array, index: str) -> Array:
    """Rows and columns of an array: `:,2`, `3,1:2`; of a vector `1:2`."""
    slices = []
    for one in index.split(","):
        first, _, last = one.partition(":")
        slices.append(slice(int(first) - 1 if first else None, int(last or first) if first else None))
    if any(part.stop is not None and part.stop > length for part, length in zip(slices, array.shape, strict=False)):
        raise Misfit(index)
    return array[tuple(slices)]


class ArrayReader(EntryReader):
    """Reads one side of a line."""

    def inner(self, text: str) -> Array:
        return type(self)(text, self.arrays, self.functions, self.places).read()

    def power(self):
        base = self.atom()
        while self.next("^"):
            exponent = self.group().removeprefix(r"\odot ")
            if exponent in (r"\mathsf T", r"\top"):
                base = ({ONES: ONES_ROW}[base]) if isinstance(base, str) else base.T
            else:
                base = base ** self.inner(exponent)
        return base

    def stacked(self, names, around):
        """Arrays of a list: capitals side by side, anything else one below the other."""
        if around == "%s" and all(large(name) == name for name in names):
            return np.concatenate([self.inner(name) for name in names], axis=1)
        return super().stacked(names, around)

    def atom(self):
        if self.next(r"\mathrm{vec}("):
            found = self.sum()
            self.need(")")
            return found.reshape(-1, 1)
        return super().atom()

    def symbol(self) -> Array:
        begin = self.start
        try:
            return MatrixReader.symbol(self)
        except Unknown as unknown:
            text = str(unknown)
            if derivative := _BY_VECTOR.fullmatch(text):
                self.start = begin + len(text)
                return self.inner(f"{derivative[1]}{derivative[2]}}}").reshape(-1, 1)
            if derivative := _BY_MATRIX.fullmatch(text):
                self.start = begin + len(text)
                shape = int(derivative[2]), int(derivative[3])
                return self.inner(f"{derivative[1]}{derivative[4]}}}").reshape(shape)
            closing = "}" if _DERIVATIVE.fullmatch(text) else ""
            part = _PART.search(text.removesuffix(closing) if closing else text)
            if part is None:
                raise
            whole = text[: part.start()] + closing
            if whole not in self.arrays:
                raise
            return part_of(self.arrays[whole], part[1])


def readings(text: str, arrays: Mapping[str, Sequence[Array]], functions) -> list[Array]:
    """What a side in symbols stands for, in every arrangement of its arrays that fits."""
    return matrix_readings(text, arrays, functions, ArrayReader)

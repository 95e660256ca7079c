r"""A reader of printed formulas of matrices: `(W^{(1)})^{\mathsf T} \, x + b`, multiplied out from a page's numbers.

It shares no code with the printers. Vectors are columns; two factors side by side are a matrix product, in which a
number or an array of one entry scales the other; `\odot` and `\oslash` go entry by entry, as functions do, a row or a
column with every row or column; a bold 1 is as long as what it stands beside.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from read_formulas import _BASE, Unknown
from scanner import Scanner

Array = np.ndarray
ONES, ONES_ROW = "column of ones", "row of ones"
Value = Array | str
_INDEX = re.compile(r"_\{([\d,]+)\}(?=\}?$)")
_TIME, _SAMPLE = re.compile(r"\\langle (\d+) \\rangle"), re.compile(r"\[(\d+)\]")
_EMPTY = re.compile(r"\^\{\}")
_SIZES = re.compile(r"\\(?:displaystyle|left|right|[Bb]ig+[lr]?)(?![A-Za-z])")


class Misfit(Exception):
    """Arrays whose shapes do not go together."""


def arrays_of(numbers: Mapping[str, float], capitals: Mapping[str, str]) -> dict[str, list[Array]]:
    r"""The arrays that the entries of a page make up, by their symbols without indices.

    `w_{12}` is an entry of `w` and of its row `w_{1}`; entries of all steps `h^{\langle t \rangle}_{i}` stand one
    after another in `h`, in a column or in rows. `capitals` are the letters of whole arrays by those of entries.
    """
    entries: dict[str, dict[tuple[int, ...], float]] = {}
    for symbol, number in numbers.items():
        match = _INDEX.search(symbol)
        index = _parts(match[1]) if match else ()
        for kept in range(len(index) + 1):
            texts = [text for part in ([""] if not kept else _joined(index[:kept])) for text in [part]]
            for text in texts:
                below = f"_{{{text}}}" if text else ""
                whole = symbol[: match.start()] + below + symbol[match.end() :] if match else symbol
                for key, more in _without_steps(whole):
                    entries.setdefault(_capital(key, capitals), {})[(*more, *index[kept:])] = number
    return {symbol: list(_shapes(found)) for symbol, found in entries.items()}


def _parts(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(",") if "," in text else text))


def _joined(index: Sequence[int]) -> set[str]:
    return {comma.join(map(str, index)) for comma in ("", ",")}


def _without_steps(symbol: str):
    """A symbol, and what it is an entry of once its time step, its sample or both are left out."""
    yield symbol, ()
    for patterns in ((_TIME,), (_SAMPLE,), (_SAMPLE, _TIME)):
        if all(pattern.search(symbol) for pattern in patterns):
            numbers, text = [], symbol
            for pattern in patterns:
                numbers.append(int(pattern.search(text)[1]))
                text = pattern.sub("", text)
            yield _EMPTY.sub("", text), tuple(numbers)


def _capital(symbol: str, capitals: Mapping[str, str]) -> str:
    match = re.fullmatch(r"(\\frac\{.*?\}\{(?:\\mathrm\{d\}|\\partial )|)(.*)", symbol, re.DOTALL)
    letter = _BASE.match(match[2])
    if letter is None or letter[0] not in capitals:
        return symbol
    return match[1] + capitals[letter[0]] + match[2][letter.end() :]


def _shapes(entries: Mapping[tuple[int, ...], float]):
    """The ways to arrange entries: as they are numbered, and all in a column."""
    longest = max(map(len, entries))
    ordered = [number for index, number in sorted(entries.items()) if len(index) == longest]
    if longest == 2:
        sizes = [len({index[axis] for index in entries if len(index) == longest}) for axis in (0, 1)]
        if sizes[0] * sizes[1] == len(ordered):
            yield np.array(ordered).reshape(sizes)
    yield np.array(ordered).reshape(-1, 1)


class MatrixReader(Scanner):
    """Recursive descent over one side of a line; `places` are the matrices that `@0@`, `@1@` stand for."""

    def __init__(
        self,
        text: str,
        arrays: Mapping[str, Array],
        functions: Mapping[str, Callable[..., float]],
        places: Sequence[Array] = (),
    ) -> None:
        self.text, self.start = _SIZES.sub("", text).replace("{}+{}", "+").replace("{}-{}", "-"), 0
        self.arrays, self.functions, self.places = arrays, functions, places

    def read(self) -> Array:
        found = self.sum()
        self.skip()
        assert self.start == len(self.text), f"cannot read {self.text[self.start :]!r} of {self.text!r}"
        return found

    def inner(self, text: str) -> Array:
        return MatrixReader(text, self.arrays, self.functions, self.places).read()

    def sum(self) -> Array:
        found = -self.product() if self.next("-") else self.product()
        while sign := self.next("+", "-"):
            other = self.product()
            fits(found, other)
            found = found + other if sign == "+" else found - other
        return found

    def product(self) -> Array:
        """Factors entry by entry, each of them a product of matrices."""
        found = self.chain()
        while sign := self.next(r"\odot", r"\otimes", r"\circ", r"\oslash"):
            other = self.chain()
            fits(found, other)
            found = found / other if sign == r"\oslash" else found * other
        return found

    def chain(self) -> Array:
        factors: list[Value] = [self.power()]
        while self.next(r"\times", r"\cdot") or self.starts_factor():
            factors.append(self.power())
        return multiplied(factors)

    def starts_factor(self) -> bool:
        self.skip()
        rest = self.text[self.start :]
        return bool(rest) and not rest.startswith(
            (")", "]", "}", "+", "-", ",", r"\odot", r"\otimes", r"\circ", r"\oslash", self.closing or ")")
        )

    closing = ""
    """What ends the norm, or the like, that is being read."""

    def until(self, end: str) -> Array:
        """A sum up to the sign that ends it, which began it too."""
        before, self.closing = self.closing, end
        found = self.sum()
        self.closing = before
        self.need(end)
        return found

    def norm(self) -> Array:
        r"""The square of a norm, `\|x\|^{2}`; that of a matrix is Frobenius's."""
        found = self.until(r"\|")
        if not self.next(r"_{\mathrm{F}}^{2}" if found.shape[1] > 1 else "^{2}"):
            raise Misfit(f"the norm of {found.shape}")
        return np.array([[np.sum(found * found)]])

    def power(self) -> Value:
        base = self.atom()
        while self.next("^"):
            exponent = self.group()
            if exponent in (r"\mathsf T", r"\top", "T"):
                base = ({ONES: ONES_ROW}[base]) if isinstance(base, str) else base.T
            else:
                base = base ** float(exponent)
        return base

    def atom(self) -> Value:
        self.skip()
        rest = self.text[self.start :]
        if place := re.match(r"@(\d+)@", rest):
            self.start += place.end()
            return self.places[int(place[1])]
        if number := re.match(r"\d+(?:\.\d+)?", rest):
            self.start += number.end()
            return np.array([[float(number[0])]])
        if self.next("("):
            return self.parentheses()
        if self.next("["):
            return self.rows()
        if self.next(r"\mathbf{1}"):
            return ONES
        if self.next(r"\sum"):
            return np.array([[np.sum(self.power())]])
        if self.next(r"\|"):
            return self.norm()
        if self.next(r"\sqrt"):
            return np.sqrt(self.inner(self.group()))
        if rest.startswith(r"\frac") and not re.match(r"\\frac\{(?:\\mathrm\{d\}|\\partial)[^{}]", rest):
            self.next(r"\frac")
            above, below = self.inner(self.group()), self.inner(self.group())
            fits(above, below)
            return above / below
        if self.next(r"\mathrm{onehot}"):
            return self.one_hot()
        return self.function(rest)

    def one_hot(self) -> Array:
        """A row for each number, with 1 in the column that it counts to."""
        self.need("_")
        width = int(self.group())
        self.need("(")
        chosen = self.parentheses().reshape(-1, 1)
        return (chosen == np.arange(1, width + 1)).astype(float)

    def rows(self) -> Array:
        """`[..]_{1}^{n}`: the last n rows, without the bias row that stands above them."""
        found = self.sum()
        self.need("]")
        self.need("_")
        assert self.group() == "1"
        self.need("^")
        count = int(self.group())
        if found.shape[0] != count + 1:
            raise Misfit(f"{found.shape} has no bias row above {count} others")
        return found[-count:]

    def parentheses(self) -> Array:
        """A sum in parentheses, or arrays of a list one below the other."""
        begin = self.start
        found = self.sum()
        if self.next(","):
            end = self.text.index(")", begin) + 1
            while self.text.count("(", begin, end) >= self.text.count(")", begin, end):
                end = self.text.index(")", end) + 1
            self.start = end
            return self.stacked(self.text[begin : end - 1].split(", "), "%s")
        self.need(")")
        return found

    def stacked(self, names: list[str], around: str) -> Array:
        every = [name if name == r"\dots" else around % name for name in names]
        if r"\dots" in names:
            every = between(every, self.arrays)
        return np.concatenate([self.inner(name).reshape(-1, 1) for name in every])

    def function(self, rest: str) -> Array:
        """A function by its name before its argument in parentheses, or a symbol."""
        names = sorted([*self.functions, r"\mathrm{softmax}"], key=len, reverse=True)
        name = next((one for one in names if rest.startswith(f"{one}(")), None)
        if name is None:
            return self.symbol()
        self.start += len(name) + 1
        argument = self.sum()
        self.need(")")
        if name == r"\mathrm{softmax}":
            raised = np.nan_to_num(np.exp(argument))  # of a hole: nothing
            return raised / raised.sum(axis=0 if argument.shape[1] == 1 else 1, keepdims=True)
        return np.vectorize(self.functions[name], otypes=[float])(argument)

    def symbol(self) -> Array:
        begin = self.start
        if self.next(r"\frac"):
            above, below = self.group(), self.group()
            if match := re.fullmatch(r"(\\mathrm\{d\}|\\partial )\((.*, .*)\)", below):
                return self.stacked(match[2].split(", "), rf"\frac{{{above}}}{{{match[1]}%s}}")
        else:
            match = _BASE.match(self.text, self.start)
            assert match, f"cannot read {self.text[self.start :]!r} of {self.text!r}"
            self.start = match.end()
            while self.text[self.start : self.start + 1] and self.text[self.start] in "_^":
                if re.match(r"\^\{(\\mathsf T|\\top|T|2)\}", self.text[self.start :]):
                    break
                self.start += 1
                self.group()
        text = self.text[begin : self.start]
        if text not in self.arrays:
            raise Unknown(text)
        return self.arrays[text]


def fits(first: Array, second: Array) -> None:
    """Raises `Misfit` where two arrays are not of one shape, and neither is a number, nor a row or column of the other."""
    unlike = [pair for pair in zip(first.shape, second.shape, strict=True) if pair[0] != pair[1]]
    if 1 not in (first.size, second.size) and (len(unlike) > 1 or any(1 not in pair for pair in unlike)):
        raise Misfit(f"{first.shape} and {second.shape}")


def multiplied(factors: Sequence[Value]) -> Array:
    """The product of matrices in a row."""
    left = list(factors)
    while ONES_ROW in [one for one in left if isinstance(one, str)]:
        at = next(n for n, one in enumerate(left) if isinstance(one, str) and one == ONES_ROW)
        left[at : at + 2] = [left[at + 1].sum(axis=0, keepdims=True)]
    found = left[0]
    for other in left[1:]:
        if isinstance(other, str):
            found = found.sum(axis=1, keepdims=True)
        elif 1 in (found.size, other.size):
            found = found * other
        elif found.shape[1] != other.shape[0]:
            raise Misfit(f"{found.shape} times {other.shape}")
        else:
            found = found @ other
    return found


def between(names: Sequence[str], every: Iterable[str]) -> list[str]:
    """The names of a list with those that its dots stand for: as the page has them, or step by step."""
    alike = {re.sub(r"\d", "", name) for name in names}
    samples = _SAMPLE.findall(names[0])
    page = [name for name in every if re.sub(r"\d", "", name) in alike and _SAMPLE.findall(name) == samples]
    for ordered in (
        page,
        sorted(page),
        sorted(page, key=lambda name: ([int(one) for one in _TIME.findall(name)], name)),
    ):
        first, last = ordered.index(names[0]), ordered.index(names[-1])
        if ordered[first + 1 : first + 2] == [names[1]]:
            return ordered[first : last + 1]
    raise Unknown(f"what stands between {names}")


class Chosen(dict):
    """Arrays, each in one of its arrangements; `used` are those that were looked up, in order."""

    def __init__(self, arrays: Mapping[str, Sequence[Array]], choices: Mapping[str, int]) -> None:
        super().__init__(arrays)
        self.choices, self.used = choices, []

    def __getitem__(self, symbol: str) -> Array:
        self.used += [symbol] if symbol not in self.used else []
        return super().__getitem__(symbol)[self.choices.get(symbol, 0)]


def readings(
    text: str,
    arrays: Mapping[str, Sequence[Array]],
    functions: Mapping[str, Callable[..., float]],
    reader: type[MatrixReader] = MatrixReader,
) -> list[Array]:
    """What a side in symbols stands for, in every arrangement of its arrays that fits."""
    waiting: list[dict[str, int]] = [{}]
    found = []
    while waiting:
        choices = waiting.pop()
        chosen = Chosen(arrays, choices)
        with contextlib.suppress(Misfit):
            found.append(reader(text, chosen, functions).read())
        before = dict(choices)
        for symbol in (one for one in chosen.used if one not in choices):
            waiting += [{**before, symbol: number} for number in range(1, len(arrays[symbol]))]
            before[symbol] = 0
    assert found, f"nothing fits in {text!r}"
    return found

"""What a page states, read back from its own text: numbers by symbol, rows of data, formulas, sentences.

A formula is asked for as the LaTeX of it. A page in Markdown holds it as such; a PDF holds the characters that TeX
sets for it, in the order in which TeX sets them: the numerator before the denominator, what stands above before what
stands below.
"""

from __future__ import annotations

import re
import subprocess
import unicodedata
from pathlib import Path

from conftest import program_or_skip
from read_mathematics import read_latex

_NUMBER = r"-?\d+(?:\.\d+)?"
_EXTENSION = str.maketrans({"∑": "P", "√": "", "−": "-", "∗": "*"})
"""A sum has the code of a P in the font that TeX takes it from; a root is drawn apart from what stands under it."""


_ARRAYS = frozenset("XYWb")
"""The letters of whole arrays: samples in rows, weights, biases."""


def entries(letter: str, layer: str, rows: list[list[float]]) -> dict[str, float]:
    """The entries of a whole array by their own symbols."""
    if letter == "b":
        return {f"b^{{({layer})}}_{{{i}}}": row[0] for i, row in enumerate(rows, 1)}
    numbers = [(i, j, number) for i, row in enumerate(rows, 1) for j, number in enumerate(row, 1)]
    if letter == "W":
        return {f"w^{{({layer})}}_{{{i}{j}}}": number for i, j, number in numbers}
    return {f"{letter.lower()}^{{[{i}]}}_{{{j}}}": number for i, j, number in numbers}


def squashed(text: str) -> str:
    """A text without spaces, accents and escapes, so that it is found however its lines break."""
    plain = unicodedata.normalize("NFD", text.replace("{}", "")).translate(_EXTENSION)
    return "".join(c for c in plain if not c.isspace() and not unicodedata.combining(c) and c not in "\\¯^ˆ~˜")


def visible(latex: str) -> str:
    """The characters of a formula in the order in which TeX sets them."""
    tokens = read_latex(re.sub(r"(_\{[^{}]*\})(\^\{[^{}]*\})", r"\2\1", latex))
    found: list[str] = []
    open_: list[str] = []
    position = 0
    below = False
    while position < len(tokens):
        token = tokens[position]
        if token == "_(" and (above := _script(tokens, position)):
            tokens[position : position + len(above)] = above
            continue
        position += 1
        if token == ")" and open_:
            opener = open_.pop()
            found += [token] if opener == "(" else []
            below = opener == "frac("
        elif below or (len(token) > 1 and token.endswith("(")):
            open_.append("denominator" if below else token)
            below = False
        else:
            open_ += [token] if token == "(" else []
            found.append(token.rstrip("~!") if len(token) > 1 else token)
    return squashed("".join(found))


def _script(tokens: list[str], start: int) -> list[str]:
    """What stands below, and above behind it, the other way round; nothing where nothing stands above."""
    middle = _end(tokens, start)
    if middle >= len(tokens) or tokens[middle] != "^(":
        return []
    end = _end(tokens, middle)
    return [*tokens[middle:end], *tokens[start:middle]]


def _end(tokens: list[str], start: int) -> int:
    depth = 0
    for position in range(start, len(tokens)):
        depth += tokens[position].endswith("(") - (tokens[position] == ")")
        if not depth:
            return position + 1
    return len(tokens)


class MarkdownPage:
    """A page in Markdown with the words of its pictures.

    Of tables of rounds only the first column is read, which holds what a round is given.
    """

    _SYMBOL = r"(?:\\?[A-Za-z]+(?:\^\{[^{}]*\})?(?:_\{[^{}]*\})?)"

    def __init__(self, text: str) -> None:
        self.formulas = re.findall(r"\$`(.*?)`\$", text)
        self.text = squashed(re.sub(r"\$`(.*?)`\$", r"\1", text).replace(r"\:", ":"))
        self.numbers: dict[str, float] = {}
        given = re.sub(r"^(\|[^|]*\|).*$", r"\1", text, flags=re.MULTILINE)
        for formula in re.findall(r"\$`(.*?)`\$", given):
            for symbols, numbers in self._pairs(formula):
                for symbol, number in zip(symbols, numbers, strict=True):
                    self.numbers.setdefault(symbol, float(number))
            for name, number in self._entries(formula).items():
                self.numbers.setdefault(name, number)
        self.data = self._rows(text)

    def _entries(self, formula):
        found = re.fullmatch(
            r"(\w)(?:\^\{\((\d)\)\})? = (?:\\begin\{bmatrix\}(.*)\\end\{bmatrix\}|(-?[\d.]+))", formula
        )
        if not found or found[1] not in _ARRAYS:
            return {}
        rows = [[float(one) for one in row.split("&")] for row in (found[3] or found[4]).split(r"\\")]
        return entries(found[1], found[2], rows)

    def _pairs(self, formula):
        left, _, right = formula.partition(" = ")
        right = re.sub(r"^10\^\{-(\d+)\}$", lambda power: _power_of_ten(int(power[1])), right)
        numbers = re.findall(r"(?<![\d.])-?\d+(?:\.\d+)?(?![\d.])", right)
        symbols = re.findall(self._SYMBOL, re.sub(r"\\(?:begin|end)\{bmatrix\}", "", left))
        plain = re.fullmatch(r"[-\d., &\\()]*", re.sub(r"\\(?:begin|end)\{bmatrix\}", "", right))
        if right and plain and len(symbols) == len(numbers):
            yield symbols, numbers

    def _rows(self, text):
        lines = [line for line in text.splitlines() if line.startswith("|")]
        start = next((k for k, line in enumerate(lines) if re.match(r"\|[^=]*\$`[xy][^=]*$", line)), None)
        if start is None:
            return [self.numbers]
        heads = re.findall(r"\$`(.*?)`\$", lines[start])
        rows = []
        for line in lines[start + 2 :]:
            cells = re.findall(r"\$`(-?[\d.]+)`\$", line)
            if len(cells) != len(heads):
                break
            rows.append(dict(zip(heads, map(float, cells), strict=True)))
        return rows or [self.numbers]

    def has(self, formula: str) -> bool:
        """Whether the page states a formula."""
        return formula in self.formulas

    def says(self, sentence: str) -> re.Match[str] | None:
        """Where the page says a sentence, a pattern in which spaces stand for any."""
        return re.search(sentence.replace(" ", ""), self.text)

    def listed(self, sentence: str) -> list[float]:
        """The numbers of a list that follows some words."""
        found = self.says(rf"{sentence}((?:{_NUMBER},?)+)")
        return [float(one) for one in re.findall(_NUMBER, found[1])] if found else []


class PdfPage:
    """A page as pdftotext reads it from a PDF, in the order in which TeX has set it."""

    def __init__(self, pdf: bytes, folder: Path, symbols: list[str]) -> None:
        path = folder / "page.pdf"
        path.write_bytes(pdf)
        program = program_or_skip("pdftotext")
        done = subprocess.run([program, "-raw", str(path), "-"], capture_output=True, check=True)
        text = done.stdout.decode("utf-8").translate(_EXTENSION)
        self.spaced = re.sub(r"=\s*10\s*-(\d+)", lambda power: f"= {_power_of_ten(int(power[1]))}", text)
        self.text = squashed(text)
        self.numbers: dict[str, float] = {}
        self._heads = {_spaced(symbol): symbol for symbol in symbols}
        known = "|".join(sorted(self._heads, key=len, reverse=True))
        run = rf"(?:{known})(?:[^\w=.]*(?:{known}))*"
        for left, right in re.findall(
            rf"({run})[^\w=.]*=[^\w.-]*(?!{_NUMBER} [A-Z][a-z])((?:{_NUMBER}[^\w=.-]*)+)", self.spaced
        ):
            names = [self._symbol(one) for one in re.findall(known, left)]
            for name, number in zip(names, re.findall(_NUMBER, right), strict=False):
                self.numbers.setdefault(name, float(number))
        arrays = rf"(\w)\s*(?:\((\d)\))?\s*=[^\w.-]*((?:{_NUMBER}[^\w=.-]*)+)"
        for letter, layer, right in re.findall(arrays, self.spaced) if "X =" in self.spaced else ():
            numbers = [float(one) for one in re.findall(_NUMBER, right)]
            width = 2 if letter in _ARRAYS and len(numbers) == 4 else 1
            rows = [numbers[start : start + width] for start in range(0, len(numbers), width)]
            for name, number in (entries(letter, layer, rows) if letter in _ARRAYS else {}).items():
                self.numbers.setdefault(name, number)
        self.data = self._rows(known)

    def _symbol(self, text: str) -> str:
        return next(name for pattern, name in self._heads.items() if re.fullmatch(pattern, text))

    def _rows(self, known: str) -> list[dict[str, float]]:
        """Heads in a row, then rows of as many numbers, each behind the number of its round where there are several."""
        found = re.search(rf"((?:Round\s+)?)((?:(?:{known})\s+){{2,}})((?:{_NUMBER}\s+)+)", self.spaced)
        if found is None:
            return [self.numbers]
        heads = [self._symbol(one) for one in re.findall(known, found[2])]
        numbers = [float(one) for one in re.findall(_NUMBER, found[3])]
        width, lead = len(heads) + bool(found[1]), int(bool(found[1]))
        rows = [numbers[k + lead : k + width] for k in range(0, len(numbers) - width + 1, width)]
        return [dict(zip(heads, row, strict=True)) for row in rows]

    def has(self, formula: str) -> bool:
        """Whether the page states a formula: its characters, and behind them the end of a part of a list."""
        return re.search(re.escape(visible(formula)) + r"(?=[.,]|$)", self.text) is not None

    says = MarkdownPage.says
    listed = MarkdownPage.listed


def _power_of_ten(below: int) -> str:
    return f"{10.0**-below:.{below}f}"


def _spaced(symbol: str) -> str:
    """The pattern of a symbol in a text: its characters, with spaces between them or not."""
    return r"\s*".join(map(re.escape, visible(symbol)))

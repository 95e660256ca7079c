"""Workbooks read back: by name of quantity and round, by LibreOffice, and by a small evaluator of our own."""

import csv
import math
import re
import subprocess
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from conftest import program_or_skip

NUMBERS = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false"
"""How LibreOffice writes the first sheet as text, its numbers with all their digits."""
_SHOWN = re.compile(r"= +(-?\d+(?:\.\d+)?(?:E[+-]\d+)?)(?!\S)")


def office_or_skip() -> str:
    try:
        return program_or_skip("soffice")
    except pytest.skip.Exception:
        pytest.skip("missing: LibreOffice (soffice)")


def place_of(book, name, round):
    """The sheet and the cell of a quantity in a round, by the name that the workbook defines for it.

    Names of workbooks are the same in capitals, so that of two such names one has another sign at its end.
    """
    stem = f"{re.sub(r'[^A-Za-z0-9_]', '_', name)}_round{round}"
    known = book.defined_names
    found = known.get(stem) or known[f"{stem}_"]
    sheet, cell = found.attr_text.rsplit("!", 1)
    return sheet.strip("'"), cell.replace("$", "")


def cell_of(book, name, round):
    sheet, address = place_of(book, name, round)
    return book[sheet][address]


def without_results(data: bytes, changes=()):
    """A workbook without stored results, some of its cells changed: whoever opens it must work it anew."""
    book = openpyxl.load_workbook(BytesIO(data))
    for name, round, number in changes:
        cell = cell_of(book, name, round)
        assert not isinstance(cell.value, str), f"{name} is not put in"
        cell.value = number
    return book


@dataclass(frozen=True)
class Recalculated:
    """A workbook as LibreOffice worked it: the numbers of its first sheet, and what it shows behind signs of equality."""

    book: openpyxl.Workbook
    numbers: tuple[tuple[str, ...], ...]
    shown: tuple[str, ...]

    def number(self, name, round):
        cell = cell_of(self.book, name, round)
        return float(self.numbers[cell.row - 1][cell.column - 1])


def recalculated(books: dict[str, openpyxl.Workbook], folder: Path) -> dict[str, Recalculated]:
    """Every workbook opened, worked and printed by LibreOffice."""
    office, reader = office_or_skip(), program_or_skip("pdftotext")
    (folder / "in").mkdir()
    for stem, book in books.items():
        book.save(folder / "in" / f"{stem}.xlsx")
    paths = [str(folder / "in" / f"{stem}.xlsx") for stem in books]
    for filter in (NUMBERS, "pdf"):
        command = [office, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", filter]
        subprocess.run([*command, "--outdir", str(folder), *paths], check=True, capture_output=True, timeout=300)
    made = {}
    for stem, book in books.items():
        numbers = tuple(map(tuple, csv.reader((folder / f"{stem}.csv").read_text("utf-8").splitlines())))
        pages = [reader, "-layout", str(folder / f"{stem}.pdf"), "-"]
        text = subprocess.run(pages, capture_output=True, check=True).stdout.decode("utf-8")
        made[stem] = Recalculated(book, numbers, tuple(_SHOWN.findall(text)))
    return made


_TOKEN = re.compile(
    r"\s*(?:('[^']*'![A-Z]+\d+)|(\d+\.?\d*(?:E[+-]?\d+)?)|([A-Z]+\d+)(?![\d(])|([A-Z][A-Z0-9]*)(?=\()|(<>|<=|>=|[-+*/^(),<>=]))"
)


def half_away(number, places):
    scaled = number * 10.0**places
    whole = math.floor(abs(scaled) * (1 + 1e-15) + 0.5)
    return math.copysign(whole / 10.0**places, number) if whole else 0.0


FUNCTIONS = {
    "ABS": abs,
    "AND": lambda *tests: all(tests),
    "CHOOSE": lambda place, *ones: ones[int(place) - 1],
    "COS": math.cos,
    "ERF": math.erf,
    "EXP": math.exp,
    "IF": lambda test, yes, no: yes if test else no,
    "INT": math.floor,
    "LN": math.log,
    "LOG": lambda x, base=10: math.log(x, base),
    "LOG10": lambda x: math.log10(x) if x else 0.0,
    "MAX": max,
    "MIN": min,
    "PI": lambda: math.pi,
    "ROUND": half_away,
    "SIGN": lambda x: (x > 0) - (x < 0),
    "SIN": math.sin,
    "SQRT": math.sqrt,
    "TAN": math.tan,
    "TANH": math.tanh,
    "TRUNC": math.trunc,
}


class Evaluator:
    """Formulas as Excel reads them: a minus before a number binds tightest, and powers go from left to right."""

    def __init__(self, book):
        self.book = book
        self.known = {}

    def cell(self, sheet, address):
        if (sheet, address) not in self.known:
            value = self.book[sheet][address].value
            self.known[sheet, address] = self.formula(value[1:], sheet) if isinstance(value, str) else float(value)
        return self.known[sheet, address]

    def formula(self, text, sheet):
        tokens = [match.groups() for match in _TOKEN.finditer(text)]
        assert "".join(part for groups in tokens for part in groups if part) == text.replace(" ", "")
        return _Reading(self, tokens, sheet).whole()


LEVELS = (("=", "<>", "<", ">", "<=", ">="), ("+", "-"), ("*", "/"), ("^",))
WORK = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "^": lambda a, b: a**b,
}


class _Reading:
    def __init__(self, evaluator, tokens, sheet):
        self.evaluator, self.tokens, self.sheet, self.at = evaluator, tokens, sheet, 0

    def peek(self):
        return self.tokens[self.at][4] if self.at < len(self.tokens) else None

    def take(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def whole(self):
        value = self.level(0)
        assert self.at == len(self.tokens)
        return value

    def level(self, depth):
        if depth == len(LEVELS):
            return self.unary()
        value = self.level(depth + 1)
        while self.peek() in LEVELS[depth]:
            sign = self.take()[4]
            value = WORK[sign](value, self.level(depth + 1))
        return value

    def unary(self):
        if self.peek() == "-":
            self.take()
            return -self.unary()
        other, number, cell, function, sign = self.take()
        if other:
            sheet, address = other.rsplit("!", 1)
            return self.evaluator.cell(sheet.strip("'"), address)
        if number:
            return float(number)
        if cell:
            return self.evaluator.cell(self.sheet, cell)
        if function:
            return FUNCTIONS[function](*self.arguments())
        assert sign == "("
        value = self.level(0)
        assert self.take()[4] == ")"
        return value

    def arguments(self):
        assert self.take()[4] == "("
        found = []
        while self.peek() != ")":
            found.append(self.level(0))
            if self.peek() == ",":
                self.take()
        self.take()
        return found

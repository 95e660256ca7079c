"""Every line of a matrix form, read back from the page: symbols and numbers, multiplied out, are the printed result."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from conftest import solution_of
from read_matrices import MatrixReader, arrays_of, readings
from test_printed_forms import case, functions_of, page_of, slope, value_of
from test_views import exact_values

from derive.catalog.activations import ACTIVATIONS
from derive.document.context import Context
from derive.document.locale import locale
from derive.document.mathematics import Answer, Relation
from derive.document.model import Matrix, MatrixLine
from derive.document.style import style
from derive.document.views.array_passes import array_backward, array_forward
from derive.document.views.index import ADDS
from derive.graph.quantity import Role

EXACTLY, NEARLY, ADDED, BECOMES = "=", r"\approx", str(ADDS), r"\leftarrow"
CLOSE = 2e-5
"""Derivatives of activations are differences of a millionth."""
DRAWS = 20
"""How often each printed number is moved within its last digit, to see how far that leads."""


def capitals_of(solution):
    notation = solution.notation
    blocks = solution.lowered.graph.blocks.blocks
    pairs = {(notation.letter(block), notation.matrix_letter(block)) for block in blocks if block.shape}
    return {one: other for one, other in pairs if one != other}


def sides_of(line):
    """The sides of a line, each with its relation: symbols, numbers (or none), result."""
    found = []
    for part in line.parts:
        if isinstance(part, Relation) and part.strip() in (EXACTLY, NEARLY, ADDED, BECOMES):
            found.append((str(part).strip(), []))
        else:
            found[-1][1].append(part)
    return found


class Side:
    """A side of a line in numbers: text in which `@0@`, `@1@` stand for matrices, and half a unit of each number."""

    def __init__(self, parts):
        self.text, self.matrices, self.halves = "", [], []
        for part in parts:
            self.text += self.place(part) if isinstance(part, (Matrix, Answer)) else str(part)

    def place(self, part):
        texts = [[entry.text for entry in row] for row in part.rows] if isinstance(part, Matrix) else [[part]]
        self.matrices.append(np.array([[number(text) for text in row] for row in texts]))
        self.halves.append(np.array([[half(text) for text in row] for row in texts]))
        return f" @{len(self.matrices) - 1}@ "

    def value(self, functions, move=None):
        moved = [
            one if move is None else one + np.vectorize(lambda h: move.uniform(-h, h), otypes=[float])(h)
            for one, h in zip(self.matrices, self.halves, strict=True)
        ]
        return MatrixReader(self.text, {}, functions, moved).read()

    def room(self, functions):
        """How far the value may be off because each number is off by half a unit of its last digit."""
        draw, value = random.Random(self.text), self.value(functions)
        return 3 * np.max([np.abs(self.value(functions, draw) - value) for _ in range(DRAWS)], axis=0)


def number(text):
    return np.nan if text == r"\cdot" else float(text.strip("()"))


def half(text):
    """Half a unit of the last digit; 0 for what is given, which is not rounded."""
    return (
        float(Decimal(1).scaleb(Decimal(text.strip("()")).as_tuple().exponent)) / 2 if isinstance(text, Answer) else 0
    )


def within(found, wanted, room):
    """Whether two arrays are of one shape and differ by no more; an entry that is not printed differs by nothing."""
    return found.shape == wanted.shape and bool(np.all(np.isnan(wanted) | (np.abs(found - wanted) <= room)))


class Lines:
    """The lines of a solution, and what its page gives for symbols."""

    def __init__(self, solution):
        page = page_of(solution)
        self.carries_rounded = solution.policy.carries_rounded
        if self.carries_rounded:
            page = replace(page, numbers=page.numbers | carried(solution))
        self.numbers, self.written = list(page.numbers.values()), page.written
        self.names = list(page.numbers)
        capitals = capitals_of(solution)
        self.arrays = arrays_of(page.numbers, capitals)
        known = arrays_of({name: float(n) for n, name in enumerate(page.numbers)}, capitals)
        self.places = {**unworked(known), **known}
        self.functions = functions_of(solution, exact_values(solution))
        self.added = {}


def unworked(known):
    """Adjoints of everything on a page; those that are not worked have no number."""
    return {
        rf"\frac{{\mathrm{{d}}{loss}}}{{\mathrm{{d}}{name}}}": [np.full_like(one, np.nan) for one in every]
        for loss in "LJ"
        for name, every in known.items()
    }


def carried(solution):
    """The number of each symbol that the first round carries, rounded."""
    symbol, blocks = solution.writer.symbol, solution.lowered.graph.blocks
    values = [(q, v.carried) for q, v in solution.values[0].items() if blocks.of(q).role is not Role.UPDATED]
    numbers = {symbol(quantity): float(value) for quantity, value in values}
    return numbers | {alone: numbers[name] for alone, name in page_of(solution).written.items() if name in numbers}


def as_answer(part):
    return part if isinstance(part, Matrix) else Answer(str(part))


ARROW = re.compile(r"\\xrightarrow\{\\;\\mathrm\{(.*?)\}\\;\}")


def with_bias_row(arrays, biases):
    """Arrays, each also with a bias above it: of a vector its value or a constant, of weights a row of ones."""
    tops = [1.0, -1.0, *biases]
    return {
        symbol: [*every, *(np.vstack([np.full((1, one.shape[1]), top), one]) for one in every[:1] for top in tops)]
        for symbol, every in arrays.items()
    }


def partials_of_deltas(arrays, sign):
    """The partials by pre-activations that deltas stand for."""
    for symbol, every in arrays.items():
        if symbol.startswith(r"\delta"):
            below = symbol.replace(r"\delta", "s", 1)
            for above, by in ((r"\mathrm{d}L", r"\mathrm{d}"), (r"\partial e", r"\partial ")):
                yield rf"\frac{{{above}}}{{{by}{below}}}", [sign * one for one in every]


def require_matrix_style(solution):
    """The symbols of each line of the style `matrix` give the numbers that are printed behind them."""
    context, found, checked = Context(solution, style("matrix").style, locale("en")), Lines(solution), 0
    biases = {n for name, n in zip(found.names, found.numbers, strict=True) if name.startswith(("b", r"\theta"))}
    deltas = dict(partials_of_deltas(found.arrays, -1.0 if solution.problem.update_form == "ascent" else 1.0))
    arrays, activation = with_bias_row({**deltas, **found.arrays}, biases), {}
    if solution.notation.layout == "numerator":  # a partial by a column is a row
        arrays = {name: [one.T for one in every] if r"\frac" in name else every for name, every in arrays.items()}
    applied = solution.notation.activation
    for part in (array_forward, array_backward):
        made = part(context, solution.rounds[1], in_symbols=True).lines
        for line in (line for line in made if isinstance(line, MatrixLine)):
            segments = [(str(one[0]), one[1:]) for one in line.segments]
            for sign, _ in segments:
                if match := ARROW.fullmatch(sign):
                    activation[str(line.left)] = match[1].lower()
            result = Side([as_answer(one) for one in before_arrow(segments)[-1][1]])
            for _, parts in segments:
                text = "".join(map(str, parts))
                if (
                    any(isinstance(one, Matrix) for one in parts)
                    or r"\ldots" in text
                    or not re.search("[a-z]", WORDS.sub("", text))
                ):
                    continue
                names = re.findall(rf"{re.escape(applied)}'\(([^()]*(?:\([^()]*\))?[^()]*)\)", text)
                slopes = {f"{applied}'": slope_of(activation.get(name, "identity")) for name in names}
                values = readings(text, arrays, {**found.functions, **slopes})
                wanted, last = result.value({}), result.halves[0]
                close = [within(one, wanted, last + CLOSE) or within(one.T, wanted, last + CLOSE) for one in values]
                assert any(close), (line.left, text, values, wanted)
                checked += 1
    return checked


WORDS = re.compile(r"\\(?:frac|cdot|times|left|right|ln|max|sigma|tanh)(?![a-z])|e\^")
"""What formulas of numbers have letters in."""


def before_arrow(segments):
    """The sides up to an activation, whose result is another symbol's."""
    end = next((n for n, (sign, _) in enumerate(segments) if ARROW.fullmatch(sign)), len(segments))
    return [(sign, parts) for sign, parts in segments[:end] if "ldots" not in "".join(map(str, parts))]


def slope_of(name):
    rule = ACTIVATIONS[name].rule
    return lambda s: slope(lambda moved: value_of(rule, {}, moved), s)


STYLED = ["notation: delta\n", "notation: delta\nupdate_form: ascent\n"]


@pytest.mark.parametrize("more", STYLED)
@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_symbols_of_the_style(number, more):
    assert require_matrix_style(case("dense", number, 1, more=more + "rounding: {places: 8}\n")) > 4


@pytest.mark.parametrize("name", ["homework-2-1", "fra501-homework-4-1"])
def test_the_symbols_of_the_style_in_the_homeworks(name):
    assert require_matrix_style(solution_of(name)) > 4

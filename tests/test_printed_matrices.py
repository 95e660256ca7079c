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
from test_printed_forms import FEW, case, functions_of, page_of, slope, value_of
from test_views import exact_values

from derive.catalog.activations import ACTIVATIONS
from derive.document.context import Context
from derive.document.locale import locale
from derive.document.mathematics import Answer, Relation
from derive.document.matrices.backward import backward_lines
from derive.document.matrices.forward import forward_lines
from derive.document.model import Matrix, MatrixLine
from derive.document.style import style
from derive.document.views.index import ADDS
from derive.document.views.matrix import matrix_form_lines
from derive.graph.quantity import Role
from derive.network.views import layer_views
from derive.problem.asks import read_ask
from derive.sources import assets

EXACTLY, NEARLY, ADDED = "=", r"\approx", str(ADDS)
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
        if isinstance(part, Relation) and part.strip() in (EXACTLY, NEARLY, ADDED):
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

    def require(self, line):
        (sign, symbols), *numbers, (relation, result) = sides_of(line)
        printed = Side([as_answer(part) for part in result])
        wanted, last = printed.value({}), printed.halves[0]
        scale, free = CLOSE * max(1e-2, np.nanmax(np.abs(wanted))) + 1e-9, 0.0
        for side in (Side(parts) for _, parts in numbers):
            room = 0 if relation == EXACTLY else side.room(self.functions)
            assert within(side.value(self.functions), wanted, last + room + 1e-9), (line.left, relation, side.text)
            free = room if self.carries_rounded else 0.0
        found = readings("".join(map(str, symbols)), self.arrays, self.functions)
        matching = [one for one in found if within(one, wanted, last + free + scale)]
        assert matching, (line.left, symbols, found, wanted)
        places = [one for one in readings(str(line.left), self.places, {}) if one.shape == wanted.shape]
        assert places, (line.left, wanted.shape)
        room = np.broadcast_to(scale + free + (last if self.carries_rounded else 0), wanted.shape)
        for quantity, value, off in zip(places[0].flat, matching[0].flat, room.flat, strict=True):
            if np.isnan(quantity):
                continue  # not worked, and a dot is printed for it
            name = self.written.get(self.names[int(quantity)], self.names[int(quantity)])
            self.added.setdefault(name, []).append((value, off))
            assert sign == ADDED or abs(value - self.numbers[int(quantity)]) <= off, (line.left, name, value)

    def require_sum(self, name):
        """What all lines contribute to an adjoint is its number."""
        total, off = np.sum(self.added[name], axis=0)
        assert abs(total - self.numbers[self.names.index(name)]) <= off, (name, self.added[name])


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


def require_matrix_form(solution, ask="matrix form"):
    """Each side of each line gives the printed result, which is the trace's; contributions add up to the trace's too."""
    context = Context(solution, style("worked").style, locale("en"))
    found, checked = Lines(solution), 0
    for run in matrix_form_lines(context, read_ask(ask)):
        for line in (line for line in run.lines if isinstance(line, MatrixLine)):
            found.require(line)
            checked += 1
    graph, symbol = solution.lowered.graph, solution.writer.symbol
    of_loss = {q for e in graph.forward if e.output in graph.roots for q in e.operands if q in graph.adjoint_of}
    for name in found.added.keys() - {symbol(graph.adjoint_of[q]) for q in of_loss}:
        found.require_sum(name)
    return checked


@pytest.mark.parametrize(("name", "number", "batch"), FEW)
def test_the_matrix_form_of_every_layer(name, number, batch):
    assert require_matrix_form(case(name, number, batch, more="rounding: {places: 8}\n")) > 3


@pytest.mark.parametrize("places", [2, 4])
@pytest.mark.parametrize(("name", "number", "batch"), [("dense", 1, 2), ("rms_norm", 1, 2), ("gru", 1, 1)])
def test_the_matrix_form_of_few_places(name, number, batch, places):
    assert require_matrix_form(case(name, number, batch, more=f"rounding: {{places: {places}}}\n")) > 3


CHOICES = [
    "update_form: ascent",
    "notation: delta",
    "penalty: {l2: 0.1}",
    "notation: {layout: numerator}",
    "rounding: {places: 3, carry: rounded}",
]


@pytest.mark.parametrize("more", CHOICES)
@pytest.mark.parametrize("gradients", ["averaged", "summed"])
def test_the_matrix_form_under_every_choice(gradients, more):
    assert require_matrix_form(case("dense", 1, 3, gradients, more + "\n")) > 5


@pytest.mark.parametrize("name", sorted(assets.examples()))
def test_the_matrix_form_of_the_gallery(name):
    solution = solution_of(name)
    if solution.graph.interleaved or not any(views.has_matrices for views in layer_views(solution.lowered, 0)):
        pytest.skip("no form of matrices")
    assert require_matrix_form(solution)


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
    for part in (forward_lines, backward_lines):
        for line in (line for line in part(context, solution.rounds[1]).lines if isinstance(line, MatrixLine)):
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


STYLED = ["", "notation: delta\n", "notation: {layout: numerator}\n", "update_form: ascent\n"]


@pytest.mark.parametrize("more", STYLED)
@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_symbols_of_the_style(number, more):
    assert require_matrix_style(case("dense", number, 1, more=more + "rounding: {places: 8}\n")) > 4


@pytest.mark.parametrize("name", ["homework-2-1", "fra501-homework-4-1"])
def test_the_symbols_of_the_style_in_the_homeworks(name):
    assert require_matrix_style(solution_of(name)) > 4

"""Lines of array pages, read back: the numbers put in, worked out by hand, are the printed result."""

import re

import numpy as np
import pytest
from conftest import solution_of
from read_array_lines import ArrayReader
from test_array_pass import EVERY
from test_printed_forms import case, functions_of
from test_printed_matrices import Side, as_answer, sides_of, within
from test_views import exact_values

from derive.document.context import Context
from derive.document.locale import locale
from derive.document.mathematics import Answer, Symbols
from derive.document.model import Matrix, MatrixLine
from derive.document.style import style
from derive.document.views.matrix import array_backward, array_forward
from derive.sources import assets

EXACTLY = "="
DECIMAL = re.compile(r"\d+\.\d+")


class ArraySide(Side):
    """A side of a line of an array page in numbers."""

    def place(self, part):
        if isinstance(part, Matrix):
            return super().place(part)
        return DECIMAL.sub(lambda one: super(ArraySide, self).place(Answer(one[0])), str(part))

    def value(self, functions, move=None):
        moved = [
            one if move is None else one + np.vectorize(lambda h: move.uniform(-h, h), otypes=[float])(h)
            for one, h in zip(self.matrices, self.halves, strict=True)
        ]
        return ArrayReader(self.text, {}, functions, moved).read()


def lines_of(solution, number=1):
    context, round = Context(solution, style("matrix").style, locale("en")), solution.rounds[number]
    sections = [array_forward(context, round, in_symbols=True)]
    if not solution.plan.is_final(number):
        sections += [array_backward(context, round, in_symbols=True)]
    return [line for section in sections for line in section.lines if isinstance(line, MatrixLine)]


def require_numbers(line, functions):
    """Each side in numbers gives the result: to the digit after an equals sign, else as nearly as rounding leaves it."""
    *sides, (relation, result) = sides_of(line)
    printed = Side([as_answer(part) for part in result])
    wanted, last = printed.value({}), printed.halves[0]
    checked = 0
    for _, parts in sides:
        if all(isinstance(part, Symbols) or str(part) in ("{}+{}", "{}-{}") for part in parts):
            continue
        side = ArraySide(parts)
        room = 0 if relation == EXACTLY else side.room(functions)
        assert within(side.value(functions), wanted, last + room + 1e-9), (line.left, relation, side.text)
        checked += 1
    return checked


def require_lines(solution, number=1):
    functions = functions_of(solution, exact_values(solution))
    return sum(require_numbers(line, functions) for line in lines_of(solution, number))


@pytest.mark.parametrize("name", sorted(assets.examples()))
def test_the_gallery(name):
    assert require_lines(solution_of(name)) > 1


@pytest.mark.parametrize("places", [3, 8])
@pytest.mark.parametrize(("name", "number", "batch"), EVERY)
def test_every_layer(name, number, batch, places):
    assert require_lines(case(name, number, batch, more=f"rounding: {{places: {places}}}\n")) > 0

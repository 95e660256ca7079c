"""Lines of array pages, read back: the numbers put in, worked out by hand, are the printed result."""

import re
from dataclasses import replace

import numpy as np
import pytest
from conftest import solution_of
from read_array_lines import ArrayReader, page_arrays, readings
from test_array_pass import EVERY
from test_printed_forms import case, functions_of, page_of
from test_printed_matrices import ARROW, Side, as_answer, sides_of, within
from test_views import exact_values

import derive
from derive.document.context import Context
from derive.document.locale import locale
from derive.document.mathematics import Answer, Symbols
from derive.document.model import Matrix, MatrixLine
from derive.document.style import style
from derive.document.views.array_passes import array_backward, array_forward
from derive.sources import assets

EXACTLY = "="
WINDOWS = re.compile(r"\\star|\\mathrm\{\w*pool|(?<=[ }])\*(?=[ _])|\\begin\{cases\}")
"""What moves windows, as `test_array_pass` has worked; an error without a letter in cases."""
CUT = re.compile(r"\\left\[.*\\right\]_\{?1")
"""A product without its bias row, as `test_matrix_lines` has worked."""
DECIMAL = re.compile(r"\d+\.\d+")


class ArraySide(Side):
    """A side of a line of an array page in numbers."""

    def place(self, part):
        if isinstance(part, Matrix):
            return super().place(part)
        text = re.sub(r"\((\d+)/(\d+)\)", r"\\frac{\1}{\2}", str(part))
        return DECIMAL.sub(lambda one: super(ArraySide, self).place(Answer(one[0])), text)

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
    lines = [line for section in sections for line in section.lines if isinstance(line, MatrixLine)]
    carried = {quantity: value.carried for quantity, value in round.values.items()}
    functions = functions_of(solution, {**exact_values(solution), **carried})
    return [before_activation(line, functions) for line in lines if line.label != context.locale.input]


def before_activation(line, functions):
    """A line up to the arrow of an activation, whose numbers are those of the activation."""
    parts = [str(part) for part in line.parts]
    arrow = next((place for place, part in enumerate(parts) if ARROW.fullmatch(part)), None)
    if arrow is None:
        return line
    activation = functions[rf"\mathrm{{{ARROW.fullmatch(parts[arrow])[1]}}}"]
    sums, outputs = (Side([as_answer(line.parts[place])]) for place in (arrow - 1, -1))
    found = np.vectorize(activation, otypes=[float])(sums.value({}))
    assert within(found, outputs.value({}), outputs.halves[0] + sums.halves[0] + 1e-9), line.left
    return replace(line, parts=line.parts[:arrow])


def require_numbers(line, functions):
    """Each side in numbers gives the result: to the digit after an equals sign, else as nearly as rounding leaves it."""
    *sides, (relation, result) = sides_of(line)
    printed = Side([as_answer(part) for part in result])
    wanted, last = printed.value({}), printed.halves[0]
    numeric = [ArraySide(parts) for _, parts in sides if not in_symbols(parts)]
    for side in (side for side in numeric if not CUT.search(side.text)):
        room = 0 if relation == EXACTLY else side.room(functions)
        assert within(side.value(functions), wanted, last + room + 1e-9), (line.left, relation, side.text)
    return len(numeric)


def in_symbols(parts):
    return all(
        isinstance(part, Symbols) or str(part) in ("{}+{}", "{}-{}") or getattr(part, "facet", "") == "formula"
        for part in parts
    )


def require_symbols(line, arrays, functions, off=0.0):
    """Each side in symbols gives the result, with the page's numbers for the arrays that it names."""
    *sides, (_, result) = sides_of(line)
    printed = Side([as_answer(part) for part in result])
    wanted, last = printed.value({}), printed.halves[0]
    room = last + off + 2e-5 * max(1.0, float(np.nanmax(np.abs(wanted))))
    symbolic = ["".join(map(str, parts)) for _, parts in sides if in_symbols(parts)]
    symbolic = [text for text in symbolic if not (WINDOWS.search(text) or CUT.search(text))]
    for text in symbolic:
        found = readings(text, arrays, functions)
        assert any(within(one, wanted, room) for one in found), (line.left, text, found, wanted)
    return len(symbolic)


def with_bias_rows(arrays, biases):
    """Arrays with their forms below a row of ones, as weights have it, and below a row of a bias, as inputs have it."""
    return {
        name: [
            *known,
            *(
                np.vstack([np.full((1, one.shape[1]), first), one])
                for one in known
                if one.ndim == 2
                for first in (1, *biases)
            ),
        ]
        for name, known in arrays.items()
    }


def require_lines(solution, number=1):
    """Every line in symbols and in numbers; how many sides in numbers there are."""
    page = page_of(solution)
    arrays, functions = page_arrays(page.numbers), functions_of(solution, exact_values(solution))
    if solution.notation.bias == "augmented":
        arrays = with_bias_rows(arrays, {value for name, value in page.numbers.items() if name.startswith("b")})
    for name in [name for name in arrays if name.startswith(r"\delta^")]:
        arrays[name.replace(r"\delta", r"\frac{\partial e}{\partial s") + "}"] = arrays[name]
    lines = lines_of(solution, number)
    assert sum(require_symbols(line, arrays, functions) for line in lines) > 1
    return sum(require_numbers(line, functions) for line in lines)


@pytest.mark.parametrize("name", sorted(assets.examples()))
def test_the_gallery(name):
    assert require_lines(solution_of(name)) > 1


def require_all_numbers(solution):
    functions = functions_of(solution, exact_values(solution))
    return sum(require_numbers(line, functions) for line in lines_of(solution))


ALONE = [one for one in EVERY if one[2] == 1 and one[0] not in ("embedding", "attention")]
"""The samples of a batch and the tokens of an attention are read in the gallery."""


@pytest.mark.parametrize(("name", "number", "batch"), ALONE)
def test_every_layer(name, number, batch):
    assert require_lines(case(name, number, batch, more="rounding: {places: 8}\n")) > 0


@pytest.mark.parametrize(("name", "number", "batch"), [one for one in EVERY if one not in ALONE])
def test_batches_of_every_layer(name, number, batch):
    assert require_all_numbers(case(name, number, batch, more="rounding: {places: 8}\n")) > 0


@pytest.mark.parametrize("places", [2, 4])
@pytest.mark.parametrize(("name", "number", "batch"), [("dense", 1, 2), ("rms_norm", 1, 2), ("gru", 1, 1)])
def test_few_places(name, number, batch, places):
    assert require_all_numbers(case(name, number, batch, more=f"rounding: {{places: {places}}}\n")) > 3


CHOICES = ["update_form: ascent", "penalty: {l2: 0.1}", "updates: in place", "rounding: {places: 3, carry: rounded}"]


@pytest.mark.parametrize("more", CHOICES)
@pytest.mark.parametrize("gradients", ["averaged", "summed"])
def test_choices(gradients, more):
    assert require_all_numbers(case("dense", 1, 3, gradients, more + "\n")) > 5


LAID_OUT_ANEW = [("conv1d", 3), ("conv_transpose1d", 0), ("rbf", 1), ("average_pool1d", 3), ("attention", 2)]


@pytest.mark.parametrize(("name", "number"), LAID_OUT_ANEW)
def test_gradients_written_inside_others_keep_their_shape(name, number):
    """In the ascent form the adjoints of what is flattened are no lines."""
    assert require_all_numbers(case(name, number, 1, more="update_form: ascent\nrounding: {places: 8}\n")) > 0


GRAY_ROWS = [("0.405", EXACTLY, True), ("0.419", r"\approx", False), ("0.423", r"\approx", False)]
"""Biases of the second layer, the sign of its gradient in round 2, and whether the gray row follows from its digits."""


@pytest.mark.parametrize(("bias", "sign", "follows"), GRAY_ROWS)
def test_the_gray_row_of_an_augmented_bias_counts_for_the_sign(bias, sign, follows):
    """The row of the gradient itself follows each time from the shown digits, so that the gray row alone decides."""
    layers = [
        {"units": 1, "activation": "tanh", "weights": [["0.3"]], "biases": "0.1"},
        {"units": 1, "weights": ["0.5"], "biases": bias},
    ]
    tree = {"network": {"inputs": 1, "layers": layers}, "data": [{"x": 2, "y": 1}], "learning_rate": "0.5"}
    look = {"style": "matrix", "rounds": 2, "rounding": {"places": 3}, "notation": {"bias": "augmented"}}
    solution = derive.solve(derive.Problem.model_validate({**tree, **look}))
    (line,) = [one for one in lines_of(solution, 2) if str(one.left) == r"\frac{\mathrm{d}L}{\mathrm{d}W^{(2)}}"]
    *_, (_, parts), (relation, result) = sides_of(line)
    (gray, own), (off_gray, off_own) = (
        [float(number) for number in one.ravel()]
        for one in (Side([as_answer(part) for part in result]).value({}), ArraySide(parts).value({}))
    )
    assert result[0].rows[0][0].quiet
    assert (abs(off_own - own) < 5e-4, abs(off_gray - gray) < 5e-4) == (True, follows)
    assert relation.strip() == sign

"""The matrices that a key prints, multiplied out again, give the matrices printed beside them."""

import re
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, InvalidOperation
from itertools import pairwise

import pytest
from conftest import MATRIX, problem_of, solution_of
from everyday import examples
from hypothesis import given, settings
from nets import problems
from read_back import read

import derive
from derive.document.build import Edition, build
from derive.document.context import Context as Page
from derive.document.locale import locale
from derive.document.mathematics import Relation
from derive.document.model import Matrix, MatrixLine
from derive.document.sections import ROUND_SECTIONS
from derive.document.style import style
from derive.document.views.array_passes import array_update
from derive.problem.model import Problem
from derive.problem.rounding import Rounding

EXACT = Context(prec=80)
PARTS = ("forward-matrices", "update-matrices", "backward-matrices")
MODES = {"half-up": ROUND_HALF_UP, "half-even": ROUND_HALF_EVEN, "cut": ROUND_DOWN}


def numbers(part):
    return [[read(entry.text) if entry.text != r"\text{–}" else Decimal(0) for entry in row] for row in part.rows]


def times(left, right):
    columns = list(zip(*right, strict=True))
    return [
        [sum((EXACT.multiply(a, b) for a, b in zip(row, column, strict=True)), Decimal(0)) for column in columns]
        for row in left
    ]


def multiplied(left, right):
    """The product of two factors, each a matrix or a number; None stands for no factor yet."""
    if left is None:
        return right
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return EXACT.multiply(left, right)
    if isinstance(left, Decimal) or isinstance(right, Decimal):
        scale, rows = (left, right) if isinstance(left, Decimal) else (right, left)
        return [[EXACT.multiply(scale, entry) for entry in row] for row in rows]
    return times(left, right)


def matrix_of(value):
    return [[value]] if isinstance(value, Decimal) else value


def worked(segment):
    """A segment `= [A][x] + [b]`, `= [W] - 0.1 [G]`, multiplied out; None for symbols and for cut numbers."""
    parts = [part for part in segment if not isinstance(part, Relation)]
    if not any(isinstance(part, Matrix) and len(part.rows) * len(part.rows[0]) > 1 for part in parts):
        text = "".join(part if isinstance(part, str) else part.rows[0][0].text for part in parts)
        return (
            [[read(text)]]
            if re.fullmatch(r"[-+*/(){}^. \d]|(?:\\(?:cdot|times|max|tanh|frac|left|right)|[-+*/(){}^. \d])+", text)
            else None
        )
    total, sign, factor = None, 1, None
    try:
        for part in parts:
            if isinstance(part, Matrix):
                factor = multiplied(factor, numbers(part))
                continue
            signed = part.startswith(("+", "-")) and factor is not None
            if signed:
                total, sign, factor = factor, -1 if part.startswith("-") else 1, None
            text = (part[1:].strip() if signed else part).removeprefix(r"\cdot ").removeprefix(r"\times ")
            if text:
                factor = multiplied(factor, read(text))
    except (AssertionError, IndexError, InvalidOperation):
        return None
    if factor is None or total is None:
        return None if factor is None else matrix_of(factor)
    pairs = zip(matrix_of(total), matrix_of(factor), strict=True)
    return [[a + sign * b for a, b in zip(x, y, strict=True)] for x, y in pairs]


def lines(solution, part):
    page = Page(solution, style("matrix").style, locale("en"))
    for round in solution.rounds:
        for section in ROUND_SECTIONS[part](page, round):
            for line in section.lines:
                if isinstance(line, MatrixLine):
                    yield round, line


def close_enough(found, printed, places, mode):
    unit = Decimal(1).scaleb(-places)
    return all(
        a.quantize(unit, MODES[mode], EXACT) == b
        for x, y in zip(found, printed, strict=True)
        for a, b in zip(x, y, strict=True)
    )


def check(solution):
    places, mode = solution.policy.precision.count, solution.policy.mode.value
    checked = 0
    for part in PARTS:
        for _, line in lines(solution, part):
            values = [(segment[0], worked(segment)) for segment in line.segments]
            for (_, left), (relation, right) in pairwise(values):
                if left is None or right is None or relation not in ("=", r"\doteq"):
                    continue
                assert close_enough(left, right, places, mode) or left == right, line
                checked += 1
    return checked


def test_the_example():
    assert (
        check(derive.solve(problem_of(MATRIX).model_copy(update={"rounding": Rounding(places=4, carry="rounded")})))
        > 30
    )


@settings(max_examples=examples(80), deadline=None)
@given(problems(most_units=3, most_layers=3, carry=("rounded",)))
def test_random_keys(problem):
    for notation in ("delta", "partials"):
        solution = derive.solve(Problem.model_validate({**dict(problem), "style": "matrix", "notation": notation}))
        assert check(solution) > 0


TWO_LAYERS = """
network: {inputs: 2, layers: [
  {units: 3, activation: sigmoid, weights: [[0.15, 0.25, -0.3], [0.2, 0.3, 0.5]], biases: [0.35, 0.1, -0.2]},
  {units: 1, activation: tanh, weights: [0.4, 0.45, 0.1], biases: 0.6}]}
learning_rate: 0.5
data: [{x: [0.05, 0.1], y: 0.9}, {x: [0.3, -0.7], y: 0.2}]
rounds: 2
rounding: {places: 5, carry: rounded}
style: matrix
"""
STEPS = {
    ("descent", "W^T x", "denominator"): r"- \eta \, G",
    ("descent", "W^T x", "numerator"): r"- \eta \, G^T",
    ("descent", "W x", "denominator"): r"- \eta \, G",
    ("descent", "x W", "numerator"): r"- \eta \, G^T",
    ("ascent", "W^T x", "denominator"): r"+ \eta \, X \, D^T",
    ("ascent", "W^T x", "numerator"): r"+ \eta \, X \, D",
    ("ascent", "W x", "denominator"): r"+ \eta \, D \, X^T",
    ("ascent", "W x", "numerator"): r"+ \eta \, D^T \, X^T",
    ("ascent", "x W", "denominator"): r"+ \eta \, X^T \, D",
    ("ascent", "x W", "numerator"): r"+ \eta \, X^T \, D^T",
}
"""What is added to W: G is the gradient of W's shape in denominator layout; X and D are columns, or rows where vectors
are multiplied from the left, and in numerator layout D the other of the two. Every product has the shape of W."""


def in_letters(step, number):
    updates, below = f"({number - 1})", f"_{{({number - 1})}}"
    parts = {"G": rf"\frac{{\partial e}}{{\partial W^{{(l)}}{updates}}}"}
    parts |= {"X": f"x^{{(l-1)}}{updates}", "D": rf"\delta^{{(l)}}{below}"}
    for letter, symbol in parts.items():
        tall = r"\left(%s\right)" if letter == "G" else "(%s)"
        step = step.replace(f"{letter}^T", tall % symbol + r"^{\mathsf T}").replace(f" {letter}", f" {symbol}")
    return re.sub(r"(?<=, )[GXD](?![a-z])", lambda match: parts[match[0]], step)


def with_notation(form, product, layout):
    notation = f'{{base: delta, product: "{product}", layout: {layout}, update: equals, layers: parentheses}}'
    return derive.solve(derive.loads(f"{TWO_LAYERS}update_form: {form}\nnotation: {notation}\n"))


@pytest.mark.parametrize(("form", "product", "layout"), STEPS)
def test_the_rule_of_the_update_in_symbols(form, product, layout):
    solution = with_notation(form, product, layout)
    page = Page(solution, style("matrix").style, locale("en"))
    for number in (1, 2):
        rule = array_update(page, solution.rounds[number], in_symbols=True).lines[0]
        wanted = f"W^{{(l)}}({number - 1}) {in_letters(STEPS[form, product, layout], number)}"
        assert [str(rule.left), *map(str, rule.parts)] == [f"W^{{(l)}}({number})", "=", wanted]


@pytest.mark.parametrize("update", ["arrow", "equals"])
@pytest.mark.parametrize("product", ["W^T x", "W x", "x W"])
@pytest.mark.parametrize("form", ["descent", "ascent"])
def test_products_of_every_notation_give_the_new_parameters(form, product, update):
    """Each line multiplied out; the results are the worked scalars, so that a sign or an order that is wrong shows."""
    notation = f'{{base: delta, product: "{product}", layout: denominator, update: {update}}}'
    solution = derive.solve(derive.loads(f"{TWO_LAYERS}update_form: {form}\nnotation: {notation}\n"))
    updates = [line for _, line in lines(solution, "update-matrices")]
    assert check(solution) >= len(updates)
    relations = {str(segment[0]) for line in updates for segment in line.segments[:1]}
    assert (r"\leftarrow" in {one.strip() for one in relations}) == (update == "arrow")


def test_a_whole_document_is_built():
    solution = solution_of(MATRIX)
    document = build(Edition.of(solution, "x.yaml"), style("matrix").style, locale("en"))
    assert [len(question.sections) for question in document.parts[0].questions] == [7]


def test_a_shown_line_that_misses_has_an_approximate_sign():
    """With full precision carried, `=` stands only before a result that the shown matrices give."""
    full = problem_of(MATRIX).model_copy(update={"rounding": Rounding(places=4, zeros="drop")})
    solution = derive.solve(full)
    signs = set()
    for part in PARTS:
        for _, line in lines(solution, part):
            values = [(segment[0], worked(segment)) for segment in line.segments]
            for (_, left), (sign, right) in pairwise(values):
                if left is None or right is None or sign not in ("=", r"\approx"):
                    continue
                same = left == right or close_enough(left, right, 4, "half-up")
                assert sign != "=" or same, line
                signs.add(sign)
    assert signs == {"=", r"\approx"}

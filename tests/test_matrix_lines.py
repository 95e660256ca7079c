"""The matrices that a key prints, multiplied out again, give the matrices printed beside them."""

import re
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, InvalidOperation
from itertools import pairwise

from conftest import MATRIX, problem_of, solution_of
from hypothesis import given, settings
from nets import problems
from read_back import read

import derive
from derive.document.build import Edition, build
from derive.document.context import Context as Page
from derive.document.locale import locale
from derive.document.mathematics import Relation
from derive.document.matrices.backward import backward_lines
from derive.document.matrices.forward import forward_lines
from derive.document.matrices.update import update_lines
from derive.document.model import Matrix, MatrixLine
from derive.document.style import style
from derive.problem.model import Problem
from derive.problem.rounding import Rounding

EXACT = Context(prec=80)
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
        if part is forward_lines or not solution.plan.is_final(round.number):
            for line in part(page, round).lines:
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
    for part in (forward_lines, update_lines, backward_lines):
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


@settings(max_examples=80, deadline=None)
@given(problems(most_units=3, most_layers=3, carry=("rounded",)))
def test_random_keys(problem):
    for notation in ("delta", "partials"):
        solution = derive.solve(Problem.model_validate({**dict(problem), "style": "matrix", "notation": notation}))
        assert check(solution) > 0


def test_a_whole_document_is_built():
    solution = solution_of(MATRIX)
    document = build(Edition.of(solution, "x.yaml"), style("matrix").style, locale("en"))
    assert [len(question.sections) for question in document.parts[0].questions] == [7]


def test_a_shown_line_that_misses_has_an_approximate_sign():
    """With full precision carried, `=` stands only before a result that the shown matrices give."""
    full = problem_of(MATRIX).model_copy(update={"rounding": Rounding(places=4, zeros="drop")})
    solution = derive.solve(full)
    signs = set()
    for part in (forward_lines, update_lines, backward_lines):
        for _, line in lines(solution, part):
            values = [(segment[0], worked(segment)) for segment in line.segments]
            for (_, left), (sign, right) in pairwise(values):
                if left is None or right is None or sign not in ("=", r"\approx"):
                    continue
                same = left == right or close_enough(left, right, 4, "half-up")
                assert sign != "=" or same, line
                signs.add(sign)
    assert signs == {"=", r"\approx"}

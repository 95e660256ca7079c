"""Local partials: what a key that carries rounded numbers shows of them agrees with what it carries."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from conftest import solution_of
from read_back import read

import derive
from derive.document.context import Context
from derive.document.local_partials import local_partials
from derive.document.locale import locale
from derive.document.style import style
from derive.problem.rounding import Rounding

SIGMOID = """
network: {inputs: 1, layers: [{units: 1, activation: sigmoid, weights: 1.2, biases: 0.3}]}
learning_rate: 0.1
data: [{x: 1, y: 0.05}]
style: graph
"""


def partials(solution):
    round = solution.rounds[1]
    names = solution.graph.blocks.names
    for equation in solution.lowered.graph.shown_forward:
        for one in local_partials(round, equation):
            yield f"{names[one.output]}/{names[one.operand]}", one, round


def test_a_product_of_what_is_shown_is_what_the_next_line_shows():
    """By hand: s = 1.50, f = 0.82, f(1 - f) = 0.1476, dL/df = 0.77, dL/ds = 0.77 x 0.1476 = 0.113652, shown 0.11."""
    solution = derive.solve(derive.loads(SIGMOID + "rounding: {places: 2, carry: rounded}"))
    found = {name: (one.value.shown, str(one.relation)) for name, one, _ in partials(solution)}
    assert found["f1/s1"] == ("0.1476", "=")
    assert found["s1/w11"] == ("1", "=")
    assert found["L/f1"] == ("0.77", "=")
    product = Decimal(solution["dL/df1"].shown()) * Decimal(found["f1/s1"][0])
    assert str(product.quantize(Decimal("0.01"), ROUND_HALF_UP)) == solution["dL/ds1"].shown() == "0.11"


@pytest.mark.parametrize("name", ["two-gates", "sigmoid-circuit", "fan-out", "batch-norm-three-samples", "lstm-cell"])
@pytest.mark.parametrize("carry", ["full", "rounded"])
def test_equals_stands_only_where_the_shown_numbers_give_it(name, carry):
    rounding = Rounding(places=2, carry=carry)
    solution = solution_of(name, rounding=rounding)
    context = Context(solution, style("worked").style, locale("en"))
    unit = Decimal("0.01")
    for label, one, round in partials(solution):
        try:
            worked = read(str(one.substituted(context, round)).replace("\\left", "").replace("\\right", ""))
        except AssertionError:
            continue
        shown = Decimal(one.value.shown)
        if carry == "rounded" and one.is_exact:
            assert worked == shown, label
        elif one.is_exact:
            assert worked == shown or worked.quantize(unit, ROUND_HALF_UP) == shown, label


def test_a_partial_that_does_not_end_is_approximate():
    """1/3 goes on; 1/8 does not."""
    text = "equations: {f: 'x / y', g: 'x / z'}\nvalues: {x: 1, y: 3, z: 8}\nrounding: {places: 2, carry: rounded}\n"
    text = text.replace("g: 'x / z'", "g: 'f + x / z'")
    found = {name: (one.value.shown, str(one.relation)) for name, one, _ in partials(derive.solve(derive.loads(text)))}
    assert found["f/x"] == ("0.33", r"\approx")
    assert found["g/x"] == ("0.125", "=")

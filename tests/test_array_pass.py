"""Passes in arrays: each line gives the worked numbers, every equation is on one line, each after what it is worked from."""

from decimal import Decimal

import pytest
from array_statements import ARITHMETIC, exact_values, is_close
from conftest import solution_of
from everyday import first_of_each
from test_printed_forms import case
from test_views import CASES

from derive.arithmetic.evaluate import compile_formula
from derive.graph.equations import Equation
from derive.graph.quantity import Role
from derive.graph.views import matrix_form
from derive.network.array_pass import array_pass
from derive.network.views import layer_views
from derive.sources import assets


def passes(solution):
    views = layer_views(solution.lowered, int(solution.problem.relu_at_zero))
    return array_pass(solution.lowered.graph, solution.graph, views)


def entries(item, values):
    """The quantity and the number of each entry that a line gives."""
    if isinstance(item, Equation):
        operands = [values[q] for q in item.operands]
        return {item.output: compile_formula(item.rule.formula, ARITHMETIC)(operands)}
    found = {}
    for share in item.shares:
        for equation, application in share.contributions:
            for quantity, formula in matrix_form.expand(equation, application):
                number = compile_formula(formula, ARITHMETIC)(values)
                found.setdefault(quantity, []).append(ARITHMETIC.divide(number, Decimal(share.divisor)))
    return {quantity: ARITHMETIC.add(numbers) for quantity, numbers in found.items()}


def operands(item):
    if isinstance(item, Equation):
        return set(item.operands)
    found = set()
    for equation, application in item.all_contributions:
        for name in equation.names():
            named = application.find(name)
            if named is not None and name != equation.of:
                found |= {application.target(q, adjoint=named[1]) for q in named[0].ids}
    return found - {None}


def require_pass(items, equations, values):
    """Each equation is on one line, with the worked number, after what it is worked from."""
    wanted, known = {equation.output for equation in equations}, set()
    for item in items:
        numbers = entries(item, values)
        assert not known & numbers.keys()
        assert operands(item) & (wanted | known) <= known, item
        for quantity, number in numbers.items():
            assert is_close(number, values[quantity]), (item, quantity)
        known |= numbers.keys()
    assert wanted <= known


def require_passes(solution):
    found, values = passes(solution), exact_values(solution)
    require_pass(found.forward, solution.graph.worked_forward, values)
    require_pass(found.backward, solution.graph.backward, values)
    return [item for half in (found.forward, found.backward) for item in half]


@pytest.mark.parametrize("name", sorted(assets.examples()))
def test_the_gallery(name):
    require_passes(solution_of(name))


WAYS = [(name, number) for name, (_, texts) in CASES.items() for number in range(len(texts))]
EVERY = first_of_each(
    [(*one, batch) for one in WAYS for batch in (3, 1) if (one[0], batch) != ("batch_norm", 1)], places=[0]
)


@pytest.mark.parametrize(("name", "number", "batch"), EVERY)
def test_every_layer(name, number, batch):
    require_passes(case(name, number, batch))


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("number", [0, 1, 2])
def test_updates_in_place(number, batch):
    """What comes back to an earlier layer comes through the new parameters of the later one."""
    solution = case("dense", number, batch, more="updates: in place\n")
    backward = passes(solution).backward
    blocks = solution.graph.blocks
    assert any(blocks.of(quantity).role is Role.UPDATED for item in backward for quantity in operands(item))
    require_pass(backward, tuple(solution.graph.backward), exact_values(solution, solution.graph))

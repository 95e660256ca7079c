"""The check by complex steps: a partial that is a little wrong is seen wherever it stands, and the rest is let alone."""

import pytest

import derive
from derive.errors import CheckError, NumberError
from derive.network import check as checking
from derive.network.check import Check

TEXT = """
network: {inputs: 2, layers: [
  {units: 2, activation: tanh, weights: [[0.3, -0.2], [0.7, 0.4]], biases: [0.1, -0.3]},
  {units: 1, activation: sigmoid, weights: [1.5, -0.8], biases: 0.2}]}
learning_rate: 0.5
data: [{x: [1, -2], y: 0.5}, {x: [0.5, 1], y: 1}]
rounds: 2
"""


def with_a_wrong_partial(monkeypatch, name, factor, only_round=None):
    """One partial of one round scaled before it is compared; all rounds without one."""
    right, calls = checking._derived, []

    def derived(graph, plan, start):
        found = right(graph, plan, start)
        calls.append(graph)
        quantity = graph.blocks.by_name[name]
        if only_round in (None, len(calls)):
            found[quantity] *= 1 + type(found[quantity])(factor)
        return found

    monkeypatch.setattr(checking, "_derived", derived)


NAMES = [name for name in derive.solve(derive.loads(TEXT)).graph.blocks.names if name.startswith("dL/d")]


def test_every_partial_of_every_round_is_checked():
    solution = derive.solve(derive.loads(TEXT))
    assert len(NAMES) == 15
    assert solution.check.checked == solution.check.total == 2 * len(NAMES)


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("name", NAMES)
def test_a_partial_that_is_a_hundred_millionth_wrong_is_seen(monkeypatch, name, number):
    with_a_wrong_partial(monkeypatch, name, "1e-8", number)
    with pytest.raises(CheckError, match=rf"{name} in round {number} differs from the complex step by 1\.0e-08"):
        derive.solve(derive.loads(TEXT))


def test_the_largest_difference_is_kept(monkeypatch):
    with_a_wrong_partial(monkeypatch, "dL/dw1_11", "3e-11", 1)
    check = derive.solve(derive.loads(TEXT)).check
    assert check.largest == pytest.approx(3e-11, rel=1e-3)
    assert check.bound == -10


@pytest.mark.parametrize(("largest", "bound"), [(0.0, -14), (2e-16, -14), (3e-12, -11), (9e-10, -9), (2e-5, -4)])
def test_the_bound_is_the_power_of_ten_above(largest, bound):
    assert Check(1, 1, largest).bound == bound
    assert largest < 10**bound


TRUNCATED = """
network: {inputs: [3, 1], layers: [
  {layer: rnn, units: 1, weights: 0.5, recurrent: 0.8, biases: 0.1, returns: last, truncate: 2}]}
learning_rate: 0.1
data: [{x: [[1], [2], [-1]], y: 0.5}]
"""


def test_nothing_goes_back_beyond_a_window():
    """The check moves what enters a window as little as the backward walk does."""
    solution = derive.solve(derive.loads(TRUNCATED))
    whole = derive.solve(derive.loads(TRUNCATED.replace(", truncate: 2", "")))
    assert solution.check.checked == solution.check.total > 0
    assert solution["dL/dw11"].value() != whole["dL/dw11"].value()


@pytest.mark.parametrize("size", [1, 2, 3])
def test_per_sample_gradients_are_compared_with_the_loss_of_their_own_sample(size):
    data = ", ".join(f"{{x: [{n}, -1], y: {n}}}" for n in range(1, size + 1))
    text = TEXT.partition("data:")[0] + f"data: [{data}]\nrounds: 2\n"
    text += "" if size == 1 else f"batch: {{size: {size}, per_sample_gradients: true}}\n"
    solution = derive.solve(derive.loads(text))
    assert solution.check.checked == solution.check.total
    assert solution.check.largest < 1e-12


def test_deltas_of_the_ascent_form_are_compared_by_their_negatives():
    solution = derive.solve(derive.loads(TEXT + "update_form: ascent\n"))
    assert solution.check.checked == solution.check.total > 0


@pytest.mark.parametrize(
    ("equations", "values", "partials"),
    [
        ("{L: norm(x)}", "{x: [0]}", {"dL/dx1": 0}),
        ("{L: sqrt(x^2) + 3*x}", "{x: 0}", {"dL/dx": 3}),
        ("{q: z^x, L: 2*x}", "{x: 0.5, z: 0}", {"dL/dx": 2}),
        ("{q: min(z)^x, L: sum(z)}", "{x: 1.5, z: [0, 0.5]}", {"dL/dz1": 1}),
    ],
)
def test_a_root_and_a_power_of_0_have_the_partials_of_the_walk(equations, values, partials):
    """sqrt(x^2) is |x|, whose partial at 0 is 0 as everywhere; what is not on the way to L has a number alone."""
    solution = derive.solve(derive.loads(f"equations: {equations}\nvalues: {values}\n"))
    assert solution.check.checked == solution.check.total > 0
    assert {name: solution[name].value() for name in partials} == partials


@pytest.mark.parametrize(("formula", "x"), [("sqrt(x)", "0"), ("x^0.5", "0"), ("norm(x)", "[0, 0]")])
def test_a_root_at_0_has_no_partial(formula, x):
    with pytest.raises(NumberError, match="division by zero"):
        derive.solve(derive.loads(f"equations: {{L: {formula}}}\nvalues: {{x: {x}}}\n"))

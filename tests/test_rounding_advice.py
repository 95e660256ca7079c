"""What a rounding policy destroys is said before anything is printed, with what to write instead."""

import re

import pytest
from random_networks import random_network

import derive
from derive.errors import NumberError
from derive.network import solution as solving
from derive.problem.rounding import Rounding

ADAM = """
network: {inputs: 1, layers: [{units: 1, activation: sigmoid, weights: 0.5, biases: 0.1}]}
optimizer: adam
learning_rate: 0.1
data: [{x: 1, y: 0.6}]
rounds: 2
"""
TWO = """
network:
  inputs: 1
  layers:
    - {units: 1, activation: sigmoid, weights: %s, biases: 0}
    - {units: 1, activation: sigmoid, weights: 0.5, biases: 0}
learning_rate: 0.5
data: [{x: 1, y: 1}]
rounds: 3
"""
PLACED = "exceptions: [{kind: state, places: 4}, {kind: step, places: 4}]"


def advised(text, rounding, carry="rounded"):
    """The advice about rounding."""
    solved = derive.solve(derive.loads(f"{text}rounding: {{carry: {carry}, {rounding}}}\n"))
    return [sentence for sentence in solved.warnings if sentence.startswith("rounding: ")]


def test_a_step_divided_by_epsilon_alone_comes_first():
    """Four places for v, as the author asks: v = 1.1e-7 is 0.0000, the step is 0.1 x 0.0105/1e-8 = 105000."""
    sentences = advised(ADAM, f"places: 4, {PLACED}")
    assert sentences[0] == (
        "rounding: vhat_w11 in round 1 rounds to 0, so that the step of w11_new is divided by epsilon alone (and 1 more): "
        "write `exceptions: [{kind: state, significant: 4}, {kind: step, significant: 4}]` or `carry: full`"
    )
    kinds = (
        "divided by epsilon",
        "slope of sigmoid is 0",
        "v_w11_new in round 1 rounds to 0, and is 1.09e-7",
        "full precision gives",
    )
    found = [next(kind for kind in kinds if kind in sentence) for sentence in sentences]
    assert found == [kind for kind in kinds if kind in found]
    assert len(set(found)) == len(found)


def test_a_sigmoid_that_rounds_to_one_has_no_slope():
    """sigmoid(7) = 0.99909 is 1.00 at 2 places; its slope is 0.0009."""
    first, second, *_ = advised(TWO % 7, "places: 2")
    assert first.startswith("rounding: f1_1 in round 1 rounds to 1.00, where the slope of sigmoid is 0")
    assert "`exceptions: [{kind: activation, places: 6}]`" in first
    assert second.startswith(
        "rounding: dL/db1_1 in round 1 rounds to 0, and is -4.04e-5 at full precision (and 1 more)"
    )


def test_a_gradient_that_rounds_to_zero():
    (first, *_) = advised(TWO % 7, "places: 4")
    assert first.endswith("write `exceptions: [{kind: gradient, significant: 4}]` or `carry: full`")


def test_a_parameter_that_rounding_takes_elsewhere():
    """Two places: three rounds of gradients of 0.035 become 0.04, and w is 0.62 where it would be 0.60."""
    (sentence,) = advised(TWO % 1, "places: 2")
    assert sentence == (
        "rounding: w2_11_new in round 3 is 0.62 where full precision gives 0.60: write `places: 3` or `carry: full`"
    )


@pytest.mark.parametrize(
    ("text", "rounding"),
    [(ADAM, "places: 4"), (ADAM, "places: 6"), (TWO % 1, "places: 4"), (TWO % 1, "significant: 4")],
)
def test_sensible_keys_are_let_alone(text, rounding):
    assert advised(text, rounding) == []


def test_shown_rounding_destroys_nothing():
    assert advised(TWO % 7, "places: 1", carry="full") == []


def test_what_is_written_instead_helps():
    """The advice, followed, is not given again."""
    given = 0
    for seed in range(60):
        problem = random_network(seed).model_copy(update={"rounding": Rounding(places=2, carry="rounded")})
        try:
            sentences = [one for one in derive.solve(problem).warnings if one.startswith("rounding: ")]
        except NumberError:
            continue
        gone = [one for one in sentences if "full precision gives" in one and "`places" in one]
        if gone:
            places = int(re.search(r"places: (\d+)`", gone[0])[1])
            better = problem.model_copy(update={"rounding": Rounding(places=places, carry="rounded")})
            given += 1
            still = [one for one in derive.solve(better).warnings if "full precision gives" in one]
            assert not still, (seed, gone, still)
    assert given >= 5


def test_an_error_that_rounding_makes_says_so():
    """p2 = e^-40 is 0.0000 at 4 places, and its logarithm has no value."""
    layer = "{units: 2, activation: softmax, weights: [[20, -20]], biases: 0}"
    text = f"network: {{inputs: 1, layers: [{layer}]}}\nloss: cross-entropy\nlearning_rate: 1\ndata: [{{x: 1, class: 2}}]\n"
    with pytest.raises(
        NumberError, match=r"the logarithm of 0 .*; the numbers that are rounded.*: write `carry: full`$"
    ):
        derive.solve(derive.loads(text + "rounding: {places: 4, carry: rounded}"))
    assert derive.solve(derive.loads(text)).check.checked


def test_the_rounds_are_worked_at_full_precision_once(monkeypatch):
    taken, worked = [], solving.work

    def counted(plan):
        taken.append(plan.policy)
        return worked(plan)

    monkeypatch.setattr("derive.network.advice.work", counted)
    advised(TWO % 1, "places: 4", carry="full")
    assert taken == []
    advised(TWO % 1, "places: 4")
    assert len(taken) == 1
    assert not taken[0].carries_rounded

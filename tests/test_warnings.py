"""What would embarrass an instructor is said before printing."""

import pytest

import derive
from derive.document.context import Context
from derive.document.local_partials import local_partials
from derive.document.locale import locale
from derive.document.style import style
from derive.errors import NumberError

TEXT = """
network: {{inputs: 1, layers: [{{units: {units}, activation: {activation}, weights: {weights}, biases: 0}}]}}
learning_rate: {rate}
data: [{{x: 1, y: {target}}}]
rounds: 1
"""


def warnings(units=1, activation="identity", weights="0.5", rate="0.1", target="1"):
    text = TEXT.format(units=units, activation=activation, weights=weights, rate=rate, target=target)
    return derive.solve(derive.loads(text)).warnings


def test_nothing_to_say():
    assert warnings() == ()


def test_a_unit_without_a_slope_is_neither_dead_nor_an_error():
    frozen = "{units: 1, activation: step, weights: 1, biases: 0, frozen: true}"
    text = f"network: {{inputs: 1, layers: [{frozen}, {{units: 1, weights: 0.5, biases: 0}}]}}\n"
    assert derive.solve(derive.loads(text + "learning_rate: 0.1\ndata: [{x: 1, y: 1}]")).warnings == ()


def test_a_dead_unit():
    (sentence,) = warnings(units=2, activation="relu", weights="[[0.5, -0.5]]", target="[1, 1]")
    assert sentence.startswith("unit 2 of layer 1 (relu) is dead from the start")


def test_a_saturated_unit():
    sentences = warnings(activation="sigmoid", weights="9")
    assert sentences[0].startswith("unit 1 of layer 1 (sigmoid) is saturated in round 1 (its output is 0.9999)")


def test_a_rising_loss():
    (first,) = warnings(rate="3")
    assert first.startswith("the update of round 1 raises the loss of its own sample from 0.1250 to 3.1250")


def test_a_loss_beyond_what_can_be_printed_is_a_warning_and_not_a_refusal():
    (first, *_) = warnings(rate="1e20")[:1]
    assert "to more than can be printed" in first


def test_rounding_on_the_way_is_not_a_rising_loss():
    problem = derive.loads(
        "network: {inputs: 1, layers: [{units: 1, activation: sigmoid, weights: 0.5, biases: none}]}\n"
        "learning_rate: 1\ndata: [{x: 1, y: 0.62}]\nrounding: {places: 2, carry: rounded}\n"
    )
    assert not any("raises the loss" in sentence for sentence in derive.solve(problem).warnings)


def test_a_unit_on_the_kink_is_dead_only_by_convention():
    text = (
        "network: {inputs: 1, layers: [{units: 1, activation: relu, weights: 0, biases: 0}]}\n"
        "learning_rate: 0.1\ndata: [{x: 1, y: 1}]\nrelu_at_zero: %s\n"
    )
    assert "dead" in derive.solve(derive.loads(text % 0)).warnings[0]
    assert derive.solve(derive.loads(text % 1)).warnings == ()


def test_samples_that_take_turns_do_not_count_as_rising(table):
    losses = [round["L"].carried for round in table.rounds]
    assert losses[2] > losses[1]
    assert table.warnings == ()


SATURATED = "units: 2, activation: sigmoid, weights: [[40000, -40000]], biases: none"


def solved(layers, targets):
    return derive.solve(
        derive.loads(
            f"network: {{inputs: 1, layers: [{layers}]}}\nlearning_rate: 1\ndata: [{{x: 1, y: {targets}}}]\nrounds: 1\n"
        )
    )


def test_a_partial_that_saturation_leaves_as_zero_is_no_disagreement():
    """f = 1 - 10^-17372 is 1 in 1,200 digits, but the complex step sees e^-40000."""
    solution = solved(f"{{{SATURATED}}}", "[3, 3]")
    assert solution["dL/ds1"].shown(1) == "0.0000"
    assert solution["dL/ds2"].shown(1) == "-4.99e-17372"
    assert solution.check.checked == solution.check.total
    assert len(solution.findings) == 2


def test_a_partial_whose_larger_part_is_lost_is_refused_in_words():
    before = "{units: 1, activation: identity, weights: 1, biases: none}"
    with pytest.raises(NumberError, match=r"dL/df1_1 in round 1: .* too small to be told from 0; .* saturated"):
        solved(f"{before}, {{{SATURATED}}}", "[3, 3]")


def test_the_local_partial_of_a_saturated_unit_is_not_lost():
    """1 - f cancels to 10^-44: the local partial must not be 0 where the delta that it makes is not."""
    solution = solved("{units: 1, activation: sigmoid, weights: 100, biases: none}", "3")
    context = Context(solution, style("graph").style, locale("en"))
    equation = next(one for one in solution.graph.forward if one.rule.name == "sigmoid")
    (partial,) = local_partials(solution.rounds[1], equation)
    assert partial.value.shown == "3.72e-44"
    assert partial.shown(context, solution.rounds[1]) == r"3.72 \times 10^{-44}"
    assert solution["dL/ds1"].shown(1) == "-7.44e-44"

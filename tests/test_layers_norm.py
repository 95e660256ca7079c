"""Dropouts and normalizations against plain loops, and what is theirs alone."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from layer_problems import batch_normalized, dropped, grouped, normalized
from plain_layers import check

import derive
from derive.errors import NumberError
from derive.graph.formula import Negative, Number, Position, Quotient, add, multiply
from derive.graph.grammar import parse


@settings(max_examples=15, deadline=None)
@given(dropped())
def test_dropouts(problem):
    check(derive.solve(problem))


@settings(max_examples=16, deadline=None)
@given(normalized())
def test_layer_and_rms_norms(problem):
    check(derive.solve(problem))


@settings(max_examples=8, deadline=None)
@given(grouped())
def test_group_norms(problem):
    check(derive.solve(problem))


@settings(max_examples=12, deadline=None)
@given(batch_normalized())
def test_batch_norms(problem):
    check(derive.solve(problem))


LAST = "{layer: flatten}, {units: 1, weights: 0.5, biases: none}"


def solved(layer, data, inputs=2, **more):
    lines = [f"network: {{inputs: {inputs}, layers: [{layer}, {LAST}]}}", "learning_rate: 0.1", f"data: {data}"]
    return derive.solve(derive.loads("\n".join([*lines, *(f"{key}: {value}" for key, value in more.items())])))


def test_usual_numbers_are_those_of_their_sources():
    """PyTorch's `eps` of BatchNorm and LayerNorm, 1e-5, and its `momentum` of BatchNorm, 0.1."""
    for layer in ("batch_norm, running_mean: 0", "layer_norm", "rms_norm"):
        samples = "[{x: [1, 2], y: 0}, {x: [3, 6], y: 0}]"
        solution = solved(f"{{layer: {layer}}}", samples, batch="{size: 2}")
        (epsilon,) = (name for name in solution.graph.blocks.names if name.startswith("epsilon"))
        assert solution[epsilon].value() == Decimal("1e-5")
        shares = [name for name in solution.graph.blocks.names if name.rstrip("1") == "a"]
        assert [solution[name].value() for name in shares] == [Decimal("0.1")] * ("running" in layer)


SAMPLES = "[{x: [1, 2], y: 0}, {x: [3, 6], y: 0}, {x: [8, 1], y: 1}]"


@pytest.mark.parametrize("running", ["biased", "unbiased"])
@pytest.mark.parametrize(("momentum_of", "old", "new"), [("batch", "0.8", "0.2"), ("running", "0.2", "0.8")])
def test_running_averages(running, momentum_of, old, new):
    options = (
        f"running: {running}, momentum: 0.2, momentum_of: {momentum_of}, running_mean: [1, -1], running_variance: 2"
    )
    solution = solved(f"{{layer: batch_norm, {options}}}", SAMPLES, batch="{size: 3}", rounds=2)
    old, new, divisor = Decimal(old), Decimal(new), 3 if running == "biased" else 2
    mean, variance = Decimal(1), Decimal(2)
    for values in solution.rounds:
        mean = old * mean + new * 4
        variance = old * variance + new * Decimal(9 + 1 + 16) / divisor
        assert values["mur1_1_new"].unrounded == mean
        assert abs(values["vr1_1_new"].unrounded - variance) < Decimal("1e-25")
    names = [line.name for line in solution.rounds[1].lines]
    assert names[-4:] == ["mur1_1_new", "mur1_2_new", "vr1_1_new", "vr1_2_new"]


def test_running_averages_are_kept_only_where_they_are_asked_for():
    solution = solved("{layer: batch_norm}", SAMPLES, batch="{size: 3}")
    assert not [q.name for q in solution.quantities if q.block.tag == "r"]


def test_at_test_time_nothing_is_taken_from_the_batch():
    layer = "{layer: batch_norm, phase: test, running_mean: 1, running_variance: 4, epsilon: 0}"
    solution = solved(layer, "[{x: [1, 2], y: 0}]")
    assert solution.rounds[1]["xhat1_2"].unrounded == Decimal("0.5")
    assert not [q.name for q in solution.quantities if q.block.role == "updated" and q.block.tag == "r"]


def test_what_belongs_to_the_whole_batch_has_no_sample():
    solution = solved("{layer: batch_norm}", SAMPLES, batch="{size: 3}")
    assert {q.block.sample for q in solution.quantities if q.block.kind in ("mean", "variance")} == {0}
    assert solution.plain_writer.formula(solution.graph.forward[0]) == "(x1@n1 + x1@n2 + x1@n3)/3"


def test_partials_in_the_form_of_textbooks():
    solution = solved("{layer: layer_norm}", "[{x: [1, 2], y: 0}]")
    rules = {equation.rule.name: equation.rule for equation in solution.lowered.graph.forward}
    normalized = rules["normalized"].rule
    assert normalized.partial("x") == parse("1/sqrt(v+c)")
    assert normalized.partial("v") == parse("-z/(2*(v+c))")
    assert rules["variance"].locals[0][0].formula == Quotient(
        multiply((Number("2"), add((Position(0), Negative(Position(1)))))), Number("2")
    )


def test_the_mean_square_and_the_squared_errors_have_names_of_their_own():
    text = """
    network: {inputs: 2, layers: [{units: 2, weights: [[1, 2], [3, 4]], biases: 0}, {layer: rms_norm}]}
    learning_rate: 1
    data: [{x: [1, 2], y: [1, 0]}]
    """
    solution = derive.solve(derive.loads(text))
    assert {"m2", "q1", "q2"} <= set(solution.names())
    assert len(set(solution.names())) == len(solution.quantities)


@pytest.mark.parametrize("gradients", ["averaged", "summed"])
def test_masks_take_turns(gradients):
    layer = "{layer: dropout, mask: [[1, 0], [0, 1], [1, 1]], rate: 0.5}"
    samples = f"{SAMPLES[:-1]}, {{x: [5, 5], y: 0}}]"
    solution = solved(layer, samples, rounds=3, batch=f"{{size: 2, gradients: {gradients}}}")
    found = [[r[f"m1_{k}@n{n}"].shown for n in (1, 2) for k in (1, 2)] for r in solution.rounds]
    assert found == [["1", "0", "0", "1"], ["1", "1", "1", "0"], ["0", "1", "1", "1"]]
    assert solution.rounds[2]["f1_2@n1"].unrounded == Decimal(2)


def test_one_mask_holds_for_every_sample():
    solution = solved("{layer: dropout, mask: [1, 0], inverted: false}", SAMPLES, rounds=2)
    assert [(r["f1_1"].unrounded, r["f1_2"].unrounded) for r in solution.rounds] == [(1, 0), (3, 0)]


def test_an_inverted_dropout_does_nothing_at_test_time():
    solution = solved("{layer: dropout, rate: 0.5, phase: test}", SAMPLES)
    assert not [q.name for q in solution.quantities if q.block.kind == "activation"]


@pytest.mark.parametrize("layer", ["layer_norm", "rms_norm"])
def test_a_vector_without_scale_and_shift_is_the_result(layer):
    solution = solved(f"{{layer: {layer}, scale: none, shift: none, epsilon: 0}}", "[{x: [1, 7], y: 0}]")
    squares = sum(solution.rounds[1][f"f1_{k}"].unrounded ** 2 for k in (1, 2))
    assert abs(squares - 2) < Decimal("1e-40")
    assert not [q.name for q in solution.quantities if q.block.kind == "normalized"]


def test_a_variance_of_zero_names_the_equation_and_the_round():
    with pytest.raises(NumberError, match=r"xhat1_1 in round 1: a division by zero \(normalized\)"):
        solved("{layer: layer_norm, epsilon: 0}", "[{x: [2, 2], y: 0}]")


def test_tensors_by_name():
    solution = solved("{layer: layer_norm}", "[{x: [[1, 2], [3, 5]], y: 0}]", inputs=[2, 2])
    assert [{name: t.shape for name, t in view.items()} for view in solution.lowered.placed[0].views] == [
        {"x": (2,), "mu": (), "v": (), "c": (), "z": (2,), "g": (2,), "b": (2,), "f": (2,)}
    ] * 2


def test_where_samples_meet_every_adjoint_is_that_of_the_mean():
    """No loss is one sample's own: the mean is divided by once, at the outputs, and everything else adds up."""
    dense = "{units: 2, weights: [[1, 2], [3, 5]], biases: none}"
    solution = solved(f"{dense}, {{layer: batch_norm}}", SAMPLES, batch="{size: 3}")
    backward = [q for q in solution.quantities if q.name.startswith("d")]
    for one in backward:
        assert one.name.startswith("dJ/d")
        assert solution.writer.symbol(one.id).startswith(r"\frac{\mathrm{d}J}{")
    formulas = {q.name: solution.formula(q.name, "symbolic").latex(side="right") for q in backward}
    divided = [name for name, text in formulas.items() if text.endswith("{1}}{3}")]
    assert divided == ["dJ/df4_1@n1", "dJ/df4_1@n2", "dJ/df4_1@n3"]
    summed = solved(f"{dense}, {{layer: batch_norm}}", SAMPLES, batch="{size: 3, gradients: summed}")
    assert summed.formula("dJ/df4_1@n2", "symbolic").latex(side="right").endswith("y^{[2]}_{1}")
    for name in ("dJ/dw1_11", "dJ/dgamma2_1", "dJ/dv2_1"):
        assert abs(summed[name].value() - 3 * solution[name].value()) < Decimal("1e-25")

"""Recurrent layers against plain loops, and identities between their options."""

import math

import numpy as np
import pytest
from sequences import Numbers, array, gradient, gru, lstm, outputs, problem, rnn, solved

from derive.catalog.layers import layers
from derive.network.lower import lower

MAKERS = {"rnn": rnn, "lstm": lstm, "gru": gru}


def sample(numbers, steps, features, *target):
    return {"x": numbers(steps, features), "y": numbers(*target)}


def by_hand(x, y, w, u, b, h0):
    """A recurrent net of one unit as a student works it: forward through time, then backward."""
    states = [h0]
    for value in x:
        states.append(math.tanh(w * value + u * states[-1] + b))
    back, gradients = 0.0, {"w": 0.0, "u": 0.0, "b": 0.0}
    for t in reversed(range(len(x))):
        delta = ((states[t + 1] - y[t]) + back) * (1 - states[t + 1] ** 2)
        gradients["w"] += delta * x[t]
        gradients["u"] += delta * states[t]
        gradients["b"] += delta
        back = delta * u
    return states, gradients


def test_one_unit_by_hand():
    layer = {"layer": "rnn", "units": 1, "weights": "0.5", "recurrent": "-0.8", "biases": "0.1", "state": "0.3"}
    solution = solved([layer], [3, 1], [{"x": [["1"], ["-2"], ["0.5"]], "y": [["1"], ["0"], ["-1"]]}])
    states, gradients = by_hand([1, -2, 0.5], [1, 0, -1], 0.5, -0.8, 0.1, 0.3)
    for time in (1, 2, 3):
        assert float(solution[f"h1@t{time}"].value()) == pytest.approx(states[time], rel=1e-14)
    for letter, name in (("w", "w11"), ("u", "u11"), ("b", "b1")):
        assert float(solution[f"dL/d{name}"].value()) == pytest.approx(gradients[letter], rel=1e-12)
    assert r"h_{0,1}" in solution["s1@t1"].latex()
    assert r"u_{11}" in solution["s1@t1"].latex()
    assert "h0_1_new" not in solution.graph.blocks.by_name


def sigmoid(s):
    return 1 / (1 + math.exp(-s))


def weighed(gate, x, h):
    """w x + u h + b of a gate of one unit."""
    w, u = (float(gate[key][0][0]) for key in ("weights", "recurrent"))
    b = 0 if gate["biases"] == "none" else float(gate["biases"][0])
    return w * x + u * h + b


def lstm_by_hand(layer, xs):
    """Hochreiter, Schmidhuber (1997), with the forget gate of Gers et al. (2000): c = f c + i g, h = o tanh(c)."""
    h = c = 0.0
    for x in xs:
        f, i, o = (sigmoid(weighed(layer[gate], x, h)) for gate in ("forget", "input", "output"))
        c = f * c + i * math.tanh(weighed(layer["candidate"], x, h))
        h = o * math.tanh(c)
        yield h


def gru_by_hand(layer, xs):
    """Cho et al. (2014): n of the state that r lets through, h = (1 - z) n + z h, or the other way round."""
    h = 0.0
    for x in xs:
        r, z = (sigmoid(weighed(layer[gate], x, h)) for gate in ("reset", "update"))
        candidate = layer["candidate"]
        if layer.get("reset_gate") == "after":
            inner = float(candidate["recurrent"][0][0]) * h + float(candidate.get("recurrent_biases", ["0"])[0])
            n = math.tanh(weighed(candidate, x, 0) + r * inner)
        else:
            n = math.tanh(weighed(candidate, x, r * h))
        kept = z if layer.get("update_gate", "keeps") == "keeps" else 1 - z
        h = (1 - kept) * n + kept * h
        yield h


GATED = {
    "lstm": (lstm, lstm_by_hand, {}),
    "gru": (gru, gru_by_hand, {}),
    "gru that replaces": (gru, gru_by_hand, {"update_gate": "replaces"}),
    "gru with the reset after": (gru, gru_by_hand, {"reset_gate": "after"}),
    "gru with the reset after and two biases": (gru, gru_by_hand, {"reset_gate": "after", "recurrent_biases": True}),
    "gru with the reset after without biases": (gru, gru_by_hand, {"reset_gate": "after", "biases": False}),
    "gru with the reset after that replaces": (gru, gru_by_hand, {"reset_gate": "after", "update_gate": "replaces"}),
}


@pytest.mark.parametrize("name", GATED)
def test_gates_of_one_unit_by_hand(name):
    """Three steps, so that states that are not 0 go through every gate; gradients are those of the complex step."""
    make, plain, options = GATED[name]
    if options.get("recurrent_biases"):
        layer = make(Numbers(6), 1, 1, reset_gate="after")
        layer["candidate"]["recurrent_biases"] = ["0.45"]
    else:
        layer = make(Numbers(6), 1, 1, **options)
    xs = ("0.8", "-1.3", "0.4")
    solution = solved([layer], [3, 1], [{"x": [[x] for x in xs], "y": [["0.5"]] * 3}])
    assert np.allclose(np.ravel(outputs(solution)), list(plain(layer, map(float, xs))), rtol=1e-13)


@pytest.mark.parametrize("name", MAKERS)
def test_the_last_state_is_the_last_of_all(name):
    def answer(returns, *after):
        numbers = Numbers(7)
        return solved([MAKERS[name](numbers, 2, 2, returns=returns), *after], [3, 2], [sample(numbers, 3, 2, 2)])

    first, second = answer("last"), answer("all", {"layer": "select"})
    assert np.array_equal(outputs(first), outputs(second))
    for mine, other in zip(first.lowered.parameters, second.lowered.parameters, strict=True):
        assert np.array_equal(gradient(first, mine), gradient(second, other))


def test_any_step_can_be_selected():
    numbers = Numbers(3)
    layers = [rnn(numbers, 1, 2), {"layer": "select", "step": 2}]
    solution = solved(layers, [3, 1], [sample(numbers, 3, 1, 2)])
    assert list(outputs(solution)[0]) == [float(solution[f"h1_{unit}@t2"].value()) for unit in (1, 2)]
    assert "dL/dh1_1@t3" not in solution.graph.blocks.by_name


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("returns", ["all", "last"])
def test_a_window_as_long_as_the_sequence_truncates_nothing(name, returns):
    def answer(**options):
        numbers = Numbers(11)
        layer = MAKERS[name](numbers, 1, 2, returns=returns, **options)
        target = (4, 2) if returns == "all" else (2,)
        return solved([layer], [4, 1], [sample(numbers, 4, 1, *target)])

    whole, long, short = answer(), answer(truncate=4), answer(truncate=3)
    assert len(whole.graph.forward) == len(long.graph.forward)
    assert np.allclose(outputs(whole), outputs(short), rtol=1e-14)
    for block in whole.lowered.parameters:
        assert np.array_equal(gradient(whole, block), gradient(long, block))
        if block.own_letter == "u":
            assert not np.allclose(gradient(whole, block), gradient(short, block), rtol=1e-6)


def test_windows_of_one_step_pass_nothing_back():
    numbers = Numbers(5)
    solution = solved([rnn(numbers, 1, 2, truncate=1)], [3, 1], [sample(numbers, 3, 1, 3, 2)])
    for time in (1, 2, 3):
        states, targets = (
            np.array([float(solution[f"{letter}{unit}@t{time}"].value()) for unit in (1, 2)]) for letter in "hy"
        )
        found = [float(solution[f"dL/dh{unit}@t{time}"].value()) for unit in (1, 2)]
        assert np.allclose(found, states - targets, rtol=1e-14)


def test_steps_that_enter_windows():
    numbers = Numbers(6)
    solution = solved([lstm(numbers, 1, 1, truncate=2)], [5, 1], [sample(numbers, 5, 1, 5, 1)])
    carried = [name for name in solution.graph.blocks.names if "bar" in name]
    assert carried == ["hbar1@t3", "cbar1@t3", "hbar1@t5", "cbar1@t5"]
    assert solution["hbar1@t3"].value() == solution["h1@t2"].value()
    assert r"\bar{h}" in solution["hbar1@t3"].solution.writer.symbol(solution["hbar1@t3"].id)


def negated(numbers):
    return [negated(one) for one in numbers] if isinstance(numbers, list) else str(-float(numbers))


def test_an_update_gate_that_replaces_is_one_that_keeps_turned_round():
    numbers = Numbers(8)
    layer = gru(numbers, 2, 2)
    turned = {**layer, "update_gate": "replaces", "update": {key: negated(one) for key, one in layer["update"].items()}}
    data = [sample(numbers, 3, 2, 3, 2)]
    first, second = solved([layer], [3, 2], data), solved([turned], [3, 2], data)
    assert np.allclose(outputs(first), outputs(second), rtol=1e-14)
    for one, other in zip(first.lowered.parameters, second.lowered.parameters, strict=True):
        sign = -1 if one.tag == "z" else 1
        assert np.allclose(gradient(first, one), sign * gradient(second, other), rtol=1e-11)


def test_a_reset_before_or_after_the_product_is_the_same_for_one_unit_without_its_bias():
    def answer(units, **options):
        numbers = Numbers(9)
        layer = gru(numbers, 2, units, **options)
        return outputs(solved([layer], [3, 2], [sample(numbers, 3, 2, 3, units)]))

    assert np.allclose(answer(1), answer(1, reset_gate="after"), rtol=1e-14)
    assert not np.allclose(answer(2), answer(2, reset_gate="after"), rtol=1e-3)


@pytest.mark.parametrize("name", MAKERS)
def test_a_batch_has_each_samples_own_steps(name):
    numbers = Numbers(12)
    layer = MAKERS[name](numbers, 2, 2)
    data = [sample(numbers, 2, 2, 2, 2) for _ in range(3)]
    together = solved([layer], [2, 2], data, batch={"size": 3, "gradients": "summed", "per_sample_gradients": True})
    alone = [solved([layer], [2, 2], [one]) for one in data]
    assert "h1@t2@n3" in together.graph.blocks.by_name
    for block in together.lowered.parameters:
        each = [gradient(one, one.lowered.parameters[together.lowered.parameters.index(block)]) for one in alone]
        assert np.allclose(gradient(together, block), sum(each), rtol=1e-12)


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "softmax", {"name": "leaky relu", "alpha": "0.2"}])
def test_activations_of_a_recurrent_layer(activation):
    numbers = Numbers(13)
    solution = solved(
        [
            rnn(numbers, 1, 3, activation=activation),
            {"layer": "dense", "units": 1, "weights": numbers(3, 1), "biases": 0},
        ],
        [3, 1],
        [sample(numbers, 3, 1, 3, 1)],
    )
    before = array(solution, solution.lowered.placed[0].outputs[0].ids, (3, 3))
    assert activation != "softmax" or np.allclose(before.sum(axis=1), 1)
    assert activation != "relu" or (before >= 0).all()


def counts(steps):
    """Equations and operands, forward and backward, of an LSTM of two units and a dense unit."""
    numbers = Numbers(1)
    layers = [lstm(numbers, 2, 2, returns="last"), {"layer": "dense", "units": 1, "weights": "1", "biases": "0"}]
    graph = lower(problem(layers, [steps, 2], [{"x": numbers(steps, 2), "y": "1"}])).graph
    sides = (graph.forward, graph.backward)
    return np.array([(len(side), sum(len(e.operands) for e in side)) for side in sides])


def test_equations_grow_in_a_straight_line_with_the_steps():
    few, more, many = counts(5), counts(10), counts(20)
    assert np.array_equal(2 * (more - few), many - more)
    assert more[0, 0] == 10 * 2 * 11 + 3
    assert more[1, 0] < 1.5 * more[0, 0]


@pytest.mark.parametrize("name", MAKERS)
def test_the_convention_of_truncation_is_stated(name):
    assert "enters each window of k steps for a constant" in layers()[name].describes

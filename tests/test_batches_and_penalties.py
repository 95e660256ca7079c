"""A batch's mean and sum, penalties and smoothed targets, worked by hand on one unit with two samples."""

import pytest

import derive
from derive.errors import InputError

SAMPLES = ((1, 1), (3, 2))
"""x and y. With w = -2 and b = 1: f = -1 and -5, f - y = -2 and -7, L = 2 and 24.5."""


def solved(samples=2, **more):
    layer = {"units": 1, "weights": [[-2]], "biases": [1]}
    tree = {"network": {"inputs": 1, "layers": [layer]}, "learning_rate": "0.1"}
    data = [{"x": x, "y": y} for x, y in SAMPLES[:samples]]
    return derive.solve(derive.Problem.model_validate({**tree, "data": data, **more}))


def found(solution, *names):
    return [float(solution[name].value()) for name in names]


JOINED = {
    "averaged": (13.25, -11.5, -4.5),
    "summed": (26.5, -23, -9),
}
"""J, dJ/dw = sum (f - y) x and dJ/db = sum (f - y); the mean divides each by 2."""


@pytest.mark.parametrize("gradients", JOINED)
def test_mean_and_sum(gradients):
    solution = solved(batch={"size": 2, "gradients": gradients})
    assert found(solution, "J", "dJ/dw11", "dJ/db1") == list(JOINED[gradients])
    assert found(solution, "L@n1", "L@n2") == [2, 24.5]
    assert found(solution, "dL/ds1@n1", "dL/ds1@n2") == [-2, -7]
    wanted = [-2 - 0.1 * JOINED[gradients][1], 1 - 0.1 * JOINED[gradients][2]]
    assert found(solution, "w11_new", "b1_new") == pytest.approx(wanted, rel=1e-14)


PENALTIES = {
    "l2 with the half": ({"l2": "0.1"}, (0.2, -0.2, 0)),
    "l2 without the half": ({"l2": "0.1", "half": "false"}, (0.4, -0.4, 0)),
    "l2 with biases": ({"l2": "0.1", "biases": "true"}, (0.25, -0.2, 0.1)),
    "l2 without the half, with biases": ({"l2": "0.1", "half": "false", "biases": "true"}, (0.5, -0.4, 0.2)),
    "l1": ({"l1": "0.1"}, (0.2, -0.1, 0)),
    "l1 with biases": ({"l1": "0.1", "biases": "true"}, (0.3, -0.1, 0.1)),
    "both": ({"l1": "0.2", "l2": "0.1"}, (0.6, -0.4, 0)),
}
"""What a penalty adds to J, to dJ/dw and to dJ/db: l/2 w^2, l w^2 or l |w|, at w = -2 and b = 1."""


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("gradients", JOINED)
def test_penalties_are_added_once_whatever_joins_the_samples(gradients, penalty):
    stated, added = PENALTIES[penalty]
    solution = solved(batch={"size": 2, "gradients": gradients}, penalty=stated)
    wanted = [own + more for own, more in zip(JOINED[gradients], added, strict=True)]
    assert found(solution, "J", "dJ/dw11", "dJ/db1") == pytest.approx(wanted, rel=1e-14)


@pytest.mark.parametrize("penalty", PENALTIES)
def test_penalties_of_one_sample(penalty):
    stated, added = PENALTIES[penalty]
    solution = solved(samples=1, penalty=stated)
    wanted = [own + more for own, more in zip((2, -2, -2), added, strict=True)]
    assert found(solution, "J", "dJ/dw11", "dJ/db1") == pytest.approx(wanted, rel=1e-14)


NORMALIZED = [
    {"units": 2, "weights": [[1, "0.5"], [2, 1]], "biases": "none"},
    {"layer": "layer_norm", "scale": [3, 4], "shift": [5, 6]},
    {"units": 1, "weights": [1, 2], "biases": 7},
]
"""The squares of the weights add to 1 + 0.25 + 4 + 1 + 1 + 4 = 11.25, of all parameters to 11.25 + 25 + 61 + 49."""


@pytest.mark.parametrize(("biases", "squares", "scale"), [("false", 11.25, 0), ("true", 146.25, 3)])
def test_a_penalty_counts_the_scales_of_a_normalization_with_the_biases(biases, squares, scale):
    """Half of 0.1 times the squares; what comes to a scale is 0.1 times it, or nothing."""
    tree = {"network": {"inputs": 2, "layers": NORMALIZED}, "learning_rate": "0.1", "data": [{"x": [1, 2], "y": 1}]}
    plain = derive.solve(derive.Problem.model_validate(tree))
    solution = derive.solve(derive.Problem.model_validate({**tree, "penalty": {"l2": "0.1", "biases": biases}}))
    assert found(solution, "J")[0] - found(plain, "L")[0] == pytest.approx(0.05 * squares, rel=1e-12)
    own = found(solution, "dJ/dgamma2_1")[0] - found(plain, "dL/dgamma2_1")[0]
    assert own == pytest.approx(0.1 * scale, abs=1e-12)


def test_smoothed_targets():
    """Of three classes with 0.3: 0.7 y + 0.1. At logits of 0 every probability is 1/3."""
    layer = {"units": 3, "weights": [[0, 0, 0]], "biases": "none"}
    tree = {"network": {"inputs": 1, "layers": [layer]}, "learning_rate": 1, "data": [{"x": 1, "class": 2}]}
    tree["loss"] = {"name": "cross-entropy on logits", "smoothing": "0.3"}
    solution = derive.solve(derive.Problem.model_validate(tree))
    assert found(solution, "ytilde1", "ytilde2", "ytilde3") == pytest.approx([0.1, 0.8, 0.1], rel=1e-14)
    wanted = [1 / 3 - 0.1, 1 / 3 - 0.8, 1 / 3 - 0.1]
    assert found(solution, "dL/ds1", "dL/ds2", "dL/ds3") == pytest.approx(wanted, rel=1e-13)


@pytest.mark.parametrize("penalty", [{"l2": "0.1"}, {"l1": "0.1"}, {"l2": "0.1", "biases": True}])
def test_a_penalty_that_counts_nothing_is_refused(penalty):
    """Where every layer is frozen its sum has no term."""
    layer = {"units": 1, "weights": [[-2]], "biases": [1], "frozen": True}
    (key, *_) = penalty
    with pytest.raises(InputError, match=f"`{key}`: no weight is trained"):
        solved(1, network={"inputs": 1, "layers": [layer]}, penalty=penalty)

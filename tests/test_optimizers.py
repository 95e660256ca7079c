"""Optimizers and learning-rate schedules: three updates against plain loops, states and rates as a key shows them."""

import pytest
from losses import NUMBERS, problem_tree

import derive
from derive.catalog.optimizers import OPTIMIZERS
from derive.catalog.schedules import SCHEDULES
from derive.document.style import style
from derive.document.tables import column_quantities
from derive.errors import InputError

number = NUMBERS.mpf
sqrt = NUMBERS.sqrt


def plain_sgd(p, g, s, t, eta, c):
    return p - eta * g, s


def plain_momentum(p, g, s, t, eta, c):
    v = c["mu"] * s.get("v", 0) + g
    return p - eta * v, {"v": v}


def plain_classical(p, g, s, t, eta, c):
    v = c["mu"] * s.get("v", 0) - eta * g
    return p + v, {"v": v}


def plain_averaged(p, g, s, t, eta, c):
    v = c["beta"] * s.get("v", 0) + (1 - c["beta"]) * g
    return p - eta * v, {"v": v}


def plain_nesterov(p, g, s, t, eta, c):
    v = c["mu"] * s.get("v", 0) + g
    return p - eta * (g + c["mu"] * v), {"v": v}


def plain_adagrad(p, g, s, t, eta, c):
    r = s.get("r", 0) + g * g
    return p - eta * g / (sqrt(r) + c["epsilon"]), {"r": r}


def plain_rmsprop(p, g, s, t, eta, c):
    r = c["rho"] * s.get("r", 0) + (1 - c["rho"]) * g * g
    return p - eta * g / (sqrt(r) + c["epsilon"]), {"r": r}


def plain_rmsprop_inside(p, g, s, t, eta, c):
    r = c["rho"] * s.get("r", 0) + (1 - c["rho"]) * g * g
    return p - eta * g / sqrt(r + c["epsilon"]), {"r": r}


def plain_adam(p, g, s, t, eta, c):
    m = c["beta1"] * s.get("m", 0) + (1 - c["beta1"]) * g
    v = c["beta2"] * s.get("v", 0) + (1 - c["beta2"]) * g * g
    step = (m / (1 - c["beta1"] ** t)) / (sqrt(v / (1 - c["beta2"] ** t)) + c["epsilon"])
    return p - eta * step - eta * c.get("lambda", 0) * p, {"m": m, "v": v}


PLAIN = {
    "sgd": plain_sgd,
    "momentum": plain_momentum,
    "classical momentum": plain_classical,
    "averaged momentum": plain_averaged,
    "nesterov": plain_nesterov,
    "adagrad": plain_adagrad,
    "rmsprop": plain_rmsprop,
    "rmsprop inside": plain_rmsprop_inside,
    "adam": plain_adam,
    "adamw": plain_adam,
}
OTHER = {"mu": "0.7", "beta": "0.8", "rho": "0.6", "epsilon": "0.02", "beta1": "0.7", "beta2": "0.6", "lambda": "0.2"}


def solved(**more):
    tree = problem_tree("half squared error", 2, 7, samples=3, **more)
    return derive.solve(derive.Problem.model_validate(tree))


@pytest.mark.parametrize("usual", [True, False])
@pytest.mark.parametrize("starts", ["0", "0.4"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_three_updates_against_a_plain_loop(name, starts, usual):
    entry = OPTIMIZERS[name]
    stated = {} if usual else {constant: OTHER[constant] for constant in entry.constants}
    states = dict.fromkeys(entry.states, starts) if starts != "0" else {}
    solution = solved(optimizer={"name": name, "constants": stated, "states": states})
    constants = {key: number(stated.get(key, text)) for key, text in entry.constants.items()}
    for parameter in ("w11", "w22", "b2"):
        p, state = number(str(solution[parameter].value(1))), {key: number(text) for key, text in states.items()}
        for t in (1, 2, 3):
            gradient = number(str(solution[f"dL/d{parameter}"].value(t)))
            p, state = PLAIN[name](p, gradient, state, t, number("0.3"), constants)
            assert float(solution[f"{parameter}_new"].value(t)) == pytest.approx(float(p), rel=1e-13)


def lines(solution, round=1):
    work = solution.rounds[round]
    return {line.name: line for line in (work.line(e, solution.plain_writer) for e in work.equations)}


def test_the_lines_of_adam():
    solution = solved(optimizer="adam", rounding={"places": 5})
    shown = lines(solution, 2)
    assert shown["m_w11_new"].formula == "beta1 * m_w11 + (1 - beta1) * dL/dw11"
    assert shown["mhat_w11"].formula == "m_w11_new/(1 - beta1^t)"
    assert shown["mhat_w11"].substituted.endswith("/(1 - 0.9^2)")
    assert shown["w11_new"].formula == "w11 - eta * mhat_w11/(sqrt(vhat_w11) + epsilon)"
    assert solution.writer.symbol(solution["mhat_w11"].id) == r"\hat{m}_{w_{11}}"
    assert solution.writer.symbol(solution["beta1"].id) == r"\beta_{1}"
    assert r"\varepsilon" in solution["w11_new"].latex()


ADAM_CARRIED = """
network: {inputs: 1, layers: [{units: 1, activation: sigmoid, weights: 0.5, biases: 0.1}]}
optimizer: adam
learning_rate: 0.1
data: [{x: 1, y: 0.6}]
rounds: 2
rounding: {carry: rounded, %s}
"""


def test_states_have_figures_where_rounded_numbers_are_carried():
    """By hand: dL/dw = 0.0105, v = 0.001 x 0.0105^2 = 1.1025e-7, which 4 places would make 0; the step is eta."""
    first = derive.solve(derive.loads(ADAM_CARRIED % "places: 4")).rounds[1]
    shown = ("0.001050", "0.0000001103", "0.01050", "0.0001103", "0.4000", "0.0105")
    assert tuple(first[name].shown for name in (*ADAM_LINES, "w11_new", "dL/dw11")) == shown
    six = derive.solve(derive.loads(ADAM_CARRIED % "places: 6")).rounds[1]
    assert len(six["v_w11_new"].shown.lstrip("0.")) == 6


ADAM_LINES = ("m_w11_new", "v_w11_new", "mhat_w11", "vhat_w11")


@pytest.mark.parametrize(
    ("exceptions", "shown"),
    [
        ("{kind: state, places: 5}", ("0.00105", "0.00000", "0.01050", "0.0000")),
        ("{round: 1, significant: 2}", ("0.0011", "0.00000012", "0.011", "0.00012")),
        ("{quantity: v_w, significant: 7}", ("0.001050", "0.0000001102500", "0.01050", "0.0001102")),
    ],
)
def test_an_exception_of_the_author_wins_over_the_figures_of_states(exceptions, shown):
    """A `kind: state` is what is kept; what is worked from it is a `step`.

    At 2 figures f = 0.65 and dL/dw = 0.05 x 0.65 x 0.35 = 0.011; with a v of 7 figures, vhat is the tie 1.1025e-4.
    """
    solution = derive.solve(derive.loads(ADAM_CARRIED % f"mode: half-even, exceptions: [{exceptions}]"))
    assert tuple(solution.rounds[1][name].shown for name in ADAM_LINES) == shown


@pytest.mark.parametrize("changes", ["significant: 4", "carry: full", "optimizer: sgd"])
def test_figures_of_states_are_named_where_there_are_any(changes):
    text = ADAM_CARRIED % "places: 4"
    sentence = (
        "What the optimizer keeps for a parameter, and what is worked from that alone, has 4 significant figures."
    )
    assert sentence in derive.solve(derive.loads(text)).to_latex().replace("{}", "")
    other = {
        "significant: 4": ("places", "significant"),
        "carry: full": ("rounded", "full"),
        "optimizer: sgd": ("adam", "sgd"),
    }
    assert sentence not in derive.solve(derive.loads(text.replace(*other[changes]))).to_latex().replace("{}", "")


def test_letters_that_are_taken_are_numbered():
    solution = solved(
        penalty={"l2": "0.1"},
        optimizer={"name": "adamw", "clip_value": 2, "clip_norm": 1, "weight_decay": "0.2"},
    )
    names = [block.name for block in solution.graph.blocks.blocks]
    assert {"lambda", "lambda2", "lambda3", "c", "c2", "gbar_w", "ghat_w"} <= set(names)
    assert len(names) == len(set(names))


CLIPPED = {"clip_norm": "0.1", "weight_decay": "0.5"}
ORDERS = {
    "the usual one": (CLIPPED, {"ghat_w11": "0.1", "g_w11": "1.1", "w11_new": "1.89"}),
    "clipping first": ({**CLIPPED, "weight_decay_order": "after clipping"}, {"g_w11": "1.1", "w11_new": "1.89"}),
    "decay first": (
        {**CLIPPED, "weight_decay_order": "before clipping"},
        {"g_w11": "2.5", "ghat_w11": "0.1", "w11_new": "1.99"},
    ),
    "each entry clipped, then decay": (
        {"clip_value": "0.2", "weight_decay": "0.5"},
        {"gbar_w11": "0.2", "g_w11": "1.2", "w11_new": "1.88"},
    ),
    "value, norm, decay": (
        {**CLIPPED, "clip_value": "0.2"},
        {"gbar_w11": "0.2", "norm": "0.2", "ghat_w11": "0.1", "w11_new": "1.89"},
    ),
    "decay, value, norm": (
        {**CLIPPED, "clip_value": "0.2", "weight_decay_order": "before clipping"},
        {"g_w11": "2.5", "gbar_w11": "0.2", "norm": "0.2", "ghat_w11": "0.1", "w11_new": "1.99"},
    ),
}


@pytest.mark.parametrize("order", ORDERS)
def test_the_order_of_clipping_and_decay(order):
    """One unit without a bias: w = 2, x = 1, y = 0.5, so dL/dw = 1.5, and decay adds 0.5 * 2 = 1; the rate is 0.1."""
    choice, expected = ORDERS[order]
    tree = {"network": {"inputs": 1, "layers": [{"units": 1, "weights": [[2]], "biases": "none"}]}}
    tree |= {"data": [{"x": 1, "y": "0.5"}], "learning_rate": "0.1", "optimizer": {"name": "sgd", **choice}}
    solution = derive.solve(derive.Problem.model_validate(tree))
    assert {name: float(solution[name].value()) for name in expected} == pytest.approx(
        {name: float(number) for name, number in expected.items()}, rel=1e-14
    )


def test_what_is_frozen_neither_counts_in_the_norm_nor_decays():
    """f = 3 * 2 * x with 3 frozen: dL/df = 6 - 1 = 5, dL/dw = 15; the norm is 15, not that of (15, 10)."""
    layers = [
        {"units": 1, "weights": 2, "biases": "none"},
        {"units": 1, "weights": 3, "biases": "none", "frozen": True},
    ]
    tree = {"network": {"inputs": 1, "layers": layers}, "data": [{"x": 1, "y": 1}], "learning_rate": "0.1"}
    solution = derive.solve(derive.Problem.model_validate({**tree, "optimizer": {"name": "sgd", **CLIPPED}}))
    assert float(solution["norm"].value()) == 15
    assert float(solution["w1_11_new"].value()) == pytest.approx(2 - 0.1 * (0.1 + 0.5 * 2), rel=1e-14)
    assert "w2_11_new" not in solution


def test_a_penalty_is_clipped_with_the_rest():
    """dL/dw = 1.5 + 0.5 * 2 = 2.5 before clipping; w_new = 2 - 0.1 * 0.1."""
    tree = {"network": {"inputs": 1, "layers": [{"units": 1, "weights": [[2]], "biases": "none"}]}}
    tree |= {"data": [{"x": 1, "y": "0.5"}], "learning_rate": "0.1", "penalty": {"l2": "0.5"}}
    solution = derive.solve(derive.Problem.model_validate({**tree, "optimizer": {"name": "sgd", "clip_norm": "0.1"}}))
    assert float(solution["norm"].value()) == 2.5
    assert float(solution["w11_new"].value()) == pytest.approx(1.99, rel=1e-14)


@pytest.mark.parametrize(
    ("choice", "missing"),
    [
        ({"weight_decay": "0.5"}, "no `clip_norm` or `clip_value`; drop it"),
        ({"clip_norm": "0.5"}, "no `weight_decay`; drop it"),
        ({"clip_value": "0.5"}, "no `weight_decay`; drop it"),
        ({}, "no `clip_norm` or `clip_value` and no `weight_decay`; drop it"),
    ],
)
def test_an_order_of_what_is_not_there_is_refused(choice, missing):
    stated = ", ".join(f"{key}: {number}" for key, number in choice.items())
    text = (
        "network: {inputs: 1, layers: [{units: 1, weights: 2, biases: none}]}\nlearning_rate: 0.1\n"
        f"data: [{{x: 1, y: 1}}]\noptimizer: {{name: adamw, weight_decay_order: before clipping, {stated}}}\n"
    )
    with pytest.raises(InputError, match=f"4:1: `weight_decay_order`.*{missing}"):
        derive.loads(text)


SCHEDULED = {
    "step": ({"gamma": "0.5", "T": "2"}, lambda t: number("0.3") * number("0.5") ** ((t - 1) // 2)),
    "exponential": ({"gamma": "0.9"}, lambda t: number("0.3") * number("0.9") ** (t - 1)),
    "inverse time": ({"k": "0.5"}, lambda t: number("0.3") / (1 + number("0.5") * (t - 1))),
    "inverse square root": ({}, lambda t: number("0.3") / sqrt(t)),
    "cosine": (
        {"T": "4", "end": "0.1"},
        lambda t: number("0.1") + number("0.2") * (1 + NUMBERS.cos(NUMBERS.pi * (t - 1) / 4)) / 2,
    ),
    "linear": ({"T": "2", "end": "0.1"}, lambda t: [number("0.3"), number("0.2"), number("0.1"), number("0.1")][t - 1]),
    "warmup": ({"T": "3"}, lambda t: number("0.3") * min(1, number(t) / 3)),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_rate_of_each_round(name):
    constants, plain = SCHEDULED[name]
    solution = solved(learning_rate={"schedule": name, "start": "0.3", "constants": constants}, rounds=4)
    for t in (1, 2, 3, 4):
        rate = plain(t)
        assert float(solution["eta"].value(t)) == pytest.approx(float(rate), rel=1e-14)
        p, g = (number(str(solution[key].value(t))) for key in ("w11", "dL/dw11"))
        assert float(solution["w11_new"].value(t)) == pytest.approx(float(p - rate * g), rel=1e-13)


def test_the_rate_is_a_worked_line_and_rounded():
    rate = {"schedule": "exponential", "start": "0.3", "constants": {"gamma": "0.7"}}
    solution = solved(learning_rate=rate, rounding={"places": 2, "carry": "rounded"})
    line = lines(solution, 3)["eta"]
    assert (line.formula, line.substituted, line.value) == ("eta0 * gamma^(t - 1)", "0.3 * 0.7^(3 - 1)", "0.15")
    assert solution["eta"].block.kind == "learning rate"
    first = solution.rounds[3].equations.index(solution.graph.equation_of[solution["eta"].id])
    update = solution.rounds[3].equations.index(solution.graph.equation_of[solution["w11_new"].id])
    assert first < update


def test_a_rate_for_each_round():
    solution = solved(learning_rate=["0.3", "0.2", "0.05"])
    assert [solution.rounds[t]["eta"].shown for t in (1, 2, 3)] == ["0.3", "0.2", "0.05"]
    p, g = (number(str(solution[key].value(3))) for key in ("w11", "dL/dw11"))
    assert float(solution["w11_new"].value(3)) == pytest.approx(float(p - number("0.05") * g), rel=1e-14)


ADAM = {"beta1": "0.9", "beta2": "0.999", "epsilon": "1e-8"}
CONSTANTS = {
    "sgd": {},
    "momentum": {"mu": "0.9"},
    "classical momentum": {"mu": "0.9"},
    "averaged momentum": {"beta": "0.9"},
    "nesterov": {"mu": "0.9"},
    "adagrad": {"epsilon": "1e-10"},
    "rmsprop": {"rho": "0.99", "epsilon": "1e-8"},
    "rmsprop inside": {"rho": "0.9", "epsilon": "1e-6"},
    "adam": ADAM,
    "adamw": {**ADAM, "lambda": "0.01"},
    "step": {"gamma": "0.1", "T": ""},
    "exponential": {"gamma": ""},
    "inverse time": {"k": ""},
    "inverse square root": {},
    "cosine": {"T": "", "end": "0"},
    "linear": {"T": "", "end": "0"},
    "warmup": {"T": ""},
}
"""Momentum: 0.9 in Goodfellow, Bengio, Courville, section 8.3.2. Adagrad, RMSprop, AdamW, StepLR and CosineAnnealingLR:
the defaults of PyTorch. "rmsprop inside": 1e-6 of Goodfellow et al., algorithm 8.5, and 0.9 of Hinton's lecture. Adam:
Kingma, Ba (2015), algorithm 1. Empty: the problem must state it."""


def test_usual_numbers_are_those_of_their_sources_to_the_last_digit():
    assert {name: dict(entry.constants) for name, entry in {**OPTIMIZERS, **SCHEDULES}.items()} == CONSTANTS


def test_weight_decay_by_hand():
    """One unit: w = 2, x = 1, y = 0.5, dL/dw = 1.5, rate 0.1; 0.5 w joins the gradient, or 0.1 * 0.5 * w leaves w."""
    tree = {"network": {"inputs": 1, "layers": [{"units": 1, "weights": [[2]], "biases": "none"}]}}
    tree |= {"data": [{"x": 1, "y": "0.5"}], "learning_rate": "0.1"}

    def new(**choice):
        return float(derive.solve(derive.Problem.model_validate({**tree, "optimizer": choice}))["w11_new"].value())

    assert new(name="sgd", weight_decay="0.5") == pytest.approx(2 - 0.1 * (1.5 + 0.5 * 2), rel=1e-14)
    assert new(name="momentum", weight_decay="0.5") == pytest.approx(2 - 0.1 * (1.5 + 0.5 * 2), rel=1e-14)
    apart = new(name="adamw", constants={"lambda": "0.5", "epsilon": "0.5"})
    assert apart == pytest.approx(2 - 0.1 * 1.5 / (1.5 + 0.5) - 0.1 * 0.5 * 2, rel=1e-14)


@pytest.mark.parametrize("gradient", ["1.5", "-1.5", "0.05", "-0.05"])
def test_clipping_by_hand(gradient):
    """The same unit; a target that makes the gradient what it is. Values are held between -0.1 and 0.1."""
    tree = {"network": {"inputs": 1, "layers": [{"units": 1, "weights": [[2]], "biases": "none"}]}}
    tree |= {"data": [{"x": 1, "y": str(2 - float(gradient))}], "learning_rate": "0.1"}
    held = max(-0.1, min(0.1, float(gradient)))
    for choice, name in (({"clip_value": "0.1"}, "gbar_w11"), ({"clip_norm": "0.1"}, "ghat_w11")):
        solution = derive.solve(derive.Problem.model_validate({**tree, "optimizer": {"name": "sgd", **choice}}))
        assert float(solution[name].value()) == pytest.approx(held, rel=1e-14)
        assert float(solution["w11_new"].value()) == pytest.approx(2 - 0.1 * held, rel=1e-14)


def test_the_norm_is_of_all_parameters_together():
    """w = 2, b = 0, x = 2, y = 2.5: dL/dw = 3, dL/db = 1.5 and a second layer of weight 1 with dL/dw = 4 * 1.5 = 6."""
    layers = [{"units": 1, "weights": [[2]], "biases": [0]}, {"units": 1, "weights": [[1]], "biases": "none"}]
    tree = {"network": {"inputs": 1, "layers": layers}, "data": [{"x": 2, "y": "2.5"}], "learning_rate": "0.1"}
    solution = derive.solve(derive.Problem.model_validate({**tree, "optimizer": {"name": "sgd", "clip_norm": "0.1"}}))
    assert [float(solution[name].value()) for name in ("dL/dw1_11", "dL/db1_1", "dL/dw2_11")] == [3, 1.5, 6]
    assert float(solution["Q"].value()) == 3**2 + 1.5**2 + 6**2
    assert float(solution["ghat_w2_11"].value()) == pytest.approx(6 * 0.1 / (3**2 + 1.5**2 + 6**2) ** 0.5, rel=1e-14)


def test_every_entry_says_where_it_is_from():
    assert all(entry.reference for entry in (*OPTIMIZERS.values(), *SCHEDULES.values()))


def test_adam_on_a_parabola_whose_variable_takes_a_letter():
    tree = {
        "equations": {"f": "t^2"},
        "values": {"t": "1.5"},
        "parameters": ["t"],
        "optimizer": {"name": "adam", "states": {"m": "0.5"}, "clip_norm": 2},
        "learning_rate": ["0.3", "0.2", "0.1"],
        "rounds": 3,
    }
    solution = derive.solve(derive.Problem.model_validate(tree))
    constants = {key: number(text) for key, text in OPTIMIZERS["adam"].constants.items()}
    p, state = number("1.5"), {"m": number("0.5")}
    for t, rate in enumerate(("0.3", "0.2", "0.1"), 1):
        gradient = 2 * p * min(1, 2 / abs(2 * p))
        p, state = plain_adam(p, gradient, state, t, number(rate), constants)
        assert float(solution["t_new"].value(t)) == pytest.approx(float(p), rel=1e-13)


PAIR = """
network:
  inputs: 1
  layers: [{units: 2, weights: 0.5, biases: 0.1}, {units: 1, weights: 0.5, biases: 0.1}]
learning_rate: 0.1
data: [{x: 2, y: 1}]
"""


@pytest.mark.parametrize(
    "more",
    [
        *(f"optimizer: {name}" for name in OPTIMIZERS),
        "optimizer: {name: sgd, clip_norm: 1, weight_decay: 0.1}",
        "optimizer: {name: momentum, clip_value: 1}\nupdates: in place",
    ],
)
def test_each_line_of_an_update_stands_after_what_it_is_worked_from(more):
    """In the column of the table style, whatever the optimizer."""
    solution = derive.solve(derive.loads(PAIR + more))
    (spec,) = [one for one in style("table").style.columns if one.title == "updated_parameters"]
    column = column_quantities(solution.rounds[1], spec)
    assert column
    for place, quantity in enumerate(column):
        operands = solution.graph.equation_of[quantity].operands
        assert all(column.index(operand) < place for operand in operands if operand in column)

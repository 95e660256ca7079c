"""PyTorch's own losses, optimizers and clipping in a script: where they stand, and that they are what agrees."""

import random
import re
from dataclasses import replace
from types import MappingProxyType

import pytest
from effective import effective
from losses import problem_tree
from scripts import agree, run

import derive
from derive.catalog import losses as catalog_losses
from derive.catalog.losses import LOSSES
from derive.catalog.optimizers import OPTIMIZERS
from derive.exports.pytorch import to_pytorch
from derive.network import updating

torch = pytest.importorskip("torch", reason="optional: PyTorch (pip install the torch extra)")
CLASSES = {
    "sgd": "SGD([w, b], lr=eta",
    "momentum": "SGD([w, b], lr=eta, momentum=mu",
    "averaged momentum": "SGD([w, b], lr=eta, momentum=beta, dampening=beta",
    "nesterov": "SGD([w, b], lr=eta, momentum=mu, nesterov=True",
    "adagrad": "Adagrad([w, b], lr=eta, eps=epsilon",
    "rmsprop": "RMSprop([w, b], lr=eta, alpha=rho, eps=epsilon",
    "adam": "Adam([w, b], lr=eta, betas=(beta1, beta2), eps=epsilon",
    "adamw": "AdamW([w, b], lr=eta, betas=(beta1, beta2), eps=epsilon, weight_decay=lambda",
}
WRITTEN_OUT = OPTIMIZERS.keys() - CLASSES.keys()
NET = "network: {inputs: 1, layers: [{units: 1, weights: 2, biases: none}]}\nlearning_rate: 0.1\n"


@pytest.fixture(autouse=True)
def _dtype():
    """A script makes float64 the default of its process."""
    before = torch.get_default_dtype()
    yield
    torch.set_default_dtype(before)


def solved(tree):
    return derive.solve(effective(tree))


def script_of(solution):
    return to_pytorch(solution, "x")


def test_each_optimizer_is_one_of_pytorchs_or_has_none():
    assert {"classical momentum", "rmsprop inside"} == WRITTEN_OUT
    assert {name for name, entry in OPTIMIZERS.items() if entry.torch is None} == WRITTEN_OUT


MORE = {
    "alone": {},
    "clipped by norm": {"clip_norm": "0.7"},
    "clipped by value": {"clip_value": "0.3"},
    "decay": {"weight_decay": "0.2"},
    "clipped, then decay": {"clip_value": "0.5", "clip_norm": "0.7", "weight_decay": "0.2"},
    "decay, then clipped": {"clip_norm": "0.7", "weight_decay": "0.2", "weight_decay_order": "before clipping"},
}


@pytest.mark.parametrize("more", MORE)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers(name, more):
    """Four rounds on two samples: PyTorch's class, and not a formula of the update, gives the key's numbers."""
    choice = {"name": name, **MORE[more]}
    solution = solved(problem_tree("squared error", 2, 4, samples=2, optimizer=choice, rounds=4))
    script = script_of(solution)
    assert ("optimizer.step()" in script) == (name in CLASSES)
    assert (f"optimizer = torch.optim.{CLASSES.get(name, chr(63))}" in script) == (name in CLASSES)
    assert ("w_new = " in script) == (name in WRITTEN_OUT)
    assert ("# torch.optim has no such update: its formulas" in script) == (name in WRITTEN_OUT)
    assert ("clip_grad_norm_([w, b]," in script) == ("clip_norm" in choice)
    assert ("clip_grad_value_([w, b], c)" in script) == ("clip_value" in choice)
    agree(solution)


@pytest.mark.parametrize("name", [name for name, entry in OPTIMIZERS.items() if entry.states])
def test_states_that_start_at_other_numbers(name):
    states = dict.fromkeys(OPTIMIZERS[name].states, "0.5")
    choice = {"name": name, "states": states}
    solution = solved(problem_tree("squared error", 2, 4, samples=2, optimizer=choice, rounds=3))
    assert ("optimizer.state[w].update(" in script_of(solution)) == (name in CLASSES)
    agree(solution)


CHANGING = {
    "a list": (["0.3", "0.2", "0.05"], "lr=ETA[0]"),
    "a schedule": ({"schedule": "exponential", "start": "0.3", "constants": {"gamma": "0.5"}}, "lr=eta0"),
}


@pytest.mark.parametrize("rates", CHANGING)
@pytest.mark.parametrize("name", ["sgd", "adam", "adamw", "rmsprop"])
def test_rates_that_change(name, rates):
    rate, first = CHANGING[rates]
    solution = solved(problem_tree("squared error", 2, 4, samples=2, optimizer=name, rounds=3, learning_rate=rate))
    script = script_of(solution)
    assert first in script
    assert '    optimizer.param_groups[0]["lr"] = eta\n    optimizer.step()\n' in script
    agree(solution)


OUTSIDE = {
    "momentum": {"mu": "0"},
    "nesterov": {"mu": "0"},
    "averaged momentum": {"beta": "0"},
    "adam": {"beta1": "-0.5"},
    "adamw": {"lambda": "-0.1"},
    "adagrad": {"epsilon": "-0.001"},
    "rmsprop": {"epsilon": "-0.001"},
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_constants_that_pytorch_does_not_take(name):
    """Where the program takes them, the formulas stand in the script, and say why."""
    solution = solved(problem_tree("squared error", 2, 4, optimizer={"name": name, "constants": OUTSIDE[name]}))
    script = script_of(solution)
    assert re.search(r"# torch\.optim\.\w+ does not take these constants and rates: its formulas", script)
    assert "optimizer.step()" not in script
    agree(solution)


def test_a_trained_constant_and_a_frozen_layer():
    """A PReLU's slope is one of the optimizer's; a frozen layer, and a parameter that nothing of reaches, are not."""
    prelu = {"name": "parametric relu", "alpha": "0.3"}
    layers = [
        {"units": 2, "weights": [["0.5", "-1"]], "biases": "0.1", "activation": prelu},
        {"units": 2, "weights": 1, "biases": "0.2", "frozen": True},
        {"units": 1, "weights": [["0.5"], ["0.25"]], "biases": "none"},
    ]
    tree = {"network": {"inputs": 1, "layers": layers}, "data": [{"x": 1, "y": 3}], "learning_rate": "0.1"}
    choice = {"name": "adam", "clip_norm": "0.1", "weight_decay": "0.5"}
    solution = solved({**tree, "optimizer": choice, "rounds": 2})
    assert re.search(r"torch\.optim\.Adam\(\s*\[(.*?)\]", script_of(solution))[1] == "w1, b1, alpha1, w3"
    agree(solution)


def test_a_parameter_that_the_loss_does_not_rest_on():
    """PyTorch leaves out parameters without a gradient; weight decay and Adam's memory change them all the same."""
    text = (
        "equations: {f: w*x, g: v*x, L: (f - y)^2/2}\nvalues: {w: 0.5, v: 2, x: 1, y: 2}\nparameters: [w, v]\n"
        "learning_rate: 0.1\nrounds: 3\noptimizer: {name: adam, weight_decay: 0.1, clip_norm: 0.5}\n"
    )
    agree(derive.solve(derive.loads(text)))


@pytest.mark.parametrize("zero", ["x: 0, y: 0", "x: 0, y: 1"])
def test_a_norm_of_nearly_nothing(zero):
    """The bound is raised by what clip_grad_norm_ adds to the norm, however small that is."""
    text = f"{NET}data: [{{x: 0.000001, y: 0}}, {{{zero.replace('x: 0,', 'x: 0.001,')}}}]\nrounds: 2\n"
    agree(derive.solve(derive.loads(text + "optimizer: {name: sgd, clip_norm: 0.0000000001}\n")))


FUNCTIONS = {
    "half squared error": 'F.mse_loss(f, y, reduction="sum") / 2',
    "squared error": 'F.mse_loss(f, y, reduction="sum")',
    "mean squared error": "F.mse_loss(f, y)",
    "absolute error": 'F.l1_loss(f, y, reduction="sum")',
    "mean absolute error": "F.l1_loss(f, y)",
    "huber": 'F.huber_loss(f, y, delta=delta, reduction="sum")',
    "hinge": 'F.margin_ranking_loss(f, torch.zeros_like(f), y, margin=1, reduction="sum")',
    "multi-class hinge": 'F.multi_margin_loss(f, y.argmax(-1), margin=delta, reduction="sum") * 3',
    "binary cross-entropy": 'F.binary_cross_entropy(f, y, reduction="sum")',
    "binary cross-entropy on logits": 'F.binary_cross_entropy_with_logits(f, y, reduction="sum")',
    "cross-entropy on logits": 'F.cross_entropy(f, y, reduction="sum")',
    "kl divergence": 'F.kl_div(torch.log(f), y, reduction="sum")',
}


def test_each_loss_has_its_function():
    assert LOSSES.keys() - FUNCTIONS.keys() == {"cross-entropy", "upstream gradient"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_losses(name):
    solution = solved(problem_tree(name, 3, 5))
    assert f"    L = {FUNCTIONS[name]}\n" in script_of(solution)
    agree(solution)


BATCHES = {
    "half squared error": 'F.mse_loss(f, y, reduction="none").sum(-1) / 2',
    "mean absolute error": 'F.l1_loss(f, y, reduction="none").mean(-1)',
    "cross-entropy on logits": 'F.cross_entropy(f, y, reduction="none")',
    "multi-class hinge": 'F.multi_margin_loss(f, y.argmax(-1), margin=delta, reduction="none") * 3',
}


@pytest.mark.parametrize("name", BATCHES)
def test_losses_of_a_batch(name):
    solution = solved({**problem_tree(name, 3, 5, samples=3), "batch": {"size": 3}, "rounds": 2})
    assert f"    L = {BATCHES[name]}\n" in script_of(solution)
    agree(solution)


@pytest.mark.parametrize("samples", [1, 2])
@pytest.mark.parametrize("name", ["squared error", "cross-entropy on logits", "multi-class hinge", "cross-entropy"])
def test_losses_of_a_sequence(name, samples):
    ending = [{"layer": "activation", "activation": "softmax"}] if name == "cross-entropy" else []
    layers = [{"units": 3, "weights": [["0.5", "-1", "0.2"], ["0.1", "0.3", "1"]], "biases": "0.1"}, *ending]
    data = [{"x": [[1, 2], [0, number]], "class": [1, 3]} for number in range(samples)]
    tree = {"network": {"inputs": [2, 2], "layers": layers}, "data": data, "batch": {"size": samples}}
    if name == "squared error":
        data[:] = [{"x": one["x"], "y": [[1, 0, 0], [0, 0, 1]]} for one in data]
    solution = solved({**tree, "loss": name, "learning_rate": "0.1", "rounds": 2})
    assert re.search(r"^    L\w* = F\.", script_of(solution), re.MULTILINE)
    agree(solution)


def cross_entropy(targets):
    layer = "{units: 2, weights: [[1, 2]], biases: 0, activation: softmax}"
    return f"network: {{inputs: 1, layers: [{layer}]}}\nlearning_rate: 0.1\nloss: cross-entropy\ndata: [{targets}]\nrounds: 2\n"


HINGE = (
    "network: {{inputs: 1, layers: [{{units: 1, weights: 1, biases: none}}]}}\nlearning_rate: 0.1\nrelu_at_zero: {}\n"
)
CLASS_HINGE = (
    "network: {{inputs: 1, layers: [{{units: 2, weights: [[2, 1]], biases: none}}]}}\nlearning_rate: 0.1\n"
    "relu_at_zero: {}\nloss: multi-class hinge\ndata: [{{x: 1, class: 1}}]\n"
)
SATURATED = (
    "network: {inputs: 1, layers: [{units: 1, weights: -30, biases: none, activation: sigmoid}]}\nlearning_rate: 0.1\n"
    "loss: binary cross-entropy\ndata: [{x: 1, y: 0}]\n"
)
DATA_DECIDES = {
    "classes": (cross_entropy("{x: 1, class: 2}"), "F.nll_loss(torch.log(f), y.argmax(-1)"),
    "shares": (cross_entropy("{x: 1, y: [0.5, 0.5]}"), "# F.nll_loss takes classes, and these targets are shares"),
    "shares among classes": (cross_entropy("{x: 1, class: 2}, {x: 1, y: [0.5, 0.5]}"), "# F.nll_loss takes classes"),
    "no kink": (HINGE.format(0) + "loss: hinge\ndata: [{x: 0.5, y: 1}]\n", "L = F.margin_ranking_loss("),
    "at the kink": (HINGE.format(0) + "loss: hinge\ndata: [{x: 1, y: 1}]\n", "# the derivative of F.margin_ranking"),
    "at the kink, with 1": (HINGE.format(1) + "loss: hinge\ndata: [{x: 1, y: 1}]\n", "L = F.margin_ranking_loss("),
    "a margin of 0": (CLASS_HINGE.format(0), "L = F.multi_margin_loss("),
    "a margin of 0, with 1": (CLASS_HINGE.format(1), "# the derivative of F.multi_margin_loss at a kink"),
    "saturated": (SATURATED, "# F.binary_cross_entropy takes f (1 - f) for 1e-12 where it is less"),
    "no delta": (
        HINGE.format(0) + "loss: {name: huber, constants: {delta: 0}}\ndata: [{x: 1, y: 0}]\n",
        "# F.huber_loss",
    ),
    "upstream": (HINGE.format(0) + "loss: upstream gradient\ndata: [{x: 1, upstream: 2}]\n", "# no loss: a number"),
}


@pytest.mark.parametrize("name", DATA_DECIDES)
def test_a_function_that_is_another_for_this_data_is_not_called(name):
    text, line = DATA_DECIDES[name]
    solution = derive.solve(derive.loads(text))
    assert line in script_of(solution)
    agree(solution)


FAULTS = {
    "sgd": (("p", "p-2*eta*g"),),
    "momentum": (("v", "mu*v+g"), ("p", "p-eta*g")),
    "adam": (*OPTIMIZERS["adam"].steps[:-1], ("p", "p-eta*mhat/sqrt(vhat+epsilon)")),
    "rmsprop": (("r", "rho*r+g^2"), OPTIMIZERS["rmsprop"].steps[-1]),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_wrong_update_in_the_key_is_found(name, monkeypatch):
    """An update rule of the program itself that is not the framework's: the script differs, and says so."""
    wrong = replace(OPTIMIZERS[name], steps=FAULTS[name])
    monkeypatch.setattr(updating, "OPTIMIZERS", MappingProxyType({**OPTIMIZERS, name: wrong}))
    choice = {"name": name, "constants": {"epsilon": "0.1"} if "epsilon" in wrong.constants else {}}
    monkeypatch.setattr("derive.exports.pytorch.framework.OPTIMIZERS", updating.OPTIMIZERS)
    solution = solved(problem_tree("squared error", 2, 4, samples=2, optimizer=choice, rounds=2))
    printed = run(script_of(solution))
    assert printed.code == 1
    assert any(mark for row in printed.rounds for name, (_, _, mark) in row.items() if name.endswith("_new"))


@pytest.mark.parametrize("order", ["after clipping", "before clipping"])
def test_the_wrong_order_of_clipping_and_decay_is_found(order):
    choice = {"name": "sgd", "clip_norm": "0.1", "weight_decay": "0.5", "weight_decay_order": order}
    tree = problem_tree("squared error", 2, 4, optimizer=choice)
    script = script_of(solved(tree))
    other = "before clipping" if order == "after clipping" else "after clipping"
    key = script_of(solved({**tree, "optimizer": {**choice, "weight_decay_order": other}})).partition(
        "# the answer key"
    )
    assert run(script).code == 0
    assert run(script.partition("# the answer key")[0] + key[1] + key[2]).code == 1


def test_a_wrong_loss_in_the_key_is_found(monkeypatch):
    """The mean of squares with a half too many."""
    halves = {
        "formula": "sum(({error})^2)/count(f)/2",
        "partial": "(f-y)/count(f)",
        "sum_of_steps": "sum(q)/count(q)/2",
    }
    wrong = replace(LOSSES["mean squared error"], **halves)
    monkeypatch.setattr(catalog_losses, "LOSSES", MappingProxyType({**LOSSES, "mean squared error": wrong}))
    catalog_losses.loss.cache_clear()
    try:
        printed = run(script_of(solved(problem_tree("mean squared error", 2, 4))))
    finally:
        catalog_losses.loss.cache_clear()
    assert printed.code == 1
    assert {printed.rounds[0][name][2] for name in ("L", "dL/df1", "w11_new")} == {"<-- differs"}


@pytest.mark.parametrize("seed", range(40))
def test_random_problems(seed):
    """Any loss with any optimizer, batch, clipping, decay, penalty, schedule and rounding."""
    r = random.Random(f"framework {seed}")
    name, optimizer = r.choice(list(FUNCTIONS)), r.choice(list(OPTIMIZERS))
    samples, size = r.choice([(1, 1), (2, 1), (2, 2), (4, 2)])
    tree = problem_tree(name, 3, seed, samples=samples)
    choice = {"name": optimizer, **r.choice(list(MORE.values()))}
    tree |= {"optimizer": choice, "batch": {"size": size, "gradients": r.choice(["averaged", "summed"])}}
    tree |= {"rounds": 4 // size, "relu_at_zero": r.choice(["0", "1"])}
    tree |= {"penalty": r.choice([{}, {"l2": "0.1"}, {"l1": "0.05", "biases": True}])}
    tree |= {
        "learning_rate": r.choice(["0.1", {"schedule": "inverse time", "start": "0.2", "constants": {"k": "0.5"}}])
    }
    tree |= {"rounding": {"places": r.randint(4, 8)}, "update_form": r.choice(["descent", "ascent"])}
    agree(solved(tree))

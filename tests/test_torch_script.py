"""Scripts for PyTorch, run: their numbers are the key's, and a number that is not is found."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import MATRIX, TABLE, solution_of
from hypothesis import given, settings
from layer_problems import batch_normalized, dropped, embedded, normalized, spatial
from losses import problem_tree
from nets import problems
from own_layers import Line, Scale, ScaleInParentheses, ScaleWithText, Transposed1d
from own_layers import solved as own_solved
from scripts import agree, run, unrounded
from sequences import Numbers, gru, lstm, rnn

import derive
from derive.catalog.activations import ACTIVATIONS
from derive.catalog.losses import LOSSES
from derive.catalog.optimizers import OPTIMIZERS
from derive.catalog.schedules import SCHEDULES
from derive.exports.pytorch import to_pytorch
from derive.sources import assets

torch = pytest.importorskip("torch", reason="optional: PyTorch (pip install the torch extra)")
PAGE = Path(__file__).resolve().parent.parent / "docs" / "embed" / "pytorch.md"
EQUATIONS = {
    "names of Python's and of the script's own": (
        "equations: {print: lambda*torch + F, entries: print^2, history: exp(entries/10)*T, L: history + values^2}\n"
        "values: {lambda: 0.5, torch: 2, F: -1, T: 3, values: 0.25}\nparameters: [lambda, F, values]\n"
        "learning_rate: 0.1\nrounds: 3\n"
    ),
    "arrays": (
        "equations:\n  s: W @ x + b\n  m: max(s) + min(x, b)[1]*norm(x)\n  p: softmax(s)\n  q: T(W) @ p\n"
        "  L: sum(q*x)*mean(p) - p[2]*m + W[1, 2]\n"
        "values: {W: [[0.5, -1], [2, 0.25]], x: [1, 2], b: [0.5, 0]}\nparameters: [W, b]\n"
        "learning_rate: 0.1\nrounds: 2\n"
    ),
    "values that change from round to round": (
        "equations: {f: w*x, L: (f - y)^2/2}\nvalues: [{w: 0.5, x: 1, y: 2}, {w: 0.5, x: -1, y: 0}]\n"
        "parameters: [w]\nlearning_rate: 0.1\nrounds: 5\n"
    ),
}


@pytest.fixture(autouse=True)
def _dtype():
    """A script makes float64 the default of its process."""
    before = torch.get_default_dtype()
    yield
    torch.set_default_dtype(before)


def solved(tree):
    return derive.solve(derive.Problem.model_validate(tree))


@pytest.mark.parametrize("name", assets.examples())
def test_every_file_of_the_gallery(name):
    agree(solution_of(name))


@pytest.mark.parametrize(
    "name", [TABLE, MATRIX, "adam-parabola", "dropout-mask", "schedule", "xor", "word-embedding", "two-gates"]
)
def test_more_rounds_are_the_rounds_of_a_longer_key(name):
    solution = solution_of(name)
    count = solution.plan.updates
    script = to_pytorch(solution, name)
    printed = run(re.sub(rf"^ROUNDS = {count} ", f"ROUNDS = {count + 3} ", script, flags=re.MULTILINE))
    longer = unrounded(solution_of(name, rounds=count + 3))
    assert printed.code == 0
    assert len(printed.rounds) == len(longer)
    for number, (found, wanted) in enumerate(zip(printed.rounds, longer, strict=True), 1):
        assert {n: v[0] for n, v in found.items()} == pytest.approx(
            {n: float(v) for n, v in wanted.items()}, rel=1e-9, abs=1e-9
        )
        if number > len(solution.rounds):
            assert all(shown is None for _, shown, _ in found.values())


def test_fewer_rounds():
    script = to_pytorch(solution_of(TABLE), "x")
    printed = run(script.replace("ROUNDS = 4 ", "ROUNDS = 1 "))
    assert (len(printed.rounds), printed.code) == (1, 0)


@pytest.mark.parametrize("name", assets.examples())
def test_a_changed_parameter_is_found(name):
    """A learned number that is a quarter more than the problem's."""
    script = to_pytorch(solution_of(name), name)
    leaf = re.search(r"^(\w+) = torch[^=]*requires_grad=True", script, re.MULTILINE)[1]
    changed = script.replace("\nhistory = []\n", f"\nwith torch.no_grad():\n    {leaf} += 0.25\nhistory = []\n")
    printed = run(changed)
    assert printed.code == 1
    assert " differ" in printed.text.splitlines()[-1]
    assert any(mark == "<-- differs" for row in printed.rounds for _, _, mark in row.values())


def test_a_changed_number_of_the_key_is_found():
    """One unit in the last place too many, in a key that carries full numbers."""
    script = to_pytorch(solution_of(TABLE), "x")
    assert script.count("0.236722") == 1
    printed = run(script.replace("0.236722", "0.236723"))
    assert printed.code == 1
    assert printed.rounds[0]["w11_new"] == (pytest.approx(0.2367215176, abs=1e-9), "0.236723", "<-- differs")
    assert sum(mark != "" for row in printed.rounds for _, _, mark in row.values()) == 1


def test_drift_is_told_from_a_difference():
    """The second homework carries rounded numbers: some of its last digits are not PyTorch's, by two units at most."""
    script = to_pytorch(solution_of(MATRIX), "x")
    assert "DRIFT = 2  #" in script
    printed = run(script)
    drifted = {name for row in printed.rounds for name, (_, _, mark) in row.items() if mark == "~"}
    assert "L" in drifted
    assert "differ in their last digits alone (~)" in printed.text
    assert "DRIFT" not in to_pytorch(solution_of(TABLE), "x")
    farther = run(script.replace("1.0743 ", "1.0745 "))
    assert farther.code == 1


def test_the_script_runs_by_itself(tmp_path):
    target = tmp_path / "script.py"
    target.write_text(to_pytorch(solution_of(TABLE), "x"), encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", str(target)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("100 numbers compared with the key: all agree\n")


def test_the_page_shows_what_there_is():
    code, output = re.findall(r"^```text\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    script = to_pytorch(solution_of(TABLE), "x")
    printed = run(script.replace("ROUNDS = 4 ", "ROUNDS = 5 ")).text
    for shown, whole in ((code, script), (output, printed)):
        for part in re.split(r"^ *\.\.\.\n", shown, flags=re.MULTILINE):
            assert part in whole


@settings(max_examples=20, deadline=None)
@given(problems(rounds=3))
def test_dense_networks(problem):
    agree(derive.solve(problem))


@settings(max_examples=12, deadline=None)
@given(spatial())
def test_convolutions_and_poolings(problem):
    agree(derive.solve(problem))


@pytest.mark.parametrize("ties", ["first", "last"])
def test_ties(ties):
    text = (
        f"network: {{inputs: [2, 2], layers: [{{layer: conv2d, kernels: [[1]], biases: none}}, "
        f"{{layer: max_pool2d, size: 2, ties: {ties}}}, {{layer: flatten}}, {{units: 1, weights: 0.5, biases: none}}]}}\n"
        "learning_rate: 0.1\ndata: [{x: [[1, 3], [3, 2]], y: 0}]\n"
    )
    agree(derive.solve(derive.loads(text)))


def test_lines_that_are_broken():
    layers = [{"units": 2, "weights": f"0.{n}", "biases": 0.5, "activation": "tanh"} for n in range(1, 7)]
    tree = {"network": {"inputs": 2, "layers": layers}, "penalty": {"l1": "0.1", "l2": "0.2", "biases": True}}
    script = to_pytorch(solved({**tree, "data": [{"x": [1, 2], "y": [0, 1]}], "learning_rate": "0.1"}), "x")
    assert re.search(r"^    J = .*\($", script, re.MULTILINE)
    assert run(script).code == 0


KERNEL = {"kernel": ["0.5", "-1", "2"], "biases": "0.25"}
OWN_LAYERS = {
    "the page on adding a layer": Scale(factors=[2, 3, -1]),
    "with a text": ScaleWithText(factors=[2, 3, -1]),
    "in brackets": ScaleInParentheses(factors=[2, 3, -1]),
    "letters of a window": Line(slopes=[2, 3, -1], shifts=["0.5", 0, 1]),
    "transposed": Transposed1d(**KERNEL),
    "transposed with a stride": Transposed1d(**KERNEL, stride=2),
    "transposed with padding": Transposed1d(**KERNEL, stride=3, padding=1),
}


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("name", OWN_LAYERS)
def test_layers_that_somebody_adds(name, samples):
    agree(own_solved(OWN_LAYERS[name], [1, -2, 3], samples))


@settings(max_examples=6, deadline=None)
@given(embedded())
def test_embeddings(problem):
    agree(derive.solve(problem))


@settings(max_examples=6, deadline=None)
@given(dropped())
def test_dropouts(problem):
    agree(derive.solve(problem))


@settings(max_examples=6, deadline=None)
@given(normalized())
def test_layer_norms(problem):
    agree(derive.solve(problem))


@settings(max_examples=6, deadline=None)
@given(batch_normalized())
def test_batch_norms(problem):
    agree(derive.solve(problem))


@pytest.mark.parametrize("make", [rnn, lstm, gru])
@pytest.mark.parametrize(("samples", "returns", "truncate"), [(1, "all", 2), (2, "last", None), (2, "all", 1)])
def test_recurrent_layers(make, samples, returns, truncate):
    numbers = Numbers(samples)
    more = {} if truncate is None else {"truncate": truncate}
    layer = make(numbers, 2, 2, recurrent_biases=samples == 2, returns=returns, **more)
    target = (3, 2) if returns == "all" else (2,)
    data = [{"x": numbers(3, 2), "y": numbers(*target)} for _ in range(samples)]
    tree = {"network": {"inputs": [3, 2], "layers": [layer]}, "data": data, "batch": {"size": samples}}
    agree(solved({**tree, "learning_rate": "0.1", "rounds": 2}))


@pytest.mark.parametrize(("heads", "causal", "samples"), [(1, False, 2), (2, True, 1), (2, False, 1), (1, True, 2)])
def test_attention(heads, causal, samples):
    numbers = Numbers(heads)
    matrices = {key: numbers(2, 2) for key in ("query", "key", "value", "output")}
    layer = {"layer": "attention", "heads": heads, "causal": causal, **matrices, "value_biases": numbers(2)}
    data = [{"x": numbers(3, 2), "y": numbers(3, 2)} for _ in range(samples)]
    tree = {"network": {"inputs": [3, 2], "layers": [layer]}, "data": data, "batch": {"size": samples}}
    agree(solved({**tree, "learning_rate": "0.1", "rounds": 2}))


@pytest.mark.parametrize("at_zero", ["0", "1"])
@pytest.mark.parametrize("name", [*(name for name, one in ACTIVATIONS.items() if one.differentiable), "softmax"])
def test_activations(name, at_zero):
    """Below, at and above 0; PyTorch's functions have 0 for a convention, so that formulas stand in for them at 1."""
    layer = {"units": 3, "activation": name, "weights": [["-1.5", "0", "0.75"]], "biases": "none"}
    layers = [layer, {"units": 1, "weights": 0.5, "biases": 0}]
    tree = {"network": {"inputs": 1, "layers": layers}, "data": [{"x": 1, "y": 0.25}]}
    with_convention = name in ACTIVATIONS and ACTIVATIONS[name].kink_at_zero
    tree = {**tree, "relu_at_zero": at_zero} if with_convention else tree
    agree(solved({**tree, "learning_rate": "0.1", "rounds": 2}))


@pytest.mark.parametrize(
    "formula", ["s/(1+abs(s))", "max(0, s)+min(s, 1, 2*s)", "case(s, s, 0.2*s, 1)", "log(1+s^2, 2)"]
)
def test_a_formula_of_ones_own(formula):
    layer = {"units": 3, "activation": {"formula": formula, "label": "own"}, "weights": [["-1.5", "0.2", "0.75"]]}
    layers = [{**layer, "biases": 0}, {"units": 1, "weights": 0.5, "biases": 0}]
    tree = {"network": {"inputs": 1, "layers": layers}, "data": [{"x": 1, "y": 0.25}]}
    agree(solved({**tree, "learning_rate": "0.1"}))


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("samples", [1, 3])
def test_losses(name, samples):
    tree = problem_tree(name, 3, 5, samples=samples)
    agree(solved({**tree, "batch": {"size": samples, "per_sample_gradients": samples > 1}, "rounds": 2}))


@pytest.mark.parametrize("name", ["cross-entropy", "cross-entropy on logits", "kl divergence"])
@pytest.mark.parametrize("log", ["2", "10"])
def test_logarithms(name, log):
    agree(solved(problem_tree(name, 3, 5, log=log)))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers(name):
    agree(
        solved(problem_tree("squared error", 2, 4, optimizer={"name": name, "weight_decay": "0.2", "clip_norm": "1"}))
    )


CONSTANTS = {"step": {"T": 2}, "exponential": {"gamma": "0.9"}, "inverse time": {"k": "0.5"}, "cosine": {"T": 3}}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules(name):
    needed = {key: "2" for key, usual in SCHEDULES[name].constants.items() if not usual}
    rate = {"schedule": name, "start": "0.3", "constants": {**needed, **CONSTANTS.get(name, {})}}
    agree(solved(problem_tree("squared error", 2, 4, learning_rate=rate)))


@pytest.mark.parametrize(
    "more",
    [
        {"learning_rate": ["0.3", "0.2", "0.1"]},
        {"penalty": {"l1": "0.1", "l2": "0.2", "biases": True}, "batch": {"size": 2, "gradients": "summed"}},
        {"penalty": {"l2": "0.2"}, "batch": {"size": 2, "per_sample_gradients": True}},
        {"loss": {"name": "cross-entropy on logits", "smoothing": "0.1"}},
        {"update_form": "ascent"},
        {"inline": ["error", "squared error", "adjoint"], "final_forward_pass": True},
        {"optimizer": {"name": "momentum", "clip_value": "0.2"}},
        {"rounding": {"significant": 3, "carry": "rounded", "zeros": "drop"}},
        {"rounding": {"places": 3, "mode": "cut", "zeros": "inexact"}},
        {"rounding": {"places": 6, "exceptions": [{"quantity": "s1", "places": 2}], "zeros": "drop"}},
    ],
)
def test_choices(more):
    name = "cross-entropy on logits" if "loss" in more else "half squared error"
    agree(solved({**problem_tree(name, 3, 7, samples=2), **more}))


@pytest.mark.parametrize("text", EQUATIONS.values(), ids=EQUATIONS)
def test_equations(text):
    agree(derive.solve(derive.loads(text)))

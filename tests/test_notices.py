"""What is legal in a problem file and seldom meant is named, each with its line and with what to write instead."""

import math

import pytest

import derive
from derive.catalog.activations import ACTIVATIONS, custom
from derive.document.text_notices import text_notices
from derive.errors import InputError
from derive.graph.grammar import parse
from derive.graph.interval import Interval, enclosure
from derive.problem.read import problem_of
from derive.sources.marked import parse as parse_yaml


def network(layers, loss="half squared error", rate="0.1", targets="y: 1", more=""):
    return (
        f"network:\n  inputs: 1\n  layers:\n{layers}loss: {loss}\nlearning_rate: {rate}\n"
        f"data: [{{x: 1, {targets}}}]\n{more}"
    )


def dense(units, activation):
    weights = ", ".join(["0.3"] * units)
    return f"    - {{units: {units}, weights: [[{weights}]], biases: none, activation: {activation}}}\n"


def notices(text):
    marked = parse_yaml(text, "case")
    problem = problem_of(marked)
    solution = derive.solve(problem)
    return [str(marked.diagnostic(path, message)) for path, message in solution.notices]


def layer(activation):
    return f"    - {{layer: activation, activation: {activation}}}\n"


def text_warnings(text):
    marked = parse_yaml(text, "case")
    solution = derive.solve(problem_of(marked))
    return [str(marked.diagnostic(path, message)) for path, message in text_notices(solution)]


def test_a_slip_of_a_name_between_dollar_signs_has_its_line():
    batch = "batch: {size: 2}\n"
    text = (
        "network: {inputs: 1, layers: [{units: 1, weights: 0.3, biases: none}]}\nlearning_rate: 0.1\n"
        "data: [{x: 1, y: 1}, {x: 2, y: 1}]\nexercise:\n  text: Between $5 and $6 lies $%s$, and $w_1$.\n"
    )
    (found,) = text_warnings(batch + text % "dL/dw11")
    assert found == (
        "case:6:3: `dL/dw11` between dollar signs is printed as typed: there is no quantity 'dL/dw11'; did you mean dJ/dw11?"
    )
    assert text_warnings(text % "dL/dw11") == []
    assert text_warnings(batch + text % "dJ/dw11 = sum_n x_n / 2") == []
    (found,) = text_warnings(batch + text % "etta = 0.1")
    assert found.endswith("there is no quantity 'etta'; did you mean eta?")


SIGMOID = "{formula: 1/(1+exp(-s))}"


@pytest.mark.parametrize(
    ("layers", "loss", "targets", "where", "instead"),
    [
        (dense(1, "sigmoid"), "cross-entropy", "y: 1", "case:5:1", "take binary cross-entropy"),
        (dense(3, "sigmoid"), "cross-entropy", "class: 2", "case:5:1", "take binary cross-entropy, or end in softmax"),
        (dense(3, "sigmoid"), "kl divergence", "class: 2", "case:5:1", "take binary cross-entropy, or end in softmax"),
        (dense(1, SIGMOID), "cross-entropy", "y: 1", "case:5:1", "take binary cross-entropy"),
        (dense(1, "softmax"), "cross-entropy", "y: 1", "case:4:50", "end in sigmoid, and take binary cross-entropy"),
        (dense(1, "identity"), "cross-entropy on logits", "y: 1", "case:5:1", "take binary cross-entropy on logits"),
        (dense(2, "softmax"), "binary cross-entropy", "y: [1, 0]", "case:5:1", "take cross-entropy, or end in sigmoid"),
        (dense(1, "sigmoid"), "half squared error", "y: 3", "case:7:15", "`y` of sample 1: 3, but sigmoid gives"),
        (dense(1, "tanh"), "half squared error", "y: -2", "case:7:15", "numbers from -1 to 1; scale the targets"),
        (dense(1, "relu"), "half squared error", "y: -2", "case:7:15", "numbers of 0 or more"),
        (dense(1, SIGMOID), "half squared error", "y: 3", "case:7:15", "numbers from 0 to 1"),
        (dense(1, "sigmoid"), "hinge", "y: -1", "case:7:15", "numbers from 0 to 1"),
    ],
)  # fmt: skip
def test_a_wrong_set_up(layers, loss, targets, where, instead):
    (notice,) = notices(network(layers, loss, targets=targets))
    assert notice.startswith(where)
    assert instead in notice


@pytest.mark.parametrize(("activation", "loss"), [("sigmoid", "cross-entropy"), ("softmax", "binary cross-entropy")])
def test_a_layer_of_activations_at_the_output_counts(activation, loss):
    (notice,) = notices(network(dense(2, "none") + layer(activation), loss, targets="y: [1, 0]"))
    assert notice.startswith("case:6:1: ")


@pytest.mark.parametrize(
    ("layers", "loss", "targets"),
    [
        (dense(1, "sigmoid"), "binary cross-entropy", "y: 1"),
        (dense(1, "sigmoid"), "half squared error", "y: 0"),
        (dense(3, "sigmoid"), "binary cross-entropy", "y: [1, 0, 1]"),
        (dense(2, "softmax"), "cross-entropy", "class: 1"),
        (dense(2, "identity"), "cross-entropy on logits", "class: 1"),
        (dense(1, "{formula: s^2 - 1}"), "half squared error", "y: 7"),
        (dense(1, "{name: elu, alpha: 3}"), "half squared error", "y: -2"),
        (dense(1, "tanh"), "hinge", "y: -1"),
    ],
)
def test_a_sensible_set_up(layers, loss, targets):
    assert notices(network(layers, loss, targets=targets)) == []


@pytest.mark.parametrize(
    ("rate", "more", "where", "message"),
    [
        ("0", "", "case:6:1", "`learning_rate`: 0 changes nothing"),
        ("-0.5", "", "case:6:1", "`learning_rate`: -0.5 climbs"),
        ("[-0.5]", "", "case:6:1", "`learning_rate`: -0.5 climbs"),
        ("0.1", "optimizer: {name: adam, constants: {beta1: 2}}\n", "case:8:37", "`beta1`: 2, but adam takes"),
        ("0.1", "optimizer: {name: adam, constants: {epsilon: -1e-9}}\n", "case:8:37", "of 0 or more"),
        ("0.1", "optimizer: {name: rmsprop, constants: {rho: -1}}\n", "case:8:40", "from 0 to 1"),
        ("{start: 0.1, schedule: exponential, constants: {gamma: 3}}", "", "case:6:64", "`gamma`: 3"),
    ],
)
def test_numbers_that_are_no_rate_and_no_constant(rate, more, where, message):
    (notice,) = notices(network(dense(1, "sigmoid"), rate=rate, more=more))
    assert notice.startswith(where)
    assert message in notice


def test_what_a_number_broke_is_named_beside_it(tmp_path, capsys):
    """A softmax of one unit is 1, and the loss takes the logarithm of 1 - 1."""
    from derive.cli.main import main

    path = tmp_path / "one.yaml"
    path.write_text(network(dense(1, "softmax"), "binary cross-entropy"), encoding="utf-8")
    assert main([str(path), "--latex", "-o", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "the logarithm of 0" in said
    assert "one.yaml:4:50: a softmax of one unit is always 1" in said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("equations: {q: x + y}\nvalues: {x: 1, y: 2, z: 3}", "case:2:22: `z` is given and no equation uses it"),
        ("equations: {q: sigmoid(x)}\nvalues: {x: 1}\ntargets: 3", "case:3:1: `targets`: 3, but sigmoid(x) gives"),
        (
            "equations: {q: sigmoid(x)}\nvalues: {x: 1}\ntargets: 1\nloss: cross-entropy",
            "case:4:1: cross-entropy takes",
        ),
        (
            "equations: {q: x*w}\nvalues: [{x: 1, w: 1}, {x: 2, w: 1}]\nparameters: w\nlearning_rate: 0.1",
            "case:2:31: `w` is a parameter: after the first round it carries on from its update",
        ),
        (
            "equations: {q: x*w}\nvalues: [{x: 1, w: 1}, {x: 2}]\nparameters: w\nlearning_rate: 0.1\nrounds: 1",
            "case:2:24: group of values 2 and what follows is never used",
        ),
    ],
)
def test_equations(text, expected):
    (notice,) = notices(text)
    assert notice.startswith(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            network(dense(1, "sigmoid"), rate="[0.1, 0.2]"),
            "case:6:1: `learning_rate`: 2 numbers, but the problem has 1",
        ),
        (
            network(dense(1, "sigmoid"), more="questions: [{title: A, asks: [rounds], points: -3}]\n"),
            "case:8:40: `points`: expected 0 or more, not -3",
        ),
        (
            "equations: {L: (g - theta)^2}\nvalues: [{g: 8, theta: 1}, {g: 2, theta: 99}]\nparameters: theta\nlearning_rate: 1",
            "case:2:35: `theta` is a parameter: after the first round it carries on from its update; leave it out here",
        ),
        ("equations: {q: x + y}\nvalues: {x: 1, y: 2}\nlearning_rate: 0.1", "case:3:1: `learning_rate`: without"),
        (
            "equations: {p: 1/(1+exp(-w)), J: log(p)}\nvalues: {w: 0}\nparameters: w\nlearning_rate: 1\nupdate_form: ascent",
            "case:5:1: `update_form: ascent` turns the sign",
        ),
    ],
)
def test_what_would_be_lost_is_refused(text, expected):
    with pytest.raises(InputError) as caught:
        derive.loads(text, "case")
    assert str(caught.value).startswith(expected)


def test_equations_behind_the_one_that_is_differentiated_are_worked():
    """acc = x1*3 = 3 and more = acc*o = 3 tanh(2); dE/dw1 knows nothing of them: 1 - tanh(2)^2."""
    solution = derive.solve(
        derive.loads("equations: {s: x1*w1, o: tanh(s), acc: x1*3, more: acc*o}\nvalues: {x1: 1, w1: 2}\noutputs: o\n")
    )
    assert [solution[name].shown() for name in ("acc", "more", "do/dw1")] == ["3.0000", "2.8921", "0.0707"]
    assert "do/dacc" not in solution.graph.blocks.by_name


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_bounds_of_an_activation(name):
    """Every value from -30 to 30 lies between them, and comes within a thousandth of each."""
    entry = ACTIVATIONS[name]
    bounds, constants = entry.range({}), {key: float(text) for key, text in entry.constants.items()}
    values = [
        value_of(entry.rule.text.replace("AT_ZERO", "0"), {**constants, "s": k / 100}) for k in range(-3000, 3001)
    ]
    assert all(bounds.low - 1e-7 <= value <= bounds.high + 1e-7 for value in values)
    assert math.isinf(bounds.low) or min(values) < bounds.low + 1e-3
    assert math.isinf(bounds.high) or max(values) > bounds.high - 1e-3


def value_of(text, numbers):
    from decimal import Decimal

    from derive.arithmetic.decimals import DecimalArithmetic
    from derive.arithmetic.evaluate import compile_formula
    from derive.graph.formula import Position, Slot, rebuild

    names = [*numbers]
    tree = rebuild(parse(text), lambda node: Position(names.index(node.name)) if isinstance(node, Slot) else None)
    return float(compile_formula(tree, DecimalArithmetic(30))([Decimal(str(number)) for number in numbers.values()]))


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("1/(1+exp(-s))", 0, 1),
        ("2/(1+exp(-s))-1", -1, 1),
        ("exp(-s^2)", 0, 1),
        ("max(0, min(1, s))", 0, 1),
        ("log(1+exp(s))", 0, math.inf),
        ("1/s", -math.inf, math.inf),
        ("(-2)^3*sin(s)", -8, 8),
        ("abs(tanh(s)-3)", 2, 4),
        ("s^2/(1+s^2)", 0, math.inf),
    ],
)
def test_intervals(text, low, high):
    """By hand; the last is below 1, which interval arithmetic cannot see, as s stands there twice."""
    assert enclosure(parse(text)) == Interval(low, high)


def test_a_formula_of_ones_own_has_the_bounds_of_its_interval():
    assert custom("tanh(s)*3", "own").range({}) == Interval(-3, 3)

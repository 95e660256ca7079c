"""Losses: partials proved, values and gradients against plain loops, what a key shows, a gradient in place of a loss."""

from decimal import Decimal

import pytest
import sympy
from editions import to_latex_document
from losses import NUMBERS, PLAIN, plain_log, plain_outputs, problem_tree

import derive
from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.evaluate import compile_formula
from derive.catalog.losses import LOSSES, ErrorOrder, LossOptions, Targets, loss
from derive.catalog.losses.base import Met
from derive.document.context import Context
from derive.document.locale import locale
from derive.document.statement.loss import upstream_formula
from derive.document.style import style as style_of
from derive.errors import CheckError, InputError, NumberError
from derive.graph.formula import Position, Slot
from derive.graph.symbolic import to_sympy

CHOICES = [
    (name, LossOptions(order, base, at_zero))
    for name, entry in LOSSES.items()
    for order in (list(ErrorOrder) if "error" in entry.options else [ErrorOrder.TARGET_FIRST])
    for base in ((0, 2, 10) if "log" in entry.options else (0,))
    for at_zero in ((0, 1) if entry.kink_at_zero else (0,))
]


def symbol(node):
    return sympy.Symbol(f"p{node.index}" if isinstance(node, Position) else node.name, real=True)


def step_values(made, entry, size, first):
    """The peers of a sized loss in terms of its targets and outputs, as SymPy expressions."""
    known = {name: [symbol(Position(first[name] + k)) for k in range(size)] for name in (entry.target_letter, "f")}
    for step in made.steps:
        known[step.name] = []
        for k in range(size):
            sized = step.rule.sized(size, k) if step.rule.groups else step.rule.sized()
            operands = []
            for name in step.operands:
                given = known.get(name, [symbol(Slot(name))])
                operands += given if step.rule.groups and name in known else [given[k if len(given) > 1 else 0]]
            known[step.name].append(to_sympy(sized.formula, lambda node, o=operands: o[node.index]))
    return known


@pytest.mark.parametrize(("name", "options"), CHOICES, ids=str)
@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_textbook_partial_is_sympys(name, options, size):
    entry = LOSSES[name]
    made = entry.make(options)
    sized = made.rule.sized(size)
    places, place = {}, 0
    for slot in made.rule.slots:
        places[slot] = place
        place += size if slot in made.rule.groups else 1
    scalars = {symbol(Position(places[c])): sympy.Rational("0.7") for c in entry.constants}
    named = {symbol(Slot(c)): sympy.Rational("0.7") for c in entry.constants}
    known = step_values(made, entry, size, places)
    formula = to_sympy(sized.formula, symbol)
    inside = {sized.arity + 1 + k: value for k, value in enumerate(v for peer in entry.peers for v in known[peer])}
    for k in range(size):
        local, mentions = sized.locals[places["f"] + k]
        names = {new: inside.get(old, symbol(Position(old))) for new, old in enumerate(mentions)}
        stated = to_sympy(local.formula, lambda node, names=names: names[node.index])
        found = sympy.diff(formula, symbol(Position(places["f"] + k)))
        for start in (0, 1):
            at = {**scalars, **named, **_point(entry, places, size, start)}
            expected = sympy.N(found.subs(at), 30)
            assert sympy.N(stated.subs(at), 30) == pytest.approx(expected, rel=1e-20, abs=1e-25)


def _point(entry, places, size, start):
    """A point off the kinks, with targets of the kind that the loss takes."""
    outputs = (("0.31", "0.42", "0.27"), ("0.9", "0.05", "0.66"))[start]
    share = {1: ("1",), 2: ("0.6", "0.4"), 3: ("0.2", "0.7", "0.1")}[size]
    chosen = tuple("1" if k == start % size else "0" for k in range(size))
    targets = {
        Targets.NUMBERS: ("1.7", "-0.4", "0.5"),
        Targets.DISTRIBUTION: share,
        Targets.CLASS: chosen,
        Targets.SHARE: ("0.2", "1", "0"),
        Targets.SIGN: ("-1", "1", "1"),
        Targets.ADJOINTS: ("1.7", "-0.4", "0.5"),
    }[entry.targets]
    at = {symbol(Position(places["f"] + k)): sympy.Rational(outputs[k]) for k in range(size)}
    return {
        **at,
        **{symbol(Position(places[entry.target_letter] + k)): sympy.Rational(targets[k]) for k in range(size)},
    }


def plain_loss(tree, name, weights, biases, sample):
    number = NUMBERS.mpf
    outputs = plain_outputs(name, [number(x) for x in sample["x"]], weights, biases)
    targets = [number(y) for y in sample.get("y", sample.get("upstream"))]
    constant = number(tree["loss"]["constants"].get("delta", "1"))
    return PLAIN[name](targets, outputs, plain_log(tree["loss"]["log"]), constant)


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize(
    ("name", "log"),
    [
        (name, log)
        for name, e in LOSSES.items()
        for log in (("natural", "2", "10") if "log" in e.options else ("natural",))
    ],
)
def test_values_gradients_and_three_updates_against_a_plain_loop(name, log, outputs):
    tree = problem_tree(name, outputs, 1, samples=3, log=log)
    solution = derive.solve(derive.Problem.model_validate(tree))
    layer = tree["network"]["layers"][0]
    parameters = [*map(NUMBERS.mpf, [w for row in layer["weights"] for w in row]), *map(NUMBERS.mpf, layer["biases"])]
    names = [f"w{i}{j}" for i in (1, 2) for j in range(1, outputs + 1)] + [f"b{j}" for j in range(1, outputs + 1)]
    step = NUMBERS.mpf("1e-20")
    for number, sample in enumerate(tree["data"], 1):

        def at(moved, sample=sample):
            weights = [moved[:outputs], moved[outputs : 2 * outputs]]
            return plain_loss(tree, name, weights, moved[2 * outputs :], sample)

        if name != "upstream gradient":
            assert float(solution["L"].value(number)) == pytest.approx(float(at(parameters)), rel=1e-13, abs=1e-15)
        gradients = []
        for k in range(len(parameters)):
            up, down = ([p + s * step * (j == k) for j, p in enumerate(parameters)] for s in (1, -1))
            gradients.append((at(up) - at(down)) / (2 * step))
        for label, gradient in zip(names, gradients, strict=True):
            found = float(solution[f"dL/d{label}"].value(number))
            assert found == pytest.approx(float(gradient), rel=1e-12, abs=1e-16)
        parameters = [p - NUMBERS.mpf("0.3") * g for p, g in zip(parameters, gradients, strict=True)]
        for label, parameter in zip(names, parameters, strict=True):
            assert float(solution[f"{label}_new"].value(number)) == pytest.approx(float(parameter), rel=1e-12)


def lines(solution, round=1):
    work = solution.rounds[round]
    return {line.name: line for line in (work.line(e, solution.plain_writer) for e in work.equations)}


def solved(name, outputs=3, **more):
    return derive.solve(derive.Problem.model_validate(problem_tree(name, outputs, 4, **more)))


def test_the_working_of_losses():
    huber = lines(solved("huber"))
    assert [name for name in huber if name[0] in "el" or name == "L"] == ["e1", "e2", "e3", "l1", "l2", "l3", "L"]
    assert huber["L"].formula == "l1 + l2 + l3"
    mean = lines(solved("mean squared error"))
    assert mean["L"].formula == "(q1 + q2 + q3)/3"
    assert mean["dL/df2"].formula == "2 * (f2 - y2)/3"
    assert lines(solved("mean squared error", 1))["L"].formula == "q1"
    logits = lines(solved("cross-entropy on logits", log="2"))
    assert logits["dL/df1"].formula == "(p1 - y1)/log(2)"
    assert logits["L"].formula == "-(y1 * log(p1, 2) + y2 * log(p2, 2) + y3 * log(p3, 2))"


def test_errors_either_way_round():
    for name in ("squared error", "absolute error", "huber"):
        one, other = solved(name), solved(name, error="output minus target")
        assert lines(one)["e1"].formula == "y1 - f1"
        assert lines(other)["e1"].formula == "f1 - y1"
        assert one["dL/dw11"].value(3) == other["dL/dw11"].value(3)


def test_the_kink_of_the_hinge_goes_by_the_convention():
    layer = {"units": 1, "weights": 1, "biases": 0}
    tree = {
        "network": {"inputs": 1, "layers": [layer]},
        "loss": "hinge",
        "learning_rate": 1,
        "data": [{"x": 1, "y": 1}],
    }
    for convention, gradient in (("0", "0.0000"), ("1", "-1.0000")):
        solution = derive.solve(derive.Problem.model_validate({**tree, "relu_at_zero": convention}))
        assert solution.rounds[1]["dL/dw11"].shown == gradient
        assert solution.lowered.kinked == {"hinge"}


def test_a_given_gradient_in_place_of_a_loss():
    solution = solved("upstream gradient", batch={"size": 2}, samples=2, rounds=1)
    shown = lines(solution)
    assert shown["dL/df1@n1"].formula == "u1@n1"
    assert not [name for name in shown if name.startswith(("L", "J"))]
    assert not [
        block
        for block in solution.graph.blocks.blocks
        if block.first in solution.rounds[1].values and block.kind in ("loss", "total loss")
    ]
    assert solution.check.total > 0
    assert solution.warnings == ()


def test_the_check_sees_a_wrong_loss(monkeypatch):
    entry = LOSSES["squared error"]
    wrong = type(entry)(entry.name, entry.formula, "f-y", "")
    monkeypatch.setattr("derive.network.losing.loss", lambda _, options: wrong.make(options))
    with pytest.raises(CheckError, match="dL/df1 in round 1"):
        solved("squared error")


def test_a_target_of_zero_adds_nothing_to_a_divergence():
    layer = {"units": 2, "activation": "softmax", "weights": [[1, 2]], "biases": 0}
    tree = {"network": {"inputs": 1, "layers": [layer]}, "learning_rate": 1, "data": [{"x": 1, "class": 2}]}
    entropies = [
        derive.solve(derive.Problem.model_validate({**tree, "loss": name}))
        for name in ("kl divergence", "cross-entropy")
    ]
    for name in ("L", "dL/dw11"):
        assert float(entropies[0][name].value()) == pytest.approx(float(entropies[1][name].value()), rel=1e-15)


def test_the_logarithm_of_zero_names_equation_and_round():
    layer = {"units": 2, "activation": "softmax", "weights": [[20, -20]], "biases": 0}
    tree = {"network": {"inputs": 1, "layers": [layer]}, "loss": "cross-entropy", "learning_rate": 1}
    rounded = {"data": [{"x": 0, "class": 1}, {"x": 1, "class": 2}], "rounding": {"places": 4, "carry": "rounded"}}
    with pytest.raises(NumberError, match=r"L in round 2: the logarithm of 0 \(cross-entropy\)"):
        derive.solve(derive.Problem.model_validate({**tree, **rounded}))


@pytest.mark.parametrize("name", LOSSES)
def test_the_formula_by_itself_is_the_loss(name):
    """Not only the steps that a key works it in: the check and the warnings work the formula."""
    sample = problem_tree(name, 3, 11)["data"][0]
    targets = sample.get("y", sample.get("upstream"))
    outputs = ["0.25", "0.125", "0.625"]
    rule = loss(name).rule
    numbers = {"y": targets, "u": targets, "f": outputs, "delta": ["0.7"]}
    operands = [Decimal(text) for slot in rule.slots for text in numbers[slot]]
    found = compile_formula(rule.sized(3).formula, DecimalArithmetic(50))(operands)
    plain = PLAIN[name](
        *([NUMBERS.mpf(t) for t in texts] for texts in (targets, outputs)), plain_log("natural"), NUMBERS.mpf("0.7")
    )
    assert abs(NUMBERS.mpf(str(found)) - plain) < NUMBERS.mpf(10) ** -40


@pytest.mark.parametrize(
    ("name", "target", "output", "differs"),
    [
        ("binary cross-entropy", "1", "0.5", False),
        ("binary cross-entropy", "1", "1e-11", False),
        ("binary cross-entropy", "1", "1e-13", True),
        ("hinge", "1", "0.5", False),
        ("hinge", "1", "1", True),
        ("huber", "1", "0.5", False),
    ],
)
def test_where_the_function_of_pytorch_is_another(name, target, output, differs):
    """F.binary_cross_entropy takes 1e-12 for a smaller f (1 - f); the hinge of PyTorch has a slope at its kink."""
    met = Met([([Decimal(target)], [Decimal(output)])], {"delta": Decimal(1)}, 0)
    assert bool(LOSSES[name].torch.differs(met)) == differs


CONSTANTS = {"huber": {"delta": "1"}, "multi-class hinge": {"delta": "1"}}
"""PyTorch's `delta` of HuberLoss and `margin` of MultiMarginLoss, which is Weston and Watkins's."""


def test_usual_numbers_are_those_of_their_sources():
    assert {name: dict(entry.constants) for name, entry in LOSSES.items() if entry.constants} == CONSTANTS


def test_every_entry_says_what_it_is():
    for name, entry in LOSSES.items():
        assert entry.name == name
        assert entry.formula
        assert entry.partial
        assert entry.reference
        assert entry.domain


@pytest.mark.parametrize("at", [[1, 3], 2])
def test_a_class_for_each_step_or_one_for_all(at):
    layer = {"units": 3, "weights": [[1, 2, 3]], "biases": 0}
    tree = {
        "network": {"inputs": [2, 1], "layers": [layer]},
        "loss": "cross-entropy on logits",
        "learning_rate": 1,
        "data": [{"x": [[1], [0]], "class": at}],
    }
    values = derive.solve(derive.Problem.model_validate(tree)).rounds[1]
    chosen = [[values[f"y{k}@t{t}"].carried for k in (1, 2, 3)] for t in (1, 2)]
    assert chosen == ([[1, 0, 0], [0, 0, 1]] if at == [1, 3] else [[0, 1, 0]] * 2)


def test_author_formulas_may_give_probabilities():
    layer = {
        "units": 2,
        "activation": {"formula": "1/(1+exp(-2*s))", "label": "mine"},
        "weights": [[1, 2]],
        "biases": 0,
    }
    tree = {"network": {"inputs": 1, "layers": [layer]}, "loss": "cross-entropy", "learning_rate": 1}
    assert derive.solve(derive.Problem.model_validate({**tree, "data": [{"x": 1, "class": 2}]})).check.total > 0


def test_a_misfit_in_python_is_named_too():
    layer = {"units": 2, "activation": "tanh", "weights": [[1, 2]], "biases": 0}
    tree = {"network": {"inputs": 1, "layers": [layer]}, "loss": "cross-entropy", "learning_rate": [1]}
    problem = derive.Problem.model_validate({**tree, "data": [{"x": 1, "class": 2}], "rounds": 2})
    with pytest.raises(InputError) as caught:
        derive.solve(problem)
    messages = [diagnostic.message for diagnostic in caught.value.diagnostics]
    assert messages[0].startswith("loss.name: cross-entropy takes probabilities that add up to 1")
    assert messages[1] == "learning_rate: `learning_rate`: 1 number, but the problem has 2 rounds"


@pytest.mark.parametrize("style", ["table", "graph"])
def test_a_key_without_a_loss_shows_none(style):
    tex = to_latex_document(solved("upstream gradient", style=style), "x")
    assert "u_{1}" in tex
    assert r"$L" not in tex
    assert "Loss against" not in tex


@pytest.mark.parametrize("style", ["table", "worked", "steps"])
def test_what_joins_given_gradients_is_defined(style):
    """Parameters have dJ: of the mean over samples, with the penalty; both J and what it is made of are on the page."""
    options = {"batch": {"size": 2}, "samples": 2, "rounds": 1, "style": style}
    assert joined(solved("upstream gradient", **options)) == [r"J = \tfrac{1}{2} \sum_{n} L^{[n]}"]
    both = [r"L = \tfrac{1}{2} \sum_{n} L^{[n]}", r"J = L + \tfrac{\lambda}{2} \sum_{w} w^{2}"]
    assert joined(solved("upstream gradient", penalty={"l2": "0.1"}, **options)) == both


def joined(solution):
    """The equations of J and L among the given gradients, all of which the document prints."""
    context = Context(solution, style_of(solution.problem.style).style, locale("en"))
    tex = to_latex_document(solution, "x")
    found = [str(one) for one in upstream_formula(context) if str(one).startswith(("J", "L"))]
    assert all(one in tex for one in found)
    return found


def test_equations_with_a_given_gradient():
    tree = {
        "equations": {"f": "W @ x"},
        "values": {"W": [[1, 2], [3, 4]], "x": [1, -1]},
        "parameters": ["W"],
        "targets": ["0.5", "-2"],
        "loss": "upstream gradient",
        "learning_rate": {"schedule": "warmup", "start": 1, "constants": {"T": 2}},
    }
    values = derive.solve(derive.Problem.model_validate(tree)).rounds[1]
    assert [values[f"dL/dW{i}{j}"].carried for i in (1, 2) for j in (1, 2)] == [
        Decimal(n) for n in ("0.5", "-0.5", "-2", "2")
    ]
    assert values["W11_new"].carried == Decimal("0.75")
    assert "L" not in [line.name for line in values.lines]

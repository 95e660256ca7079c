"""Conventions of the derivation against plain Python: ascent, updates in place, rows of units, bias forms; and all
choices combined at random, solved, printed and read back."""

import re
from decimal import Decimal
from math import exp, tanh

import pytest
from conftest import compiled
from editions import to_latex_document
from everyday import examples
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from nets import problems
from read_back import read
from test_matrix_lines import EXACT, MODES
from test_matrix_lines import check as matrices_checked

import derive
from derive.errors import CheckError, InputError, NumberError
from derive.graph import ascent
from derive.graph.builder import GraphBuilder
from derive.graph.formula import Position, Product
from derive.graph.grammar import parse
from derive.problem.model import Problem

W1, B1 = [[0.15, 0.25, -0.3], [0.2, 0.3, 0.5]], [0.35, 0.1, -0.2]
W2, B2 = [[0.4, 0.5], [0.45, 0.55], [0.1, -0.2]], [0.6, -0.1]
W3, B3 = [[0.7], [-0.3]], [0.2]
NET = f"""
network:
  inputs: 2
  layers:
    - {{units: 3, activation: sigmoid, weights: {W1}, biases: {B1}}}
    - {{units: 2, activation: tanh, weights: {W2}, biases: {B2}}}
    - {{units: 1, activation: sigmoid, weights: {W3}, biases: {B3}}}
learning_rate: 0.5
data: [{{x: [0.05, 0.1], y: [0.9]}}, {{x: [0.3, -0.7], y: [0.2]}}]
rounds: 3
"""
SAMPLES = [([0.05, 0.1], [0.9]), ([0.3, -0.7], [0.2])]


def sigmoid(s):
    return 1 / (1 + exp(-s))


FUNCTIONS = [(sigmoid, lambda f: f * (1 - f)), (tanh, lambda f: 1 - f * f), (sigmoid, lambda f: f * (1 - f))]


def by_hand(rounds, rate=0.5, *, in_place):
    """The parameters after each round, and the round's deltas as (t - o) f' (the delta rule), by loops over lists."""
    weights = [[row[:] for row in w] for w in (W1, W2, W3)]
    biases = [b[:] for b in (B1, B2, B3)]
    found = []
    for number in range(rounds):
        x, t = SAMPLES[number % 2]
        signals = [x]
        for w, b, (f, _) in zip(weights, biases, FUNCTIONS, strict=True):
            before = signals[-1]
            signals.append([f(sum(before[i] * w[i][j] for i in range(len(before))) + b[j]) for j in range(len(b))])
        back = [a - o for a, o in zip(t, signals[-1], strict=True)]
        deltas, changes = {}, []
        for layer in (2, 1, 0):
            slope = FUNCTIONS[layer][1]
            delta = [e * slope(o) for e, o in zip(back, signals[layer + 1], strict=True)]
            deltas[layer] = delta
            changed = [
                [w + rate * d * x for w, d in zip(row, delta, strict=True)]
                for row, x in zip(weights[layer], signals[layer], strict=True)
            ]
            shifted = [b + rate * d for b, d in zip(biases[layer], delta, strict=True)]
            if in_place:
                weights[layer], biases[layer] = changed, shifted
            else:
                changes.append((layer, changed, shifted))
            back = [sum(w * d for w, d in zip(row, delta, strict=True)) for row in weights[layer]]
        for layer, changed, shifted in changes:
            weights[layer], biases[layer] = changed, shifted
        found.append(([[row[:] for row in w] for w in weights], [b[:] for b in biases], deltas))
    return found


def close(found, wanted):
    assert float(found) == pytest.approx(wanted, rel=1e-12, abs=1e-16)


@pytest.mark.parametrize("inline", ["[]", "[adjoint]", "[error, squared error, adjoint]"])
@pytest.mark.parametrize("form", ["descent", "ascent"])
@pytest.mark.parametrize("updates", ["simultaneous", "in place"])
def test_three_rounds_against_plain_loops(form, updates, inline):
    solution = derive.solve(derive.loads(f"{NET}update_form: {form}\nupdates: {updates}\ninline: {inline}"))
    wanted = by_hand(3, in_place=updates == "in place")
    sign, stem = (1, "delta_s{}_{}") if form == "ascent" else (-1, "dL/ds{}_{}")
    for number, (weights, biases, deltas) in enumerate(wanted, 1):
        values = solution.rounds[number]
        for layer in range(3):
            for j, bias in enumerate(biases[layer]):
                close(values[f"b{layer + 1}_{j + 1}_new"].unrounded, bias)
                close(values[stem.format(layer + 1, j + 1)].unrounded, sign * deltas[layer][j])
            for i, row in enumerate(weights[layer]):
                for j, weight in enumerate(row):
                    close(values[f"w{layer + 1}_{i + 1}{j + 1}_new"].unrounded, weight)
    assert by_hand(1, in_place=True)[0][0] != by_hand(1, in_place=False)[0][0]


def test_the_delta_rule_in_its_own_letters():
    """Mitchell: delta_o = (t - o) o (1 - o), delta_h = o_h (1 - o_h) sum w delta, w <- w + eta delta x."""
    notation = "{base: partials, products: plain, letters: {output: o, target: t, activation: o, pre-activation: net}}"
    solution = derive.solve(derive.loads(f"{NET}update_form: ascent\nnotation: {notation}"))
    lines = {
        solution.graph.blocks.names[e.output]: solution[solution.graph.blocks.names[e.output]].latex()
        for e in solution.rounds[1].equations
    }
    assert lines["delta_s3_1"] == r"(t_{1} - o^{(3)}_{1}) \, o^{(3)}_{1} \, (1 - o^{(3)}_{1})"
    assert lines["delta_s1_1"].startswith(
        r"(\delta^{(2)}_{1} \, w^{(2)}_{11} + \delta^{(2)}_{2} \, w^{(2)}_{12}) \, o^{(1)}_{1}"
    )
    assert lines["w3_11_new"] == r"w^{(3)}_{11} + \eta \, \delta^{(3)}_{1} \, o^{(2)}_{1}"
    assert lines["b3_1_new"] == r"b^{(3)}_{1} + \eta \, \delta^{(3)}_{1}"
    assert not any(name.startswith("dL/") for name in lines)


def test_a_batch_and_a_fused_loss_in_the_ascent_form():
    text = """
network: {inputs: 1, layers: [{units: 2, weights: [[0.5, -0.2]], biases: 0.1}]}
learning_rate: 0.1
loss: cross-entropy on logits
data: [{x: 1, class: 1}, {x: 2, class: 2}]
batch: {size: 2}
update_form: ascent
"""
    solution = derive.solve(derive.loads(text))
    lines = {name: solution[name].latex() for name in ("delta_s1@n1", "w11_new")}
    assert lines["delta_s1@n1"] == r"(y^{[1]}_{1} - p^{[1]}_{1}) \times 1"
    assert r"+ \eta \times \frac{\delta^{[1]}_{1}" in lines["w11_new"]
    plain = derive.solve(derive.loads(text.replace("ascent", "descent")))
    assert solution.rounds[1]["w11_new"].unrounded == pytest.approx(
        plain.rounds[1]["w11_new"].unrounded, rel=Decimal("1e-30")
    )


def test_an_optimizer_that_uses_a_gradient_on_its_own_keeps_it_in_the_ascent_form():
    text = f"{NET}update_form: ascent\nbatch: {{size: 2, per_sample_gradients: true}}"
    solution = derive.solve(derive.loads(text))
    assert solution["dL/dw3_11@n1"].latex().startswith(r"-\delta")
    assert "dJ/dw3_11" in {solution.graph.blocks.names[e.output] for e in solution.rounds[1].equations}


def test_the_check_sees_a_delta_of_the_wrong_sign(monkeypatch):
    """The complex step is compared with minus the delta: a delta that was not turned is an error."""
    monkeypatch.setattr(ascent, "_signed", lambda equation, negative: equation)
    with pytest.raises(CheckError, match="delta_s3_1"):
        derive.solve(derive.loads(f"{NET}update_form: ascent"))


def test_the_check_sees_the_gradient_of_another_sample(monkeypatch):
    """Each sample's own gradient is compared with a step of its own loss; their mean is right either way."""
    text = f"{NET}batch: {{size: 2, per_sample_gradients: true}}"
    solution = derive.solve(derive.loads(text))
    names = [name for name in solution.graph.blocks.names if re.match("d[LJ]/d", name)]
    assert any("@n1" in name for name in names)
    assert solution.check.checked == solution.check.total == len(names) * solution.plan.updates
    right = GraphBuilder.own_gradient
    monkeypatch.setattr(
        GraphBuilder, "own_gradient", lambda self, of, sample, letter: right(self, of, 3 - sample, letter)
    )
    with pytest.raises(CheckError, match=r"dL/d\w+@n\d in round 1 differs"):
        derive.solve(derive.loads(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-(f-y)", "y-f"),
        ("-(f-y)*f*(1-f)", "(y-f)*f*(1-f)"),
        ("p-e*(-(d*x))", "p+e*d*x"),
        ("p-e*((-a-b)/2)", "p+e*((a+b)/2)"),
        ("-(a*b+c)", "-(a*b+c)"),
        ("-(-a*w-b*v)*f", "(a*w+b*v)*f"),
        ("a-b", "a-b"),
        ("-a/-b", "a/b"),
        ("a/-b", "-(a/b)"),
        ("p-a/-b", "p+a/b"),
        ("-(-(1/(1+exp(-s))))", "1/(1+exp(-s))"),
    ],
)
def test_gathered_signs(text, expected):
    assert ascent.gathered(parse(text)) == parse(expected)


def test_gathering_keeps_the_value():
    formula = Product((parse("-(f-y)"), Position(0)))
    assert ascent.gathered(formula) == Product((parse("y-f"), Position(0)))


def test_in_place_says_so_and_marks_what_is_new():
    for style in ("table", "matrix"):
        tex = to_latex_document(derive.solve(derive.loads(f"{NET}updates: in place\nstyle: {style}")), "x")
        assert "updated from the output back" in tex
        assert r"\mathrm{new}" in tex
    tex = to_latex_document(derive.solve(derive.loads(NET)), "x")
    assert r"\mathrm{new}" not in tex


def test_in_place_needs_no_mark_in_one_layer():
    text = "network: {inputs: 1, layers: [{units: 1, weights: 1, biases: 0}]}\nlearning_rate: 1\ndata: [{x: 1, y: 2}]\nupdates: in place"
    tex = to_latex_document(derive.solve(derive.loads(text)), "x")
    assert "new}" not in tex
    assert "updated from the output back" not in tex


def test_in_place_has_no_norm_of_all_gradients():
    with pytest.raises(InputError, match="drop `clip_norm` or update simultaneously"):
        derive.solve(derive.loads(f"{NET}updates: in place\noptimizer: {{name: sgd, clip_norm: 1}}"))


def turned(rows):
    return [list(column) for column in zip(*rows, strict=True)]


@pytest.mark.parametrize("where", ["network", "layer"])
def test_rows_of_units_are_the_same_problem(where):
    text = NET.replace(str(W1), str(turned(W1))).replace(str(W2), str(turned(W2))).replace(str(W3), str(turned(W3)))
    if where == "network":
        text = text.replace("  inputs: 2", "  inputs: 2\n  rows: units")
    else:
        text = text.replace("{units:", "{rows: units, units:")
    assert [r.shown for r in derive.solve(derive.loads(text)).rounds] == [
        r.shown for r in derive.solve(derive.loads(NET)).rounds
    ]


def test_rows_of_units_of_the_wrong_shape():
    text = NET.replace("  inputs: 2", "  inputs: 2\n  rows: units")
    with pytest.raises(InputError) as caught:
        derive.loads(text)
    assert (
        "`weights`: 2 x 3, expected 3 x 2 (a column for each of the 2 inputs from `inputs`, a row for each of the 3 units)"
        in str(caught.value)
    )


def test_a_plain_list_for_one_unit_in_rows_of_units():
    one = "network: {inputs: 2, rows: units, layers: [{units: 1, weights: [0.5, 2], biases: 0}]}\nlearning_rate: 1\ndata: [{x: [1, 3], y: 1}]"
    assert derive.solve(derive.loads(one)).rounds[1]["s1"].shown == "6.5000"


BIAS = """
network:
  inputs: 2
  layers:
    - {units: 2, activation: sigmoid, weights: [[0.1, 0.2], [0.3, 0.4]], %s}
    - {units: 1, weights: [0.5, -0.6], %s}
learning_rate: 0.5
data: [{x: [1, 2], y: 1}]
style: %s
"""
FORMS = {
    "biases: none": None,
    "biases: [0.1, 0.1]": r"s^{(1)}_{1} = w^{(1)}_{11} \times x_{1} + w^{(1)}_{21} \times x_{2} + b^{(1)}_{1}",
    "biases: 0.1, bias: shared": "+ b^{(1)}",
    "biases: 0.1, bias: shared, frozen_biases: true": "+ b^{(1)}",
    "biases: 0.1, frozen_biases: true": "+ b^{(1)}_{1}",
    "biases: 0.1, bias_form: threshold": r"- \theta^{(1)}_{1}",
    "biases: 0.1, bias_form: input": r"+ b^{(1)}_{1} \times x^{(1)}_{0}",
    "biases: 0.1, bias_form: minus input": r"+ b^{(1)}_{1} \times x^{(1)}_{0}",
}
SIGNS = {"bias_form: threshold": -1, "bias_form: minus input": -1}


@pytest.mark.parametrize("form", FORMS)
def test_bias_forms(form):
    """Each form, worked by hand in one round; in matrices it is written, or refused with the reason."""
    second = form.replace("[0.1, 0.1]", "0.1")
    solution = derive.solve(derive.loads(BIAS % (form, second, "table")))
    assert FORMS[form] is None or FORMS[form] in line(solution, "s1_1")
    sign = next((s for key, s in SIGNS.items() if key in form), 1) * (0 if "none" in form else 1)
    hidden = [sigmoid(0.1 * 1 + 0.3 * 2 + sign * 0.1), sigmoid(0.2 * 1 + 0.4 * 2 + sign * 0.1)]
    output = 0.5 * hidden[0] - 0.6 * hidden[1] + sign * 0.1
    deltas = [(output - 1) * w * h * (1 - h) for w, h in zip((0.5, -0.6), hidden, strict=True)]
    values = solution.rounds[1]
    close(values["f2_1"].unrounded, output)
    names = [n for n in ("b1", "b1_1", "theta1_1") if f"{n}_new" in solution.graph.blocks.by_name]
    assert bool(names) == (sign != 0 and "frozen" not in form)
    if names:
        step = sum(deltas) if "shared" in form else deltas[0]
        close(values[f"{names[0]}_new"].unrounded, 0.1 - 0.5 * sign * step)
    assert compiled(to_latex_document(solution, "x")).overfull == ()


@pytest.mark.parametrize("form", FORMS)
def test_bias_forms_in_matrices(form):
    solution = derive.solve(derive.loads(BIAS % (form, form.replace("[0.1, 0.1]", "0.1"), "matrix")))
    assert compiled(to_latex_document(solution, "x")).overfull == ()


def line(solution, name):
    return f"{solution.writer.symbol(solution[name].id)} = {solution[name].latex()}"


MARKS = ("parentheses", "brackets", "angles", "above", "below")
CHOICES = {
    "base": ("partials", "delta"),
    "index_order": ("from-to", "to-from"),
    "numbering": ("indices", "through"),
    "first_index": ("0", "1"),
    "layers": MARKS,
    "time": MARKS,
    "samples": MARKS,
    "derivative": ("partial", "straight"),
    "delta": ("delta", "none"),
    "products": ("cross", "dot", "plain"),
    "update": ("arrow", "equals"),
    "bias": ("separate", "augmented"),
    "product": ("W^T x", "W x", "x W"),
    "layout": ("numerator", "denominator"),
}


@st.composite
def combined(draw):
    """A random network with random conventions; marks of layers, steps and samples differ."""
    problem = draw(problems(most_units=3, most_layers=3, carry=("rounded",), rounds=2))
    notation = {key: draw(st.sampled_from(values)) for key, values in CHOICES.items()}
    notation |= dict(zip(("layers", "time", "samples"), draw(st.permutations(MARKS))[:3], strict=True))
    names = ("z", "net", "yhat", "alpha", "boldW", "y*")
    letters = draw(
        st.dictionaries(st.sampled_from(["weight", "bias", "pre-activation", "output", "loss"]), st.sampled_from(names))
    )
    more = {
        "notation": {**notation, "letters": letters},
        "update_form": draw(st.sampled_from(["descent", "ascent"])),
        "updates": draw(st.sampled_from(["simultaneous", "in place"])),
        "style": draw(st.sampled_from(["table", "matrix"])),
    }
    return Problem.model_validate({**dict(problem), **more})


def solved_or_refused(problem):
    """The solution; None for numbers out of range, and for letters that would merge two quantities."""
    try:
        return derive.solve(problem)
    except NumberError:
        return None
    except InputError as error:
        if "would both be written" not in str(error):
            raise
        return None


@pytest.mark.slow
@settings(max_examples=examples(100), deadline=None, phases=[Phase.generate])
@given(combined())
def test_choices_combine(problem):
    """Any combination solves, prints, and its number lines read back as the printed results."""
    solution = solved_or_refused(problem)
    if solution is None:
        return
    assert solution.check.largest < 1e-9
    unit, mode = Decimal(1).scaleb(-problem.rounding.places), MODES[problem.rounding.mode.value]
    for round in solution.rounds:
        for printed in round.lines:
            found = read(printed.substituted)
            assert found.quantize(unit, mode, EXACT) == Decimal(printed.value), printed
    tex = to_latex_document(solution, "x")
    assert r"\remark{" in tex
    if problem.style == "matrix":
        assert matrices_checked(solution) > 0


@pytest.mark.slow
@settings(max_examples=8, deadline=None, phases=[Phase.generate])
@given(combined())
def test_combinations_compile(problem):
    solution = solved_or_refused(problem)
    if solution is None:
        return
    result = compiled(to_latex_document(solution, "x"))
    assert result.pdf, result.error
    assert result.overfull == ()

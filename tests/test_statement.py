"""What a page states suffices to work its problem: read back from its own text, and worked by a solver of our own."""

import json
import re
from functools import cache
from itertools import product

import pytest
import solver
import yaml
from conftest import compiled
from documents import text_of_page
from editions import to_html_document, to_notebook_document, to_tex_fragment_document
from everyday import first_of_each
from read_mathematics import read_latex, read_mathml
from solver import ADAM, CLIPPED, CLIPPED_FIRST, DECAYED_FIRST, HALF, HALF_OF_SAMPLE, SGD, VELOCITY, Solver, names_of
from stated import MarkdownPage, PdfPage, squashed

import derive
from derive.document.build import Edition
from derive.exports.markdown import to_markdown
from derive.formats import KINDS
from derive.problem.read import problem_of
from derive.render.latex import to_latex
from derive.sources import assets
from derive.sources.marked import parse

STYLES = assets.names("styles")
NOT_MATRICES = [style for style in STYLES if style != "matrix"]
NET = """
derive: 1
network:
  inputs: 2
  layers:
    - {units: 2, activation: sigmoid, weights: [[0.15, 0.25], [0.20, 0.30]], biases: [0.35, 0.45]}
    - {units: 1, activation: sigmoid, weights: [0.40, 0.55], biases: 0.60}
loss: half squared error
learning_rate: 0.5
data:
  - {x: [0.05, 0.10], y: 0.01}
  - {x: [0.7, 0.2], y: 0.9}
rounds: 2
"""
HIDDEN = {
    "units": 2,
    "activation": "sigmoid",
    "weights": [["0.15", "0.25"], ["0.20", "0.30"]],
    "biases": ["0.35", "0.45"],
}
AT_A_KINK = {"units": 2, "activation": "relu", "weights": [["0.2", "0.25"], ["-0.1", "0.3"]], "biases": ["0", "0.45"]}
"""For the first sample the first unit's sum is 0.2 * 0.05 - 0.1 * 0.1 = 0."""
LAST = {"units": 1, "activation": "sigmoid", "weights": ["0.4", "0.55"], "biases": "0.6"}
CLASSES = {"units": 2, "activation": "softmax", "weights": [["0.4", "0.45"], ["0.5", "0.55"]], "biases": ["0.6", "0.7"]}
FULL = "Full precision is carried"
AT_ONCE = "All parameters are updated at once, from the values that the round starts with"
DESCENT = (r"\eta = 0.5", HALF, SGD % "L")
CONVENTIONS = (FULL, AT_ONCE)
PROBLEMS = {
    "sgd": ({}, DESCENT, CONVENTIONS),
    "rates": ({"learning_rate": ["0.5", "0.25"]}, DESCENT[1:], ("round by round", *CONVENTIONS)),
    "momentum": (
        {"optimizer": {"name": "momentum", "constants": {"mu": "0.8"}}},
        (r"\eta = 0.5", r"\mu = 0.8", HALF, *VELOCITY, "v = 0"),
        CONVENTIONS,
    ),
    "momentum from a state": (
        {"optimizer": {"name": "momentum", "states": {"v": "0.1"}}},
        (r"\eta = 0.5", r"\mu = 0.9", HALF, *VELOCITY, "v = 0.1"),
        CONVENTIONS,
    ),
    "adam": (
        {"optimizer": "adam"},
        (r"\eta = 0.5", r"\beta_{1} = 0.9", r"\beta_{2} = 0.999", r"\varepsilon = 10^{-8}", HALF, *ADAM, "m = 0"),
        CONVENTIONS,
    ),
    "averaged": (
        {"batch": {"size": 2}},
        (r"\eta = 0.5", HALF_OF_SAMPLE, solver.AVERAGED, SGD % "J"),
        ("The loss of a round is the mean over its samples", *CONVENTIONS),
    ),
    "summed": (
        {"batch": {"size": 2, "gradients": "summed"}},
        (r"\eta = 0.5", HALF_OF_SAMPLE, solver.SUMMED, SGD % "J"),
        ("The loss of a round is the sum over its samples", *CONVENTIONS),
    ),
    "penalty": (
        {"penalty": {"l2": "0.1"}},
        (r"\eta = 0.5", r"\lambda = 0.1", HALF, solver.PENALTY, SGD % "J"),
        CONVENTIONS,
    ),
    "schedule": (
        {"learning_rate": {"schedule": "exponential", "start": "0.5", "constants": {"gamma": "0.8"}}},
        (r"\eta_{0} = 0.5", r"\gamma = 0.8", solver.SCHEDULE, HALF, SGD % "L"),
        CONVENTIONS,
    ),
    "clipped": (
        {"optimizer": {"name": "sgd", "clip_value": "0.05"}},
        (r"\eta = 0.5", "c = 0.05", HALF, *CLIPPED),
        CONVENTIONS,
    ),
    "clipped before decay": (
        {"optimizer": {"name": "sgd", "clip_value": "0.05", "weight_decay": "0.1"}},
        (r"\eta = 0.5", "c = 0.05", r"\lambda = 0.1", HALF, *CLIPPED_FIRST),
        (solver.CLIPPING_FIRST, *CONVENTIONS),
    ),
    "clipped after decay": (
        {
            "optimizer": {
                "name": "sgd", "clip_value": "0.05", "weight_decay": "0.1", "weight_decay_order": "before clipping"
            }
        },
        (r"\eta = 0.5", "c = 0.05", r"\lambda = 0.1", HALF, *DECAYED_FIRST),
        (solver.DECAY_FIRST, *CONVENTIONS),
    ),
    "cross-entropy": ({"loss": "binary cross-entropy"}, (r"\eta = 0.5", solver.BINARY, SGD % "L"), CONVENTIONS),
    "softmax": (
        {
            "network": {"inputs": 2, "layers": [HIDDEN, CLASSES]},
            "loss": "cross-entropy",
            "data": [{"x": ["0.05", "0.1"], "y": ["1", "0"]}, {"x": ["0.7", "0.2"], "y": ["0", "1"]}],
        },
        (r"\eta = 0.5", solver.CLASSES, SGD % "L"),
        CONVENTIONS,
    ),
    "rounded": (
        {"rounding": {"places": "3", "carry": "rounded"}},
        DESCENT,
        ("All numbers are rounded half up to 3 decimal places before use.", AT_ONCE),
    ),
    "kink from below": (
        {"network": {"inputs": 2, "layers": [AT_A_KINK, LAST]}},
        DESCENT,
        ("The derivative of ReLU at 0 is taken as", *CONVENTIONS),
    ),
    "kink from above": (
        {"network": {"inputs": 2, "layers": [AT_A_KINK, LAST]}, "relu_at_zero": "1"},
        DESCENT,
        ("The derivative of ReLU at 0 is taken as", *CONVENTIONS),
    ),
    "in place": ({"updates": "in place"}, DESCENT, (FULL, solver.IN_PLACE)),
    "ascent": (
        {"update_form": "ascent"},
        (*DESCENT[:2], *solver.ASCENT),
        ("so that updates add the learning rate times it", *CONVENTIONS),
    ),
}  # fmt: skip
"""Changes to the network above, and the formulas and sentences that a page must state, worked by hand from the books."""
REQUIRED = [(name, fact) for name, (_, facts, _) in PROBLEMS.items() for fact in facts]
SAID = [(name, sentence) for name, (_, _, sentences) in PROBLEMS.items() for sentence in sentences]


@cache
def solution_of_net(name, style):
    tree = {**yaml.safe_load(NET), **PROBLEMS[name][0], "style": style}
    return derive.solve(problem_of(parse(yaml.safe_dump(tree), "net.yaml")))


def _fits(name, style):
    """Pages in matrices take plain descent on half the squared error alone."""
    return style != "matrix" or name == "sgd"


def edition(name, style, kind="worksheet"):
    return Edition.of(solution_of_net(name, style), "net.yaml", kind)


@cache
def markdown(name, style, kind, flavour="github"):
    return to_markdown(edition(name, style, kind), flavour).content


EVERY_STYLE = ("sgd", "averaged", "momentum")
ALL = [(n, s, k) for n, s, k in product(EVERY_STYLE, STYLES, KINDS) if _fits(n, s)]
ALL += [(n, s, "worksheet") for n, s in product(PROBLEMS, ("table", "summary")) if n not in EVERY_STYLE]
PDF = [("sgd", style) for style in STYLES] + [
    ("adam", "worked"), ("rounded", "exam"), ("in place", "steps"), ("averaged", "slides"), ("softmax", "summary"),
    ("clipped before decay", "table"), ("ascent", "graph"), ("kink from above", "worked"), ("summed", "table"),
    ("penalty", "summary"), ("rates", "exam"),
]  # fmt: skip


def wanted(name, style):
    """The parameters after two rounds, then the signals of the first, both from the trace."""
    solution = solution_of_net(name, style)
    rounds, known = solution.rounds, solution.graph.blocks.by_name
    outputs = 2 if name == "softmax" else 1
    last = ["w2_11", "w2_12", "w2_21", "w2_22", "b2_1", "b2_2"] if outputs == 2 else ["w2_11", "w2_21", "b2"]
    names = ["w1_11", "w1_12", "w1_21", "w1_22", "b1_1", "b1_2", *last]
    return [float(rounds[2][f"{one if one in known else one + '_1'}_new"].carried) for one in names]


@pytest.mark.parametrize(("name", "style", "kind"), first_of_each(ALL))
def test_a_problem_is_worked_from_the_text_of_its_page_alone(name, style, kind):
    found = Solver(MarkdownPage(markdown(name, style, kind))).worked()
    assert found == pytest.approx(wanted(name, style), abs=1e-9)


@pytest.mark.parametrize(("name", "style"), PDF)
def test_a_problem_is_worked_from_the_text_of_its_pdf_alone(name, style, tmp_path):
    page = PdfPage(compiled(to_latex(edition(name, style))).pdf, tmp_path, SYMBOLS)
    for fact in PROBLEMS[name][1]:
        assert page.has(fact), fact
    for sentence in PROBLEMS[name][2]:
        assert squashed(sentence) in page.text, sentence
    assert Solver(page).worked() == pytest.approx(wanted(name, style), abs=1e-9)


SYMBOLS = [
    *names_of(2), r"\eta", r"\lambda", r"\mu", "c", "v", "m", r"\beta_{1}", r"\beta_{2}", r"\varepsilon",
    *(f"{letter}{sample}_{{{index}}}" for letter in "xy" for sample in ("", "^{[1]}", "^{[2]}") for index in (1, 2)),
]  # fmt: skip
"""What numbers may stand for in a PDF."""


def test_the_signals_of_the_ascent_form_are_minus_the_partials():
    solver_of_page = Solver(MarkdownPage(markdown("ascent", "worked", "worksheet")))
    solver_of_page.worked()
    first = solution_of_net("ascent", "worked").rounds[1]
    (name,) = [one for one in first.solution.graph.blocks.by_name if one == "delta_s2_1"]
    assert solver_of_page.signals == pytest.approx([float(first[name].carried)], abs=1e-9)


RULE_OF_THRESHOLDS = (
    r"w^{(1)}_{ij} \leftarrow w^{(1)}_{ij} + \eta \times \delta^{(1)}_{j} \times x_{i}",
    r"\theta^{(1)}_{j} \leftarrow \theta^{(1)}_{j} - \eta \times \delta^{(1)}_{j}",
    r"\theta^{(2)}_{1} \leftarrow \theta^{(2)}_{1} - \eta \times \delta^{(2)}_{1}",
)
"""A threshold is taken off the sum, so that its update has the other sign: Negnevitsky, Artificial Intelligence, 6.4."""


@pytest.mark.parametrize("style", NOT_MATRICES)
def test_the_rule_of_the_ascent_form_is_the_one_that_the_key_works(style):
    tree = {**yaml.safe_load(NET), "update_form": "ascent", "style": style}
    for layer in tree["network"]["layers"]:
        layer["bias_form"] = "threshold"
    solution = derive.solve(problem_of(parse(yaml.safe_dump(tree), "net.yaml")))
    text = to_markdown(Edition.of(solution, "net.yaml", "key"), "github").content
    for rule in RULE_OF_THRESHOLDS:
        assert f"$`{rule}`$" in text
    assert r"\mathrm{d}L/\mathrm{d}w" not in text


DENSE = {"units": 2, "weights": 0.5, "biases": 0.1}
END = {"units": 1, "weights": 0.5, "biases": 0.1}
FROZEN = {
    "a layer": ([{**DENSE, "frozen": True}, END], "w^{(1)}_{11} w^{(1)}_{12} w^{(1)}_{21} w^{(1)}_{22} b^{(1)}_{1} b^{(1)}_{2}"),
    "biases": ([{**DENSE, "frozen_biases": True}, END], "b^{(1)}_{1} b^{(1)}_{2}"),
    "many": ([{**DENSE, "units": 3, "frozen": True, "biases": "none"}, END], r"w^{(1)}_{11} \dots w^{(1)}_{23}"),
    "a constant of an activation": (
        [DENSE, {"layer": "activation", "activation": {"name": "prelu"}, "frozen": True}, END], r"\alpha^{(2)}",
    ),
    "nothing": ([DENSE, END], ""),
    "statistics of a norm": (
        [DENSE, {"layer": "batch_norm", "phase": "test", "running_mean": 0, "running_variance": 1}, END], "",
    ),
}  # fmt: skip
"""Layers, and what of them a page says is kept fixed: what could be trained and is not, no constants."""


@pytest.mark.parametrize(("name", "style"), first_of_each(product(FROZEN, NOT_MATRICES)))
def test_what_is_kept_fixed_is_stated(name, style):
    layers, symbols = FROZEN[name]
    tree = {**yaml.safe_load(NET), "network": {"inputs": 2, "layers": layers}, "style": style}
    solution = derive.solve(problem_of(parse(yaml.safe_dump(tree), "net.yaml")))
    text = to_markdown(Edition.of(solution, "net.yaml", "worksheet"), "github").content
    listed = ", ".join(f"$`{one}`$" for one in symbols.split())
    assert (f"Kept fixed, not updated: {listed}." in text) if listed else ("Kept fixed" not in text)


def _texts(name, style, kind):
    """The text of each format with mathematics in LaTeX."""
    solution = solution_of_net(name, style)
    yield to_latex(edition(name, style, kind))
    yield from (markdown(name, style, kind, one) for one in assets.names("flavours/markdown"))
    for flavour in assets.names("flavours/tex-fragment"):
        yield to_tex_fragment_document(solution, "net.yaml", flavour, kind)
    notebook = json.loads(to_notebook_document(solution, "net.yaml", kind))
    yield "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")


@pytest.mark.parametrize(("name", "style", "kind"), first_of_each(one for one in ALL if one[2] == "worksheet"))
def test_every_fact_stands_in_every_format(name, style, kind):
    """In the LaTeX, in each flavour of Markdown and of fragments, in a notebook, and in a browser as MathML."""
    page = to_html_document(solution_of_net(name, style), "net.yaml", kind)
    by_browser = "".join(
        token for one in re.findall(r"<math[^>]*>(.*?)</math>", page, re.DOTALL) for token in read_mathml(one)
    )
    texts = list(_texts(name, style, kind))
    _, facts, sentences = PROBLEMS[name]
    for fact in facts:
        for text in texts:
            assert fact in text, fact
        assert "".join(read_latex(fact)) in by_browser, fact
    for sentence in sentences:
        for text in (*texts, text_of_page(page)):
            assert squashed(sentence) in squashed(text), sentence


@pytest.mark.parametrize(("name", "fact"), REQUIRED)
def test_the_solver_misses_a_fact_that_is_taken_out(name, fact):
    """The tests above would see the lack of each: a worksheet states it once, and without it nothing is found.

    Pages in arrays say the rate again beside each update.
    """
    text = markdown(name, "worked", "worksheet")
    statement = text[: text.index("\n### ")]
    beside_updates = text.count(f"*learning rate $`{fact}`$*")
    assert statement.count(f"$`{fact}`$") == 1
    assert text.count(f"$`{fact}`$") == 1 + beside_updates
    without = text.replace(f"$`{fact}`$", "")
    if fact == "m = 0":
        without = without.replace("$`v = 0`$", "")
    with pytest.raises((AssertionError, KeyError, TypeError)):
        assert Solver(MarkdownPage(without)).worked() == pytest.approx(wanted(name, "worked"), abs=1e-9)


@pytest.mark.parametrize(("name", "sentence"), SAID)
def test_the_solver_misses_a_sentence_that_is_taken_out(name, sentence):
    text = markdown(name, "worked", "worksheet")
    assert sentence in text
    with pytest.raises((AssertionError, KeyError, TypeError)):
        _require_worked(name, text.replace(sentence, ""))


def _require_worked(name, text):
    """The parameters, and the signals of the first round, whose sign the ascent form turns."""
    found = Solver(MarkdownPage(text))
    assert found.worked() == pytest.approx(wanted(name, "worked"), abs=1e-9)
    assert name != "ascent" or found.signals[0] < 0


EQUATIONS = """
derive: 1
equations: {q: x*y + z, L: q^2/2 + exp(-z)}
values: {x: 0.5, y: 2, z: -0.4}
parameters: [x, z]
learning_rate: 0.1
rounds: 2
"""
STATED = ["q = x \\times y + z", "L = q^{2}/2 + e^{-z}"]


@pytest.mark.parametrize("style", NOT_MATRICES)
def test_equations_are_worked_from_the_text_of_their_page_alone(style):
    """The lines to fill in say which of the given numbers are updated."""
    tree = {**yaml.safe_load(EQUATIONS), "style": style}
    solution = derive.solve(problem_of(parse(yaml.safe_dump(tree, sort_keys=False), "equations.yaml")))
    page = MarkdownPage(to_markdown(Edition.of(solution, "equations.yaml", "worksheet"), "github").content)
    found = solver.worked_equations(page, STATED, ["x", "z"], 2)
    last = solution.rounds[2]
    assert found == pytest.approx([float(last[f"{name}_new"].carried) for name in "xz"], abs=1e-9)


GIVENS = {
    "softmax-classification": (r"L = -\sum_{k} y_{k} \times \ln(f_{k})",),
    "softmax-fused": (r"L = -\sum_{k} y_{k} \times \ln(p_{k})", r"p_{k} = e^{f_{k}}/(\sum_{j} e^{f_{j}})"),
    "rnn-every-step": (r"L_{t} = \tfrac{1}{2} (h_{t} - y_{t})^{2}", r"L = \sum_{t} L_{t}"),
    "convolution-pooling": (r"L = \tfrac{1}{2} (f^{(4)}_{1} - y_{1})^{2}",),
    "clipped-gradient": (r"Q = \sum_{w} (\mathrm{d}L/\mathrm{d}w)^{2}", r"\mathrm{norm} = \sqrt{Q}"),
    "own-activation": (r"f^{(1)}_{k} = s^{(1)}_{k} \times \sigma(s^{(1)}_{k})",),
    "two-gates": ("q = x + y", r"f = q \times z"),
    "momentum-valley": (r"v \leftarrow \mu \times v + \mathrm{d}L/\mathrm{d}\theta", "v = 0"),
}  # fmt: skip
"""What the pages of other problems state beside numbers."""


@pytest.mark.parametrize(("name", "style"), first_of_each(product(GIVENS, NOT_MATRICES)))
def test_other_problems_state_their_equations(name, style):
    from conftest import solution_of

    solution = solution_of(name, style=style)
    for kind in KINDS:
        text = to_latex(Edition.of(solution, f"{name}.yaml", kind))
        for fact in GIVENS[name]:
            assert fact in text


def test_rates_of_rounds_are_listed_in_words():
    text = text_of_page(to_html_document(solution_of_net("rates", "table"), "net.yaml", "worksheet"))
    assert "Thelearningrateηis,roundbyround,0.5,0.25." in "".join(text.split())


LAYERS = {
    "lstm-cell": (r"c_{t,j} = f_{t,j} \times c_{t-1,j} + i_{t,j} \times g_{t,j}", r"h_{t,j} = o_{t,j} \times a_{t,j}"),
    "gru-cell": (r"h^{r}_{t,j} = r_{t,j} \times h_{t-1,j}",),
    "attention-three-tokens": (
        r"s_{t,m} = (\sum_{c} q_{t,c} \times k_{m,c})/\sqrt{2}",
        r"a_{t,m} = e^{s_{t,m}}/(\sum_{l} e^{s_{t,l}})",
    ),
    "batch-norm-three-samples": (r"v^{(2)}_{j} = (\sum_{n} (s^{(1)[n]}_{j} - \mu^{(2)}_{j})^{2})/3",),
    "layer-norm": (r"\mu^{(2)} = (\sum_{i} s^{(1)}_{i})/3",),
    "convolution-pooling": (
        r"s^{(1)}_{ij} = \sum_{u,v} k^{(1)}_{uv} \times x_{i+u-1,j+v-1} + b^{(1)}_{1}",
        r"m^{(2)}_{ij} = \max_{1 \le u \le 2, 1 \le v \le 2} f^{(1)}_{i+u-1,j+v-1}",
    ),
    "dropout-mask": (r"f^{(2)}_{i} = m^{(2)}_{i} \times f^{(1)}_{i}/(1 - p^{(2)})",),
}
"""Formulas of layers from their papers, in the letters of the gallery: what nobody can guess."""
ASKING = {"exam", "summary", "table"}
"""Styles that ask for the functions themselves."""


@pytest.mark.parametrize(("name", "style"), first_of_each(product(LAYERS, NOT_MATRICES)))
def test_the_formulas_of_layers_are_stated_unless_they_are_asked_for(name, style):
    from conftest import solution_of

    solution = solution_of(name, style=style, questions=())
    text = to_latex(Edition.of(solution, f"{name}.yaml", "worksheet"))
    assert [fact in text for fact in LAYERS[name]] == [style not in ASKING] * len(LAYERS[name])


def test_a_threshold_is_stated_and_an_added_bias_is_not():
    net = NET.replace("biases: [0.35, 0.45]}", "biases: [0.35, 0.45], bias_form: threshold}")
    tree = {**yaml.safe_load(net), "style": "worked"}
    solution = derive.solve(problem_of(parse(yaml.safe_dump(tree), "net.yaml")))
    page = MarkdownPage(to_markdown(Edition.of(solution, "net.yaml", "worksheet"), "github").content)
    assert page.has(r"s^{(1)}_{j} = \sum_{i} w^{(1)}_{ij} \times x_{i} - \theta^{(1)}_{j}")
    assert not any(one.startswith("s^{(2)}_{j} =") for one in page.formulas)


def test_a_step_of_causal_attention_says_where_its_sums_end():
    from conftest import solution_of

    sentence = "Each step attends to itself and to the steps before it"
    for name in ("causal-attention", "attention-three-tokens"):
        text = to_latex(Edition.of(solution_of(name), f"{name}.yaml", "worksheet"))
        assert (sentence in text) == (name == "causal-attention")

"""The sections of views: their lines, their numbers, their mistakes at their places; no overfull boxes."""

import re
from decimal import Decimal

import pytest
from conftest import MATRIX, TABLE, compiled, solution_of
from editions import to_latex_document

import derive
from derive.cli.main import main
from derive.errors import FormulaError, InputError, UnplacedError
from derive.graph.closed import closed_formula
from derive.network.check import relative_difference
from derive.network.differences import central_difference
from derive.problem.question import FORMS, Ask, read_ask

DENSE = """
network:
  inputs: 2
  layers:
    - {units: 2, activation: sigmoid, weights: [[0.15, 0.25], [0.2, 0.3]], biases: [0.35, 0.35]}
    - {units: 2, activation: softmax, weights: [[0.4, -0.5], [0.45, 0.55]], biases: none}
loss: cross-entropy
learning_rate: 0.5
data: [{x: [0.05, 0.1], y: [1, 0]}]
rounds: 2
"""
BRANCHES = """
network:
  inputs: [3, 2]
  layers:
    - {units: 2, activation: tanh, weights: [[0.15, 0.25], [0.2, 0.3]], biases: [0.35, 0.35], name: a}
    - {units: 2, activation: relu, weights: [[0.4, 0.5], [0.45, 0.55]], biases: 0.6, bias: shared, bias_form: threshold, name: b}
    - {layer: add, from: [a, b]}
    - {layer: layer_norm}
    - {layer: lstm, units: 2, returns: last,
       forget: {weights: 0.1, recurrent: 0.2, biases: 0.3}, input: {weights: 0.4, recurrent: 0.1, biases: none},
       output: {weights: 0.2, recurrent: 0.5, biases: 0.1}, candidate: {weights: 0.3, recurrent: 0.6, biases: 0.2}}
learning_rate: 0.5
batch: {size: 2}
data:
  - {x: [[0.05, 0.1], [0.3, 0.4], [0.5, 0.6]], y: [1, 0]}
  - {x: [[0.5, 0.1], [0.3, 0.4], [0.5, -0.6]], y: [1, 0]}
rounds: 1
"""
IMAGES = """
network:
  inputs: [4, 4]
  layers:
    - {layer: conv2d, kernels: [[[0.1, 0.2], [0.3, 0.4]], [[0.5, 0.2], [0.3, -0.4]]], biases: [0.1, 0.2], activation: relu, stride: [1, 2], padding: [1, 0]}
    - {layer: max_pool2d, size: 2}
    - {layer: flatten}
    - {units: 1, weights: 0.3, biases: none}
learning_rate: 0.05
data: [{x: [[1, 2, 3, 4], [3, 4, 1, 0], [0, 2, 1, 3], [1, 1, 2, 2]], y: 1}]
rounds: 1
"""
HEADS = """
network:
  inputs: [3, 2]
  layers:
    - {layer: attention, heads: 2, query: [[0.1, 0.2], [0.3, 0.4]], key: [[0.5, 0.2], [0.3, 0.4]], value: [[0.1, 0.7], [0.3, 0.4]]}
learning_rate: 0.5
data: [{x: [[1, 2], [3, 4], [0, 1]], y: [[1, 0], [0, 1], [1, 1]]}]
rounds: 1
"""


def tex_of(text, *asks, more=""):
    listed = ", ".join(asks)
    return to_latex_document(
        derive.solve(derive.loads(f"{text}{more}questions: [{{title: Q, asks: [{listed}]}}]\n")), "x"
    )


@pytest.mark.parametrize("notation", ["partials", "delta"])
@pytest.mark.parametrize("text", [DENSE, BRANCHES, IMAGES, HEADS], ids=["dense", "branches", "images", "heads"])
def test_pages_without_overfull_boxes(text, notation):
    result = compiled(tex_of(text, "index form", "matrix form", "gradient sizes", more=f"notation: {notation}\n"))
    assert result.pdf, result.error
    assert result.overfull == ()


@pytest.mark.parametrize("name", [TABLE, MATRIX])
def test_pages_of_the_examples(name):
    asks = (
        "index form",
        "matrix form of round 2",
        "gradient sizes of round 2",
        "differences of dL/dw11 and dL/db1 in round 2",
    )
    asks = tuple(ask.replace("dw11", "dw1_11").replace("db1", "db3_1") if name == MATRIX else ask for ask in asks)
    questions = [
        {"title": "Q", "asks": asks},
        {"title": "C", "asks": ["closed form of s2"] if name == TABLE else ["closed form of f3_1"]},
    ]
    problem = derive.Problem.model_validate({**dict(solution_of(name).problem), "questions": questions, "extra": None})
    result = compiled(to_latex_document(derive.solve(problem), name))
    assert result.pdf, result.error
    assert result.overfull == ()


def test_index_forms_in_both_notations():
    partials = tex_of(DENSE, "index form")
    for line in (
        r"{s^{(1)}_{j}}{$\displaystyle{}=\sum_{i} w^{(1)}_{ij} \times x_{i} + b^{(1)}_{j}$",
        r"{f^{(1)}_{j}}{$\displaystyle{}=\sigma(s^{(1)}_{j})$",
        r"{\frac{\mathrm{d}L}{\mathrm{d}w^{(1)}_{ij}}}{$\displaystyle{}=x_{i} \times \frac{\mathrm{d}L}{\mathrm{d}s^{(1)}_{j}}$",
    ):
        assert line in partials
    delta = tex_of(DENSE, "index form", more="notation: delta\n")
    for line in (
        r"{\delta^{(1)}_{j}}{$\displaystyle{}=\frac{\partial e}{\partial x^{(1)}_{j}} \, \sigma'(s^{(1)}_{j})$",
        r"{\frac{\partial e}{\partial x^{(1)}_{i}}}{$\displaystyle{}=\sum_{j} w^{(2)}_{ij} \, \delta^{(2)}_{j}$",
    ):
        assert line in delta
    assert "+=" not in delta.replace(" ", "").replace("{+}{=}", "+=").split(r"\begin{document}")[1]


def test_time_samples_and_branches_in_index_form():
    tex = tex_of(BRANCHES, "index form")
    loss = r"\frac{\mathrm{d}L^{[n]}}"
    assert r"=\frac{1}{2} \sum_{n} \sum_{t} x^{\langle t \rangle[n]}_{i}" in tex
    assert (
        r"{\frac{\mathrm{d}J}{\mathrm{d}\theta^{(2)}}}{$\displaystyle{}=-\frac{1}{2} \sum_{n} \sum_{t} \sum_{j}" in tex
    )
    assert r"u^{f(5)}_{kj} \times h^{(5)\langle t-1 \rangle[n]}_{k}" in tex
    branch = loss + r"{\mathrm{d}f^{(1)\langle t \rangle[n]}_{i}}"
    assert f"{{{branch}}}{{$\\displaystyle{{}}\\mathrel{{{{+}}{{=}}}}" in tex
    assert r"$\mathrel{{+}{=}}$ marks what one of several uses contributes" in tex


def test_offsets_of_images_in_index_form():
    tex = tex_of(IMAGES, "index form")
    assert r"=\sum_{u,v} k^{(1)}_{ouv} \times x_{i+u-2,2j+v-2} + b^{(1)}_{o}" in tex
    assert r"=\max_{1 \le u \le 2, 1 \le v \le 2} f^{(1)}_{c,2i+u-2,2j+v-2}" in tex
    assert r"[f^{(1)}_{crt} = m^{(2)}_{cij}]" in tex


def test_every_head_has_its_lines():
    tex = tex_of(HEADS, "index form")
    assert r"q^{(1)\langle t \rangle}_{c} \times k^{(1)\langle m \rangle}_{c}".replace("(1)", "") in tex.replace(
        "(1)", ""
    )
    assert r"_{c+1} \times k" in tex


def test_matrices_with_the_numbers_of_a_round():
    tex = tex_of(DENSE, "matrix form")
    first = tex.split(r"\passhead{Forward pass 1 in matrices}")[1]
    line = next(part for part in first.split(r"\matrixrow") if "{s^{(1)}}" in part.partition("$")[0])
    flat = re.sub(r"\s+", "", line)
    assert r"=(W^{(1)})^{\mathsfT}\,x+b^{(1)}" in flat
    assert "0.15&0.2" in flat
    solution = derive.solve(derive.loads(DENSE))
    for name in ("s1_1", "s1_2"):
        assert solution.rounds[1][name].shown in flat


def test_the_parts_of_a_shared_parameter_add_up():
    flat = re.sub(r"\s+", "", tex_of(BRANCHES, "matrix form"))
    gradient = flat.split(r"\frac{\mathrm{d}J}{\mathrm{d}W^{(1)}}")[1].split(r"\linegap")[0]
    assert gradient.count(r"{}+{}") == 2  # of two samples, each with all its steps
    assert r"\frac{1}{2}\Bigl(" in gradient
    solution = derive.solve(derive.loads(BRANCHES))
    assert solution.rounds[1]["dJ/dw1_11"].shown in gradient


def test_gradient_sizes():
    tex = tex_of(DENSE, "gradient sizes")
    solution = derive.solve(derive.loads(DENSE))
    norms = [sum(solution[f"dL/ds{layer}_{unit}"].value() ** 2 for unit in (1, 2)).sqrt() for layer in (1, 2)]
    for number in (*norms, norms[0] / norms[1], max(abs(solution[f"dL/ds1_{unit}"].value()) for unit in (1, 2))):
        assert f"${round(number, 4)}$" in tex


def test_steps_are_measured_against_the_step_after():
    text = "network: {inputs: [3, 1], layers: [{layer: rnn, units: 1, weights: 0.5, recurrent: 0.4, biases: none, returns: last}]}\n"
    tex = tex_of(text + "learning_rate: 1\ndata: [{x: [[1], [2], [3]], y: [1]}]\n", "gradient sizes")
    solution = derive.solve(derive.loads(text + "learning_rate: 1\ndata: [{x: [[1], [2], [3]], y: [1]}]\n"))
    sizes = [abs(solution[f"dL/ds1@t{time}"].value()) for time in (1, 2, 3)]
    rows = re.findall(r"^\$?.*rowstrut", tex.split(r"\midline")[-1], re.MULTILINE)
    assert [
        f"${round(first / second, 4)}$" in row for first, second, row in zip(sizes, sizes[1:], rows, strict=False)
    ] == [True, True]
    assert len(rows) == 3


@pytest.mark.parametrize("text", [DENSE, BRANCHES, IMAGES, HEADS], ids=["dense", "branches", "images", "heads"])
def test_central_differences_are_near_every_partial(text):
    solution = derive.solve(derive.loads(text))
    graph = solution.lowered.graph
    start = {q: v.carried for q, v in solution.rounds[1].values.items() if graph.blocks.of(q).role.value == "given"}
    for quantity, adjoint in list(graph.adjoint_of.items())[::3]:
        found = central_difference(graph, start, quantity, Decimal("1e-8"))
        partial = solution[graph.blocks.names[adjoint]].value()
        assert relative_difference(found.quotient, partial) < 1e-9 or abs(found.quotient - partial) < Decimal("1e-12")


def test_a_central_difference_at_a_stated_step():
    tex = tex_of(DENSE, "differences of dL/dw1_11 in round 2 with h = 0.01", "differences of dL/ds1_1")
    assert r"$h = 0.01$" in tex
    assert r"$h = 1 \times 10^{-4}$" in tex
    assert "Pass 2" in tex


def test_closed_forms_are_the_quantities():
    tex = tex_of(
        DENSE.replace("softmax", "tanh").replace("cross-entropy", "half squared error"), "closed form of f1_1 and s2_1"
    )
    inner = r"\sigma(w^{(1)}_{11} \times x_{1} + w^{(1)}_{21} \times x_{2} + b^{(1)}_{1})"
    assert f"{{f^{{(1)}}_{{1}}}}{{$\\displaystyle{{}}={inner}$" in tex
    assert r"=w^{(2)}_{11} \times " + inner in tex


def test_closed_forms_have_the_same_values():
    from derive.arithmetic.decimals import DecimalArithmetic
    from derive.arithmetic.evaluate import compile_formula

    solution = derive.solve(derive.loads(DENSE))
    graph = solution.lowered.graph
    values = {q: v.unrounded for q, v in solution.rounds[1].values.items() if graph.blocks.of(q).role.value == "given"}
    for name in ("dL/dw1_11", "dL/dw2_21", "f2_1", "w1_12_new"):
        formula = closed_formula(graph, graph.blocks.by_name[name], 100_000)
        found = compile_formula(formula, DecimalArithmetic(50))(values)
        assert relative_difference(found, solution[name].value()) < 1e-25
    with pytest.raises(FormulaError, match=r"dL/dw1_11 would have [\d,]+ symbols, more than the 150"):
        closed_formula(graph, graph.blocks.by_name["dL/dw1_11"])


def test_mistakes_about_names_have_their_places(tmp_path, capsys):
    path = tmp_path / "case.yaml"
    asks = "differences of dL/dw1_1, closed form of dL/dw1_11, closed form of f9_1"
    path.write_text(f"{DENSE.strip()}\nquestions: [{{title: Q, asks: [{asks}]}}]\n", encoding="utf-8")
    assert main([str(path), "--latex", "-o", str(tmp_path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert "case.yaml:10:31: there is no partial derivative 'dL/dw1_1'; did you mean dL/dw1_" in lines[0]
    assert "case.yaml:10:56: the closed form of dL/dw1_11 would have" in lines[1]
    assert "case.yaml:10:82: there is no quantity 'f9_1'; did you mean f" in lines[2]


def test_mistakes_about_names_without_a_file():
    with pytest.raises(UnplacedError, match=r"questions\.0\.asks\.0: there is no quantity 'q'"):
        derive.solve(derive.loads(DENSE + "questions: [{title: Q, asks: [closed form of q]}]\n"))


@pytest.mark.parametrize(
    ("part", "asked"),
    [
        ("round 12", Ask("round", round=12)),
        ("matrix  form of round 2", Ask("matrix form", round=2)),
        ("gradient sizes", Ask("gradient sizes")),
        ("closed form of a and b", Ask("closed form", ("a", "b"))),
        ("differences of a and b in round 3 with h = 1e-3", Ask("differences", ("a", "b"), 3, "1e-3")),
        ("differences of", None),
        ("differences of a with h = x", None),
        ("round 0", None),
        ("losses of a", None),
    ],
)
def test_parts_that_questions_ask(part, asked):
    assert read_ask(part) == asked


def test_every_form_has_an_example_of_itself():
    for kind, (pattern, example) in FORMS.items():
        assert pattern.fullmatch(example)
        assert read_ask(example).kind == kind


def test_a_part_for_a_round_that_is_not_there():
    with pytest.raises(InputError) as caught:
        derive.loads(DENSE + "questions: [{title: Q, asks: [matrix form of round 7, closd form of a]}]\n", "case")
    assert "'matrix form of round 7', but the problem has 2 rounds" in str(caught.value)
    assert "unknown part 'closd form of a'; did you mean closed form of dL/dw11?" in str(caught.value)

"""What a page states suffices to work its problem: read back from its own text, and worked by a solver of our own."""

import math
import re
from functools import cache
from itertools import product

import pytest
import yaml
from documents import text_of_page
from read_mathematics import read_latex, read_mathml

import derive
from derive.document.build import Edition
from derive.document.handouts.kinds import KINDS
from derive.exports.markdown import to_markdown
from derive.problem.read import problem_of
from derive.render.html import to_html_document
from derive.render.latex import to_latex
from derive.sources import assets
from derive.sources.marked import parse

STYLES = assets.names("styles")
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
SGD = r"w \leftarrow w - \eta \times \mathrm{d}%s/\mathrm{d}w"
HALF = r"L = \tfrac{1}{2} (y_{1} - f^{(2)}_{1})^{2}"
BATCH = r"L^{[n]} = \tfrac{1}{2} (y^{[n]}_{1} - f^{(2)[n]}_{1})^{2}"
V = r"v \leftarrow \mu \times v + \mathrm{d}L/\mathrm{d}w"
ADAM = (
    r"m \leftarrow \beta_{1} \times m + (1 - \beta_{1}) \times \mathrm{d}L/\mathrm{d}w",
    r"v \leftarrow \beta_{2} \times v + (1 - \beta_{2}) \times (\mathrm{d}L/\mathrm{d}w)^{2}",
    r"\hat{m} = m/(1 - \beta_{1}^{t})",
    r"\hat{v} = v/(1 - \beta_{2}^{t})",
    r"w \leftarrow w - \eta \times \hat{m}/(\sqrt{\hat{v}} + \varepsilon)",
)
PROBLEMS = {
    "sgd": ({}, (r"\eta = 0.5", HALF, SGD % "L")),
    "rates": ({"learning_rate": ["0.5", "0.25"]}, (HALF, SGD % "L")),
    "momentum": (
        {"optimizer": {"name": "momentum", "constants": {"mu": "0.8"}}},
        (r"\eta = 0.5", r"\mu = 0.8", HALF, V, r"w \leftarrow w - \eta \times v", "v = 0"),
    ),
    "momentum from a state": (
        {"optimizer": {"name": "momentum", "states": {"v": "0.1"}}},
        (r"\eta = 0.5", r"\mu = 0.9", HALF, V, r"w \leftarrow w - \eta \times v", "v = 0.1"),
    ),
    "adam": ({"optimizer": "adam"}, (r"\eta = 0.5", r"\beta_{1} = 0.9", r"\beta_{2} = 0.999", HALF, *ADAM, "m = 0")),
    "averaged": ({"batch": {"size": 2}}, (r"\eta = 0.5", BATCH, r"J = \tfrac{1}{2} \sum_{n} L^{[n]}", SGD % "J")),
    "summed": (
        {"batch": {"size": 2, "gradients": "summed"}},
        (r"\eta = 0.5", BATCH, r"J = \sum_{n} L^{[n]}", SGD % "J"),
    ),
    "penalty": (
        {"penalty": {"l2": "0.1"}},
        (r"\eta = 0.5", r"\lambda = 0.1", HALF, r"J = L + \tfrac{\lambda}{2} \sum_{w} w^{2}", SGD % "J"),
    ),
    "schedule": (
        {"learning_rate": {"schedule": "exponential", "start": "0.5", "constants": {"gamma": "0.8"}}},
        (r"\eta_{0} = 0.5", r"\gamma = 0.8", r"\eta = \eta_{0} \times \gamma^{t - 1}", HALF, SGD % "L"),
    ),
    "clipped": (
        {"optimizer": {"name": "sgd", "clip_value": "0.05"}},
        (r"c = 0.05", HALF, r"\bar{g} = \max(-c, \min(c, \mathrm{d}L/\mathrm{d}w))", r"w \leftarrow w - \eta \times \bar{g}"),
    ),
    "cross-entropy": (
        {"loss": "binary cross-entropy"},
        (r"\eta = 0.5", r"L = -(y_{1} \times \ln(f^{(2)}_{1}) + (1 - y_{1}) \times \ln(1 - f^{(2)}_{1}))", SGD % "L"),
    ),
}  # fmt: skip
"""Changes to the network above, and the facts that a page must state: worked by hand from the books' formulas."""
REQUIRED = [(name, fact) for name, (_, facts) in PROBLEMS.items() for fact in facts]


@cache
def solution_of_net(name, style):
    tree = {**yaml.safe_load(NET), **PROBLEMS[name][0], "style": style}
    return derive.solve(problem_of(parse(yaml.safe_dump(tree), "net.yaml")))


def _fits(name, style):
    """Pages in matrices take plain descent on half the squared error alone."""
    return style != "matrix" or name == "sgd"


def markdown(name, style, kind, flavour="github"):
    return to_markdown(Edition.of(solution_of_net(name, style), "net.yaml", kind), flavour).text


EVERY_STYLE = ("sgd", "averaged", "momentum")
ALL = [(n, s, k) for n, s, k in product(EVERY_STYLE, STYLES, KINDS) if _fits(n, s)]
ALL += [(n, s, "worksheet") for n, s in product(PROBLEMS, ("table", "summary")) if n not in EVERY_STYLE]


class Page:
    """What a Markdown page states: numbers by symbol, the rows of its data, its formulas.

    Of tables of rounds only the first column is read, which holds what a round is given.
    """

    _SYMBOL = r"(?:\\?[A-Za-z]+(?:\^\{[^{}]*\})?(?:_\{[^{}]*\})?)"

    def __init__(self, text):
        self.formulas = re.findall(r"\$`(.*?)`\$", text)
        self.numbers = {}
        given = re.sub(r"^(\|[^|]*\|).*$", r"\1", text, flags=re.MULTILINE)
        for formula in re.findall(r"\$`(.*?)`\$", given):
            for symbols, numbers in self._pairs(formula):
                for symbol, number in zip(symbols, numbers, strict=True):
                    self.numbers.setdefault(symbol, float(number))
        self.data = self._rows(text)

    def _pairs(self, formula):
        left, _, right = formula.partition(" = ")
        numbers = re.findall(r"(?<![\d.])-?\d+(?:\.\d+)?(?![\d.])", right)
        symbols = re.findall(self._SYMBOL, re.sub(r"\\(?:begin|end)\{bmatrix\}", "", left))
        plain = re.fullmatch(r"[-\d., &\\()]*", re.sub(r"\\(?:begin|end)\{bmatrix\}", "", right))
        if right and plain and len(symbols) == len(numbers):
            yield symbols, numbers

    def _rows(self, text):
        lines = [line for line in text.splitlines() if line.startswith("|")]
        start = next((k for k, line in enumerate(lines) if re.match(r"\|[^=]*\$`x[^=]*$", line)), None)
        if start is None:
            return [self.numbers]
        heads = re.findall(r"\$`(.*?)`\$", lines[start])
        rows = []
        for line in lines[start + 2 :]:
            cells = re.findall(r"\$`(-?[\d.]+)`\$", line)
            if len(cells) != len(heads):
                break
            rows.append(dict(zip(heads, map(float, cells), strict=True)))
        return rows

    def has(self, formula):
        return formula in self.formulas


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


NAMES = ["w^{(1)}_{11}", "w^{(1)}_{12}", "w^{(1)}_{21}", "w^{(1)}_{22}", "b^{(1)}_{1}", "b^{(1)}_{2}"]
NAMES += ["w^{(2)}_{11}", "w^{(2)}_{21}", "b^{(2)}_{1}"]


def gradients(p, x, y, page):
    """Backpropagation through the 2-2-1 network of sigmoids, by hand; the loss is the one that the page states."""
    h = [sigmoid(p[0] * x[0] + p[2] * x[1] + p[4]), sigmoid(p[1] * x[0] + p[3] * x[1] + p[5])]
    f = sigmoid(p[6] * h[0] + p[7] * h[1] + p[8])
    if page.has(HALF) or page.has(BATCH):
        by_output = (f - y) * f * (1 - f)
    else:
        assert page.has(PROBLEMS["cross-entropy"][1][1])
        by_output = f - y
    hidden = [by_output * p[6 + k] * h[k] * (1 - h[k]) for k in (0, 1)]
    first = [hidden[0] * x[0], hidden[1] * x[0], hidden[0] * x[1], hidden[1] * x[1]]
    return [*first, *hidden, by_output * h[0], by_output * h[1], by_output]


def worked(page, rate_list=()):
    """The parameters after two rounds, by what the page states."""
    p = [page.numbers[name] for name in NAMES]
    states = {"v": [page.numbers.get("v")] * 9, "m": [page.numbers.get("m")] * 9}
    for t in (1, 2):
        if any("J = " in one and "sum_{n}" in one for one in page.formulas):
            (row,) = page.data
            samples = [([row[f"x^{{[{n}]}}_{{{i}}}"] for i in (1, 2)], row[f"y^{{[{n}]}}_{{1}}"]) for n in (1, 2)]
        else:
            row = page.data[t - 1]
            samples = [([row["x_{1}"], row["x_{2}"]], row["y_{1}"])]
        each = [gradients(p, x, y, page) for x, y in samples]
        g = [sum(column) for column in zip(*each, strict=True)]
        if page.has(r"J = \tfrac{1}{2} \sum_{n} L^{[n]}"):
            g = [one / 2 for one in g]
        if page.has(r"J = L + \tfrac{\lambda}{2} \sum_{w} w^{2}"):
            g = [
                d + page.numbers[r"\lambda"] * w * name.startswith("w") for d, w, name in zip(g, p, NAMES, strict=True)
            ]
        p = updated(page, p, g, states, t, rate_list)
    return p


def updated(page, p, g, states, t, rate_list):
    n = page.numbers
    rate = rate_list[t - 1] if rate_list else n[r"\eta_{0}"] * n[r"\gamma"] ** (t - 1) if r"\gamma" in n else n[r"\eta"]
    if r"\gamma" in n:
        assert page.has(r"\eta = \eta_{0} \times \gamma^{t - 1}")
    if page.has(V):
        states["v"] = [n[r"\mu"] * v + d for v, d in zip(states["v"], g, strict=True)]
        assert page.has(r"w \leftarrow w - \eta \times v")
        return [w - rate * v for w, v in zip(p, states["v"], strict=True)]
    if page.has(ADAM[0]):
        assert all(map(page.has, ADAM))
        b1, b2 = n[r"\beta_{1}"], n[r"\beta_{2}"]
        states["m"] = [b1 * m + (1 - b1) * d for m, d in zip(states["m"], g, strict=True)]
        states["v"] = [b2 * v + (1 - b2) * d**2 for v, d in zip(states["v"], g, strict=True)]
        pairs = zip(p, states["m"], states["v"], strict=True)
        return [w - rate * (m / (1 - b1**t)) / (math.sqrt(v / (1 - b2**t)) + 1e-8) for w, m, v in pairs]
    if page.has(PROBLEMS["clipped"][1][2]):
        g = [max(-n["c"], min(n["c"], d)) for d in g]
        assert page.has(PROBLEMS["clipped"][1][3])
    else:
        assert page.has(SGD % "L") or page.has(SGD % "J")
    return [w - rate * d for w, d in zip(p, g, strict=True)]


def _rates(text):
    stated = re.search(r"round by round, (.*?)\.(?:\s|$)", text)
    return [float(one) for one in re.findall(r"\$`([\d.]+)`\$", stated[1])] if stated else []


@pytest.mark.parametrize(("name", "style", "kind"), ALL)
def test_a_problem_is_worked_from_the_text_of_its_page_alone(name, style, kind):
    text = markdown(name, style, kind)
    found = worked(Page(text), _rates(text))
    trace = ["w1_11", "w1_12", "w1_21", "w1_22", "b1_1", "b1_2", "w2_11", "w2_21", "b2"]
    known = solution_of_net(name, style).graph.blocks.by_name
    last = solution_of_net(name, style).rounds[2]
    wanted = [float(last[f"{one if one in known else one + '_1'}_new"].carried) for one in trace]
    assert found == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize(("name", "style", "kind"), [one for one in ALL if one[2] == "worksheet"])
def test_every_fact_stands_in_every_format(name, style, kind):
    """In the LaTeX and in each flavour as LaTeX, in the page for a browser as MathML."""
    edition = Edition.of(solution_of_net(name, style), "net.yaml", kind)
    page = to_html_document(solution_of_net(name, style), "net.yaml", kind)
    by_browser = "".join(
        token for one in re.findall(r"<math[^>]*>(.*?)</math>", page, re.DOTALL) for token in read_mathml(one)
    )
    texts = [to_latex(edition), *(markdown(name, style, kind, one) for one in assets.names("flavours/markdown"))]
    for fact in PROBLEMS[name][1]:
        for text in texts:
            assert fact in text, fact
        assert "".join(read_latex(fact)) in by_browser, fact


@pytest.mark.parametrize(("name", "fact"), REQUIRED)
def test_the_solver_misses_a_fact_that_is_taken_out(name, fact):
    """The tests above would see the lack of each: its text is on a worksheet once, and without it nothing is found."""
    text = markdown(name, "worked", "worksheet")
    assert text.count(f"$`{fact}`$") == 1
    without = text.replace(f"$`{fact}`$", "")
    if fact == "m = 0":
        without = without.replace("$`v = 0`$", "")
    with pytest.raises((AssertionError, KeyError, TypeError)):
        assert worked(Page(without), _rates(without)) == pytest.approx(worked(Page(text), _rates(text)), abs=1e-9)


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


@pytest.mark.parametrize(("name", "style"), [pair for pair in product(GIVENS, STYLES) if pair[1] != "matrix"])
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

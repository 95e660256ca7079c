"""Every printed formula, read back from the page and worked with the page's numbers, is the number printed for it.

`test_views` checks what stands behind the forms; here it is their text: symbols, indices, ranges, means over a batch.
"""

from __future__ import annotations

import math
import random
import re
from decimal import Decimal
from functools import partial
from itertools import product

import pytest
from conftest import compiled, solution_of
from editions import to_latex_document
from read_formulas import Outside, Page, Reader, Unknown, assignments, indices
from test_views import CASES, exact_values

import derive
from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.evaluate import compile_formula
from derive.document.context import Context
from derive.document.locale import locale
from derive.document.model import MatrixLine
from derive.document.style import style
from derive.document.views.index import index_form_lines
from derive.graph.formula import Position, Slot, rebuild
from derive.graph.quantity import Kind, Role
from derive.network.views import layer_views
from derive.sources import assets

ARITHMETIC = DecimalArithmetic(30)
FOLDED = (Kind.ERROR, Kind.SQUARED_ERROR)
"""What is written as its formula and has no symbol."""
CLOSE = 2e-5
"""Derivatives of activations are differences of a millionth, so that they share nothing with the catalog's."""
LIMITS = re.compile(r" \\quad \(1 \\le ([a-z]) \\le (\d+)\)$")
EXCEPT = re.compile(r" \\quad \(([a-z]) \\ne ([\d, ]+)\)$")


def close(first, second):
    return abs(first - second) <= CLOSE * max(1e-2, abs(first), abs(second))


def value_of(rule, constants, argument, **moved):
    at = {rule.slots[0]: argument, **constants, **moved}
    formula = rebuild(rule.formula, lambda n: Position(list(at).index(n.name)) if isinstance(n, Slot) else None)
    return float(compile_formula(formula, ARITHMETIC)([Decimal(repr(float(number))) for number in at.values()]))


def slope(function, argument, step=1e-6):
    return (function(argument + step) - function(argument - step)) / (2 * step)


def functions_of(solution, values):
    """What the formulas name: each by its label, its constants being those that its equations are worked from."""
    found = {
        r"\sigma": lambda s: 1 / (1 + math.exp(-s)),
        r"\tanh": math.tanh,
        r"\ln": math.log,
        r"\max": max,
        r"\min": min,
        r"\exp": math.exp,
        r"\mathrm{erf}": math.erf,
        r"\mathrm{sign}": lambda s: float((s > 0) - (s < 0)),
    }
    for equation in solution.lowered.graph.forward:
        rule = equation.rule.rule
        if rule.label and not rule.groups:
            given = zip(rule.slots[1:], equation.operands[1:], strict=True)
            found |= named(rule, {slot: float(values[quantity]) for slot, quantity in given})
    slopes = {f"{name}'": partial(slope, function) for name, function in found.items() if "'" not in name}
    return {**found, **slopes}


def named(rule, constants):
    """A function by its label, and its derivative by each of its constants."""
    name = rf"\mathrm{{{rule.label}}}"

    def by_constant(slot):
        return lambda s: slope(lambda moved: value_of(rule, constants, s, **{slot: moved}), constants[slot])

    return {
        name: partial(value_of, rule, constants),
        **{rf"{name}'_{{\{slot}}}": by_constant(slot) for slot in constants},
    }


def page_of(solution):
    """Every symbol of the key with its number, old parameters before new ones."""
    blocks, values = solution.lowered.graph.blocks, exact_values(solution)
    symbol = solution.writer.symbol
    numbers, written = {}, {}
    for block in blocks.blocks:
        for quantity in block.ids if block.role is not Role.UPDATED else ():
            if quantity in values:
                numbers.setdefault(symbol(quantity), float(values[quantity]))
                if block.shape == (1,):
                    numbers.setdefault(with_index(symbol(quantity)), float(values[quantity]))
                    written[with_index(symbol(quantity))] = symbol(quantity)
    return Page(numbers, functions_of(solution, values), written)


def with_index(symbol):
    """The symbol of the only entry of a vector with the index that a notation leaves out."""
    end = len(symbol) - symbol.startswith(r"\frac")
    below = re.search(r"_\{(\d+)\}$", symbol[:end])
    written = f"{symbol[: below.start()]}_{{{below[1]},1}}" if below else f"{symbol[:end]}_{{1}}"
    return written + symbol[end:]


def lines_of(solution):
    context = Context(solution, style("worked").style, locale("en"))
    for run in index_form_lines(context):
        yield from (line for line in run.lines if isinstance(line, MatrixLine))


def spanned(text):
    return {x for below in re.findall(r"\\(?:sum|max|min)_\{([^{}]*)\}", text) for x in re.findall("[a-z]", below)}


def everywhere(node, page, env, free):
    """The sum over the indices that a line of one of several uses leaves open."""
    total = 0.0
    for numbers in product(*(page.span(letter, node.symbols) for letter in free)):
        try:
            total += node.value({**env, **dict(zip(free, numbers, strict=True))})
        except (Outside, Unknown):
            continue
    return total


def number_of(node, env):
    """The number of a right side; what lies before the first step is 0."""
    try:
        return node.value(env)
    except Outside:
        return 0.0


def require_index_form(solution):
    """Each line of the index form holds for every entry; the parts of a sum over several lines add up to it."""
    page = page_of(solution)
    parts, checked = {}, 0
    for line in lines_of(solution):
        relation, *rest = line.parts
        text = " ".join(map(str, rest))
        limit, but = LIMITS.search(text), EXCEPT.search(text)
        text = EXCEPT.sub("", LIMITS.sub("", text))
        node = Reader(text, page).read()
        computed = indices(line.left)[1] - indices(line.left)[0]
        for env in assignments(line.left, page):
            if 0 in env.values() or (limit is not None and not 1 <= env[limit[1]] <= int(limit[2])):
                continue  # the state before the first step is given; a head has some of the columns
            if but is not None and str(env[but[1]]) in but[2].split(", "):
                continue  # a window begins there
            if any(env[x] not in page.span(x, node.symbols) for x in computed):
                continue  # after the last step there is none that hands anything back
            whole = str(relation) == "="
            free = sorted({x for s in node.symbols for x in indices(s)[0]} - set(env) - spanned(text))
            if whole:
                assert not free, (line.left, text)
                assert close(page.find(line.left, env), number_of(node, env)), (line.left, env, text)
                checked += 1
            else:
                found = next(one for one in page.named(line.left, env) if one in page.numbers)
                name = page.written.get(found, found)
                parts.setdefault(name, []).append(everywhere(node, page, env, free))
    graph, symbol = solution.lowered.graph, solution.writer.symbol
    of_loss = {q for e in graph.forward if e.output in graph.roots for q in e.operands if q in graph.adjoint_of}
    for name in parts.keys() - {symbol(graph.adjoint_of[q]) for q in of_loss}:
        assert close(sum(parts[name]), page.numbers[name]), (name, parts[name])
        checked += 1
    return checked


def case(name, number, batch, gradients="averaged", more=""):
    """One of the networks of `test_views` with drawn numbers."""
    draw = random.Random(f"{name} {number}")
    (inputs, before, after), texts = CASES[name]

    def array(shape):
        entries = ", ".join(array(shape[1:]) for _ in range(shape[0])) if shape else ""
        return f"[{entries}]" if shape else f"{draw.randint(-90, 90) / 100:.2f}"

    layers = ", ".join(text for text in (before, texts[number], after) if text).replace("{{", "{").replace("}}", "}")
    layers = re.sub(r"\{([a-z])(\d*)\}", lambda m: array([int(size) for size in m[2]]), layers)
    shape = [int(one) for one in inputs.strip("[]").split(",")]
    tokens = name == "embedding"
    x = [str([draw.randint(1, 4) for _ in range(shape[0])]) if tokens else array(shape) for _ in range(batch)]
    data = ", ".join(f"{{x: {one}, y: {array([])}}}" for one in x)
    return derive.solve(
        derive.loads(
            f"network: {{inputs: {inputs}, layers: [{layers}]}}\nlearning_rate: 0.5\n"
            f"batch: {{size: {batch}, gradients: {gradients}}}\ndata: [{data}]\n{more}"
        )
    )


FEW = [
    ("dense", 1, 1),
    ("dense", 5, 2),
    ("dense", 13, 2),
    ("dense", 17, 2),
    ("dense", 20, 2),
    ("activation", 1, 2),
    ("add", 0, 2),
    ("multiply", 0, 1),
    ("flatten", 0, 2),
    ("concatenate", 0, 2),
    ("select", 0, 2),
    ("dropout", 2, 2),
    ("embedding", 0, 2),
    ("layer_norm", 0, 2),
    ("rms_norm", 1, 2),
    ("batch_norm", 0, 2),
    ("batch_norm", 3, 2),
    ("batch_norm", 4, 2),
    ("conv1d", 0, 2),
    ("conv1d", 6, 2),
    ("conv2d", 0, 1),
    ("conv2d", 1, 1),
    ("max_pool1d", 1, 2),
    ("max_pool2d", 0, 1),
    ("average_pool1d", 1, 2),
    ("average_pool2d", 1, 1),
    ("rnn", 0, 2),
    ("lstm", 0, 2),
    ("gru", 1, 1),
    ("attention", 0, 1),
    ("attention", 1, 1),
    ("attention", 2, 1),
]
"""A layer of each kind, alone or in a batch."""


@pytest.mark.parametrize(("name", "number", "batch"), FEW)
def test_the_index_form_of_every_layer(name, number, batch):
    assert require_index_form(case(name, number, batch)) > 5


@pytest.mark.parametrize("more", ["penalty: {l2: 0.1}", "update_form: ascent", "notation: delta", "updates: in place"])
@pytest.mark.parametrize("gradients", ["averaged", "summed"])
def test_the_index_form_under_every_choice(gradients, more):
    assert require_index_form(case("dense", 1, 3, gradients, more)) > 5


POSITIONS = (
    "network: {inputs: [2, 3], layers: [{layer: conv1d, filters: 2, size: 2, kernels: [[[0.2, 0.9], [0.3, -0.9]], "
    "[[-1.4, 0.7], [-1, 0.7]]], biases: none, activation: tanh}, {layer: batch_norm, axis: first}, {layer: flatten}, "
    "{units: 1, weights: 0.7, biases: none}]}\ndata: [{x: [[-1.5, -1, 1.4], [-1, 1.4, -1.3]], y: 0.3}, "
    "{x: [[1.1, 1.2, 0.2], [-0.4, -1.4, -0.4]], y: -0.4}]\n"
)
STEPS = (
    "network: {inputs: [2, 2], layers: [{units: 2, activation: tanh, weights: [[0.1, 0.5], [0.3, -0.4]], biases: none}, "
    "{layer: batch_norm, axis: last}, {layer: flatten}, {units: 1, weights: 0.7, biases: none}]}\n"
    "data: [{x: [[0.3, 0.8], [0.5, -0.4]], y: 0.3}, {x: [[0.1, 0.7], [-0.5, -0.9]], y: -0.4}]\n"
)
SHARED = "learning_rate: 0.5\nbatch: {size: 2}\nquestions: [{title: Q, asks: [index form]}]\n"


@pytest.mark.parametrize("text", [POSITIONS, STEPS])
def test_what_is_normalized_over_samples_and_positions_is_listed(text):
    """`f_{nj}` is no entry of the page, where n runs over samples and, in each, over positions or steps."""
    solution = derive.solve(derive.loads(text + SHARED))
    assert require_index_form(solution) > 20
    result = compiled(to_latex_document(solution, "x"))
    assert result.pdf, result.error
    assert result.overfull == ()


def test_the_mean_over_a_batch_is_divided_by_once():
    """Batch norm by hand: s = 2, 6, f = -1, 1 but for epsilon, so dJ/dbeta = ((-1 - 0) + (1 - 4))/2 = -2."""
    solution = derive.loads(
        "network: {inputs: 1, layers: [{units: 1, weights: [2], biases: none}, {layer: batch_norm}]}\n"
        "learning_rate: 0.5\nbatch: {size: 2}\ndata: [{x: 1, y: 0}, {x: 3, y: 4}]\n"
    )
    solution = derive.solve(solution)
    assert abs(solution["dJ/dbeta2_1"].value() + 2) < Decimal("1e-5")
    assert require_index_form(solution) > 10


@pytest.mark.parametrize("name", sorted(assets.examples()))
def test_the_index_form_of_the_gallery(name):
    solution = solution_of(name)
    if not any(views.forms.index for views in layer_views(solution.lowered, 0)):
        pytest.skip("equations of its own")
    assert require_index_form(solution)


@pytest.mark.parametrize("name", sorted(assets.examples()))
def test_every_line_of_the_gallery_in_names(name):
    """Of every quantity forward and backward the right side, worked from the other numbers of the page."""
    solution = solution_of(name)
    page, symbol, blocks = page_of(solution), solution.writer.symbol, solution.graph.blocks
    checked = 0
    for equation in solution.rounds[1].equations:
        block, text = blocks.of(equation.output), solution.writer.formula(equation)
        if block.role not in (Role.FORWARD, Role.BACKWARD) or block.kind in FOLDED:
            continue
        assert close(Reader(text, page).read().value({}), page.numbers[symbol(equation.output)]), block.name
        checked += 1
    assert checked


def test_a_line_without_the_mean_is_found(monkeypatch):
    """The tests above fail where the printer forgets the mean, whatever the numbers are worked by."""
    from derive.document.views import index

    solution = case("dense", 1, 2)
    require_index_form(solution)
    sides = index._sides
    monkeypatch.setattr(index, "_sides", lambda *them: _without_mean(sides(*them)))
    with pytest.raises(AssertionError):
        require_index_form(solution)


def _without_mean(sides):
    left, right = sides
    return left, right.replace(r"\frac{1}{2} \sum_{n}", r"\sum_{n}")

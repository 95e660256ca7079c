"""The backward walk against other roads to the same partials."""

from decimal import Decimal

import pytest
import sympy
from everyday import examples
from hypothesis import given, settings
from nets import problems

import derive
from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.evaluate import Evaluators
from derive.errors import FormulaError
from derive.graph.closed import closed_form, symbol
from derive.network.lower import lower, round_values, start_values


def unrounded(problem):
    """Every quantity of round 1 with nothing rounded, and the derivation it comes from."""
    lowered = lower(problem)
    values = {**start_values(lowered), **round_values(problem, lowered, 1)}
    evaluators = Evaluators(DecimalArithmetic(60))
    for equation in (*lowered.graph.forward, *lowered.graph.backward):
        values[equation.output] = evaluators.of(equation.rule)([values[q] for q in equation.operands])
    return lowered, values


def at_a_kink(lowered, values):
    relu = [p.number for p in lowered.placed if p.layer.activation.name == "relu"]
    blocks = lowered.graph.blocks
    return any(
        values[q] == 0
        for b in blocks.blocks
        if b.kind == "pre-activation" and b.role == "forward" and b.layer in relu
        for q in b.ids
    )


def loss_of(problem, lowered, start):
    """The loss by a plain loop over layers, written without the graph."""
    from mpmath import MPContext

    context = MPContext()
    context.dps = 60
    functions = {
        "identity": lambda s: s,
        "sigmoid": lambda s: 1 / (1 + context.exp(-s)),
        "tanh": context.tanh,
        "relu": lambda s: s if s > 0 else context.mpf(0),
    }
    number = {q: context.mpf(str(v)) for q, v in start.items()}
    signal = [number[q] for q in lowered.inputs[0].ids]
    for index, layer in enumerate(problem.network.layers, 1):
        blocks = {b.kind.value: b for b in lowered.parameters if b.layer == index}
        weights, units = blocks["weight"], layer.units
        sums = []
        for j in range(units):
            total = sum(signal[i] * number[weights.first + i * units + j] for i in range(len(signal)))
            sums.append(total + (number[blocks["bias"].first + j] if "bias" in blocks else 0))
        signal = [functions[layer.activation.name](s) for s in sums]
    targets = [number[q] for q in lowered.targets[0].ids]
    return sum((y - f) ** 2 / 2 for y, f in zip(targets, signal, strict=True))


@settings(max_examples=examples(250), deadline=None)
@given(problems(most_units=4, most_layers=4))
def test_parameters_against_central_differences_of_a_plain_loop(problem):
    lowered, values = unrounded(problem)
    if at_a_kink(lowered, values):
        return
    given_ids = {q for b in lowered.graph.blocks.blocks if b.role == "given" for q in b.ids}
    start = {q: v for q, v in values.items() if q in given_ids}
    step = Decimal("1e-20")
    for block in lowered.parameters:
        for quantity in block.ids:
            up = loss_of(problem, lowered, {**start, quantity: start[quantity] + step})
            down = loss_of(problem, lowered, {**start, quantity: start[quantity] - step})
            found = (up - down) / (2 * float(step))
            assert float(values[lowered.graph.adjoint_of[quantity]]) == pytest.approx(
                float(found), rel=1e-12, abs=1e-18
            )


@settings(max_examples=25, deadline=None)
@given(problems(most_units=2, most_layers=2))
def test_closed_forms_against_sympy_of_the_expanded_loss(problem):
    lowered, values = unrounded(problem)
    if at_a_kink(lowered, values):
        return
    graph = lowered.graph
    whole = closed_form(graph, graph.loss)
    at = {symbol(graph, q): sympy.Rational(str(v)) for q, v in values.items() if symbol(graph, q) in whole.free_symbols}
    for of, adjoint in graph.adjoint_of.items():
        if graph.blocks.of(of).kind not in ("weight", "bias"):
            continue
        by_sympy = sympy.N(sympy.diff(whole, symbol(graph, of)).subs(at), 40)
        by_chain = sympy.N(closed_form(graph, adjoint).subs(at), 40)
        assert float(by_chain) == pytest.approx(float(by_sympy), rel=1e-25, abs=1e-30)
        assert float(values[adjoint]) == pytest.approx(float(by_sympy), rel=1e-14, abs=1e-18)


def test_chain_form_and_closed_form(table):
    w11 = table["dL/dw11"]
    assert str(w11.expr) == "dL/ds1*x1"
    f1 = table["f1"].closed
    x1, y1 = (symbol(table.graph, table[name].id) for name in ("x1", "y1"))
    assert sympy.simplify(w11.closed - (f1 - y1) * f1 * (1 - f1) * x1) == 0
    assert r"x_{1}" in w11.latex("closed")
    assert table.equations["s1"].rhs == table["s1"].expr


def test_a_closed_form_writes_a_gate_like_every_other_line(matrix):
    latex = matrix["dL/dw1_11"].latex("closed")
    assert "> 0]" in latex
    assert r"\theta" not in latex
    assert "x^{(0)}" in latex


def test_a_closed_form_past_its_budget_is_refused(table):
    with pytest.raises(FormulaError, match="more than the budget of 10"):
        closed_form(table.lowered.graph, table["dL/dw11"].id, budget=10)


def test_deep_nets_stay_linear_in_the_number_of_equations():
    def equations(depth):
        layer = {"units": 2, "activation": "sigmoid", "weights": "0.1", "biases": "0.1"}
        network = {"inputs": 2, "layers": [layer] * depth}
        problem = derive.Problem.model_validate(
            {"network": network, "learning_rate": 1, "data": [{"x": [1, 1], "y": [0, 1]}]}
        )
        graph = lower(problem).graph
        return sum(len(e.operands) for e in (*graph.forward, *graph.backward))

    assert equations(20) - equations(10) == equations(30) - equations(20)


def test_the_convention_of_relu_at_zero():
    text = (
        "network: {inputs: 1, layers: [{units: 1, activation: relu, weights: 0, biases: 0}]}\n"
        "learning_rate: 1\ndata: [{x: 1, y: 1}]\nrelu_at_zero: %s\n"
    )
    zero, one = (derive.solve(derive.loads(text % value)) for value in (0, 1))
    assert zero.rounds[1]["dL/dw11"].shown == "0.0000"
    assert one.rounds[1]["dL/dw11"].shown == "-1.0000"
    assert r"[s_{1} > 0]" in zero["dL/ds1"].latex()
    assert r"[s_{1} \ge 0]" in one["dL/ds1"].latex()

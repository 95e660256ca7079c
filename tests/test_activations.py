"""Every activation: its stated derivative is SymPy's, its constants are slots, its convention at a kink holds."""

from decimal import Decimal

import pytest
import sympy
from formulas import real_symbol
from oracle.functions import activation as oracle
from oracle.tape import Number as Variable
from oracle.tape import context, slopes
from test_lines import check_lines

import derive
from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.evaluate import compile_formula
from derive.catalog.activations import ACTIVATIONS, activation, custom
from derive.errors import FormulaError, NumberError
from derive.graph.formula import Number, Position, Slot, rebuild, slot_names
from derive.graph.grammar import parse
from derive.graph.symbolic import differentiate, to_sympy

SMOOTH = [entry for entry in ACTIVATIONS.values() if entry.differentiable]
BY_NAME = {"ids": lambda entry: entry.name}
PROVED_BY_SIMPLIFYING = ("identity", "sigmoid", "tanh", "softplus", "gelu", "gelu tanh")


def at(formula, entry, s, digits=50, **more):
    """The value of a formula over s, the output f and the constants."""
    numbers = {**{name: Decimal(text) for name, text in entry.constants.items()}, "s": Decimal(s), **more}
    names = list(numbers)
    placed = rebuild(formula, lambda n: Position(names.index(n.name)) if isinstance(n, Slot) else None)
    return compile_formula(placed, DecimalArithmetic(digits))(list(numbers.values()))


def slope(entry, s):
    output = at(entry.rule.formula, entry, s)
    return at(entry.rule.partial("s"), entry, s, f=output)


@pytest.mark.parametrize("entry", SMOOTH, **BY_NAME)
def test_the_stated_derivative_is_sympys(entry):
    found = differentiate(entry.rule.formula, "s")
    for hundredths in range(-615, 620, 13):
        s = Decimal(hundredths) / 100
        assert abs(slope(entry, s) - at(found, entry, s)) < Decimal("1e-45")


@pytest.mark.parametrize("name", PROVED_BY_SIMPLIFYING)
def test_the_stated_derivative_is_proved(name):
    rule = ACTIVATIONS[name].rule
    formula = to_sympy(rule.formula, real_symbol)
    stated = to_sympy(rule.partial("s"), real_symbol).subs(sympy.Symbol("f", real=True), formula)
    assert sympy.simplify(stated - sympy.diff(formula, sympy.Symbol("s", real=True))) == 0


@pytest.mark.parametrize("entry", ACTIVATIONS.values(), **BY_NAME)
def test_entries_are_whole(entry):
    assert entry.rule.slots[0] == "s"
    assert set(entry.rule.slots) == {"s", *entry.constants}
    assert entry.trainable <= set(entry.constants)
    assert all(Decimal(text) > 0 for text in entry.constants.values())
    assert entry.reference
    assert ACTIVATIONS[entry.name] is activation(entry.name)
    if entry.differentiable:
        assert set(slot_names(entry.rule.partial("s"))) <= {"s", "f", *entry.constants}


@pytest.mark.parametrize("entry", [entry for entry in SMOOTH if entry.kink_at_zero], **BY_NAME)
def test_the_convention_at_zero_is_one_of_the_slopes_beside_it(entry):
    below, above = (slope(entry, s) for s in ("-1e-40", "1e-40"))
    at_zero = [slope(activation(entry.name, convention), "0") for convention in (0, 1)]
    assert all(abs(a - b) < Decimal("1e-35") for a, b in zip(at_zero, (below, above), strict=True))
    assert at(activation(entry.name, 1).rule.formula, entry, "0") == 0


@pytest.mark.parametrize(
    ("name", "s", "value"),
    [
        ("step", "0", "1"),
        ("step", "-0.5", "0"),
        ("leaky relu", "-2", "-0.02"),
        ("parametric relu", "-2", "-0.5"),
        ("elu", "-1", "-0.632120558828557678"),
        ("selu", "-1", "-1.111330737812563"),
        ("softplus", "0", "0.693147180559945309"),
        ("silu", "1", "0.731058578630004879"),
        ("gelu", "1", "0.841344746068542948"),
        ("gelu tanh", "1", "0.841191990608281"),
        ("hard tanh", "-1.5", "-1"),
        ("hard tanh", "0.5", "0.5"),
    ],
)
def test_values(name, s, value):
    """Against tables: the normal distribution's for gelu, PyTorch's functional for selu and the tanh form."""
    entry = ACTIVATIONS[name]
    assert abs(at(entry.rule.formula, entry, s) - Decimal(value)) < Decimal("1e-14")


CONSTANTS = {
    "leaky relu": {"alpha": "0.01"},
    "parametric relu": {"alpha": "0.25"},
    "elu": {"alpha": "1"},
    "selu": {"lambda": "1.0507009873554804934193349852946", "alpha": "1.6732632423543772848170429916717"},
}
"""PyTorch's `negative_slope` of LeakyReLU, `init` of PReLU and `alpha` of ELU, which are the papers' numbers; SELU's as
PyTorch's documentation has them."""


def test_constants_are_those_of_their_sources_to_the_last_digit():
    stated = {name: dict(entry.constants) for name, entry in ACTIVATIONS.items() if entry.constants}
    shortest = {"selu": {key: repr(float(text)) for key, text in CONSTANTS["selu"].items()}}
    assert stated == {**CONSTANTS, **shortest}


def test_the_constants_of_selu_solve_its_equations():
    """Klambauer et al. (2017), equation 14: the fixed point of mean 0 and variance 1."""
    root, e = context.sqrt(2), context.e
    c, c2 = context.erfc(1 / root), context.erfc(root)
    alpha = -context.sqrt(2 / context.pi) / (c * context.exp(context.mpf(1) / 2) - 1)
    scale = (1 - c * context.sqrt(e)) * context.sqrt(2 * context.pi)
    scale /= context.sqrt(
        2 * c2 * e**2 + context.pi * c**2 * e - 2 * (2 + context.pi) * c * context.sqrt(e) + context.pi + 2
    )
    assert [repr(float(number)) for number in (scale, alpha)] == list(ACTIVATIONS["selu"].constants.values())


@pytest.mark.parametrize("entry", SMOOTH, **BY_NAME)
def test_values_and_slopes_by_an_evaluator_of_the_tests(entry):
    """Against `tests/oracle`, at numbers on either side of every kink."""
    name = "leaky relu" if entry.name == "parametric relu" else entry.name
    alpha = context.mpf(entry.constants.get("alpha", "0"))
    for text in ("-2.75", "-1.25", "-0.5", "0.3", "0.9", "1.6", "3.1"):
        argument = Variable(text)
        result = oracle(name, alpha, 0)(argument)
        close = context.mpf(10) ** -40
        value, derivative = (context.mpf(str(n)) for n in (at(entry.rule.formula, entry, text), slope(entry, text)))
        assert abs(value - result.value) < close
        assert abs(derivative - slopes(result, [argument])[0]) < close


def test_a_step_is_for_the_forward_pass_only():
    step = activation("step")
    assert (step.derivative, step.differentiable, step.kink_at_zero) == (None, False, False)
    with pytest.raises(FormulaError, match="gate has no derivative to work with"):
        step.rule.partial("s")


def test_an_authors_activation():
    own = custom("s*sigmoid(2*s)+relu(s-1)", "swish")
    assert (own.name, own.rule.label, own.differentiable) == ("swish", "swish", True)
    assert own.kinks == ("s-1 = 0",)
    assert own.rule.partial("s") == differentiate(own.rule.formula, "s")
    assert custom("relu(s)", "r", 1).rule.partial("s") == parse("gate(s,1)")
    assert custom("relu(s)", "r").rule.partial("s") == parse("gate(s,0)")
    assert custom("relu(s)", "r").kink_at_zero
    assert not custom("s^3", "cube").kink_at_zero


def test_an_authors_step_is_forward_only():
    own = custom("floor(s)", "cut")
    assert not own.differentiable
    with pytest.raises(FormulaError, match="floor has no derivative"):
        own.rule.partial("s")


@pytest.mark.parametrize(
    ("text", "message"),
    [("s*x", "over s alone, and this one holds s, x"), ("2", "holds no name"), ("s+", "expected a number")],
)
def test_an_authors_mistakes(text, message):
    with pytest.raises(FormulaError, match=message):
        custom(text, "wrong")


def test_a_number_is_exact():
    assert custom("0.1*s", "tenth").rule.partial("s") == parse("1/10")
    assert custom("0.1*s", "tenth").rule.formula == parse("0.1*s")
    assert isinstance(parse("0.1"), Number)


TEXT = """
network: {inputs: 2, layers: [
  {units: 2, activation: tanh, weights: [[0.30, -0.20], [1.1, 0.4]], biases: [0, -0.7]},
  {units: 2, activation: tanh, weights: [[1.5, -2], [0.25, 0.5]], biases: none}]}
learning_rate: 0.5
data: [{x: [1, -2], y: [0.5, 1]}, {x: [0, 0], y: [0, 1]}]
rounds: 2
rounding: {places: 4, carry: %s}
"""
AUTHORS = ("case(s,s,0.1*s,0)", "abs(s)", "max(s,0.5*s,-1)", "s^2/(1+abs(s))", "2^s", "sin(s)+cos(2*s)", "sqrt(1+s^2)")


def closed_form(quantity):
    """The closed form, or the sentence that says why a page cannot hold it."""
    try:
        return quantity.latex("closed")
    except FormulaError as error:
        said = str(error)
    return said if "fits no page, wherever it is broken" in said else ""


@pytest.mark.parametrize("carry", ["full", "rounded"])
@pytest.mark.parametrize(
    "entry",
    [*(entry for entry in SMOOTH if not entry.constants), *(custom(text, "own") for text in AUTHORS)],
    ids=lambda entry: entry.rule.text,
)
def test_keys_with_every_activation(entry, carry, monkeypatch):
    """Solved, checked by the complex step, and each line read back; closed forms print where a page holds them."""
    monkeypatch.setattr("derive.catalog.layers.activated.activation", lambda name, at_zero=0: entry)
    solution = derive.solve(derive.loads(TEXT % carry))
    check_lines(solution)
    assert closed_form(solution["dL/dw2_11"])


def test_a_result_without_a_value_names_quantity_round_and_rule(monkeypatch):
    monkeypatch.setattr("derive.catalog.layers.activated.activation", lambda name, at_zero=0: custom("log(s)", "ln"))
    with pytest.raises(NumberError, match=r"f1_1 in round 1: the logarithm of a negative number \(ln\)"):
        derive.solve(derive.loads(TEXT % "full"))

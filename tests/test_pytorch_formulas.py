"""Formulas as PyTorch's operations, evaluated without PyTorch: a stand-in has the same functions for plain numbers."""

import math
from decimal import Decimal
from types import SimpleNamespace

import pytest

from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.evaluate import compile_formula
from derive.exports.pytorch.formulas import FormulaPrinter
from derive.exports.pytorch.pieces import ATOM, Piece, number
from derive.graph.formula import Position, Slot, rebuild
from derive.graph.grammar import parse

STAND_IN = SimpleNamespace(
    **{name: getattr(math, name) for name in ("cos", "erf", "exp", "floor", "log", "log2", "log10", "sin", "sqrt")},
    **{name: getattr(math, name) for name in ("tan", "tanh")},
    abs=abs,
    relu=lambda x: max(x, 0.0),
    sigmoid=lambda x: 1 / (1 + math.exp(-x)),
    sign=lambda x: float((x > 0) - (x < 0)),
    where=lambda condition, first, second: first if condition else second,
)


class Names(FormulaPrinter):
    """Slots as tensors of their names, or as Python numbers."""

    def __init__(self, at_zero=0, numbers=()):
        super().__init__(at_zero)
        self.numbers = numbers

    def leaf(self, node):
        return number(node.name) if node.name in self.numbers else Piece(node.name, ATOM)


FORMULAS = (
    *("a-b", "a-(b-a)", "a-(b+a)", "-a-b", "-(a-b)", "-(a+b)*a", "b-(-a)", "a+b-2*a-b", "-a+b-3", "(a-b)-(b-3*a)"),
    *("a*(b+1)", "(a+1)*(b-2)", "a*(b/a)", "a/(b/a)", "a/(b*a)", "(a/b)*a", "a*-b", "(a-1)/(b+2)", "a/b/2", "2/(a-5)"),
    *("-a^2", "(-a)^2", "(a+b)^2", "(a*b)^2", "(a/b)^2", "2*a^2", "(a^2)^3", "a^2*b", "1/a^2", "exp(-a^2/2)"),
    *(
        "exp(a-b)",
        "log(b, 2)-2*log(b, 10)+3*log(b)",
        "log(b, 3)",
        "sqrt(b)*sin(a)-cos(b)",
        "tan(a)/tanh(b)",
        "abs(a)-sign(a)",
    ),
    *("sigmoid(a)*(1-sigmoid(a))", "floor(a)+erf(a)", "relu(a)-relu(-a)", "max(a, b)-min(a, b)", "max(a, b, 0.5)"),
    *("gate(a, 0)*b", "gate(a, 1)*b+a", "case(a, b, -b, 0)", "case(a, b, a-b, 1)", "pi*a"),
)
POINTS = ((1.25, 0.5), (-0.75, 2.0), (0.0, 0.25), (2.0, 2.0))
ALONE = {"gate", "case", "sign", "floor", "relu"}
"""Functions of which a Python number has none, or that are refused for constants."""


def worked(text, a, b):
    tree = rebuild(parse(text), lambda n: Position("ab".index(n.name)) if isinstance(n, Slot) else None)
    return float(compile_formula(tree, DecimalArithmetic(50))([Decimal(str(a)), Decimal(str(b))]))


def evaluated(printer, text, a, b):
    return eval(printer.piece(parse(text)).text, {"torch": STAND_IN, "math": math, "a": a, "b": b})


def at_points(text, printer):
    checked = 0
    for a, b in POINTS:
        try:
            wanted = worked(text, a, b)
        except ArithmeticError:
            continue
        assert evaluated(printer, text, a, b) == pytest.approx(wanted, rel=1e-12, abs=1e-14), (text, a, b)
        checked += 1
    assert checked >= 2


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_of_tensors_is_worth_what_it_says(text):
    at_points(text, Names())


@pytest.mark.parametrize("text", [text for text in FORMULAS if not any(f"{name}(" in text for name in ALONE)])
def test_a_formula_of_numbers_too(text):
    if "sigmoid" not in text:
        at_points(text, Names(numbers=("a", "b")))
    at_points(text, Names(numbers=("b",)))


def test_relu_of_a_number_and_relu_with_1_at_zero():
    assert Names(numbers=("a",)).piece(parse("relu(a)")).text == "max(0.0, a)"
    assert Names().piece(parse("relu(a)")).text == "torch.relu(a)"
    assert Names(at_zero=1).piece(parse("relu(a)")).text == "torch.where(a >= 0, a, 0.0)"


def test_the_first_of_equal_ones_takes_the_gradient():
    """As `max` of the grammar and of the derivation has it."""
    assert Names().piece(parse("max(a, b)")).text == "torch.where(a >= b, a, b)"
    assert Names().piece(parse("min(a, b)")).text == "torch.where(a <= b, a, b)"
    assert Names(numbers=("a", "b")).piece(parse("min(a, b)")).text == "min(a, b)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("p-eta*g", "p - eta * g"),
        ("a-(b-c)", "a - (b - c)"),
        ("a/(b*c)", "a / (b * c)"),
        ("-(a+b)", "-(a + b)"),
        ("(a+b)^2", "(a + b) ** 2"),
        ("-a^2", "-(a**2)"),
        ("2*a^(t-1)", "2 * a ** (t - 1)"),
        ("a^2", "a**2"),
    ],
)
def test_parentheses_where_they_are_needed_and_nowhere_else(text, expected):
    assert Names().piece(parse(text)).text in (expected, expected.replace("-(a**2)", "-a**2"))

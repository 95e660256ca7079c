"""The grammar of formulas: what it reads, and where it stops."""

import pytest

from derive.errors import FormulaError
from derive.graph.formula import Call, Each, Negative, Number, Power, Product, Quotient, Slot, Sum
from derive.graph.grammar import parse

w, x, b, s = map(Slot, "wxbs")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("sum(w*x)+b", Sum((Each(Product((w, x))), b))),
        ("1/(1+exp(-s))", Quotient(Number("1"), Sum((Number("1"), Call("exp", (Negative(s),)))))),
        ("w-x-b", Sum((w, Negative(x), Negative(b)))),
        ("w*x*b", Product((w, x, b))),
        ("s^2", Power(s, Number("2"))),
        ("-s^2", Negative(Power(s, Number("2")))),
        ("max(0, s)", Call("max", (Number("0"), s))),
        ("0.30*w", Product((Number("0.30"), w))),
        ("w*x/b", Quotient(Product((w, x)), b)),
    ],
)
def test_reads(text, tree):
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a number, a name"),
        ("w+", "expected a number, a name"),
        ("w x", "operator or the end"),
        ("(w", "expected '\\)'"),
        ("s^s", "a number as the exponent"),
        ("__import__('os')", "unexpected '_'"),
        ("exp(1,2)", "no function 'exp' of 2"),
        ("eval(s)", "no function 'eval'"),
        ("s@2", "unexpected '@' at column 2"),
    ],
)
def test_stops(text, message):
    with pytest.raises(FormulaError, match=message):
        parse(text)

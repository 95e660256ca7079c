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
        ("w^x^b", Power(w, Power(x, b))),
        ("w^-2", Power(w, Negative(Number("2")))),
        ("2^(x-1)", Power(Number("2"), Sum((x, Negative(Number("1")))))),
        ("1e-5*pi", Product((Number("1e-5"), Call("pi", ())))),
        ("max(w,x,b)", Call("max", (w, x, b))),
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
        ("__import__('os')", "unexpected '_'"),
        ("exp(1,2)", "no function 'exp' of 2"),
        ("eval(s)", "no function 'eval'"),
        ("s@2", "unexpected '@' at column 2"),
        ("pi(s)", "operator or the end at column 3"),
        ("min(s)", "no function 'min' of 1"),
        ("gate(s,0.5)", "argument 2 of gate must be 0 or 1 at column 1"),
        ("1+log(s,w)", "argument 2 of log must be a number at column 3"),
        ("log(s,1)", "a logarithm to base 1 at column 1"),
        ("is_argmax(4,m,s,w,x)", "argument 1 of is_argmax must count one of 3"),
        ("s^1001", "an exponent above 1,000 at column 3"),
        ("1e99999999", "a number beyond 1e1000 at column 1"),
        ("s+" * 1000 + "s", "a formula of 2,001 characters is too long"),
        ("(" * 51 + "s" + ")" * 51, "nests deeper than 50 at column 52"),
        ("-" * 51 + "s", "nests deeper than 50"),
        ("s^" * 51 + "s", "nests deeper than 50"),
        ("s" + "/s*w" * 51, "nests deeper than 50"),
    ],
)
def test_stops(text, message):
    with pytest.raises(FormulaError, match=message):
        parse(text)

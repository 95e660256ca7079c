"""Printing formulas: order as written, parentheses where they belong and nowhere else."""

from decimal import Decimal

import pytest

from derive.arithmetic.rounding import Value
from derive.graph.formula import Position, rebuild, slot_names
from derive.graph.formula import Slot as SlotNode
from derive.graph.grammar import parse
from derive.writing.dialect import latex
from derive.writing.symbols import NumberTable
from derive.writing.template import formula_template

TIMES = latex(r" \times ", r" \times ", frozenset({"names", "numbers"}), stacked=True)
INLINE = latex(r" \times ", r" \cdot ", frozenset(), stacked=False)


def substituted(text, numbers, pair=TIMES):
    tree = parse(text)
    order = {name: index for index, name in enumerate(slot_names(tree))}
    placed = rebuild(tree, lambda n: Position(order[n.name]) if isinstance(n, SlotNode) else None)
    values = {index: Value(Decimal(text), Decimal(text), text) for index, text in enumerate(numbers)}
    return formula_template(placed, pair.numbers).fill(range(len(numbers)), NumberTable(values, pair))


@pytest.mark.parametrize(
    ("text", "numbers", "expected"),
    [
        ("w*x+b", ["0.2", "0.4", "0.3"], r"0.2 \times 0.4 + 0.3"),
        ("w*x+b", ["-0.2", "-0.4", "-0.3"], r"-0.2 \times (-0.4) + (-0.3)"),
        ("b+w*x", ["1", "-2", "3"], r"1 + (-2) \times 3"),
        ("p-eta*g", ["0.3", "1", "-0.09"], r"0.3 - 1 \times (-0.09)"),
        ("f-y", ["-0.5", "-1"], "-0.5 - (-1)"),
        ("e^2", ["-0.30"], "(-0.30)^{2}"),
        ("e^2", ["0.30"], "0.30^{2}"),
        ("e^2", ["1.2e-9"], r"(1.2 \times 10^{-9})^{2}"),
        ("1/(1+exp(-s))", ["0.46"], r"\frac{1}{1 + e^{-0.46}}"),
        ("1/(1+exp(-s))", ["-0.46"], r"\frac{1}{1 + e^{-(-0.46)}}"),
        ("f*(1-f)", ["0.6"], r"0.6 \times (1 - 0.6)"),
        ("g*1", ["-0.5"], r"-0.5 \times 1"),
        ("g*gate(s,0)", ["2", "-3"], r"2 \times 0"),
        ("max(0,s)", ["-3"], r"\max(0, -3)"),
        ("1-f^2", ["-0.7"], "1 - (-0.7)^{2}"),
        ("a-(b+c)", ["1", "2", "-3"], "1 - (2 + (-3))"),
        ("a-(b-c)", ["1", "2", "3"], "1 - (2 - 3)"),
        ("a*(b+c)", ["1", "2", "3"], r"1 \times (2 + 3)"),
        ("exp(s)^2", ["0.3"], "(e^{0.3})^{2}"),
        ("(a/b)^2", ["1", "2"], r"\left(\frac{1}{2}\right)^{2}"),
        ("(a*b)^2", ["1", "2"], r"(1 \times 2)^{2}"),
        ("(y-f)^2/2", ["1", "-2"], r"\frac{(1 - (-2))^{2}}{2}"),
    ],
)
def test_numbers_put_in(text, numbers, expected):
    assert substituted(text, numbers) == expected


@pytest.mark.parametrize(
    ("text", "numbers", "expected"),
    [
        ("1/(1+exp(-s))", ["0.46"], "1/(1 + e^{-0.46})"),
        ("(q+r)/2", ["1", "2"], "(1 + 2)/2"),
        ("w/x*b", ["1", "2", "3"], r"1/2 \cdot 3"),
        ("w/(x*b)", ["1", "2", "3"], r"1/(2 \cdot 3)"),
        ("w/(x+b)", ["1", "2", "-3"], "1/(2 + (-3))"),
        ("w/(x/b)", ["1", "2", "3"], "1/(2/3)"),
        ("b*(w/x)", ["3", "1", "-2"], r"3 \cdot (1/(-2))"),
        ("g*1", ["5"], "5"),
    ],
)
def test_one_line_fractions(text, numbers, expected):
    assert substituted(text, numbers, INLINE) == expected

"""Worked lines: one equation printed as formula, with the numbers in, and as its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, DecimalException

from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.evaluate import Evaluators
from derive.arithmetic.rounding import Policy, Precision, Value, plain
from derive.graph.equations import Equation, Equations
from derive.graph.graph import Graph
from derive.writing.dialect import DialectPair
from derive.writing.places import Texts
from derive.writing.symbols import NumberTable, SymbolTable, number_text
from derive.writing.template import Context, named_template, template

UNROUNDED_PLACES = 8
"""An unrounded number is cut with an ellipsis past this many decimals."""
_SHOWN = DecimalArithmetic(50)
_SHOWN_EVALUATORS = Evaluators(_SHOWN)


@dataclass(frozen=True, slots=True)
class Line:
    """One worked line. `exact` is whether the shown numbers, worked by hand, give the shown result."""

    name: str
    symbol: str
    formula: str
    substituted: str
    value: str
    exact: bool


class Writer:
    """Prints the equations of one graph in one notation or dialect."""

    def __init__(self, graph: Graph, symbols: SymbolTable, dialects: DialectPair) -> None:
        self.graph = graph
        self.symbols = symbols
        self.dialects = dialects

    def symbol(self, quantity: int) -> str:
        """The symbol of a quantity."""
        return self.symbols.texts(Context.START)[quantity]

    @property
    def all_symbols(self) -> Texts:
        """The symbol of every quantity."""
        return self.symbols.texts(Context.START)

    def formula(self, equation: Equation) -> str:
        """The right side of an equation in names."""
        return template(equation.rule, self.dialects.names).fill(equation.operands, self.symbols)

    def named(self, equation: Equation) -> str:
        """The right side by the function's name where it has one: `sigmoid(s_1)`."""
        return named_template(equation.rule, self.dialects.names).fill(equation.operands, self.symbols)

    def formulas(self, equations: Equations) -> list[str]:
        """Many equations as `symbol = right side`, as fast as templates fill."""
        outputs = self.symbols.texts(Context.START)
        lines: list[str] = []
        for family in equations.families:
            made = template(family.rule, self.dialects.names)
            columns = made.columns(family.columns, self.symbols)
            rows = zip(map(outputs.__getitem__, family.outputs), *columns, strict=True)
            lines.extend(map(("%s = " + made.text).__mod__, rows))
        return lines

    def substituted(self, equation: Equation, values: Mapping[int, Value]) -> str:
        """The right side with the shown numbers in; what a selection gives is worked from the carried ones."""
        numbers = NumberTable(values, self.dialects)
        return template(equation.rule, self.dialects.numbers).fill(equation.operands, numbers)

    def number(self, shown: str) -> str:
        """A shown number as this dialect writes it."""
        return number_text(shown, self.dialects)

    def line(self, equation: Equation, values: Mapping[int, Value], policy: Policy, precision: Precision) -> Line:
        """The worked line of an equation in a round whose numbers are given."""
        return Line(
            self.graph.blocks.names[equation.output],
            self.symbol(equation.output),
            self.formula(equation),
            self.substituted(equation, values),
            self.number(values[equation.output].shown),
            reproduces(equation, values, policy, precision),
        )


def reproduces(equation: Equation, values: Mapping[int, Value], policy: Policy, precision: Precision) -> bool:
    """Whether the shown operands, worked exactly and rounded as the policy says, give the shown result."""
    operands = [Decimal(values[operand].shown) for operand in equation.operands]
    shown = values[equation.output].shown
    try:
        result = _SHOWN_EVALUATORS.of(equation.rule)(operands)
    except DecimalException:
        return False
    rounded = policy.finish(result, precision, _SHOWN.noise)
    return rounded.shown == shown or Decimal(shown) == result


def cut(number: Decimal) -> tuple[str, bool]:
    """An unrounded number in at most 8 decimals, and whether digits were cut off."""
    text = plain(number)
    whole, _, decimals = text.partition(".")
    if len(decimals.rstrip("0")) <= UNROUNDED_PLACES:
        return (f"{whole}.{decimals.rstrip('0')}".rstrip("."), False)
    return (f"{whole}.{decimals[:UNROUNDED_PLACES]}", True)

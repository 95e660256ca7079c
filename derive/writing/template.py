"""A rule printed once into a template with places; each equation only fills them.

Every place knows where it stands (at the start, after a minus, under a power, ...) and so which shapes of text
need parentheses there: a negative number needs them as a later factor, a fraction only under a power.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.evaluate import compile_formula
from derive.errors import FormulaError
from derive.graph.formula import (
    ONE,
    ZERO,
    Call,
    Formula,
    Negative,
    Number,
    Position,
    Power,
    Product,
    Quotient,
    Sum,
)
from derive.graph.rule import SizedRule
from derive.writing.dialect import Dialect
from derive.writing.places import PARENTHESES, Branch, Context, Place, Selected, Shape, Table, Template, Texts

__all__ = [
    "PARENTHESES",
    "Context",
    "Place",
    "Printer",
    "Shape",
    "Table",
    "Template",
    "Texts",
    "formula_template",
    "named_template",
    "template",
]


@lru_cache(maxsize=8192)
def template(rule: SizedRule, dialect: Dialect) -> Template:
    """The template of a rule's right side."""
    return formula_template(rule.formula, dialect)


@lru_cache(maxsize=1024)
def named_template(rule: SizedRule, dialect: Dialect) -> Template:
    """The template of a rule by the function's name, as in `sigmoid(s)`; its right side where it has no name."""
    if not rule.label or rule.member is not None:
        return template(rule, dialect)
    places = tuple([Place(position, Context.START) for position in range(rule.arity)])
    text = dialect.named % (rule.label, dialect.separator.join("%s" for _ in places))
    return Template(text, places)


def formula_template(formula: Formula, dialect: Dialect, context: Context = Context.START) -> Template:
    """The template of a formula over positions, as it is written in a context."""
    printer = Printer(dialect)
    text = printer.write(formula, context)
    return Template(text, tuple(printer.places))


_VALUES = ("gate", "equals", "sign", "is_argmax")
_WORKED = DecimalArithmetic(100)
"""Works out selections: at as many digits as the numbers are carried with, unless these had to grow."""


_LONGEST_LIST = 4
"""A list of more parts than this is written with an ellipsis."""
_LEADING = (Context.START, Context.FIRST_TERM, Context.FIRST_FACTOR, Context.COMPARED)


def _sides(argument: Formula) -> tuple[Formula, Formula]:
    """What is compared where a formula is compared with 0: the parts of a difference."""
    match argument:
        case Sum((Negative(less), more)) | Sum((more, Negative(less))) if not isinstance(more, Negative):
            return more, less
        case _:
            return argument, ZERO


class Printer:
    """Prints a formula from left to right, noting places as they come."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.places: list[Place | Selected | Branch] = []

    def write(self, node: Formula, context: Context) -> str:
        """The text of a formula where it stands."""
        match node:
            case Number(text):
                return self.number(text, context)
            case Position(index):
                self.places.append(Place(index, context))
                return "%s"
            case Negative(Call(function, _)) if self.gives_value(function):
                return self.value(node, context)
            case Negative(argument):
                return self.wrap(Shape.NEGATIVE, context, lambda _: "-" + self.write(argument, Context.AFTER_MINUS))
            case Sum(terms):
                return self.wrap(Shape.SUM, context, lambda inner: self.sum(terms, inner))
            case Product(factors):
                return self.product(factors, context)
            case Quotient(numerator, denominator):
                return self.quotient(numerator, denominator, context)
            case Power(base, exponent):
                return self.power(base, exponent, context)
            case Call():
                return self.call(node, context)
            case _:
                raise FormulaError(f"{node!r} must be sized before it is printed")

    def wrap(self, shape: Shape, context: Context, write: Callable[[Context], str]) -> str:
        """What `write` prints in the context, in parentheses where the shape needs them there."""
        if shape in PARENTHESES[context]:
            return self.dialect.grouped(write(Context.START))
        return write(context)

    def number(self, text: str, context: Context) -> str:
        """The text of a number."""
        mantissa, _, exponent = text.partition("e")
        if not exponent:
            return self.dialect.number(text)
        written = self.dialect.scientific % (self.dialect.number(mantissa), int(exponent))
        return self.wrap(Shape.PRODUCT, context, lambda _: written)

    def sum(self, terms: Sequence[Formula], context: Context) -> str:
        """The text of a sum."""
        parts = [self.write(terms[0], Context.FIRST_TERM if context is Context.START else context)]
        for term in terms[1:]:
            if isinstance(term, Negative):
                parts.append(" - " + self.write(term.argument, Context.AFTER_MINUS))
            else:
                parts.append(" + " + self.write(term, Context.AFTER_PLUS))
        return "".join(parts)

    def product(self, factors: Sequence[Formula], context: Context) -> str:
        """The text of a product."""
        kept = [f for f in factors if f != ONE] if not self.dialect.unit_factors else list(factors)
        if len(kept) < 2:
            return self.write(kept[0] if kept else ONE, context)
        enclosed = Shape.PRODUCT in PARENTHESES[context]
        leads = enclosed or context in _LEADING
        text = self.write(kept[0], Context.FIRST_FACTOR if leads else Context.FACTOR)
        for factor in kept[1:]:
            written = self.write(factor, Context.FACTOR)
            touching = text[-1:].isdigit() and written[:1].isdigit()
            sign = self.dialect.times_digits if touching else self.dialect.times
            text += sign.replace("%", "%%") + written
        return self.dialect.grouped(text) if enclosed else text

    def quotient(self, numerator: Formula, denominator: Formula, context: Context) -> str:
        """The text of a quotient."""
        if self.dialect.stacked:
            above, below = self.write(numerator, Context.START), self.write(denominator, Context.START)
            text = self.dialect.quotient % (above, below)
            return self.dialect.grouped(text) if Shape.TALL in PARENTHESES[context] else text
        enclosed = context in (Context.FACTOR, Context.BASE, Context.DENOMINATOR, Context.EXPONENT)
        leads = enclosed or context in _LEADING
        above = self.write(numerator, Context.FIRST_FACTOR if leads else Context.FACTOR)
        text = self.dialect.quotient % (above, self.write(denominator, Context.DENOMINATOR))
        return self.dialect.grouped(text) if enclosed else text

    def power(self, base: Formula, exponent: Formula, context: Context) -> str:
        """The text of a power."""
        within = Context.START if self.dialect.encloses_exponents else Context.EXPONENT
        text = self.dialect.power % (self.write(base, Context.BASE), self.write(exponent, within))
        return self.dialect.grouped(text) if Shape.TALL in PARENTHESES[context] else text

    def call(self, call: Call, context: Context) -> str:
        """The text of a function of its arguments, or a place for what a selection gives."""
        match call:
            case Call("gate", (argument, Number(at_zero))) if at_zero in self.dialect.gates:
                return self.dialect.gates[at_zero] % self.write(argument, Context.COMPARED)
            case Call("case", (argument, above, below, Number(at_zero))) if at_zero in self.dialect.cases:
                sides = _sides(argument)
                return self.cases(self.dialect.cases[at_zero], (above, *sides, below, *sides), context)
            case Call("case", (argument, above, below, at_zero)):
                return self.branch(Call("gate", (argument, at_zero)), (below, above), 0, context)
            case Call("take", (chosen, *candidates)) if "take" not in self.dialect.functions:
                return self.branch(chosen, candidates, 1, context)
            case Call("take", (chosen, *candidates)):
                return self.dialect.functions["take"] % (self.listed(candidates), self.write(chosen, Context.START))
            case Call("equals", (chosen, number)) if "equals" in self.dialect.functions:
                sides = (chosen, number)
                return self.dialect.functions["equals"] % tuple([self.write(side, Context.COMPARED) for side in sides])
            case Call("is_argmax", (Number(text), largest, *candidates)) if "is_argmax" in self.dialect.functions:
                return self.winner(candidates[: int(text) - 1], candidates[int(text) - 1], largest)
            case Call("log", (argument, Number(base))):
                pattern = self.dialect.logarithm.replace("<base>", self.number(base, Context.START))
                return self.applied(pattern, (argument,), context)
            case Call(function, arguments) if function in self.dialect.functions:
                return self.applied(self.dialect.functions[function], arguments, context)
        return self.value(call, context)

    def winner(self, before: Sequence[Formula], candidate: Formula, largest: Formula) -> str:
        """Whether a candidate is the largest; where several may be, also whether those before it are smaller."""
        sides = [candidate, largest]
        pattern = self.dialect.functions["is_argmax"]
        if before and self.dialect.first_wins:
            sides = [before[0] if len(before) == 1 else Call("max", tuple(before)), *sides]
            pattern = self.dialect.first_wins
        return pattern % tuple([self.write(side, Context.COMPARED) for side in sides])

    def gives_value(self, function: str) -> bool:
        """Whether a call is printed as the small whole number that it gives; its negative is then one too."""
        in_names = function in self.dialect.functions or (function == "gate" and bool(self.dialect.gates))
        return function in _VALUES and not in_names

    def value(self, formula: Formula, context: Context) -> str:
        """A place for the number that a formula of selections gives."""
        self.places.append(Selected(compile_formula(formula, _WORKED), context, self.dialect))
        return "%s"

    def applied(self, pattern: str, arguments: Sequence[Formula], context: Context) -> str:
        """A function's pattern with its arguments put in."""
        inside = self.dialect.separator.join([self.write(argument, Context.START) for argument in arguments])
        text = self.dialect.applied(pattern, inside)
        return self.dialect.grouped(text) if context is Context.BASE and "^" in text else text

    def cases(self, pattern: str, parts: Sequence[Formula], context: Context) -> str:
        """The whole case; as many of the parts as the pattern has places for."""

        def write(_: Context) -> str:
            count = pattern.count("%s")
            return pattern % tuple([self.write(part, Context.COMPARED) for part in parts[:count]])

        return self.wrap(Shape.CASES, context, write)

    def branch(self, chosen: Formula, branches: Sequence[Formula], first: int, context: Context) -> str:
        """A place for the branch that a formula chooses, counted from `first`."""
        texts = tuple([formula_template(part, self.dialect, context) for part in branches])
        self.places.append(Branch(compile_formula(chosen, _WORKED), texts, first))
        return "%s"

    def listed(self, parts: Sequence[Formula]) -> str:
        """Parts after commas; of many, the first, the second and the last."""
        if len(parts) <= _LONGEST_LIST:
            return self.dialect.separator.join([self.write(part, Context.START) for part in parts])
        shown = [self.write(part, Context.START) for part in (*parts[:2], parts[-1])]
        return self.dialect.separator.join([*shown[:2], self.dialect.ellipsis, shown[2]])

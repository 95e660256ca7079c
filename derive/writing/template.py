"""A rule printed once into a template with places; each equation only fills them.

Every place knows where it stands (at the start, after a minus, under a power, ...) and so which shapes of text
need parentheses there: a negative number needs them as a later factor, a fraction only under a power.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import Protocol

from derive.errors import FormulaError
from derive.graph.formula import (
    ONE,
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


class Shape(Enum):
    """What a text is, as far as parentheses care."""

    ATOM = auto()
    TALL = auto()
    """A fraction, a power or a name with a superscript."""
    PRODUCT = auto()
    SUM = auto()
    NEGATIVE = auto()


class Context(Enum):
    """Where a text stands."""

    START = auto()
    AFTER_PLUS = auto()
    AFTER_MINUS = auto()
    FIRST_FACTOR = auto()
    FACTOR = auto()
    BASE = auto()
    DENOMINATOR = auto()


PARENTHESES = {
    Context.START: frozenset[Shape](),
    Context.AFTER_PLUS: frozenset({Shape.NEGATIVE}),
    Context.AFTER_MINUS: frozenset({Shape.NEGATIVE, Shape.SUM}),
    Context.FIRST_FACTOR: frozenset({Shape.SUM}),
    Context.FACTOR: frozenset({Shape.NEGATIVE, Shape.SUM}),
    Context.BASE: frozenset({Shape.NEGATIVE, Shape.SUM, Shape.TALL, Shape.PRODUCT}),
    Context.DENOMINATOR: frozenset({Shape.NEGATIVE, Shape.SUM, Shape.PRODUCT}),
}
"""Which shapes need parentheses in which context."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place to fill: which operand, where it stands, and the convention at 0 if it is a gate's number."""

    position: int
    context: Context
    gate: str | None = None


class Texts(Protocol):
    """A text for every quantity."""

    def __getitem__(self, quantity: int, /) -> str:
        """The text of a quantity."""


class Table(Protocol):
    """The texts of all quantities, by context."""

    def texts(self, context: Context) -> Texts:
        """The text of every quantity as it is written in the context."""

    def gate(self, quantity: int, at_zero: str) -> str:
        """The number of the gate of a quantity."""


@dataclass(frozen=True)
class Template:
    """A printed rule with a `%s` for each place."""

    text: str
    places: tuple[Place, ...]

    def fill(self, operands: Sequence[int], table: Table) -> str:
        """The text with the operands' texts put in."""
        parts = [
            table.texts(place.context)[operands[place.position]]
            if place.gate is None
            else table.gate(operands[place.position], place.gate)
            for place in self.places
        ]
        return self.text % tuple(parts)


@lru_cache(maxsize=8192)
def template(rule: SizedRule, dialect: Dialect) -> Template:
    """The template of a rule's right side."""
    return formula_template(rule.formula, dialect)


@lru_cache(maxsize=1024)
def named_template(rule: SizedRule, dialect: Dialect) -> Template:
    """The template of a rule by the function's name, as in `sigmoid(s)`; its right side where it has no name."""
    if not rule.label:
        return template(rule, dialect)
    places = tuple(Place(position, Context.START) for position in range(rule.arity))
    text = dialect.named % (rule.label, ", ".join("%s" for _ in places))
    return Template(text, places)


def formula_template(formula: Formula, dialect: Dialect, context: Context = Context.START) -> Template:
    """The template of a formula over positions, as it is written in a context."""
    printer = _Printer(dialect)
    text = printer.write(formula, context)
    return Template(text, tuple(printer.places))


class _Printer:
    """Prints from left to right, noting places as they come."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.places: list[Place] = []

    def write(self, node: Formula, context: Context) -> str:
        match node:
            case Number(text):
                return text
            case Position(index):
                self.places.append(Place(index, context))
                return "%s"
            case Negative(argument):
                return self.wrap(Shape.NEGATIVE, context, lambda _: "-" + self.write(argument, Context.AFTER_MINUS))
            case Sum(terms):
                return self.wrap(Shape.SUM, context, lambda inner: self.sum(terms, inner))
            case Product(factors):
                return self.product(factors, context)
            case Quotient(numerator, denominator):
                return self.quotient(numerator, denominator, context)
            case Power(base, exponent):
                text = self.dialect.power % (self.write(base, Context.BASE), exponent.text)
                return self.dialect.grouped(text) if context is Context.BASE else text
            case Call("gate", (argument, Number(at_zero))):
                return self.gate(argument, at_zero)
            case Call(function, arguments):
                inside = ", ".join([self.write(argument, Context.START) for argument in arguments])
                text = self.dialect.functions[function] % inside
                return self.dialect.grouped(text) if context is Context.BASE and "^" in text else text
            case _:
                raise FormulaError(f"{node!r} must be sized before it is printed")

    def wrap(self, shape: Shape, context: Context, write: Callable[[Context], str]) -> str:
        """What `write` prints in the context, in parentheses where the shape needs them there."""
        if shape in PARENTHESES[context]:
            return self.dialect.grouped(write(Context.START))
        return write(context)

    def sum(self, terms: Sequence[Formula], context: Context) -> str:
        parts = [self.write(terms[0], context)]
        for term in terms[1:]:
            if isinstance(term, Negative):
                parts.append(" - " + self.write(term.argument, Context.AFTER_MINUS))
            else:
                parts.append(" + " + self.write(term, Context.AFTER_PLUS))
        return "".join(parts)

    def product(self, factors: Sequence[Formula], context: Context) -> str:
        kept = [f for f in factors if f != ONE] if not self.dialect.unit_factors else list(factors)
        if len(kept) < 2:
            return self.write(kept[0] if kept else ONE, context)
        enclosed = Shape.PRODUCT in PARENTHESES[context]
        leads = enclosed or context in (Context.START, Context.FIRST_FACTOR)
        first = self.write(kept[0], Context.FIRST_FACTOR if leads else Context.FACTOR)
        text = self.dialect.times.replace("%", "%%").join(
            [first, *(self.write(factor, Context.FACTOR) for factor in kept[1:])]
        )
        return self.dialect.grouped(text) if enclosed else text

    def quotient(self, numerator: Formula, denominator: Formula, context: Context) -> str:
        if self.dialect.stacked:
            above, below = self.write(numerator, Context.START), self.write(denominator, Context.START)
            text = self.dialect.quotient % (above, below)
            return self.dialect.grouped(text) if context is Context.BASE else text
        enclosed = context in (Context.FACTOR, Context.BASE, Context.DENOMINATOR)
        leads = enclosed or context in (Context.START, Context.FIRST_FACTOR)
        above = self.write(numerator, Context.FIRST_FACTOR if leads else Context.FACTOR)
        text = self.dialect.quotient % (above, self.write(denominator, Context.DENOMINATOR))
        return self.dialect.grouped(text) if enclosed else text

    def gate(self, argument: Formula, at_zero: str) -> str:
        pattern = self.dialect.gates.get(at_zero)
        if pattern is not None:
            return pattern % self.write(argument, Context.START)
        if not isinstance(argument, Position):
            raise FormulaError("a gate looks at one quantity")
        self.places.append(Place(argument.index, Context.START, at_zero))
        return "%s"

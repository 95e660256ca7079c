"""One evaluator for every kind of number: a formula becomes a function of a sequence of operands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from derive.graph.formula import (
    Call,
    Count,
    Each,
    Formula,
    Member,
    Negative,
    Number,
    Position,
    Power,
    Product,
    Quotient,
    Slot,
    Sum,
)
from derive.graph.rule import SizedRule

V = TypeVar("V")
Item_co = TypeVar("Item_co", covariant=True)


class Operands(Protocol[Item_co]):
    """Numbers by position: a sequence, or a mapping from quantities."""

    def __getitem__(self, index: int, /) -> Item_co:
        """The number at a position."""


Evaluator = Callable[[Operands[V]], V]


class Arithmetic(Protocol[V]):
    """What a kind of number must be able to do."""

    def number(self, text: str) -> V:
        """The number that is written `text`."""

    def add(self, terms: Sequence[V]) -> V:
        """The sum of `terms`."""

    def negative(self, argument: V) -> V:
        """The number with the other sign."""

    def multiply(self, factors: Sequence[V]) -> V:
        """The product of `factors`."""

    def divide(self, numerator: V, denominator: V) -> V:
        """The quotient."""

    def power(self, base: V, exponent: V) -> V:
        """The power."""

    def call(self, function: str, arguments: Sequence[V]) -> V:
        """A function of the grammar applied to its arguments; `case`, which works one branch only, is not asked."""


class Evaluators(Generic[V]):
    """The compiled rules of one arithmetic; each rule is compiled once."""

    def __init__(self, arithmetic: Arithmetic[V]) -> None:
        self.arithmetic = arithmetic
        self._compiled: dict[SizedRule, Evaluator[V]] = {}

    def of(self, rule: SizedRule) -> Evaluator[V]:
        """The function that evaluates `rule` on its operands."""
        if rule not in self._compiled:
            self._compiled[rule] = compile_formula(rule.formula, self.arithmetic)
        return self._compiled[rule]


def compile_formula(formula: Formula, arithmetic: Arithmetic[V]) -> Evaluator[V]:
    """`formula`, over positions, as a function of the operands."""

    def parts(formulas: Sequence[Formula]) -> list[Evaluator[V]]:
        return [compile_formula(part, arithmetic) for part in formulas]

    match formula:
        case Number(text):
            constant = arithmetic.number(text)
            return lambda _: constant
        case Position(index):
            return lambda operands: operands[index]
        case Negative(argument):
            inner = compile_formula(argument, arithmetic)
            return lambda operands: arithmetic.negative(inner(operands))
        case Sum(terms):
            added = parts(terms)
            return lambda operands: arithmetic.add([part(operands) for part in added])
        case Product(factors):
            multiplied = parts(factors)
            return lambda operands: arithmetic.multiply([part(operands) for part in multiplied])
        case Quotient(numerator, denominator):
            over, under = parts((numerator, denominator))
            return lambda operands: arithmetic.divide(over(operands), under(operands))
        case Power(base, exponent):
            root, raised = parts((base, exponent))
            return lambda operands: arithmetic.power(root(operands), raised(operands))
        case Call("case", (argument, above, below, at_zero)):
            gate, up, down = parts((Call("gate", (argument, at_zero)), above, below))
            return lambda operands: up(operands) if gate(operands) else down(operands)
        case Call(function, arguments):
            inputs = parts(arguments)
            return lambda operands: arithmetic.call(function, [part(operands) for part in inputs])
        case Slot() | Each() | Member() | Count():
            raise TypeError(f"{formula!r} must be sized before it is evaluated")

"""Formulas as SymPy expressions and back. SymPy is imported on first use: it costs a fifth of a second."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from derive.errors import FormulaError
from derive.graph.formula import (
    ONE,
    Call,
    Each,
    Formula,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Slot,
    Sum,
    add,
    multiply,
    negate,
    rebuild,
)

if TYPE_CHECKING:
    import sympy


def to_sympy(formula: Formula, symbol: Callable[[Formula], sympy.Expr]) -> sympy.Expr:
    """`formula` as a SymPy expression; `symbol` gives the expression of each slot or position."""
    import sympy

    def convert(node: Formula) -> sympy.Expr:
        match node:
            case Number(text):
                return sympy.Rational(text)
            case Negative(argument):
                return -convert(argument)
            case Sum(terms):
                return sympy.Add(*map(convert, terms))
            case Product(factors):
                return sympy.Mul(*map(convert, factors))
            case Quotient(numerator, denominator):
                return convert(numerator) / convert(denominator)
            case Power(base, exponent):
                return convert(base) ** convert(exponent)
            case Call("exp", (argument,)):
                return sympy.exp(convert(argument))
            case Call("tanh", (argument,)):
                return sympy.tanh(convert(argument))
            case Call("max", (first, second)):
                return sympy.Max(convert(first), convert(second))
            case Call("gate", (argument, at_zero)):
                return sympy.Heaviside(convert(argument), convert(at_zero))
            case _:
                return symbol(node)

    return convert(formula)


def from_sympy(expression: sympy.Expr) -> Formula:
    """A SymPy expression as a formula, its symbols as slots.

    Raises `FormulaError` for a function that the grammar does not have.
    """
    import sympy

    if expression.is_Symbol:
        return Slot(str(expression))
    if expression.is_Integer or expression.is_Rational:
        whole = Number(str(abs(expression.p)))
        size = whole if expression.q == 1 else Quotient(whole, Number(str(expression.q)))
        return negate(size) if expression < 0 else size
    if expression.is_Add:
        return add(tuple(from_sympy(term) for term in expression.as_ordered_terms()))
    if expression.is_Mul:
        return _product(expression)
    if expression.is_Pow and expression.exp.is_Integer:
        power = from_sympy(expression.base)
        if abs(expression.exp) != 1:
            power = Power(power, Number(str(abs(expression.exp))))
        return power if expression.exp > 0 else Quotient(ONE, power)
    names = {sympy.exp: "exp", sympy.tanh: "tanh", sympy.Max: "max", sympy.Heaviside: "gate"}
    name = names.get(expression.func)
    if name is None:
        raise FormulaError(f"the derivative holds {expression.func}, which no formula may use")
    return Call(name, tuple(from_sympy(argument) for argument in expression.args))


def _product(expression: sympy.Expr) -> Formula:
    numerator, denominator = expression.as_numer_denom()
    if denominator != 1:
        return Quotient(from_sympy(numerator), from_sympy(denominator))
    sign, rest = (-1, -expression) if expression.could_extract_minus_sign() else (1, expression)
    factors = rest.as_ordered_factors() if rest.is_Mul else (rest,)
    product = multiply(tuple(from_sympy(factor) for factor in factors))
    return product if sign > 0 else negate(product)


def differentiate(formula: Formula, slot: str) -> Formula:
    """The partial derivative of a rule's formula by one slot, found by SymPy.

    For a member of a group, the derivative of the term that holds the member, times the derivative of the
    formula by the sum (the chain rule for a sum of terms that differ in their index only).
    """
    import sympy

    sums: dict[str, Each] = {}

    def name_sum(node: Formula) -> Formula | None:
        if not isinstance(node, Each):
            return None
        name = f"sum_{len(sums)}"
        sums[name] = node
        return Slot(name)

    def symbol(node: Formula) -> sympy.Expr:
        if not isinstance(node, Slot):
            raise FormulaError(f"{node!r} has no place in a rule")
        return sympy.Symbol(node.name)

    outer = to_sympy(rebuild(formula, name_sum), symbol)
    total = sympy.diff(outer, sympy.Symbol(slot))
    for name, each in sums.items():
        inner = sympy.diff(to_sympy(each.body, symbol), sympy.Symbol(slot))
        total += sympy.diff(outer, sympy.Symbol(name)) * inner
    return rebuild(from_sympy(total), lambda node: sums.get(node.name) if isinstance(node, Slot) else None)

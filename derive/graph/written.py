"""Formulas written in the grammar again: `parse(written(formula))` is the formula."""

from __future__ import annotations

from derive.errors import FormulaError
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
from derive.graph.functions import CONSTANTS

_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(5)
"""How tightly a text holds together."""


def written(formula: Formula) -> str:
    """`formula` as text of the grammar. Raises `FormulaError` for a sized formula, whose places have no names."""
    return _at_least(_SUM, formula)


def _at_least(tightness: int, formula: Formula) -> str:
    text, own = _text(formula)
    return text if own >= tightness else f"({text})"


def _text(formula: Formula) -> tuple[str, int]:
    match formula:
        case Number(text) | Slot(text):
            return text, _ATOM
        case Negative(argument):
            return f"-{_at_least(_SIGN, argument)}", _SIGN
        case Sum((first, *rest)):
            return "".join([_at_least(_PRODUCT, first), *map(_term, rest)]), _SUM
        case Product((first, *rest)):
            return "*".join([_at_least(_PRODUCT, first), *(_at_least(_SIGN, factor) for factor in rest)]), _PRODUCT
        case Quotient(numerator, denominator):
            return f"{_at_least(_PRODUCT, numerator)}/{_at_least(_SIGN, denominator)}", _PRODUCT
        case Power(base, exponent):
            return f"{_at_least(_ATOM, base)}^{_at_least(_POWER, exponent)}", _POWER
        case Call(function, arguments):
            inside = f"({', '.join(map(written, arguments))})"
            return function if function in CONSTANTS else f"{function}{inside}", _ATOM
        case Each(body, function):
            return f"{function}({written(body)})", _ATOM
        case Member() | Count() | Position() | Sum() | Product():
            raise FormulaError(f"{formula!r} cannot be written in the grammar")


def _term(term: Formula) -> str:
    return f"-{_at_least(_PRODUCT, term.argument)}" if isinstance(term, Negative) else f"+{_at_least(_PRODUCT, term)}"

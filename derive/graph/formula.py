"""Formulas as immutable trees: what a rule says, before names or numbers are put in.

A tree keeps the author's order of terms and factors. A `Slot` stands for a named place of a rule; once a rule
has been sized (`derive.graph.rule`), places are numbered and a `Position` stands for each.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was written, in decimal notation."""

    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A named place of a rule; inside `Each`, the member of a group."""

    name: str


@dataclass(frozen=True, slots=True)
class Position:
    """A numbered place of a sized rule, counted from 0."""

    index: int


@dataclass(frozen=True, slots=True)
class Negative:
    """The negative of its argument."""

    argument: Formula


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum of two or more terms, in order."""

    terms: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """A product of two or more factors, in order."""

    factors: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Quotient:
    """A quotient."""

    numerator: Formula
    denominator: Formula


@dataclass(frozen=True, slots=True)
class Power:
    """A power."""

    base: Formula
    exponent: Formula


@dataclass(frozen=True, slots=True)
class Call:
    """A function of `derive.graph.functions` applied to its arguments; a constant (pi) has none."""

    function: str
    arguments: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Each:
    """A reduction of `body` over the members of the rule's groups: its sum, its largest, or all of them in a call."""

    body: Formula
    function: str = "sum"


@dataclass(frozen=True, slots=True)
class Member:
    """The number of a group's member, counted from 1."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many members the rule's groups have."""


Formula = Number | Slot | Position | Negative | Sum | Product | Quotient | Power | Call | Each | Member | Count

ZERO = Number("0")
ONE = Number("1")


def add(terms: tuple[Formula, ...]) -> Formula:
    """The sum of `terms`, nested sums flattened; the term itself where there is only one."""
    flat: list[Formula] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, Sum) else (term,))
    return flat[0] if len(flat) == 1 else Sum(tuple(flat))


def multiply(factors: tuple[Formula, ...]) -> Formula:
    """The product of `factors`, nested products flattened; the factor itself where there is only one."""
    flat: list[Formula] = []
    for factor in factors:
        flat.extend(factor.factors if isinstance(factor, Product) else (factor,))
    return flat[0] if len(flat) == 1 else Product(tuple(flat))


def negate(formula: Formula) -> Formula:
    """The negative of `formula`; a double sign cancels."""
    return formula.argument if isinstance(formula, Negative) else Negative(formula)


def rebuild(formula: Formula, replace: Callable[[Formula], Formula | None]) -> Formula:
    """`formula` with every node for which `replace` gives something replaced, from the outside in."""
    replacement = replace(formula)
    if replacement is not None:
        return replacement
    match formula:
        case Negative(argument):
            return negate(rebuild(argument, replace))
        case Sum(terms):
            return add(tuple(rebuild(term, replace) for term in terms))
        case Product(factors):
            return multiply(tuple(rebuild(factor, replace) for factor in factors))
        case Quotient(numerator, denominator):
            return Quotient(rebuild(numerator, replace), rebuild(denominator, replace))
        case Power(base, exponent):
            return Power(rebuild(base, replace), rebuild(exponent, replace))
        case Call(function, arguments):
            return Call(function, tuple(rebuild(argument, replace) for argument in arguments))
        case Each(body):
            return dataclasses.replace(formula, body=rebuild(body, replace))
        case _:
            return formula


def leaves(formula: Formula) -> tuple[Formula, ...]:
    """The slots, positions and numbers of `formula`, from left to right, repeats included."""
    match formula:
        case Negative(argument) | Each(argument):
            return leaves(argument)
        case Sum(parts) | Product(parts) | Call(_, parts):
            return tuple(leaf for part in parts for leaf in leaves(part))
        case Quotient(first, second) | Power(first, second):
            return leaves(first) + leaves(second)
        case _:
            return (formula,)


def formula_shape(formula: Formula) -> str:
    """What a sized formula has in common with others that are worked alike: its operations, without order or places."""
    match formula:
        case Position():
            return "x"
        case Sum(parts) | Product(parts):
            return f"{type(formula).__name__}({','.join(sorted(map(formula_shape, parts)))})"
        case Negative(argument):
            return f"-{formula_shape(argument)}"
        case Quotient(first, second) | Power(first, second):
            return f"{type(formula).__name__}({formula_shape(first)},{formula_shape(second)})"
        case Call(function, parts):
            return f"{function}({','.join(map(formula_shape, parts))})"
        case _:
            return repr(formula)


def calls(formula: Formula) -> tuple[Call, ...]:
    """Every call in `formula`, an outer one before those in its arguments."""
    found: list[Call] = []

    def note(node: Formula) -> None:
        if isinstance(node, Call):
            found.append(node)

    rebuild(formula, note)
    return tuple(found)


def slot_names(formula: Formula) -> tuple[str, ...]:
    """The names of the slots in `formula`, each once, in order of first appearance."""
    return tuple(dict.fromkeys(leaf.name for leaf in leaves(formula) if isinstance(leaf, Slot)))

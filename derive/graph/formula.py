"""Formulas as immutable trees: what a rule says, before names or numbers are put in.

A tree keeps the author's order of terms and factors. A `Slot` stands for a named place of a rule; once a rule
has been sized (`derive.graph.rule`), places are numbered and a `Position` stands for each.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
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


def children(formula: Formula) -> tuple[Formula, ...]:
    """The parts that `formula` is made of, from left to right."""
    match formula:
        case Negative(argument) | Each(argument):
            return (argument,)
        case Sum(parts) | Product(parts) | Call(_, parts):
            return parts
        case Quotient(first, second) | Power(first, second):
            return (first, second)
        case _:
            return ()


def with_children(formula: Formula, parts: tuple[Formula, ...]) -> Formula:
    """`formula` made of other parts, double signs and nested sums and products flattened."""
    match formula:
        case Negative():
            return negate(*parts)
        case Sum():
            return add(parts)
        case Product():
            return multiply(parts)
        case Quotient() | Power():
            return type(formula)(*parts)
        case Call(function):
            return Call(function, parts)
        case Each():
            return dataclasses.replace(formula, body=parts[0])
        case _:
            return formula


def add_all(parts: Iterable[Formula]) -> Formula:
    """The sum of those that are not 0; 0 where there are none."""
    kept = tuple([part for part in parts if part != ZERO])
    return add(kept) if kept else ZERO


def rebuild(formula: Formula, replace: Callable[[Formula], Formula | None]) -> Formula:
    """`formula` with every node for which `replace` gives something replaced, from the outside in."""
    replacement = replace(formula)
    if replacement is not None:
        return replacement
    parts = children(formula)
    return with_children(formula, tuple([rebuild(part, replace) for part in parts])) if parts else formula


def nodes(formula: Formula, enters: Callable[[Formula], bool] = lambda _: True) -> Iterator[Formula]:
    """`formula` and what is inside the nodes that it `enters`, an outer node first, from left to right."""
    yield formula
    for part in children(formula) if enters(formula) else ():
        yield from nodes(part, enters)


def leaves(formula: Formula) -> tuple[Formula, ...]:
    """The slots, positions and numbers of `formula`, from left to right, repeats included."""
    parts = children(formula)
    if not parts:
        return () if isinstance(formula, Call) else (formula,)
    return tuple([leaf for part in parts for leaf in leaves(part)])


def formula_shape(formula: Formula) -> str:
    """What a sized formula has in common with others that are worked alike: its operations, without order or places."""
    parts = [formula_shape(part) for part in children(formula)]
    match formula:
        case Position():
            return "x"
        case Sum() | Product():
            return f"{type(formula).__name__}({','.join(sorted(parts))})"
        case Negative() | Quotient() | Power():
            return f"{type(formula).__name__}({','.join(parts)})"
        case Call(function):
            return f"{function}({','.join(parts)})"
        case _:
            return repr(formula)


def calls(formula: Formula) -> tuple[Call, ...]:
    """Every call in `formula`, an outer one before those in its arguments."""
    return tuple(node for node in nodes(formula) if isinstance(node, Call))


def slot_names(formula: Formula) -> tuple[str, ...]:
    """The names of the slots in `formula`, each once, in order of first appearance."""
    return tuple(dict.fromkeys(leaf.name for leaf in leaves(formula) if isinstance(leaf, Slot)))

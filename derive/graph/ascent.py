"""The ascent form: deltas as the negatives of the partials, so that updates add `eta delta x`.

Rumelhart, Hinton, Williams, Learning internal representations by error propagation (1986), and Mitchell, Machine
Learning (1997), section 4.5, define delta as minus the partial of the error by the net input: for half the squared
error and a sigmoid, delta = (t - o) o (1 - o).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from derive.graph.equations import Equation, Equations, families
from derive.graph.formula import (
    Call,
    Each,
    Formula,
    Negative,
    Position,
    Product,
    Quotient,
    Sum,
    add,
    multiply,
    negate,
    rebuild,
)
from derive.graph.graph import Graph
from derive.graph.quantity import Block, Blocks, Kind
from derive.graph.rule import SizedRule

_LINEAR = frozenset({"T", "sum", "rowsum", "colsum"})
_ENTRYWISE = frozenset({".*", "./"})
"""Functions of matrices that a sign passes through."""


def ascending(graph: Graph) -> Graph:
    """The graph whose deltas are the negatives of those of `graph`; every other quantity is as it was.

    A delta's equation gives the negative, and every equation that mentions one takes the negative of it.
    """
    turned = {block: _turned(block) for block in graph.blocks.blocks}
    blocks = Blocks(tuple(turned.values()))
    negative = {quantity for block in blocks.blocks if block.negative for quantity in block.ids}
    return replace(
        graph,
        blocks=blocks,
        backward=_each(graph.backward, negative),
        update=_each(graph.update, negative),
    )


def _turned(block: Block) -> Block:
    return replace(block, negative=True) if block.kind is Kind.DELTA and block.of is not None else block


def _each(equations: Sequence[Equation], negative: set[int]) -> Equations:
    return Equations(families(_signed(equation, negative) for equation in equations))


def _signed(equation: Equation, negative: set[int]) -> Equation:
    places = tuple(place for place, operand in enumerate(equation.operands) if operand in negative)
    if not places and equation.output not in negative:
        return equation
    return equation._replace(rule=_signed_rule(equation.rule, places, turned=equation.output in negative))


@lru_cache(maxsize=4096)
def _signed_rule(rule: SizedRule, places: tuple[int, ...], *, turned: bool) -> SizedRule:
    """The rule that takes the negatives at some places and, where `turned`, gives the negative."""
    formula = rebuild(rule.formula, lambda n: Negative(n) if isinstance(n, Position) and n.index in places else None)
    whole = gathered(negate(formula) if turned else formula)
    changes = bool(places) or turned or whole != rule.formula
    return SizedRule(rule.name, whole, rule.arity, rule.label) if changes else rule


def with_signs_gathered(graph: Graph) -> Graph:
    """The same equations with the signs of each gathered, after some were written inside others."""
    return replace(graph, backward=_gathered(graph.backward), update=_gathered(graph.update))


def _gathered(equations: Iterable[Equation]) -> Equations:
    return Equations(families(one._replace(rule=_signed_rule(one.rule, (), turned=False)) for one in equations))


def gathered(formula: Formula) -> Formula:
    """`formula` with the signs of its products gathered: `-(f-y)*g` is `(y-f)*g`, `p-(-a)` is `p+a`."""
    negative, size = _split(formula)
    return _turned_round(size) if negative else size


def _split(formula: Formula) -> tuple[bool, Formula]:
    """The sign of a formula and the rest of it."""
    match formula:
        case Negative(argument):
            negative, size = _split(argument)
            return not negative, size
        case Each(argument, "sum"):
            negative, size = _split(argument)
            return negative, replace(formula, body=size)
        case Call(function, (argument,)) if function in _LINEAR:
            negative, size = _split(argument)
            return negative, Call(function, (size,))
        case Call(function, factors) if function in _ENTRYWISE:
            parts = [_split(factor) for factor in factors]
            return sum(negative for negative, _ in parts) % 2 == 1, Call(function, tuple(size for _, size in parts))
        case Product(factors):
            parts = [_split(factor) for factor in factors]
            return sum(negative for negative, _ in parts) % 2 == 1, multiply(tuple(size for _, size in parts))
        case Quotient(numerator, denominator):
            (above, top), (below, bottom) = _split(numerator), _split(denominator)
            return above != below, Quotient(top, bottom)
        case Sum(terms):
            parts = [_split(term) for term in terms]
            if all(negative for negative, _ in parts):
                return True, add(tuple(size for _, size in parts))
            return False, add(tuple(_turned_round(size) if negative else size for negative, size in parts))
        case _:
            return False, formula


def _turned_round(formula: Formula) -> Formula:
    """The negative: a difference turned round, alone or as the first factor, else a minus before it."""
    match formula:
        case Sum((first, Negative(second))):
            return Sum((second, Negative(first)))
        case Product((Sum((first, Negative(second))), *rest)):
            return Product((Sum((second, Negative(first))), *rest))
        case Call(function, (Sum((first, Negative(second))), *rest)) if function in _ENTRYWISE:
            return Call(function, (Sum((second, Negative(first))), *rest))
        case _:
            return negate(formula)

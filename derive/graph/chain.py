"""Rules made of rules: the chain rule over all uses of a quantity, and rules written inside each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from types import MappingProxyType

from derive.graph.formula import (
    ONE,
    ZERO,
    Formula,
    Negative,
    Number,
    Position,
    Quotient,
    Slot,
    add,
    leaves,
    multiply,
    negate,
    rebuild,
)
from derive.graph.grammar import written
from derive.graph.rule import Local, Rule, SizedRule, renumber, rule_of

UNIT_LOCAL = Local(ONE, 0)
"""The local partial of a sum by one of its terms."""

Signature = tuple[tuple[Local, bool], ...]
"""For each use, its local partial, and whether the user is a loss, whose adjoint is 1 and is not written."""


@lru_cache(maxsize=4096)
def adjoint_rule(uses: Signature) -> SizedRule:
    """The sum over all uses of a quantity: adjoint of the user's output times the local partial.

    Positions run use by use: the adjoint (unless it is not written), then what the partial mentions. This is the
    multivariate chain rule (Goodfellow, Bengio, Courville, Deep Learning, equation 6.46). Without any use the
    adjoint is 0.
    """
    terms, arity = _terms(uses, 0)
    return SizedRule("chain rule", add(terms) if terms else ZERO, arity)


@lru_cache(maxsize=4096)
def averaged(samples: Signature, total: Signature, divisor: int) -> SizedRule:
    """What comes to an adjoint through the mean over samples, and what comes to it otherwise, as from a penalty.

    Positions run through `samples`, then through `total`, as in `adjoint_rule`.
    """
    terms, middle = _terms(samples, 0)
    more, arity = _terms(total, middle)
    mean = (divided(add(terms), divisor),) if terms else ()
    return SizedRule("chain rule", add((*mean, *more)) if (*mean, *more) else ZERO, arity)


def divided(formula: Formula, divisor: int) -> Formula:
    """A formula over a whole number; below a fraction, the number stands beside its denominator."""
    number = Number(str(divisor))
    match formula:
        case _ if divisor == 1:
            return formula
        case Negative(argument):
            return negate(divided(argument, divisor))
        case Quotient(above, below):
            return Quotient(above, multiply((number, below)))
        case _:
            return Quotient(formula, number)


def _terms(uses: Signature, start: int) -> tuple[tuple[Formula, ...], int]:
    """One term a use, the positions counted from `start`, and where the positions end."""
    terms = []
    for local, is_loss in uses:
        shift = start + (not is_loss)
        shifted = renumber(local.formula, {index: index + shift for index in range(local.arity)})
        if is_loss:
            terms.append(shifted)
        else:
            terms.append(Position(start) if local is UNIT_LOCAL else multiply((Position(start), shifted)))
        start = shift + local.arity
    return tuple(terms), start


@lru_cache(maxsize=4096)
def compose(outer: SizedRule, folded: tuple[SizedRule | None, ...]) -> SizedRule:
    """`outer` with the rule `folded[k]` written in place of position k, where there is one."""
    start = 0
    replacements: dict[int, Formula] = {}
    for index, inner in enumerate(folded):
        if inner is None:
            replacements[index] = Position(start)
        else:
            replacements[index] = renumber(inner.formula, {k: k + start for k in range(inner.arity)})
        start += 1 if inner is None else inner.arity
    formula = rebuild(outer.formula, lambda n: replacements[n.index] if isinstance(n, Position) else None)
    return SizedRule(outer.name, formula, start, outer.label)


_NOTHING: Mapping[str, Mapping[str, str]] = MappingProxyType({})


def canonical(
    formula: Formula,
    at_zero: int,
    textbook: Mapping[str, Mapping[str, str]] = _NOTHING,
    detached: Collection[int] = (),
) -> tuple[Rule, tuple[int, ...]]:
    """The rule of a formula over quantities, its slots a1, a2 .. in order, and the quantities that they stand for.

    `textbook` has partials by a rule's text; no gradient flows through the `detached` quantities.
    """
    operands = tuple(dict.fromkeys(leaf.index for leaf in leaves(formula) if isinstance(leaf, Position)))
    names = {quantity: f"a{number}" for number, quantity in enumerate(operands, 1)}
    text = written(rebuild(formula, lambda node: Slot(names[node.index]) if isinstance(node, Position) else None))
    constant = frozenset(names[quantity] for quantity in operands if quantity in detached)
    return rule_of(text, text, frozenset(), "out", tuple(textbook.get(text, {}).items()), constant, at_zero), operands

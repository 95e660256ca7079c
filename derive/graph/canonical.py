"""Rules of formulas over quantities: one for all formulas of one form."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from derive.graph.formula import Formula, Position, Slot, leaves, rebuild
from derive.graph.rule import Rule, rule_of
from derive.graph.written import written

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

"""Equations of one rule as operations of PyTorch: losses, updates and whatever no layer states in index form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from derive.errors import FormulaError
from derive.exports.pytorch.index_printer import IndexForm, index_value
from derive.exports.pytorch.pieces import Piece, ordered
from derive.exports.pytorch.texts import filled
from derive.exports.pytorch.variables import Variables
from derive.graph.equations import Equation
from derive.graph.formula import Call, Count, Each, Formula, Slot, rebuild
from derive.graph.rule import Rule
from derive.graph.tensor import Shape, Tensor
from derive.graph.views.language import Entry, Over, Span

_MEMBER = Slot("m")
"""The index of a group's members."""


@dataclass(frozen=True)
class RuleUse:
    """A rule applied to arrays: for each slot an array like the result, for each group one with its members last.

    A group's slot in `own` is the member that belongs to the entry. No gradient flows through `detached` slots.
    """

    rule: Rule
    shape: Shape
    size: int
    own: Mapping[str, Tensor]
    members: Mapping[str, Tensor]
    detached: frozenset[str]


def rule_use(equations: Sequence[Equation], shape: Shape, wanted: Sequence[bool]) -> RuleUse | None:
    """The rule of entries with its arrays; None where they have several rules.

    `wanted` says which quantities depend on something that is differentiated by. Raises `FormulaError` for what has
    no rule.
    """
    first = equations[0].rule
    if first.rule is None:
        raise FormulaError(f"the script has no operation for {first.name}")
    if any(
        (one.rule.size, one.rule.rule and one.rule.rule.formula) != (first.size, first.rule.formula)
        for one in equations
    ):
        return None
    own, members, start = {}, {}, 0
    for slot in first.rule.slots:
        length = first.size if slot in first.rule.groups else 1
        if slot in first.rule.groups:
            ids = [q for equation in equations for q in equation.operands[start : start + length]]
            members[slot] = Tensor(ids, (*shape, length))
        if slot not in first.rule.groups or first.member is not None:
            chosen = [e.operands[start + (e.rule.member or 0 if length > 1 else 0)] for e in equations]
            own[slot] = Tensor(chosen, shape)
        start += length
    arrays = {**own, **members}
    detached = frozenset(slot for slot in first.rule.detached if any(wanted[q] for q in arrays[slot].ids))
    return RuleUse(first.rule, shape, first.size, own, members, detached)


def rule_value(use: RuleUse, variables: Variables, at_zero: int) -> Piece:
    """The result; its axes are those along which it changes.

    Raises `FormulaError` for what PyTorch has no operation for.
    """
    return _stated(use, variables) or index_value(_form(use), variables, at_zero)


def _form(use: RuleUse) -> IndexForm:
    """The rule in index form: members of groups are vectors, behind the axes of the result."""
    members = {f"{name}[]": tensor for name, tensor in use.members.items()}
    detached = frozenset(name + mark for name in use.detached for mark in ("", "[]"))
    lengths = {_MEMBER.name: use.size}
    return IndexForm(_indexed(use, use.rule.formula), use.shape, (), {**use.own, **members}, lengths, {}, detached)


def _indexed(use: RuleUse, formula: Formula) -> Formula:
    def member(node: Formula) -> Formula | None:
        return Entry(f"{node.name}[]", (_MEMBER,)) if isinstance(node, Slot) and node.name in use.members else None

    def special(node: Formula) -> Formula | None:
        match node:
            case Each(body, function):
                return Over(rebuild(body, member), function, (Span(_MEMBER.name),))
            case Count():
                return Call("count", (_MEMBER,))
            case _:
                return None

    return rebuild(formula, special)


def _stated(use: RuleUse, variables: Variables) -> Piece | None:
    """The rule as PyTorch's own function, if the rule says one and its arrays lie as the function takes them."""
    if not use.rule.torch or not all(_is_beside(use, name) for name in use.members):
        return None
    axes = range(len(use.shape))
    found = {name: ordered(variables.varying(one, axes)) for name, one in use.own.items()}
    if any(one.axes not in ((), tuple(axes)) for one in found.values()):
        return None
    return replace(filled(use.rule.torch, {name: one.text for name, one in found.items()}), axes=tuple(axes))


def _is_beside(use: RuleUse, name: str) -> bool:
    """Whether the members of each entry are the entries along the last axis, as functions of vectors take them."""
    size = use.size
    if use.shape[-1:] != (size,) or name not in use.own:
        return name not in use.own
    rows = Tensor(use.members[name].ids, (len(use.own[name].ids) // size, size, size))
    vectors = use.own[name].reshaped((len(rows.ids) // size**2, size))
    return all(list(v.ids) == list(row.ids) for each, v in zip(rows, vectors, strict=True) for row in each)

"""Rules: small formulas over named slots, and the same rules with their groups given a size.

A `Rule` is what a catalog states. `sized(n)` repeats its groups n times and numbers every place, so that an
equation is a sized rule and a flat tuple of quantities. Both are compared by identity, and everything derived
from them (partials, printed templates) is found once and kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain
from types import MappingProxyType
from typing import TypeGuard

from derive.errors import FormulaError
from derive.graph.formula import (
    ZERO,
    Call,
    Count,
    Each,
    Formula,
    Member,
    Number,
    Position,
    Quotient,
    Slot,
    add,
    leaves,
    nodes,
    rebuild,
    slot_names,
)
from derive.graph.grammar import parse
from derive.graph.symbolic import differentiate


@dataclass(frozen=True, eq=False)
class Rule:
    """A formula over slots.

    `groups` names the slots that repeat; they all repeat equally often. Where a group's slot stands outside any sum,
    the rule has one output a member, and the slot is the member that belongs to the output. `textbook` states
    partials in the form that textbooks print, over the slots, `output` and `peers` (groups that are no operands: the
    other outputs, the working of a fused loss); the others are found by SymPy. `others` states, for a rule of several
    outputs, the partial by a member that belongs to another output; `<group>_j` is that member there. No gradient
    flows through `detached` slots. `label` is the function's name where the rule is one that has a name (sigmoid).
    `torch` is the same in PyTorch's own functions, over the slots, where PyTorch has it as one function.
    """

    name: str
    text: str
    groups: frozenset[str] = frozenset()
    output: str = "out"
    textbook: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    label: str = ""
    others: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    peers: tuple[str, ...] = ()
    detached: frozenset[str] = frozenset()
    at_zero: int = 0
    """The derivative of relu at 0, where SymPy finds a partial through one."""
    torch: str = ""

    @cached_property
    def formula(self) -> Formula:
        """The tree of `text`."""
        return parse(self.text)

    @cached_property
    def slots(self) -> tuple[str, ...]:
        """The slots in the order in which the formula mentions them."""
        return slot_names(self.formula)

    @cached_property
    def _partials(self) -> dict[str, Formula]:
        return {}

    def partial(self, slot: str) -> Formula:
        """The local partial by `slot`: the textbook form where there is one, SymPy's otherwise.

        Raises `FormulaError` if the rule has no such slot.
        """
        if slot not in self.slots:
            raise FormulaError(f"rule {self.name} has no slot {slot!r}; it has {', '.join(self.slots)}")
        if slot not in self._partials:
            text = self.textbook.get(slot)
            self._partials[slot] = self._differentiated(slot) if text is None else parse(text)
        return self._partials[slot]

    def _differentiated(self, slot: str) -> Formula:
        return differentiate(self.formula, slot, Number(str(self.at_zero)))

    def sized(self, size: int = 1, member: int | None = None) -> SizedRule:
        """The rule with each group repeated `size` times; for output `member` (from 0) where it has several."""
        if (size, member) not in self._sized:
            self._sized[size, member] = _size(self, size, member)
        return self._sized[size, member]

    @cached_property
    def _sized(self) -> dict[tuple[int, int | None], SizedRule]:
        return {}


@lru_cache(maxsize=4096)
def rule_of(
    name: str,
    text: str,
    groups: frozenset[str],
    output: str,
    textbook: tuple[tuple[str, str], ...],
    detached: frozenset[str],
    at_zero: int,
) -> Rule:
    """One rule for all equations of one form."""
    return Rule(name, text, groups, output, MappingProxyType(dict(textbook)), detached=detached, at_zero=at_zero)


@dataclass(frozen=True, eq=False)
class Local:
    """A local partial with its places numbered in order of first mention."""

    formula: Formula
    arity: int


@dataclass(frozen=True, eq=False)
class SizedRule:
    """A formula over the positions 0 .. arity - 1.

    Where a partial mentions them, the output is position `arity` and the peers follow it. `member` is which of
    several outputs it gives.
    """

    name: str
    formula: Formula
    arity: int
    label: str = ""
    rule: Rule | None = None
    size: int = 1
    member: int | None = None

    @cached_property
    def locals(self) -> tuple[tuple[Local, tuple[int, ...]], ...]:
        """For each position, the local partial by it and the positions that the partial mentions."""
        if self.rule is None:
            raise FormulaError(f"{self.name} is not differentiated again")
        found: list[tuple[Local, tuple[int, ...]]] = []
        for slot in self.rule.slots:
            found += _locals_of_slot(self.rule, slot, self.size, self.member)
        return tuple(found)

    @cached_property
    def detached(self) -> frozenset[int]:
        """The positions through which no gradient flows."""
        if self.rule is None or not self.rule.detached:
            return frozenset()
        first = _first_positions(self.rule, self.size)
        sizes = {slot: self.size if slot in self.rule.groups else 1 for slot in self.rule.detached}
        return frozenset(first[slot] + k for slot, size in sizes.items() for k in range(size))


def renumber(formula: Formula, numbers: Mapping[int, int]) -> Formula:
    """`formula` with each position replaced by the one that `numbers` gives for it."""
    return rebuild(formula, lambda node: Position(numbers[node.index]) if isinstance(node, Position) else None)


def _first_positions(rule: Rule, size: int) -> dict[str, int]:
    """The position of each slot's first member; the output's is the number of positions; peers follow."""
    first, position = {}, 0
    for slot in rule.slots:
        first[slot] = position
        position += size if slot in rule.groups else 1
    first[rule.output] = position
    for number, peer in enumerate(rule.peers):
        first[peer] = position + 1 + number * size
    return first


@lru_cache(maxsize=4096)
def _local(formula: Formula, arity: int) -> Local:
    return Local(formula, arity)


Partials = Iterator[tuple[Local, tuple[int, ...]]]


def _locals_of_slot(rule: Rule, slot: str, size: int, own: int | None) -> Partials:
    """The local partials by the members of one slot: all alike, unless the partial tells members apart."""
    members = range(size if slot in rule.groups else 1)
    if slot in rule.detached:
        yield from ((_local(ZERO, 0), ()) for _ in members)
        return
    if own is not None and slot in rule.groups:
        for member in members:
            partial = rule.partial(slot) if member == own else parse(rule.others[slot])
            yield _expanded_local(partial, rule, size, own, member)
        return
    partial = rule.partial(slot)
    if _tells_members_apart(partial):
        for member in members:
            yield _expanded_local(partial, rule, size, member if own is None else own, member)
        return
    yield from _locals_alike(partial, rule, size, members)


def _expanded_local(partial: Formula, rule: Rule, size: int, own: int, by: int) -> tuple[Local, tuple[int, ...]]:
    expanded = _Expansion(rule, size).at(partial, own, by)
    mentioned = tuple(dict.fromkeys(leaf.index for leaf in leaves(expanded) if isinstance(leaf, Position)))
    numbers = {old: new for new, old in enumerate(mentioned)}
    return _local(renumber(expanded, numbers), len(mentioned)), mentioned


def _locals_alike(partial: Formula, rule: Rule, size: int, members: Sequence[int]) -> Partials:
    first, names = _first_positions(rule, size), slot_names(partial)
    places = {name: Position(index) for index, name in enumerate(names)}
    shared = _local(rebuild(partial, lambda n: places[n.name] if isinstance(n, Slot) else None), len(names))
    repeats = rule.groups.union(rule.peers)
    steps = [(first[name], int(name in repeats)) for name in names]
    for member in members:
        yield shared, tuple([start + step * member for start, step in steps])


def _tells_members_apart(formula: Formula) -> bool:
    return any(isinstance(node, (Each, Member, Count)) for node in nodes(formula))


_OTHER = "_j"


@dataclass(frozen=True)
class _Expansion:
    """Writes formulas of a rule with its sums written out and its slots numbered."""

    rule: Rule
    size: int

    @cached_property
    def first(self) -> Mapping[str, int]:
        return _first_positions(self.rule, self.size)

    def at(self, formula: Formula, own: int | None = None, by: int | None = None) -> Formula:
        """A formula whose slots of groups are the member `own` outside sums; with `_j`, and of peers, that is `by`."""

        def place(node: Formula) -> Formula | None:
            match node:
                case Each(body, function):
                    parts = self.members(body)
                    return add(parts) if function == "sum" else parts[0] if self.size == 1 else Call(function, parts)
                case Member():
                    return Number(str((by or 0) + 1))
                case Quotient(numerator, Count()) if self.size == 1:
                    return self.at(numerator, own, by)
                case Count():
                    return Number(str(self.size))
                case Call(function, arguments) if any(map(_is_all, arguments)):
                    spread = (self.members(a.body) if _is_all(a) else (self.at(a, own, by),) for a in arguments)
                    return Call(function, tuple(chain.from_iterable(spread)))
                case Slot(name):
                    return self.position(name, own, by)
                case _:
                    return None

        return rebuild(formula, place)

    def members(self, body: Formula) -> tuple[Formula, ...]:
        return tuple([self.at(body, member, member) for member in range(self.size)])

    def position(self, name: str, own: int | None, by: int | None) -> Position:
        group = name if name in self.rule.peers else name.removesuffix(_OTHER)
        if group not in self.rule.groups and name not in self.rule.peers:
            return Position(self.first[name])
        member = own if name in self.rule.groups else by
        if member is None:
            raise FormulaError(f"rule {self.rule.name}: {name} repeats, so it belongs inside sum(...)")
        return Position(self.first[group] + member)


def _is_all(argument: Formula) -> TypeGuard[Each]:
    """Whether an argument stands for one a member."""
    return isinstance(argument, Each) and argument.function == "all"


def _size(rule: Rule, size: int, member: int | None) -> SizedRule:
    arity = _first_positions(rule, size)[rule.output]
    return SizedRule(rule.name, _Expansion(rule, size).at(rule.formula, member), arity, rule.label, rule, size, member)

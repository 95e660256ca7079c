"""Rules: small formulas over named slots, and the same rules with their groups given a size.

A `Rule` is what a catalog states. `sized(n)` repeats its groups n times and numbers every place, so that an
equation is a sized rule and a flat tuple of quantities. Both are compared by identity, and everything derived
from them (partials, printed templates) is found once and kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from types import MappingProxyType

from derive.errors import FormulaError
from derive.graph.formula import (
    Each,
    Formula,
    Position,
    Slot,
    add,
    leaves,
    multiply,
    rebuild,
    slot_names,
)
from derive.graph.grammar import parse
from derive.graph.symbolic import differentiate


@dataclass(frozen=True, eq=False)
class Rule:
    """A formula over slots.

    `groups` names the slots that repeat; they all repeat equally often. `textbook` states partials in the form
    that textbooks print, over the slots and `output`; the others are found by SymPy. `label` is the function's
    name where the rule is one that has a name (sigmoid).
    """

    name: str
    text: str
    groups: frozenset[str] = frozenset()
    output: str = "out"
    textbook: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    label: str = ""

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
            self._partials[slot] = differentiate(self.formula, slot) if text is None else parse(text)
        return self._partials[slot]

    def sized(self, size: int = 1) -> SizedRule:
        """The rule with each group repeated `size` times."""
        if size not in self._sized:
            self._sized[size] = _size(self, size)
        return self._sized[size]

    @cached_property
    def _sized(self) -> dict[int, SizedRule]:
        return {}


@dataclass(frozen=True, eq=False)
class Local:
    """A local partial with its places numbered in order of first mention."""

    formula: Formula
    arity: int


@dataclass(frozen=True, eq=False)
class SizedRule:
    """A formula over the positions 0 .. arity - 1; its output, where a partial mentions it, is position `arity`."""

    name: str
    formula: Formula
    arity: int
    label: str = ""
    rule: Rule | None = None
    size: int = 1

    @cached_property
    def locals(self) -> tuple[tuple[Local, tuple[int, ...]], ...]:
        """For each position, the local partial by it and the positions that the partial mentions."""
        if self.rule is None:
            raise FormulaError(f"{self.name} is not differentiated again")
        found: list[tuple[Local, tuple[int, ...]]] = []
        for slot in self.rule.slots:
            members = range(self.size if slot in self.rule.groups else 1)
            found += _locals_of_members(self.rule, self.size, slot, members)
        return tuple(found)


def renumber(formula: Formula, numbers: Mapping[int, int]) -> Formula:
    """`formula` with each position replaced by the one that `numbers` gives for it."""
    return rebuild(formula, lambda node: Position(numbers[node.index]) if isinstance(node, Position) else None)


def _first_positions(rule: Rule, size: int) -> dict[str, int]:
    """The position of each slot's first member; the output's is the number of positions."""
    first, position = {}, 0
    for slot in rule.slots:
        first[slot] = position
        position += size if slot in rule.groups else 1
    first[rule.output] = position
    return first


def _locals_of_members(
    rule: Rule, size: int, slot: str, members: Sequence[int]
) -> Iterator[tuple[Local, tuple[int, ...]]]:
    """The local partials by the members of one slot: all alike, unless the partial holds a sum over a group."""
    partial, first = rule.partial(slot), _first_positions(rule, size)
    if _holds_sum(partial):
        for member in members:
            expanded = _expand(partial, rule, size, member)
            mentioned = tuple(dict.fromkeys(leaf.index for leaf in leaves(expanded) if isinstance(leaf, Position)))
            numbers = {old: new for new, old in enumerate(mentioned)}
            yield Local(renumber(expanded, numbers), len(mentioned)), mentioned
        return
    names = slot_names(partial)
    places = {name: Position(index) for index, name in enumerate(names)}
    shared = Local(rebuild(partial, lambda n: places[n.name] if isinstance(n, Slot) else None), len(names))
    steps = [(first[name], int(name in rule.groups)) for name in names]
    for member in members:
        yield shared, tuple([start + step * member for start, step in steps])


def _holds_sum(formula: Formula) -> bool:
    found = []
    rebuild(formula, lambda node: found.append(node) if isinstance(node, Each) else None)
    return bool(found)


def _expand(formula: Formula, rule: Rule, size: int, member: int | None = None) -> Formula:
    """Sums written out and slots numbered; a group slot outside any sum is the given member."""
    first = _first_positions(rule, size)

    def place(node: Formula, current: int | None) -> Formula | None:
        if isinstance(node, Each):
            return add(tuple([rebuild(node.body, lambda n, m=m: place(n, m)) for m in range(size)]))  # type: ignore[misc]
        if not isinstance(node, Slot):
            return None
        if node.name not in rule.groups:
            return Position(first[node.name])
        if current is None:
            raise FormulaError(f"rule {rule.name}: {node.name} repeats, so it belongs inside sum(...)")
        return Position(first[node.name] + current)

    return rebuild(formula, lambda node: place(node, member))


def _size(rule: Rule, size: int) -> SizedRule:
    arity = _first_positions(rule, size)[rule.output]
    return SizedRule(rule.name, _expand(rule.formula, rule, size), arity, rule.label, rule, size)


@lru_cache(maxsize=4096)
def adjoint_rule(uses: tuple[tuple[Local, bool], ...]) -> SizedRule:
    """The sum over all uses of a quantity: adjoint of the user's output times the local partial.

    A use is its local partial and whether the user is the loss itself, whose adjoint is 1 and is not written.
    Positions run use by use: the adjoint (unless it is not written), then what the partial mentions. This is the
    multivariate chain rule (Goodfellow, Bengio, Courville, Deep Learning, equation 6.46).
    """
    terms, start = [], 0
    for local, is_loss in uses:
        shift = start + (not is_loss)
        shifted = renumber(local.formula, {index: index + shift for index in range(local.arity)})
        terms.append(shifted if is_loss else multiply((Position(start), shifted)))
        start = shift + local.arity
    return SizedRule("chain rule", add(tuple(terms)), start)


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

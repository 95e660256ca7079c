"""The rule of an equation in index form, and which array each of its slots reads.

Free indices fall away, a sum over indices becomes a sum over the members of a group, and neighbouring sums of like
structure become one: `s[j] = sum(i, w[i,j]*x[i]) + sum(k, u[k,j]*h[k]) + b[j]` goes by `sum(w*x)+b`, whose `w` reads
`w` and then `u`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from derive.errors import FormulaError
from derive.graph.formula import Call, Each, Formula, Slot, Sum, add, children, leaves, nodes, rebuild
from derive.graph.functions import CONSTANTS, FUNCTIONS
from derive.graph.grammar import written
from derive.graph.rule import Rule, rule_of
from derive.graph.views.language import Entry, Over, ViewEquation
from derive.graph.views.stated import Stated

Run = tuple[Over, ...]
"""Neighbouring reductions whose members make one group."""
COUNT = "count"


@dataclass(frozen=True)
class Source:
    """What a slot reads: one entry; for a group, an entry at each member of each reduction of the run."""

    entries: tuple[Slot, ...]
    repeats: bool = False


@dataclass(frozen=True)
class Scheme:
    """A rule, what its slots read in order, the runs of reductions, all over the same indices.

    Of a rule of several outputs, `member` is the index that tells them apart.
    """

    rule: Rule
    sources: tuple[Source, ...]
    runs: tuple[Run, ...] = ()
    member: str = ""


def scheme(equation: ViewEquation, stated: Stated, arrays: Collection[str], at_zero: int) -> Scheme | None:
    """How an equation goes by a rule; None where no rule says it, as with sums inside sums."""
    runs = tuple(dict.fromkeys(_runs(equation.right)))
    if not _is_within_rules(equation.right, arrays) or len({_ranges(run) for run in runs}) > 1:
        return None
    reading = _Reading(equation, runs, stated)
    formula = reading.read(equation.right)
    groups = frozenset(name for name, source in reading.sources.items() if source.repeats)
    text = written(rebuild(formula, lambda node: _counted(node, groups)))
    output = equation.of.partition("_")[0]
    facts = (stated.name(text), text, groups, output, tuple(stated.textbook.items()), stated.detached, at_zero)
    made = rule_of(*facts)
    sources = tuple(reading.sources[slot] for slot in made.slots)
    rule = made if stated.rule is None else _agreeing(stated.rule, made)
    return Scheme(rule, sources, runs, reading.member)


def _agreeing(stated: Rule, found: Rule) -> Rule:
    """A rule with facts of its own. Raises `FormulaError` where it says something else than its equation."""
    names = dict(zip(found.slots, stated.slots, strict=False))
    renamed = rebuild(found.formula, lambda n: Slot(names.get(n.name, n.name)) if isinstance(n, Slot) else None)
    if renamed != stated.formula or {names[group] for group in found.groups} != stated.groups:
        raise FormulaError(f"the rule {stated.text} of {stated.name} is not that of its equation, {found.text}")
    return stated


def _is_within_rules(formula: Formula, arrays: Collection[str]) -> bool:
    """Whether every part of a formula has a place in a rule."""

    def fits(node: Formula) -> bool:
        match node:
            case Over(body, function, spans):
                running = any(mentions(leaf, [one.name for one in spans]) for leaf in leaves(body))
                return running and function in ("sum", "max", "all") and not reductions(body)
            case Call(name, _):
                return name == COUNT or name in FUNCTIONS
            case Slot(name):
                return name in arrays
            case _:
                return True

    return all(
        fits(node) for node in nodes(formula, lambda node: not (isinstance(node, Call) and node.function == COUNT))
    )


def _runs(formula: Formula) -> Iterator[Run]:
    """The reductions of a formula, neighbours of like structure together."""
    match formula:
        case Over():
            yield (formula,)
        case Sum(terms):
            for run in _neighbours(terms):
                overs = tuple(one for one in run if isinstance(one, Over))
                yield from [overs] if overs else _runs(run[0])
        case _:
            yield from (run for part in children(formula) for run in _runs(part))


def _neighbours(terms: Sequence[Formula]) -> Iterator[tuple[Formula, ...]]:
    """The terms of a sum; sums over indices that stand beside each other and are alike together."""
    for like, run in groupby(enumerate(terms), key=lambda one: _likeness(one[1]) or one[0]):
        together = tuple(term for _, term in run)
        yield from [together] if isinstance(like, tuple) else ((term,) for term in together)


def _likeness(term: Formula) -> tuple[Formula, ...]:
    """What sums over indices have in common that can share a group; empty for other terms."""
    if not isinstance(term, Over) or term.function != "sum":
        return ()
    spans = [span.name for span in term.spans]
    blank = rebuild(term.body, lambda node: _blank(node, spans) if isinstance(node, Slot) else None)
    return (blank,)


def _blank(node: Slot, spans: Collection[str]) -> Slot:
    """An entry without its name, but for whether it runs with the sum; one that does not is itself."""
    return Slot("") if mentions(node, spans) else node


def reductions(formula: Formula) -> tuple[Over, ...]:
    """The sums over indices of a formula and its other reductions, those inside others left out."""
    parts = nodes(formula, lambda node: not isinstance(node, Over))
    return tuple(node for node in parts if isinstance(node, Over))


def mentions(node: Formula, names: Collection[str]) -> bool:
    """Whether an entry changes with one of these indices."""
    indices = node.indices if isinstance(node, Entry) else ()
    return any(isinstance(leaf, Slot) and leaf.name in names for index in indices for leaf in leaves(index))


def _ranges(run: Run) -> tuple[object, ...]:
    """Over what a run goes."""
    return tuple((over.spans, over.bounds) for over in run)


def _counted(node: Formula, groups: Collection[str]) -> Formula | None:
    """How many members there are, by the name of one of the groups."""
    if isinstance(node, Call) and node.function == COUNT:
        return Call(COUNT, (Slot(min(groups)),))
    return None


class _Reading:
    """Reads a right side as the formula of a rule, and notes what its slots stand for."""

    def __init__(self, equation: ViewEquation, runs: Sequence[Run], stated: Stated) -> None:
        self.sources: dict[str, Source] = {}
        self.member = ""
        self._names: dict[Source, str] = {}
        self._output = equation.of.partition("_")[0]
        self._free = equation.left.indices if isinstance(equation.left, Entry) else ()
        self._siblings = runs[0][0] if stated.rule is not None and stated.rule.others else None

    def read(self, formula: Formula) -> Formula:
        """A formula outside reductions."""
        return rebuild(formula, self._outside)

    def _outside(self, node: Formula) -> Formula | None:
        match node:
            case Sum(terms):
                return add(
                    tuple(
                        self._reduced(tuple(one for one in run if isinstance(one, Over)))
                        if isinstance(run[0], Over)
                        else self.read(run[0])
                        for run in _neighbours(terms)
                    )
                )
            case Over():
                return self._reduced((node,))
            case Call(name, _) if name == COUNT:
                return node
            case Slot():
                return self._of_sibling(node) or self._slot(Source((node,)))
        return None

    def _reduced(self, run: Run) -> Formula:
        """Reductions of like structure as one over the members of all of them."""
        first, spans = run[0], [[span.name for span in over.spans] for over in run]
        entries = [[leaf for leaf in leaves(over.body) if isinstance(leaf, Slot)] for over in run]
        places = iter(zip(*entries, strict=True))

        def inside(node: Formula) -> Formula | None:
            if not isinstance(node, Slot):
                return None
            every = next(places)
            running = mentions(every[0], spans[0])
            return self._slot(Source(every if running else every[:1], repeats=running))

        body = rebuild(first.body, inside)
        return Each(body, first.function)

    def _of_sibling(self, node: Slot) -> Slot | None:
        """For a rule of several outputs, the member of the group that belongs to the output."""
        if self._siblings is None or not isinstance(node, Entry):
            return None
        (span,) = self._siblings.spans
        for free in self._free:
            indices = tuple(Slot(span.name) if index == free else index for index in node.indices)
            other = Entry(node.name, indices)
            if other != node and other in leaves(self._siblings.body) and isinstance(free, Slot):
                self.member = free.name
                return self._slot(Source((other,), repeats=True))
        return None

    def _slot(self, source: Source) -> Slot:
        if source not in self._names:
            name = self._free_name(source.entries[0].name)
            self._names[source] = name
            self.sources[name] = source
        return Slot(self._names[source])

    def _free_name(self, array: str) -> str:
        taken = {self._output, *self.sources, *CONSTANTS}
        numbered = (f"{array}{number}" for number in range(2, len(taken) + 3))
        return next(name for name in (array.partition("_")[0], array, *numbered) if name not in taken)

"""What is added to the adjoint of an array, written down: indices named, factors before their sums, sums together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import gcd

from derive.graph.formula import (
    ONE,
    Call,
    Formula,
    Number,
    Product,
    Quotient,
    Slot,
    add,
    leaves,
    multiply,
    negate,
    rebuild,
)
from derive.graph.views.indices import Index, bound, free, letter_after, origin
from derive.graph.views.language import ADJOINT, Bounds, Entry, Over, Span, ViewEquation
from derive.graph.views.partials import Known, Path
from derive.graph.views.solving import Contribution, runs_over

_WINDOWS = "rt"
"""Letters for axes at which no index stands alone, as those of windows; further ones follow in the alphabet."""


def adjoint_equation(array: str, contributions: Sequence[Contribution], known: Known) -> ViewEquation:
    """The equation of the sum of some contributions to the adjoint of an array."""
    taken = known.shape_of.keys() | known.number_of.keys()
    names = _left_names(contributions, taken)
    running = dict(zip(names, known.shape_of[array], strict=True))
    terms = []
    for one in contributions:
        letters = _letters(one, names, running, taken)
        running |= {letters[span.name]: span.length for span in one.path.spans if span.length is not None}
        terms.append(_term(one, letters, taken, known))
    left = Entry(ADJOINT + array, tuple(map(Slot, names))) if names else Slot(ADJOINT + array)
    right = add(tuple(_joined(terms)))
    return ViewEquation(
        left, _counted(right, {name: running[name] for name in running.keys() & {*names, *_bare(right)}})
    )


def _left_names(contributions: Sequence[Contribution], taken: Collection[str]) -> tuple[str, ...]:
    """The indices of the left side: as in the contribution whose names are least often those of sums in another."""
    sums = [
        {span.origin for span in one.path.spans} | {span.name for part in one.path.parts for span in bound(part)}
        for one in contributions
    ]
    wanted = [tuple(index.origin for index in one.left) for one in contributions]
    complete = [one for one in dict.fromkeys(wanted) if "" not in one] or wanted[:1]
    chosen = min(complete, key=lambda names: sum(bool(set(names) & others) for others in sums))
    used = {*taken, *chosen, *(span.origin for one in contributions for span in one.path.spans)}
    names: list[str] = []
    for name in chosen:
        windows = (letter for letter in _WINDOWS if letter not in used)
        own = name or next(windows, "") or letter_after(_WINDOWS[-1], used)
        names.append(letter_after(own, used) if own in names else own)
        used.add(names[-1])
    return tuple(names)


def _letters(
    one: Contribution, left: Sequence[str], running: Mapping[str, int], taken: Collection[str]
) -> dict[str, str]:
    """What each index of a contribution is called, those of the left side as given."""
    letters = {index.name: name for index, name in zip(one.left, left, strict=True)}
    for span in one.path.spans:
        used = {*letters.values(), *(name for name, length in running.items() if length != span.length)}
        free_of_arrays = used if span.origin not in used else {*used, *taken}
        letters[span.name] = letter_after(span.origin, free_of_arrays)
    return letters


@dataclass(frozen=True)
class _Term:
    """A product with a sum over indices as its last factor, where there is one."""

    place: int
    negative: bool
    factors: Factors
    below: Factors
    spans: tuple[Span, ...] = ()
    bounds: tuple[Bounds, ...] = ()
    summed: Formula | None = None

    @property
    def formula(self) -> Formula:
        last = () if self.summed is None else (Over(self.summed, "sum", self.spans, self.bounds),)
        whole = product((*self.factors, *last), self.below)
        return negate(whole) if self.negative else whole


def _term(one: Contribution, letters: Mapping[str, str], taken: Collection[str], known: Known) -> _Term:
    path = one.path.put({name: Slot(letter) for name, letter in letters.items()}, taken)
    top, bottom = in_order(_ordered(path), path.below)
    if not path.spans and not path.bounds:
        return _Term(one.place, path.negative, top, bottom)
    names = {letters[span.name] for span in path.spans}
    inside = [not names or not names.isdisjoint(free(factor)) for factor in top]
    below = [not names or not names.isdisjoint(free(factor)) for factor in bottom]
    summed = product(_kept(top, inside, wanted=True), _kept(bottom, below, wanted=True))
    spans = tuple(_span(replace(span, name=letters[span.name]), summed, known) for span in path.spans)
    outer = _kept(top, inside, wanted=False), _kept(bottom, below, wanted=False)
    return _Term(one.place, path.negative, *outer, spans, path.bounds, summed)


def _ordered(path: Path) -> Factors:
    """The adjoint behind the factors of a sum; else behind single numbers and before all other factors."""
    if path.contracted:
        return (*path.factors, path.reaching)
    single = [all(not isinstance(leaf, Entry) for leaf in leaves(factor)) for factor in path.factors]
    before, behind = (_kept(path.factors, single, wanted=wanted) for wanted in (True, False))
    return (*before, path.reaching, *behind)


def _kept(parts: Factors, marks: Sequence[bool], *, wanted: bool) -> Factors:
    return tuple(part for part, mark in zip(parts, marks, strict=True) if mark is wanted)


def _span(index: Index, summed: Formula, known: Known) -> Span:
    """How far an index runs: nothing is said of one that runs over all of an axis at which it stands alone."""
    axes = (
        length
        for leaf in leaves(summed)
        if isinstance(leaf, Entry)
        for place, length in zip(leaf.indices, known.shape(leaf.name), strict=True)
        if place == Slot(index.name)
    )
    if any(runs_over(index, length, known) for length in axes):
        return Span(index.name)
    return Span(index.name, *index.ends)


def _joined(terms: Sequence[_Term]) -> Iterator[Formula]:
    """The terms, those that differ only in what is summed as one sum, where the first stands, in the pass's order."""
    groups: dict[object, list[_Term]] = {}
    for place, term in enumerate(terms):
        key = (term.factors, term.below, term.spans, term.bounds) if term.summed is not None else place
        groups.setdefault(key, []).append(term)
    for found in groups.values():
        group = sorted(found, key=lambda term: term.place)
        if len(group) == 1:
            yield group[0].formula
            continue
        turned = all(term.negative for term in group)
        parts = [term.summed for term in group if term.summed is not None]
        signed = [negate(part) if term.negative != turned else part for part, term in zip(parts, group, strict=True)]
        yield replace(group[0], negative=turned, summed=add(tuple(signed))).formula


def _bare(formula: Formula) -> frozenset[str]:
    """The indices of reductions that run over all of an axis."""
    return frozenset(span.name for span in bound(formula) if span.first is None)


def _counted(formula: Formula, running: Mapping[str, int]) -> Formula:
    """The formula with counts by an index that runs in it, else as numbers."""

    def special(node: Formula) -> Formula | None:
        match node:
            case Call("count", (Slot(name), Number(text) as number)):
                own = origin(name)
                return Call("count", (Slot(own),)) if str(running.get(own)) == text else number
            case _:
                return None

    return rebuild(formula, special)


Factors = tuple[Formula, ...]


def product(factors: Sequence[Formula], below: Sequence[Formula] = ()) -> Formula:
    """The product of factors over others."""
    top, bottom = in_order(factors, below)
    above = multiply(top) if top else ONE
    return Quotient(above, multiply(bottom)) if bottom else above


def in_order(factors: Iterable[Formula], below: Iterable[Formula] = ()) -> tuple[Factors, Factors]:
    """Factors and denominators with the numbers of each multiplied, cancelled where they are whole, and first."""
    (first, top), (second, bottom) = _parted(factors), _parted(below)
    if first == first.to_integral_value() and second == second.to_integral_value():
        common = gcd(int(first), int(second)) or 1
        first, second = first / common, second / common
    return (*_number(first), *top), (*_number(second), *bottom)


def _parted(factors: Iterable[Formula]) -> tuple[Decimal, Factors]:
    flat = [one for factor in factors for one in (factor.factors if isinstance(factor, Product) else (factor,))]
    number = Decimal(1)
    for one in flat:
        number *= Decimal(one.text) if isinstance(one, Number) else 1
    return number, tuple(one for one in flat if not isinstance(one, Number))


def _number(number: Decimal) -> Factors:
    return () if number == 1 else (Number(f"{number:f}"),)

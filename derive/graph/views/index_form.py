"""Equations in index form, written out entry by entry over quantities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from derive.errors import FormulaError
from derive.graph.formula import (
    ZERO,
    Call,
    Formula,
    Negative,
    Number,
    Product,
    Quotient,
    Slot,
    Sum,
    add,
    add_all,
    children,
    leaves,
    rebuild,
    with_children,
)
from derive.graph.views.affine import affine
from derive.graph.views.application import Application
from derive.graph.views.indices import bound
from derive.graph.views.language import Bounds, Entry, Over, Span, ViewEquation

Places = Mapping[str, int]


def lengths(equation: ViewEquation, application: Application) -> dict[str, int]:
    """How far each index runs that stands alone at an axis.

    Raises `FormulaError` where it stands at axes of different lengths, or an array has another number of axes.
    """
    found: dict[str, int] = {}
    for leaf in (equation.left, *_entries(equation.right)):
        named = application.find(leaf.name)
        if named is None or not isinstance(leaf, Entry):
            continue
        shape = named[0].shape
        if len(shape) != len(leaf.indices):
            raise FormulaError(f"{leaf.name} has {len(shape)} axes, not {len(leaf.indices)}")
        for index, length in zip(leaf.indices, shape, strict=True):
            if isinstance(index, Slot) and found.setdefault(index.name, length) != length:
                raise FormulaError(f"{index.name} runs to {found[index.name]} and at {leaf.name} to {length}")
    return found


def present(equation: ViewEquation, application: Application) -> ViewEquation | None:
    """The equation without the terms whose arrays this application does not have; None where nothing is left.

    An adjoint that is not worked, of what the loss does not depend on, is one that it does not have. A layer without
    biases has no `b`, so that the term `b[j]` falls away, and with it the equation for `db`.
    """
    if not application.has(equation):
        return None
    right = without_absent(equation, application)
    if right is None or (isinstance(right, Slot) and _same(equation.left, right, application)):
        return None
    return ViewEquation(equation.left, right)


def without_absent(equation: ViewEquation, application: Application) -> Formula | None:
    """The right side without the terms whose arrays this application does not have; None where nothing is left."""
    return _without(equation.right, _absent(equation, application))


def _same(first: Slot, second: Slot, application: Application) -> bool:
    """Whether two names stand for the same quantities, as where a layer has no activation."""
    left, right = application.find(first.name), application.find(second.name)
    return left is not None and right is not None and (list(left[0].ids), left[1]) == (list(right[0].ids), right[1])


def expand(equation: ViewEquation, application: Application) -> Iterator[tuple[int, Formula]]:
    """For each entry of the left side, its quantity and the formula over quantities that the equation gives it.

    Raises `FormulaError` where the equation does not fit its arrays.
    """
    found = application.find(equation.of)
    if found is None:
        raise FormulaError(f"there is no array {equation.of!r}")
    tensor, adjoint = found
    indices = equation.left.indices if isinstance(equation.left, Entry) else ()
    made = _Expansion(application, lengths(equation, application))
    names = [index.name for index in indices if isinstance(index, Slot)]
    if len(names) != len(indices) or len(tensor.shape) != len(indices):
        raise FormulaError(f"the left side {equation.of!r} needs one index alone for each of its axes")
    for places in product(*(range(1, length + 1) for length in tensor.shape)):
        target = application.target(tensor.at(*(place - 1 for place in places)), adjoint=adjoint)
        if target is not None:
            yield target, made.at(equation.right, dict(zip(names, places, strict=True)))


@dataclass(frozen=True)
class _Expansion:
    application: Application
    lengths: Mapping[str, int]

    def at(self, formula: Formula, places: Places) -> Formula:
        return rebuild(formula, lambda node: self._special(node, places))

    def _special(self, node: Formula, places: Places) -> Formula | None:
        match node:
            case Over(body, function, spans, bounds):
                parts = tuple(self.at(body, each) for each in self.members(spans, bounds, places))
                return add_all(parts) if function == "sum" else _largest(function, parts)
            case Entry(name, indices):
                return self.entry(name, indices, places)
            case Slot(name):
                return self.alone(name, places)
            case Sum() | Negative() | Product() | Quotient():
                return _without_absent_parts(node, tuple([self.at(part, places) for part in children(node)]))
            case Call("count", (Slot(name),)):
                return Number(str(self.lengths[name]))
            case Call("exp", (argument,)) if _is_absent(argument, self.at(argument, places)):
                return ZERO
            case Call("is_argmax", (own, largest, Over(body, "all", spans, bounds))):
                candidates = [self.at(body, each) for each in self.members(spans, bounds, places)]
                return _wins(self.at(own, places), self.at(largest, places), [c for c in candidates if c != ZERO])
            case Call(function, (first, Over(body, "all", spans, bounds))):
                return Call(
                    function,
                    (self.at(first, places), *(self.at(body, each) for each in self.members(spans, bounds, places))),
                )
            case Call(function, (argument,)) if self.application.activates(function):
                return self.application.activated(function, self.at(argument, places))
            case _:
                return None

    def entry(self, name: str, indices: tuple[Formula, ...], places: Places) -> Formula:
        found = self.application.find(name)
        if found is None:
            raise FormulaError(f"there is no array {name!r}")
        tensor, adjoint = found
        where = [self.whole(index, places) for index in indices]
        if any(not 1 <= place <= length for place, length in zip(where, tensor.shape, strict=True)):
            return ZERO
        return self.application.quantity(tensor.at(*(place - 1 for place in where)), adjoint=adjoint)

    def alone(self, name: str, places: Places) -> Formula:
        found = self.application.find(name)
        if found is not None and len(found[0].ids) == 1:
            return self.application.quantity(found[0].ids[0], adjoint=found[1])
        return Number(str(places[name])) if name in places else self.application.whole(name)

    def members(self, spans: tuple[Span, ...], bounds: tuple[Bounds, ...], places: Places) -> Iterator[Places]:
        if not spans:
            if all(self.holds(one, places) for one in bounds):
                yield places
            return
        span = spans[0]
        if span.first is None or span.last is None:
            if span.name not in self.lengths:
                raise FormulaError(f"nothing says how far {span.name} runs")
            first, last = 1, self.lengths[span.name]
        else:
            first, last = (self.whole(end, places) for end in (span.first, span.last))
        for place in range(first, last + 1):
            yield from self.members(spans[1:], bounds, {**places, span.name: place})

    def holds(self, bounds: Bounds, places: Places) -> bool:
        least, index, most = (self.whole(one, places) for one in bounds.parts)
        return least <= index <= most

    def whole(self, index: Formula, places: Places) -> int:
        if isinstance(index, Slot) and index.name in places:
            return places[index.name]
        return affine(index, self.application.numbers).value(places)


def _is_absent(formula: Formula, expanded: Formula) -> bool:
    """Whether a formula is of what lies outside its array; a 0 that is written is a number like others."""
    return expanded in (ZERO, Negative(ZERO)) and expanded != formula


def _without_absent_parts(formula: Formula, parts: tuple[Formula, ...]) -> Formula:
    """A formula of parts that were written out: absent terms fall away, absent factors make it 0."""
    absent = [_is_absent(one, part) for one, part in zip(children(formula), parts, strict=True)]
    if isinstance(formula, Sum):
        kept = tuple(part for part, gone in zip(parts, absent, strict=True) if not gone)
        return add(kept) if kept else ZERO
    is_zero = absent[0] if isinstance(formula, Quotient) else any(absent)
    return ZERO if is_zero else with_children(formula, parts)


def _entries(formula: Formula) -> tuple[Slot, ...]:
    return tuple(leaf for leaf in leaves(formula) if isinstance(leaf, Slot))


def _largest(function: str, parts: tuple[Formula, ...]) -> Formula:
    """The largest of entries (or the smallest); what lies outside the array is none of them."""
    kept = tuple(part for part in parts if part != ZERO)
    return Call(function, kept) if len(kept) > 1 else kept[0]


def _wins(own: Formula, largest: Formula, candidates: list[Formula]) -> Formula:
    if own not in candidates:
        return ZERO
    number = Number(str(candidates.index(own) + 1))
    return Number("1") if len(candidates) == 1 else Call("is_argmax", (number, largest, *candidates))


def _absent(equation: ViewEquation, application: Application) -> frozenset[str]:
    known = {*lengths(equation, application), *(one.name for one in bound(equation.right)), *application.numbers}
    return frozenset(name for name in equation.names() if not application.has_worked(name) and name not in known)


def _without(formula: Formula, absent: frozenset[str]) -> Formula | None:
    """A formula without the terms that mention an absent array; None where that is all of it."""
    if isinstance(formula, Slot):
        return None if formula.name in absent else formula
    parts = children(formula)
    kept = tuple(left for part in parts if (left := _without(part, absent)) is not None)
    if isinstance(formula, Sum):
        return add(kept) if kept else None
    return with_children(formula, kept) if len(kept) == len(parts) else None

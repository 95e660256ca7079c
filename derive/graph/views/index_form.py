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
    Power,
    Product,
    Quotient,
    Slot,
    Sum,
    add,
    leaves,
    multiply,
    negate,
    rebuild,
)
from derive.graph.views.application import Application
from derive.graph.views.language import Bounds, Entry, Over, Span, ViewEquation

Places = Mapping[str, int]


def whole_number(index: Formula, places: Places, numbers: Mapping[str, str]) -> int:
    """The number of an index. Raises `FormulaError` for a name that is neither an index nor an option."""
    match index:
        case Number(text):
            return int(text)
        case Slot(name) if name in places:
            return places[name]
        case Slot(name) if name in numbers:
            return int(numbers[name])
        case Negative(argument):
            return -whole_number(argument, places, numbers)
        case Sum(terms):
            return sum(whole_number(term, places, numbers) for term in terms)
        case Product((first, second)):
            return whole_number(first, places, numbers) * whole_number(second, places, numbers)
        case _:
            raise FormulaError(f"{index!r} is no index")


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
                return _sum(parts) if function == "sum" else _largest(function, parts)
            case Entry(name, indices):
                return self.entry(name, indices, places)
            case Slot(name):
                return self.alone(name, places)
            case Sum(terms):
                return _sum(tuple(self.at(term, places) for term in terms))
            case Negative(argument):
                inner = self.at(argument, places)
                return ZERO if inner == ZERO else negate(inner)
            case Product(factors):
                parts = tuple(self.at(factor, places) for factor in factors)
                return ZERO if ZERO in parts else multiply(parts)
            case Quotient(above, below):
                over = self.at(above, places)
                return ZERO if over == ZERO else Quotient(over, self.at(below, places))
            case Call("count", (Slot(name),)):
                return Number(str(self.lengths[name]))
            case Call("exp", (argument,)) if (inner := self.at(argument, places)) in (ZERO, Negative(ZERO)):
                return ZERO  # of a hole: nothing
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
        where = [whole_number(index, places, self.application.numbers) for index in indices]
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
        span, numbers = spans[0], self.application.numbers
        if span.first is None or span.last is None:
            if span.name not in self.lengths:
                raise FormulaError(f"nothing says how far {span.name} runs")
            first, last = 1, self.lengths[span.name]
        else:
            first, last = whole_number(span.first, places, numbers), whole_number(span.last, places, numbers)
        for place in range(first, last + 1):
            yield from self.members(spans[1:], bounds, {**places, span.name: place})

    def holds(self, bounds: Bounds, places: Places) -> bool:
        least, index, most = (
            whole_number(one, places, self.application.numbers) for one in (bounds.least, bounds.index, bounds.most)
        )
        return least <= index <= most


def _entries(formula: Formula) -> tuple[Slot, ...]:
    return tuple(leaf for leaf in leaves(formula) if isinstance(leaf, Slot))


def _sum(parts: tuple[Formula, ...]) -> Formula:
    kept = tuple(part for part in parts if part != ZERO)
    return add(kept) if kept else ZERO


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
    running = set(lengths(equation, application)) | _run(equation.right)
    known = running | application.numbers.keys()
    return frozenset(name for name in equation.names() if not application.has_worked(name) and name not in known)


def _run(formula: Formula) -> set[str]:
    """The indices that reductions run over."""
    found: set[str] = set()

    def note(node: Formula) -> None:
        if isinstance(node, Over):
            found.update(span.name for span in node.spans)

    rebuild(formula, note)
    return found


def _without(formula: Formula, absent: frozenset[str]) -> Formula | None:
    """A formula without the terms that mention an absent array; None where that is all of it."""

    def kept(parts: tuple[Formula, ...]) -> list[Formula]:
        return [left for part in parts if (left := _without(part, absent)) is not None]

    match formula:
        case Slot(name):
            return None if name in absent else formula
        case Sum(terms):
            return add(tuple(left)) if (left := kept(terms)) else None
        case Over(body, function, spans, bounds):
            inner = _without(body, absent)
            return None if inner is None else Over(inner, function, spans, bounds)
        case Negative(argument):
            inner = _without(argument, absent)
            return None if inner is None else negate(inner)
        case Product(parts):
            return multiply(tuple(left)) if len(left := kept(parts)) == len(parts) else None
        case Call(function, parts):
            return Call(function, tuple(left)) if len(left := kept(parts)) == len(parts) else None
        case Quotient(first, second) | Power(first, second):
            return type(formula)(*left) if len(left := kept((first, second))) == 2 else None
        case _:
            return formula

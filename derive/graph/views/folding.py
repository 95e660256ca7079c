"""Whole numbers in an equation in index form, put in as the numbers that they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from derive.graph.formula import ONE, Call, Formula, Negative, Number, Product, Quotient, Slot, Sum, rebuild
from derive.graph.views.affine import affine
from derive.graph.views.columns import Grid
from derive.graph.views.language import Entry, Over, Span
from derive.graph.views.scheme import COUNT, reductions


def counting(formula: Formula) -> tuple[Over, ...]:
    """The sums that only count."""
    return tuple(dict.fromkeys(over for over in reductions(formula) if over.body == ONE and over.function == "sum"))


def put_in(formula: Formula, numbers: Mapping[Over, int]) -> Formula:
    """A formula with counts in place of the sums that count; over 1, without the fraction."""

    def number(node: Formula) -> Formula | None:
        match node:
            case Over() if node in numbers:
                return Number(str(numbers[node]))
            case Quotient(above, Over() as below) if numbers.get(below) == 1:
                return rebuild(above, number)
        return None

    return rebuild(formula, number) if numbers else formula


def folded(formula: Formula, grid: Grid) -> Formula:
    """A formula with options and lengths as numbers, but for the count of what its only sum goes over."""
    sums = {over for over in reductions(formula) if over.body != ONE}
    (only,) = sums if len(sums) == 1 else (None,)
    own = only.spans if only is not None and not only.bounds else ()
    numbers = {**grid.numbers, **{_length(index): str(length) for index, length in grid.lengths.items()}}
    known = frozenset(numbers) - grid.shapes.keys()

    def counts(node: Formula) -> Formula | None:
        match node:
            case Over(body, function, spans, bounds):
                return Over(rebuild(body, _counted), function, spans, bounds)
            case Call(name, (Slot(index),)) if name == COUNT and own == (Span(index),):
                return node
        return _counted(node)

    def whole(node: Formula) -> Formula | None:
        match node:
            case Over(body, function, spans, bounds):
                return Over(rebuild(body, whole), function, spans, bounds)
            case Call(name, _) if name == COUNT:
                return node
            case Quotient(above, below) if whole(below) == ONE:
                return rebuild(above, whole)
            case Slot() | Product() | Sum() | Negative() if _is_named(node, known):
                return Number(str(affine(node, numbers).constant))
        return None

    return rebuild(rebuild(formula, counts), whole)


def _length(index: str) -> str:
    """A name for how far an index runs."""
    return f"{COUNT} {index}"


def _counted(node: Formula) -> Formula | None:
    match node:
        case Call(name, (Slot(index),)) if name == COUNT:
            return Slot(_length(index))
    return None


def _is_named(node: Formula, known: Collection[str]) -> bool:
    """Whether a formula is made of whole numbers only, and at least one of them has a name."""
    match node:
        case Slot(name):
            return not isinstance(node, Entry) and name in known
        case Negative(argument):
            return _is_named(argument, known)
        case Sum(parts) | Product(parts):
            others = [part for part in parts if not _is_named(part, known)]
            return len(others) < len(parts) and all(isinstance(one, Number) and one.text.isdigit() for one in others)
    return False

"""The names of indices in a formula in index form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from derive.graph.formula import (
    Call,
    Formula,
    Negative,
    Power,
    Product,
    Quotient,
    Slot,
    Sum,
    leaves,
    rebuild,
    slot_names,
)
from derive.graph.views.language import Entry, Over


def renamed(formula: Formula, names: Mapping[str, str]) -> Formula:
    """A formula with other names for indices."""

    def special(node: Formula) -> Formula | None:
        match node:
            case Entry(name, indices):
                return Entry(name, tuple(rebuild(one, index) for one in indices))
            case _:
                return None

    def index(node: Formula) -> Formula | None:
        return Slot(names[node.name]) if isinstance(node, Slot) and node.name in names else None

    return rebuild(formula, special)


def index_names(formula: Formula, is_array: Callable[[str], bool]) -> Iterator[str]:
    """The names that stand for indices, but for those that a sum inside runs over."""
    match formula:
        case Entry(_, indices):
            yield from (leaf.name for index in indices for leaf in leaves(index) if isinstance(leaf, Slot))
        case Slot(name) if not is_array(name):
            yield name
        case Call("count", _):
            return
        case Over(body, _, spans, bounds):
            bound = {span.name for span in spans}
            places = [part for one in bounds for part in (one.least, one.index, one.most)]
            places += [part for span in spans for part in (span.first, span.last) if part is not None]
            names = [*index_names(body, is_array), *(name for one in places for name in slot_names(one))]
            yield from (name for name in names if name not in bound)
        case Negative(argument):
            yield from index_names(argument, is_array)
        case Sum(parts) | Product(parts) | Call(_, parts):
            yield from (name for part in parts for name in index_names(part, is_array))
        case Quotient(first, second) | Power(first, second):
            yield from index_names(first, is_array)
            yield from index_names(second, is_array)

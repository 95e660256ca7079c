"""Indices of index forms as whole multiples of names."""

from __future__ import annotations

from collections.abc import Mapping

from derive.graph.formula import Formula, Negative, Product, Slot, Sum
from derive.graph.views.index_form import whole_number


def linear(index: Formula, numbers: Mapping[str, str]) -> dict[str, int]:
    """An index as whole multiples of names; the name of the number that stands alone is empty."""
    match index:
        case Slot(name) if name not in numbers:
            return {name: 1}
        case Negative(argument):
            return {name: -count for name, count in linear(argument, numbers).items()}
        case Sum(terms):
            found: dict[str, int] = {}
            for term in terms:
                for name, count in linear(term, numbers).items():
                    found[name] = found.get(name, 0) + count
            return dict(sorted(found.items(), key=lambda pair: not pair[0]))
        case Product((first, second)):
            one, other = linear(first, numbers), linear(second, numbers)
            factor, rest = (one, other) if set(one) == {""} else (other, one)
            return {name: count * factor.get("", 0) for name, count in rest.items()}
        case _:
            return {"": whole_number(index, {}, numbers)}

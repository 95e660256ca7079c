"""Indices as whole multiples of names: `d*(i-1)+u-p` with the layer's numbers put in."""

from __future__ import annotations

from collections.abc import Mapping

from derive.errors import FormulaError
from derive.graph.formula import Formula, Negative, Number, Product, Slot, Sum


def affine(index: Formula, numbers: Mapping[str, str]) -> dict[str, int]:
    """The multiple of each name; the name of the number that stands alone is empty, and the last one.

    Raises `FormulaError` for what is no index.
    """
    match index:
        case Slot(name) if name not in numbers:
            return {name: 1}
        case Slot(name):
            return {"": int(numbers[name])}
        case Number(text):
            return {"": int(text)}
        case Negative(argument):
            return {name: -count for name, count in affine(argument, numbers).items()}
        case Sum(terms):
            found: dict[str, int] = {}
            for term in terms:
                for name, count in affine(term, numbers).items():
                    found[name] = found.get(name, 0) + count
            return dict(sorted(found.items(), key=lambda pair: not pair[0]))
        case Product((first, second)):
            one, other = affine(first, numbers), affine(second, numbers)
            factor, rest = (one, other) if set(one) == {""} else (other, one)
            if set(factor) == {""}:
                return {name: count * factor[""] for name, count in rest.items()}
    raise FormulaError(f"{index!r} is no index")

"""Arrays of formulas: an equation over vectors and matrices written out entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod

from derive.errors import FormulaError
from derive.graph.formula import (
    Call,
    Formula,
    Negative,
    Number,
    Position,
    Power,
    Product,
    Quotient,
    Slot,
    Sum,
    add,
    multiply,
    negate,
)
from derive.graph.tensor import Shape, Tensor, shape_text


@dataclass(frozen=True)
class Array:
    """Formulas over quantities (`Position`s), row by row."""

    entries: tuple[Formula, ...]
    shape: Shape


def written_out(tree: Formula, known: Mapping[str, Tensor]) -> Array:
    """The entries of an equation's right side, its positions being quantities.

    Raises `FormulaError` for a name that is not known and for shapes that do not fit.
    """

    def inner(node: Formula) -> Array:
        return written_out(node, known)

    match tree:
        case Number() | Call(_, ()):
            return Array((tree,), ())
        case Slot(name):
            if name not in known:
                raise FormulaError(f"{name!r} is neither given nor an equation before this one")
            return Array(tuple(map(Position, known[name].ids)), known[name].shape)
        case Negative(argument):
            return _each(negate, inner(argument))
        case Sum(terms):
            return _entrywise(lambda *parts: add(parts), *map(inner, terms))
        case Product(factors):
            return _entrywise(lambda *parts: multiply(parts), *map(inner, factors))
        case Quotient(above, below):
            return _entrywise(Quotient, inner(above), inner(below))
        case Power(base, exponent):
            return _entrywise(Power, inner(base), inner(exponent))
        case Call("entry", (argument, *places)):
            return _entry(inner(argument), [int(place.text) for place in places if isinstance(place, Number)])
        case Call(function, arguments) if function in _WHOLE:
            return _WHOLE[function](*map(inner, arguments))
        case Call(function, arguments):
            return _entrywise(lambda *parts: Call(function, parts), *map(inner, arguments))
        case _:
            raise FormulaError("sums over members are for rules; an equation names its entries")


def _each(change: Callable[[Formula], Formula], array: Array) -> Array:
    return Array(tuple(map(change, array.entries)), array.shape)


def _entrywise(combine: Callable[..., Formula], *arrays: Array) -> Array:
    """Entry by entry; a single number goes with every entry."""
    shapes = {array.shape for array in arrays if prod(array.shape) > 1 or array.shape}
    if len(shapes) > 1:
        raise FormulaError(
            "shapes " + " and ".join(sorted(map(shape_text, shapes))) + " do not go together entry by entry"
        )
    shape = shapes.pop() if shapes else ()
    size = prod(shape)
    columns = [array.entries if array.shape == shape else array.entries * size for array in arrays]
    return Array(tuple(combine(*parts) for parts in zip(*columns, strict=True)), shape)


def _entry(array: Array, places: list[int]) -> Array:
    if len(places) != len(array.shape) or any(p > n for p, n in zip(places, array.shape, strict=True)):
        raise FormulaError(
            f"there is no entry [{', '.join(map(str, places))}] in an array of {shape_text(array.shape)}"
        )
    offset = 0
    for place, length in zip(places, array.shape, strict=True):
        offset = offset * length + place - 1
    return Array((array.entries[offset],), ())


def _matmul(left: Array, right: Array) -> Array:
    if not left.shape or not right.shape or left.shape[-1] != right.shape[0] or len(left.shape) + len(right.shape) > 4:
        raise FormulaError(f"a product @ of {shape_text(left.shape)} and {shape_text(right.shape)} does not fit")
    inner = right.shape[0]
    rows, columns = len(left.entries) // inner, len(right.entries) // inner
    entries = tuple(
        add(tuple(multiply((left.entries[i * inner + k], right.entries[k * columns + j])) for k in range(inner)))
        for i, j in product(range(rows), range(columns))
    )
    return Array(entries, (*left.shape[:-1], *right.shape[1:]))


def _transpose(array: Array) -> Array:
    if len(array.shape) != 2:
        raise FormulaError(f"only a matrix has a transpose, not {shape_text(array.shape)}")
    rows, columns = array.shape
    return Array(tuple(array.entries[i * columns + j] for j in range(columns) for i in range(rows)), (columns, rows))


def _sum(array: Array) -> Array:
    return Array((add(array.entries),), ())


def _mean(array: Array) -> Array:
    if len(array.entries) == 1:
        return Array(array.entries, ())
    return Array((Quotient(add(array.entries), Number(str(len(array.entries)))),), ())


def _norm(array: Array) -> Array:
    squares = tuple(Power(entry, Number("2")) for entry in array.entries)
    return Array((Call("sqrt", (add(squares),)),), ())


def _extreme(function: str) -> Callable[[Array], Array]:
    def found(array: Array) -> Array:
        single = len(array.entries) == 1
        return Array((array.entries[0] if single else Call(function, array.entries),), ())

    return found


def _alone(_: Array) -> Array:
    raise FormulaError("softmax(...) stands alone in its equation")


_WHOLE: Mapping[str, Callable[..., Array]] = {
    "matmul": _matmul,
    "transpose": _transpose,
    "sum": _sum,
    "mean": _mean,
    "norm": _norm,
    "largest": _extreme("max"),
    "smallest": _extreme("min"),
    "softmax": _alone,
}

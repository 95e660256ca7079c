"""Parts of equations of matrices put together: entry by entry, with the numbers in front of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from derive.graph.formula import ONE, Call, Formula, Number, Power, Product, Quotient, Slot, add, multiply, negate
from derive.graph.views.language import HADAMARD, HADAMARD_QUOTIENT
from derive.network.arrays import NoArrayError

_SQUARE = Number("2")
_SOFTMAX = {"sum": "softmax", "rowsum": "rowsoftmax"}


@dataclass(frozen=True)
class Part:
    """A part of an equation: numbers, then an array; how many rows and columns it has.

    `single` says that single quantities alone stand in it, none of them an entry of an array.
    """

    numbers: tuple[Formula, ...] = ()
    array: Formula | None = None
    size: tuple[int, int] = (1, 1)
    single: bool = False
    is_negative: bool = False

    @property
    def is_number(self) -> bool:
        """Whether it gives a single number."""
        return self.size == (1, 1)

    @property
    def factors(self) -> tuple[Formula, ...]:
        """The numbers and the array, if there is one."""
        return self.numbers if self.array is None else (*self.numbers, self.array)

    @property
    def formula(self) -> Formula:
        """The whole part."""
        positive = multiply(self.factors)
        return negate(positive) if self.is_negative else positive


def number(formula: Formula) -> Part:
    """A single number."""
    return Part((formula,), single=True)


def negative(part: Part) -> Part:
    """The negative."""
    return replace(part, is_negative=not part.is_negative)


def sum_of(terms: Sequence[Part]) -> Part:
    """The sum."""
    return terms[0] if len(terms) == 1 else _together(add(tuple(term.formula for term in terms)), terms)


def product(factors: Sequence[Part]) -> Part:
    """The product of entries, numbers in front; of a column and a row it is the product of matrices."""
    fronts = (part.factors if part.is_number else part.numbers for part in factors)
    numbers = tuple(one for front in fronts for one in front if one != ONE)
    arrays = [_only(part) for part in factors if not part.is_number]
    column = next((one for one in arrays if one.size[1] == 1), None)
    row = next((one for one in arrays if one.size[0] == 1), None)
    if column is not None and row is not None:
        outer = Part((), Product((column.formula, row.formula)), (column.size[0], row.size[1]))
        arrays = [outer, *(one for one in arrays if one is not column and one is not row)]
    is_negative = sum(part.is_negative for part in factors) % 2 == 1
    if not arrays:
        return Part(numbers or (ONE,), None, single=all(part.single for part in factors), is_negative=is_negative)
    inner = arrays[0]
    for one in arrays[1:]:
        inner = _together(Call(HADAMARD, (inner.formula, one.formula)), (inner, one))
    return replace(inner, numbers=numbers, is_negative=is_negative)


def quotient(above: Part, below: Part) -> Part:
    """The quotient of entries; what an array is divided by stands in front of it as a fraction, if it is a number."""
    if above.array is not None and not above.numbers and (whole := _softmax(above.array, below.formula)):
        return replace(above, array=whole)
    if not below.is_number:
        over = _only(above) if above.array is not None else Part(above.numbers or (ONE,))
        divided = _together(Call(HADAMARD_QUOTIENT, (over.formula, below.formula)), (above, below))
        numbers = above.numbers if above.array is not None else ()
        return replace(divided, numbers=numbers, is_negative=above.is_negative)
    front = Quotient(multiply(above.numbers) if above.numbers else ONE, below.formula)
    return replace(above, numbers=(front,), single=above.single and below.single)


def power(base: Part, exponent: Part) -> Part:
    """The power of a number, or the square of entries. Raises `NoArrayError` for other powers of entries."""
    if base.is_number and exponent.is_number:
        return _together(Power(base.formula, exponent.formula), (base, exponent))
    if exponent.formula != _SQUARE:
        raise NoArrayError("a power of entries")
    inner = replace(base, is_negative=False).formula
    return Part((), Call(HADAMARD, (inner, inner)), base.size)


def call(function: str, arguments: Sequence[Part]) -> Part:
    """A function, entry by entry; a constant has no arguments."""
    if not arguments:
        return number(Call(function, ()))
    return _together(Call(function, tuple(argument.formula for argument in arguments)), arguments)


def reduced(function: str, part: Part) -> Part:
    """The sum of all entries, or of each row; of products of two columns it is the product of matrices.

    A sum of squares stays one, which is written as a norm.
    """
    if part.array is None:
        raise NoArrayError("a sum of one number many times")
    rows = part.size[0] if function == "rowsum" else 1
    match part.array:
        case Call(name, (first, second)) if name == HADAMARD and function == "sum" and _is_scalar_product(part):
            inner: Formula = Product((Call("T", (first,)), second))
        case array:
            inner = Call(function, (array,))
    return replace(part, array=inner, size=(rows, 1))


def times_column(factors: Sequence[Part]) -> Part | None:
    """The product of a matrix and a column, from what is added along its rows; None where there is no such product."""
    for place, factor in enumerate(factors):
        match factor.formula:
            case Call("T", (Slot() as column,)) if factor.size[0] == 1 < factor.size[1]:
                matrix = product([*factors[:place], *factors[place + 1 :]])
                if matrix.array is not None and matrix.size[1] == factor.size[1]:
                    return replace(matrix, array=Product((matrix.array, column)), size=(matrix.size[0], 1))
    return None


def _is_scalar_product(part: Part) -> bool:
    """Whether a product of entries is one of two columns that are not the same."""
    match part.array:
        case Call(_, (first, second)):
            return part.size[1] == 1 and first != second
        case _:
            return False


def _together(formula: Formula, parts: Sequence[Part]) -> Part:
    """A formula of parts that go together entry by entry: arrays of one size, and numbers."""
    sizes = {part.size for part in parts if not part.is_number}
    if len(sizes) > 1:
        raise NoArrayError("arrays of several sizes")
    if all(part.single for part in parts):
        return number(formula)
    return Part((), formula, next(iter(sizes), (1, 1)))


def _only(part: Part) -> Part:
    """The array without the numbers in front."""
    return replace(part, numbers=(), is_negative=False)


def _softmax(above: Formula, below: Formula) -> Formula | None:
    """The softmax that a quotient of exponentials and their sum is."""
    match above, below:
        case Call("exp", (argument,)), Call(function, (summed,)) if summed == above and function in _SOFTMAX:
            return Call(_SOFTMAX[function], (argument,))
        case _:
            return None

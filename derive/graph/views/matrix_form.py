"""Equations of matrices, written out entry by entry over quantities. Vectors are columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce

from derive.errors import FormulaError
from derive.graph.formula import (
    ONE,
    ZERO,
    Call,
    Formula,
    Negative,
    Number,
    Product,
    Quotient,
    Slot,
    Sum,
    add_all,
    children,
    multiply,
    with_children,
)
from derive.graph.tensor import Tensor
from derive.graph.views.application import Application
from derive.graph.views.language import HADAMARD, HADAMARD_QUOTIENT, ViewEquation
from derive.graph.views.window_rows import WINDOWS

Rows = tuple[tuple[Formula, ...], ...]
Printed = Callable[[Formula, Application], Rows | None]
"""What a part of an equation is printed as, where that is not what its own parts give; None for any other part."""


def places(tensor: Tensor) -> tuple[tuple[int, ...], ...]:
    """The quantities of a tensor as a matrix: a vector is a column. Raises `FormulaError` for more than two axes."""
    if len(tensor.shape) > 2:
        raise FormulaError(f"an array of {len(tensor.shape)} axes is no matrix")
    columns = tensor.shape[1] if len(tensor.shape) == 2 else 1
    return tuple(tuple(tensor.ids[start : start + columns]) for start in range(0, len(tensor.ids), columns))


def expand(
    equation: ViewEquation, application: Application, printed: Printed | None = None
) -> Iterator[tuple[int, Formula]]:
    """For each entry of the left side, its quantity and the formula over quantities that the equation gives it.

    Parts that are `printed` as something else stand as that. Raises `FormulaError` where shapes do not fit.
    """
    left, right = targets(equation, application), rows(equation.right, application, printed)
    if size(left) != size(right):
        raise FormulaError(f"{equation.of} is {_text(left)}, and its right side {_text(right)}")
    for row, formulas in zip(left, right, strict=True):
        for target, formula in zip(row, formulas, strict=True):
            if target is not None:
                yield target, formula


def targets(equation: ViewEquation, application: Application) -> tuple[tuple[int | None, ...], ...]:
    """What an equation defines, row by row; None for an adjoint that is not worked, and in a border.

    Raises `FormulaError` where its left side is no array.
    """
    found = application.find(equation.of)
    if found is None:
        raise FormulaError(f"there is no array {equation.of!r}")
    tensor, adjoint = found
    left = tuple(tuple(application.target(one, adjoint=adjoint) for one in row) for row in places(tensor))
    border = application.borders.get(equation.of)
    return left if border is None else border.around(left, [None] * len(border.entries))


def border_of(formula: Formula, application: Application) -> tuple[bool, bool]:
    """Whether the first row of a matrix is a border, and whether its first column is."""
    match formula:
        case Slot(name):
            border = application.borders.get(name)
            return (False, False) if border is None else (not border.is_column, border.is_column)
        case Call("T", (argument,)):
            row, column = border_of(argument, application)
            return column, row
        case Product((first, *_, last)):
            return border_of(first, application)[0], border_of(last, application)[1]
        case _:
            return False, False


def rows(formula: Formula, application: Application, printed: Printed | None = None) -> Rows:
    """A matrix of formulas over quantities. Raises `FormulaError` where shapes do not fit."""
    if printed is not None and (found := printed(formula, application)) is not None:
        return found

    def inner(node: Formula) -> Rows:
        return rows(node, application, printed)

    match formula:
        case Number() | Call(_, ()):
            return ((formula,),)
        case Slot(name):
            return _named(name, application)
        case Product(factors):
            return reduce(_product, map(inner, factors))
        case Call("onehot", (chosen, count)):
            return _one_hot_rows(inner(chosen), inner(count))
        case Call(function, (argument,)) if application.activates(function):
            return _each(lambda one: application.activated(function, one), inner(argument))
        case Call(function, arrays) if function in WHOLE_ARRAYS:
            return WHOLE_ARRAYS[function](*map(inner, arrays))
    parts = [inner(part) for part in children(formula)]
    if not parts:
        raise FormulaError(f"{formula!r} is no matrix")
    return _entrywise(lambda *entries: _entry(formula, entries), *parts)


def _entry(formula: Formula, parts: tuple[Formula, ...]) -> Formula:
    """What a formula that goes entry by entry is of some entries; what is 0 falls away, or makes it 0."""
    match formula:
        case Sum():
            return add_all(parts)
        case Call(function) if function == HADAMARD:
            return _times(*parts)
        case Negative() | Quotient() if parts[0] == ZERO:
            return ZERO
        case Call(function) if function == HADAMARD_QUOTIENT:
            return _quotient(*parts)
        case _:
            return with_children(formula, parts)


def size(matrix: Sequence[Sequence[object]]) -> tuple[int, int]:
    """How many rows and columns there are."""
    return len(matrix), len(matrix[0])


def _text(matrix: Sequence[Sequence[object]]) -> str:
    return " x ".join(map(str, size(matrix)))


def _named(name: str, application: Application) -> Rows:
    found = application.find(name)
    if found is None:
        return ((application.whole(name),),)
    tensor, adjoint = found
    own = tuple(tuple(application.quantity(q, adjoint=adjoint) for q in row) for row in places(tensor))
    border = application.borders.get(name)
    return own if border is None else border.around(own, border.entries)


def _each(change: Callable[[Formula], Formula], matrix: Rows) -> Rows:
    return tuple(tuple(map(change, row)) for row in matrix)


def _entrywise(combine: Callable[..., Formula], *matrices: Rows) -> Rows:
    """Entry by entry; a single row, column or number goes with every row, column or entry."""
    height, width = (max(size(matrix)[axis] for matrix in matrices) for axis in (0, 1))
    if any(size(matrix)[axis] not in (1, whole) for matrix in matrices for axis, whole in enumerate((height, width))):
        raise FormulaError("matrices of " + " and ".join(map(_text, matrices)) + " do not go together entry by entry")

    def at(matrix: Rows, i: int, j: int) -> Formula:
        return matrix[i if len(matrix) > 1 else 0][j if len(matrix[0]) > 1 else 0]

    return tuple(tuple(combine(*(at(m, i, j) for m in matrices)) for j in range(width)) for i in range(height))


def _product(left: Rows, right: Rows) -> Rows:
    if size(left) == (1, 1) or size(right) == (1, 1):
        return _entrywise(_times, left, right)
    if len(left[0]) != len(right):
        raise FormulaError(f"a product of {_text(left)} and {_text(right)} does not fit")
    columns = tuple(zip(*right, strict=True))
    return tuple(tuple(add_all(map(_times, row, column)) for column in columns) for row in left)


def _times(first: Formula, second: Formula) -> Formula:
    if ONE in (first, second):
        return second if first == ONE else first
    return ZERO if ZERO in (first, second) else multiply((first, second))


def _quotient(above: Formula, below: Formula) -> Formula:
    return ZERO if above == ZERO else Quotient(above, below)


def _transpose(matrix: Rows) -> Rows:
    return tuple(zip(*matrix, strict=True))


def _total(matrix: Rows) -> Rows:
    return ((add_all(one for row in matrix for one in row),),)


def _row_sums(matrix: Rows) -> Rows:
    return tuple((add_all(row),) for row in matrix)


def _one_hot_rows(chosen: Rows, count: Rows) -> Rows:
    """A row for each number: 1 at the place that it counts to."""
    ((most,),) = count
    if not isinstance(most, Number):
        raise FormulaError("the columns of ones and zeros are not counted")
    places = range(1, int(most.text) + 1)
    return tuple(tuple(Call("equals", (row[0], Number(str(place)))) for place in places) for row in chosen)


def _softmax_of_rows(matrix: Rows) -> Rows:
    raised = _each(lambda one: ZERO if one == ZERO else Call("exp", (one,)), matrix)
    return tuple(tuple(_quotient(one, add_all(row)) for one in row) for row in raised)


WHOLE_ARRAYS: Mapping[str, Callable[..., Rows]] = {
    **WINDOWS,
    "T": _transpose,
    "sum": _total,
    "rowsum": _row_sums,
    "colsum": lambda matrix: _transpose(_row_sums(_transpose(matrix))),
    "softmax": lambda matrix: _transpose(_softmax_of_rows(_transpose(matrix))),
    "rowsoftmax": _softmax_of_rows,
    "tail": lambda matrix: matrix[1:],
    "coltail": lambda matrix: tuple(row[1:] for row in matrix),
    "rows": lambda matrix: ((Number(str(len(matrix))),),),
    "columns": lambda matrix: ((Number(str(len(matrix[0]))),),),
    "ones": lambda matrix: ((ONE,),) * len(matrix),
}
"""Functions of whole arrays; a softmax is of each column, a `rowsoftmax` of each row."""

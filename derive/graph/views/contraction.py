"""Products summed over indices as products of matrices, by what each factor's rows and columns run over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from derive.graph.formula import Call, Formula, Product, multiply
from derive.graph.views.language import HADAMARD


class NoMatrixError(Exception):
    """What no matrix stands for."""


@dataclass(frozen=True)
class Operand:
    """A matrix whose rows run over one index and its columns over another; None where there is a single one."""

    formula: Formula
    row: str | None = None
    column: str | None = None

    @property
    def indices(self) -> frozenset[str]:
        """What its entries depend on."""
        return frozenset(one for one in (self.row, self.column) if one is not None)

    def oriented(self, row: str | None, column: str | None) -> Operand:
        """The same, transposed where its rows are to be the columns. Raises `NoMatrixError` for other indices."""
        if self.row in (None, row) and self.column in (None, column):
            return self
        if self.row in (None, column) and self.column in (None, row):
            return Operand(transposed(self.formula), self.column, self.row)
        raise NoMatrixError

    @property
    def is_scalar(self) -> bool:
        """Whether it is a single number."""
        return not self.indices


def transposed(formula: Formula) -> Formula:
    """The transpose; of a transpose what it is of."""
    match formula:
        case Call("T", (argument,)):
            return argument
        case Call("rowsum", (argument,)):
            return Call("colsum", (transposed(argument),))
        case _:
            return Call("T", (formula,))


def contract(operands: Sequence[Operand], summed: Sequence[str], row: str | None, column: str | None) -> Operand:
    """The product of operands summed over indices, as a matrix over the others.

    Raises `NoMatrixError` where an index would stand at more than two arrays, or at none.
    """
    left, remaining = list(operands), list(summed)
    while remaining:
        index = min(remaining, key=lambda one: _difficulty(one, left))
        own = _grouped(one for one in left if index in one.indices)
        others = [one for one in left if index not in one.indices]
        whole = own[0][0].indices if own else frozenset()
        if len(own) == 1 and whole <= set(remaining) and not any(whole & one.indices for one in others):
            remaining = [one for one in remaining if one not in whole]
            left = [*others, _total(own[0])]
        else:
            remaining.remove(index)
            left = [*others, _eliminated(own, index, (row, column))]
    return _combined(left, row, column)


def _difficulty(index: str, operands: Sequence[Operand]) -> tuple[int, int]:
    """Vectors are multiplied first, so that what is left stays a vector; then what only one array has is added up."""
    groups = {one.indices for one in operands if index in one.indices}
    has_vector = frozenset({index}) in groups
    return (0 if len(groups) == 2 and has_vector else 1 if len(groups) <= 2 else 2), len(groups)


def _grouped(operands: Iterable[Operand]) -> list[list[Operand]]:
    """Operands over the same indices together, in the order of the first of each."""
    found: dict[frozenset[str], list[Operand]] = {}
    for one in operands:
        found.setdefault(one.indices, []).append(one)
    return list(found.values())


def _entrywise(operands: Sequence[Operand]) -> Operand:
    """Operands over the same indices multiplied entry by entry."""
    first = operands[0]
    parts = [one.oriented(first.row, first.column).formula for one in operands]
    return Operand(reduce(lambda one, other: Call(HADAMARD, (one, other)), parts), first.row, first.column)


def _total(group: Sequence[Operand]) -> Operand:
    """The sum over all entries of one group: of two vectors their inner product."""
    first, *rest = group
    if rest and len(first.indices) == 1:
        (index,) = first.indices
        second = _entrywise([one.oriented(index, None) for one in rest])
        return Operand(multiply((first.oriented(None, index).formula, second.formula)))
    return Operand(Call("sum", (_entrywise(group).formula,)))


def _eliminated(groups: list[list[Operand]], index: str, wanted: tuple[str | None, str | None]) -> Operand:
    """What groups that share an index give when summed over it, its rows and columns where they are wanted."""
    if len(groups) > 2:
        groups = _folded(groups, index)
    parts = [_entrywise(group) for group in groups]
    if len(parts) == 1:
        (other,) = parts[0].indices - {index}
        return Operand(Call("rowsum", (parts[0].oriented(other, index).formula,)), other)
    if len(parts) != 2:
        raise NoMatrixError
    first, second = parts if len(parts[0].indices) > 1 else parts[::-1]
    outer, inner = (next(iter(one.indices - {index}), None) for one in (first, second))
    if inner is not None and (inner == wanted[0] or outer == wanted[1]):
        first, second, outer, inner = second, first, inner, outer
    product = multiply((first.oriented(outer, index).formula, second.oriented(index, inner).formula))
    return Operand(product, outer, inner)


def _folded(groups: list[list[Operand]], index: str) -> list[list[Operand]]:
    """Groups of which a vector over the index goes into the first matrix, each row or column by its number."""
    vector = next((group for group in groups if group[0].indices == {index}), None)
    matrix = next((group for group in groups if len(group[0].indices) == 2), None)
    if vector is None or matrix is None:
        raise NoMatrixError
    whole = _entrywise(matrix)
    scale = _entrywise(vector).oriented(*(one if one == index else None for one in (whole.row, whole.column)))
    scaled = Operand(Call(HADAMARD, (scale.formula, whole.formula)), whole.row, whole.column)
    return [[scaled], *(group for group in groups if group is not vector and group is not matrix)]


def _combined(operands: Sequence[Operand], row: str | None, column: str | None) -> Operand:
    """What is left, entry by entry; a column and a row alone are their outer product.

    A number that is itself a product of matrices stands in front, where no matrix is multiplied with its first factor.
    """
    arrays = [one.oriented(row, column) for one in operands if not one.is_scalar]
    product = _outer(arrays) or _broadcast(arrays)
    if product is None:
        return Operand(multiply(tuple(one.formula for one in operands)))
    first = next(k for k, one in enumerate(operands) if not one.is_scalar)
    before: list[Formula] = []
    after: list[Formula] = []
    for place, one in enumerate(operands):
        if one.is_scalar:
            (before if place < first or isinstance(one.formula, Product) else after).append(one.formula)
    return Operand(multiply((*before, product.formula, *after)), product.row, product.column)


def _outer(arrays: Sequence[Operand]) -> Operand | None:
    """The product of a column and a row, where there are these and no matrix."""
    groups = _grouped(arrays)
    if len(groups) != 2 or any(len(group[0].indices) != 1 for group in groups):
        return None
    down, across = sorted(map(_entrywise, groups), key=lambda one: one.row is None)
    return Operand(multiply((down.formula, across.formula)), down.row, across.column)


def _broadcast(arrays: Sequence[Operand]) -> Operand | None:
    """Arrays entry by entry, a row or a column with every row or column of the others."""
    if not arrays:
        return None
    row, column = (next((name for one in arrays if (name := getattr(one, key))), None) for key in ("row", "column"))
    formula = reduce(lambda one, other: Call(HADAMARD, (one, other)), [one.formula for one in arrays])
    return Operand(formula, row, column)

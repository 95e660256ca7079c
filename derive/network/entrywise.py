"""Equations of matrices from the equations of their entries.

Every entry of an array comes by one formula. Place by place, what stands there is the corresponding entry of another
array, an entry of a vector that goes with each row or each column, or one quantity for all; a sum over all entries of
an array, or of each row of it, is `sum` or `rowsum`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from derive.graph.formula import Call, Formula, Negative, Number, Position, Power, Product, Quotient, Slot, Sum
from derive.graph.quantity import Blocks
from derive.graph.views.application import Application
from derive.graph.views.language import ADJOINT, ViewEquation
from derive.network import matrix_parts as parts
from derive.network.arrays import Arrays, NoArrayError, Size, alike
from derive.network.entries import Column, Entries, spread
from derive.network.matrix_parts import Part

_FEW = 4
"""Single numbers that are added one by one; of more, an array is added up."""
Contribution = tuple[ViewEquation, Application]


def matrix_equation(blocks: Blocks, entries: Entries, adjoint_of: Mapping[int, int]) -> Contribution:
    """The equation of matrices that gives all entries. Raises `NoArrayError` where there is none."""
    arrays = Arrays(blocks)
    rows, columns = entries.size
    right = _Grid(arrays, rows, columns, entries.columns).part(entries.formula)
    if right.size != entries.size:
        raise NoArrayError("all entries are one number")
    left = Slot(arrays.name(entries.outputs, entries.size))
    equation = ViewEquation(left, right.formula)
    used = {name for one in equation.names() for name in (one, one.removeprefix(ADJOINT))}
    tensors = {name: tensor for name, tensor in arrays.tensors.items() if name in used}
    return equation, Application(tensors, adjoint_of)


@dataclass(frozen=True)
class _Grid:
    """The entries of a matrix, row by row, each with the quantities of its positions."""

    arrays: Arrays
    rows: int
    width: int
    columns: Sequence[Column]

    def part(self, formula: Formula) -> Part:
        """The matrix of a formula's numbers. Raises `NoArrayError` where it is made of no arrays."""
        match formula:
            case Number():
                return parts.number(formula)
            case Position(place):
                return self.array(self.columns[place])
            case Negative(argument):
                return parts.negative(self.part(argument))
            case Sum(terms):
                return self.sum(terms)
            case Product(factors):
                return parts.product([self.part(factor) for factor in factors])
            case Quotient(above, below):
                return parts.quotient(self.part(above), self.part(below))
            case Power(base, exponent):
                return parts.power(self.part(base), self.part(exponent))
            case Call(function, arguments):
                return parts.call(function, [self.part(argument) for argument in arguments])
            case _:
                raise NoArrayError(f"{formula!r} has no matrix form")

    def array(self, ids: Column) -> Part:
        """What a column of quantities is: one for all, one for each row, one for each column, an array."""
        rows, width = self.rows, self.width
        if _is_constant(ids):
            return parts.number(self.named(ids[:1], (1, 1)))
        if width > 1 and all(_is_constant(ids[k : k + width]) for k in range(0, len(ids), width)):
            return Part((), self.named(ids[::width], (rows, 1)), (rows, 1))
        if rows > 1 and width > 1 and list(ids) == list(ids[:width]) * rows:
            return Part((), Call("T", (self.named(ids[:width], (width, 1)),)), (1, width))
        return Part((), self.either_way(ids), (rows, width))

    def named(self, ids: Column, size: Size) -> Slot:
        """An array by its name."""
        return Slot(self.arrays.name(ids, size))

    def either_way(self, ids: Column) -> Formula:
        """An array, or the transpose of one."""
        try:
            return self.named(ids, (self.rows, self.width))
        except NoArrayError:
            columns = [q for k in range(self.width) for q in ids[k :: self.width]]
            return Call("T", (self.named(columns, (self.width, self.rows)),))

    def sum(self, terms: Sequence[Formula]) -> Part:
        """A sum term by term, else over entries; of many single numbers the other way round; else in two parts."""
        ways = [self.termwise, self.reduced]
        many = self.rows * self.width == 1 and len(terms) > _FEW
        for way in (*(ways[::-1] if many else ways), self.with_rest):
            try:
                return way(terms)
            except NoArrayError:
                continue
        raise NoArrayError("a sum of no arrays")

    def termwise(self, terms: Sequence[Formula]) -> Part:
        """A sum term by term."""
        return parts.sum_of([self.part(term) for term in terms])

    def reduced(self, terms: Sequence[Formula]) -> Part:
        """A sum over entries: of one array, or of several whose terms take turns."""
        for period in (p for p in range(1, len(terms)) if len(terms) % p == 0):
            try:
                return parts.sum_of([self.series(terms[start::period]) for start in range(period)])
            except NoArrayError:
                continue
        raise NoArrayError("a sum of no arrays")

    def with_rest(self, terms: Sequence[Formula]) -> Part:
        """A sum over entries, and what is added to it: a bias to a sum of products."""
        forms = [spread(term)[0] for term in terms]
        count = next((number for number, form in enumerate(forms) if form != forms[0]), 0)
        if count < 2:
            raise NoArrayError("a sum of no arrays")
        rest = terms[count:]
        return parts.sum_of([self.reduced(terms[:count]), self.sum(rest) if len(rest) > 1 else self.part(rest[0])])

    def series(self, terms: Sequence[Formula]) -> Part:
        """A sum of terms of one form."""
        written = [spread(term) for term in terms]
        if len({formula for formula, _ in written}) > 1:
            raise NoArrayError("terms of several forms")
        formula, places = written[0][0], [mentioned for _, mentioned in written]
        used = {place for mentioned in places for place in mentioned}
        if all(_is_constant(self.columns[place]) for place in used):
            firsts = [[self.columns[place][0] for place in mentioned] for mentioned in places]
            return self.total(formula, list(zip(*firsts, strict=True)))
        starts = range(0, len(self.columns[0]), self.width)
        if any(not _is_constant(self.columns[p][k : k + self.width]) for p in used for k in starts):
            raise NoArrayError("a sum over no rows")
        columns = [
            [self.columns[mentioned[place]][k] for k in starts for mentioned in places]
            for place in range(len(places[0]))
        ]
        grid = _Grid(self.arrays, self.rows, len(terms), columns)
        return grid.over("rowsum", formula)

    def over(self, function: str, formula: Formula) -> Part:
        """The sum of all entries of the grid, or of each row."""
        if function == "rowsum" and isinstance(formula, Product):
            product = parts.times_column([self.part(factor) for factor in formula.factors])
            if product is not None:
                return product
        found = self.part(formula)
        if self.rows * self.width == 1:
            return found
        if found.size != (self.rows, self.width):
            raise NoArrayError("a sum of one number many times")
        return parts.reduced(function, found)

    def total(self, formula: Formula, columns: Sequence[Column]) -> Part:
        """A sum over all entries of arrays, array by array."""
        leading = next((column for column in columns if not _is_constant(column)), None)
        if leading is None:
            raise NoArrayError("a sum of one number many times")
        blocks = self.arrays.blocks
        if len({blocks.of(q) for q in leading}) > 1 and len({alike(blocks.of(q)) for q in leading}) == 1:
            return _Grid(self.arrays, len(leading), 1, columns).over("sum", formula)
        found, start = [], 0
        while start < len(leading):
            block = blocks.of(leading[start])
            end = min(len(leading), start + block.size)
            whole = end - start == block.size and len(block.shape) > 1
            width = block.shape[-1] if whole else 1
            grid = _Grid(self.arrays, (end - start) // width, width, [column[start:end] for column in columns])
            found.append(grid.over("sum", formula))
            start = end
        return parts.sum_of(found)


def _is_constant(ids: Column) -> bool:
    return ids[0] == ids[-1] and all(one == ids[0] for one in ids)

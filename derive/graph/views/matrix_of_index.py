"""Equations in index form as equations of matrices, by what each index runs over and by nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from derive.graph.formula import (
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
)
from derive.graph.functions import FUNCTIONS
from derive.graph.views.application import Application
from derive.graph.views.contraction import NoMatrixError, Operand, contract
from derive.graph.views.index_form import lengths
from derive.graph.views.indices import free, put
from derive.graph.views.language import HADAMARD, HADAMARD_QUOTIENT, Entry, Over, ViewEquation
from derive.graph.views.window_operators import Result, windows

_SELECTIONS = frozenset({"is_argmax", "take", "equals", "count"})
TWO = Number("2")


def as_matrices(equation: ViewEquation, application: Application) -> ViewEquation | None:
    """The equation as one of matrices, vectors as columns; None where it has no such form.

    It has one where its arrays have at most two axes and every sum is a product of matrices, a softmax, a choice of
    rows or a window that moves over a grid. Raises `FormulaError` where the equation does not fit its arrays.
    """
    lengths(equation, application)
    indices = equation.left.indices if isinstance(equation.left, Entry) else ()
    names = [index.name for index in indices if isinstance(index, Slot)]
    if len(names) != len(indices) or len(names) > 2:
        return None
    row, column = [*names, None, None][:2]
    made = _Translation(application, equation, frozenset(names))
    try:
        found = made.operand(equation.right, row, column)
        return ViewEquation(Slot(equation.of), made.filled(found, row, column))
    except NoMatrixError:
        return None


@dataclass(frozen=True)
class _Translation:
    """One equation, and the indices that are known where a formula stands."""

    application: Application
    equation: ViewEquation
    scope: frozenset[str]

    def filled(self, found: Operand, row: str | None, column: str | None) -> Formula:
        """A right side that is as large as the left one: what is the same in every row or column is repeated."""
        formula, left = found.formula, Slot(self.equation.of)
        if row is not None and found.row is None:
            formula = multiply((Call("ones", (left,)), formula))
        if column is not None and found.column is None:
            formula = multiply((formula, Call("T", (Call("ones", (Call("T", (left,)),)),))))
        return formula

    def operand(self, formula: Formula, row: str | None, column: str | None) -> Operand:
        """A formula as a matrix with a row for each value of one index and a column for each of the other."""
        if (found := self.windowed(formula, row, column)) is not None:
            return found
        match formula:
            case Number():
                return Operand(formula)
            case Slot():
                return self.array(formula).oriented(row, column)
            case Negative(argument):
                inner = self.operand(argument, row, column)
                return replace(inner, formula=negate(inner.formula))
            case Sum(terms):
                return self.together([self.operand(one, row, column) for one in terms], add)
            case Quotient(above, below):
                return self.quotient(above, below, row, column)
            case Power(base, exponent):
                return self.power(base, exponent, row, column)
            case Product():
                return self.contracted(formula, (), row, column)
            case Over(_, "sum", spans, _) if all(span.first is None for span in spans):
                return self.summed(formula, row, column)
            case Call():
                return self.call(formula, row, column)
            case _:
                raise NoMatrixError

    def windowed(self, formula: Formula, row: str | None, column: str | None) -> Operand | None:
        """A sum over windows of a grid as the operator that it is; None for anything else."""
        if row is None:
            return None
        outer = (row,) if column is None else (row, column)
        found = windows(formula, Result(Slot(self.equation.of), outer), self.application)
        return None if found is None else Operand(found, row, column)

    def array(self, leaf: Slot) -> Operand:
        """An array by its indices, or a number by its name."""
        if not isinstance(leaf, Entry):
            if leaf.name in self.scope and self.application.find(leaf.name) is None:
                raise NoMatrixError
            return Operand(leaf)
        names = [index.name for index in leaf.indices if isinstance(index, Slot) and index.name in self.scope]
        if len(names) != len(leaf.indices) or len(names) > 2 or len(set(names)) != len(names):
            raise NoMatrixError
        return Operand(Slot(leaf.name), *names)

    def together(self, parts: Sequence[Operand], combine: Callable[[tuple[Formula, ...]], Formula]) -> Operand:
        """Operands in one formula, each going with every row or column that it has none of itself."""
        row = next((one.row for one in parts if one.row), None)
        column = next((one.column for one in parts if one.column), None)
        return Operand(combine(tuple(one.formula for one in parts)), row, column)

    def quotient(self, above: Formula, below: Formula, row: str | None, column: str | None) -> Operand:
        """A softmax, or a quotient entry by entry."""
        if (softmax := self.softmax(above, below, row, column)) is not None:
            return softmax
        return self.divided(self.operand(above, row, column), self.operand(below, row, column))

    def divided(self, above: Operand, below: Operand) -> Operand:
        """A quotient entry by entry, its sign in front."""
        if below.is_scalar:
            return replace(above, formula=Quotient(above.formula, below.formula))
        if isinstance(above.formula, Negative):
            found = self.divided(replace(above, formula=above.formula.argument), below)
            return replace(found, formula=negate(found.formula))
        return self.together([above, below], lambda both: Call(HADAMARD_QUOTIENT, both))

    def softmax(self, above: Formula, below: Formula, row: str | None, column: str | None) -> Operand | None:
        """Exponentials over their sum along one index: of each column, or of each row."""
        match above, below:
            case Call("exp", (argument,)), Over(Call("exp", (other,)), "sum", (span,), ()) if span.first is None:
                for index, function in ((row, "softmax"), (column, "rowsoftmax")):
                    if index is not None and put(argument, {index: Slot(span.name)}) == other:
                        inner = self.operand(argument, row, column)
                        return replace(inner, formula=Call(function, (inner.formula,)))
        return None

    def power(self, base: Formula, exponent: Formula, row: str | None, column: str | None) -> Operand:
        """A power entry by entry; a square of an array as a product."""
        parts = [self.operand(one, row, column) for one in (base, exponent)]
        if not parts[1].is_scalar:
            raise NoMatrixError
        if exponent == TWO and not parts[0].is_scalar:
            return replace(parts[0], formula=Call(HADAMARD, (parts[0].formula, parts[0].formula)))
        return replace(parts[0], formula=Power(parts[0].formula, parts[1].formula))

    def summed(self, over: Over, row: str | None, column: str | None) -> Operand:
        """A sum over indices; term by term where its terms are products, and over what does not run."""
        spans = tuple(span.name for span in over.spans)
        inner = replace(self, scope=self.scope | set(spans))

        def part(body: Formula) -> Operand:
            return self.operand(replace(over, body=body), row, column)

        match over.body:
            case Over(body, "sum", others, bounds) if all(span.first is None for span in others):
                merged = Over(body, "sum", (*over.spans, *others), (*over.bounds, *bounds))
                return self.operand(merged, row, column)
            case Negative(argument):
                found = part(argument)
                return replace(found, formula=negate(found.formula))
            case Sum(terms) if any(len(inner.factors(term)) > 1 for term in terms):
                return self.together([part(term) for term in terms], add)
            case Quotient(above, below) if not set(spans) & set(inner.free(below)):
                return self.divided(part(above), self.operand(below, row, column))
        if over.bounds:
            raise NoMatrixError
        return inner.contracted(over.body, spans, row, column)

    def contracted(self, body: Formula, spans: tuple[str, ...], row: str | None, column: str | None) -> Operand:
        """A product, summed over indices that stand in it."""
        factors = self.factors(body)
        signs = [factor for factor in factors if isinstance(factor, Negative)]
        operands = [self.alone(factor.argument if isinstance(factor, Negative) else factor) for factor in factors]
        running = [span for span in spans if any(span in one.indices for one in operands)]
        repeated = [Operand(self.count(span)) for span in spans if span not in running]
        found = contract([*repeated, *operands], running, row, column)
        return found if len(signs) % 2 == 0 else replace(found, formula=negate(found.formula))

    def alone(self, factor: Formula) -> Operand:
        """A factor as a matrix, its rows over the first of its indices."""
        names = self.orientation(factor)
        if len(names) > 2:
            raise NoMatrixError
        row, column = [*names, None, None][:2]
        return self.array(factor) if isinstance(factor, Slot) else self.operand(factor, row, column)

    def factors(self, formula: Formula) -> list[Formula]:
        """The factors of a product, a square as two of them."""
        match formula:
            case Negative(argument):
                first, *rest = self.factors(argument)
                return [negate(first), *rest]
            case Product(parts):
                return [one for part in parts for one in self.factors(part)]
            case Power(base, exponent) if exponent == TWO and self.free(base):
                return [base, base]
            case Quotient(above, below) if len(self.free(formula)) > 2:
                return [*self.factors(above), Quotient(Number("1"), below)]
            case _:
                return [formula]

    def orientation(self, factor: Formula) -> tuple[str, ...]:
        """The indices of a factor, those of its first matrix first."""
        names = self.free(factor)
        for leaf in leaves(factor):
            if isinstance(leaf, Entry) and len(leaf.indices) == 2:
                own = tuple(index.name for index in leaf.indices if isinstance(index, Slot))
                if set(own) == set(names):
                    return own
        return names

    def free(self, formula: Formula) -> tuple[str, ...]:
        """The indices that a formula depends on, in the order in which they come first."""
        return tuple(name for name in free(formula) if name in self.scope)

    def count(self, index: str) -> Formula:
        """How far an index runs: the rows or columns of an array that it stands at."""
        entries = [leaf for leaf in (*leaves(self.equation.right), self.equation.left) if isinstance(leaf, Entry)]
        own = [one for one in entries if len(one.indices) < 3 and Slot(index) in one.indices]
        if not own:
            raise NoMatrixError
        chosen = min(own, key=lambda one: (self.application.tensors.get(one.name) is None, -len(one.indices)))
        return Call(("rows", "columns")[chosen.indices.index(Slot(index))], (Slot(chosen.name),))

    def call(self, call: Call, row: str | None, column: str | None) -> Operand:
        """A function entry by entry, how far an index runs, or the rows that numbers choose."""
        match call:
            case Call("count", (Slot(index),)):
                return Operand(self.count(index))
            case Call("equals", (Entry(name, (Slot(first),)), Slot(second))) if {first, second} <= self.scope:
                chosen = Call("onehot", (Slot(name), self.count(second)))
                return Operand(chosen, first, second).oriented(row, column)
            case Call(function, arguments) if function in _SELECTIONS or not self.is_known(function):
                raise NoMatrixError
            case Call(function, arguments):
                parts = [self.operand(one, row, column) for one in arguments]
                return self.together(parts, lambda every: Call(function, every))

    def is_known(self, function: str) -> bool:
        """Whether a function goes entry by entry."""
        return function in FUNCTIONS or self.application.activates(function)

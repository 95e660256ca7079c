"""Equations of whole matrices as LaTeX, in the letters of a notation."""

from __future__ import annotations

from collections.abc import Sequence

from derive.graph.formula import (
    ONE,
    Call,
    Formula,
    Number,
    Power,
    Product,
    Quotient,
    Slot,
    multiply,
)
from derive.graph.quantity import Kind
from derive.graph.views import matrix_form
from derive.graph.views.application import Application
from derive.graph.views.language import CUT, HADAMARD, HADAMARD_QUOTIENT, ViewEquation
from derive.graph.views.window_operators import CONVOLUTION, MAX_UNPOOL
from derive.graph.views.window_rows import WINDOWS
from derive.writing import window_symbols
from derive.writing.dialect import Dialect
from derive.writing.template import PARENTHESES, Context, Shape
from derive.writing.view_printer import ENCLOSING, THIN, ViewPrinter
from derive.writing.view_symbols import ViewSymbols


class _MatrixPrinter(ViewPrinter):
    def write(self, node: Formula, context: Context) -> str:
        match node:
            case Slot(name) if self.application.find(name) is not None:
                return self.marked(self.symbols.whole(name), context)
            case Slot(name):
                return self.number(self.application.numbers[name], context)
            case _:
                return super().write(node, context)

    def product(self, factors: Sequence[Formula], context: Context) -> str:
        kept = [one for one in factors if one != ONE]
        alone = all(map(self.application.is_number, kept[:-1])) and is_entrywise(kept[-1])
        last = self.write(kept[-1], Context.START if alone else Context.FACTOR)
        text = THIN.join([*(self.write(one, Context.FACTOR) for one in kept[:-1]), last])
        return self.dialect.grouped(text) if Shape.PRODUCT in PARENTHESES[context] else text

    def call(self, call: Call, context: Context) -> str:
        match call:
            case Call("T", (argument,)):
                return self.transposed(argument)
            case Call("sum", (Call(function, (first, second)),)) if function == HADAMARD and first == second:
                return self.norm(first)
            case Call("sum", (argument,)):
                return self.total(argument, context)
            case Call(function, (argument,)) if function in CUT:
                return self.cut(call, argument)
            case Call("colsum", (argument,)) if self.is_column(argument):
                return self.total(argument, context)
            case Call("rowsum", (Call("T", (argument,)),)) if self.is_column(argument):
                return self.call(Call("sum", (argument,)), context)
            case Call("rowsum", (argument,)) if self.is_column(argument):
                return self.write(argument, context)
            case Call("rowsum", (argument,)):
                return self.write(argument, Context.FACTOR) + THIN + _ONES
            case Call("colsum", (argument,)):
                return self.ones() + THIN + self.write(argument, Context.FACTOR)
            case Call("rows" | "columns", _):
                return self.number(_single(matrix_form.rows(call, self.application)), context)
            case Call("softmax" | "rowsoftmax", arguments):
                return self.applied(r"\mathrm{softmax}(%s)", arguments, context)
            case Call("ones", _):
                return _ONES
            case Call("onehot", (chosen, count)):
                return self.applied(
                    rf"\mathrm{{onehot}}_{{{self.write(count, Context.START)}}}(%s)", (chosen,), context
                )
            case Call(function, _) if function in window_symbols.SIGNS:
                return self.moved(call, context)
            case Call(function, _) if function in WINDOWS:
                return self.pooled(call)
            case Call(function, (first, second)) if function in (HADAMARD, HADAMARD_QUOTIENT):
                return self.entrywise(function, first, second, context)
            case _:
                return super().call(call, context)

    def cut(self, call: Call, argument: Formula) -> str:
        """All rows, or all columns, but the first: entries 1 to n of 0 to n."""
        last = max(matrix_form.size(matrix_form.rows(call, self.application)))
        return rf"\left[ {self.write(argument, Context.START)} \right]_{{1}}^{{{last}}}"

    def total(self, argument: Formula, context: Context) -> str:
        """The sum of all entries."""
        text = rf"\sum {self.write(argument, Context.FACTOR)}"
        return self.dialect.grouped(text) if context in ENCLOSING else text

    def is_column(self, argument: Formula) -> bool:
        """Whether an array is a column."""
        return matrix_form.size(matrix_form.rows(argument, self.application))[1] == 1

    def norm(self, argument: Formula) -> str:
        """The sum of the squares of all entries."""
        below = "" if self.is_column(argument) else r"_{\mathrm{F}}"
        return rf"\left\|{self.write(argument, Context.START)}\right\|{below}^{{2}}"

    def entrywise(self, function: str, first: Formula, second: Formula, context: Context) -> str:
        if self.is_single(first) and self.is_single(second):
            return self.write(_of_numbers(function, first, second), context)
        if function == HADAMARD and first == second:
            return rf"{self.write(first, Context.BASE)}^{{{self.symbols.notation.elementwise.strip()} 2}}"
        sign = self.symbols.notation.elementwise if function == HADAMARD else r" \oslash "
        chained = isinstance(first, Call) and first.function == function == HADAMARD
        text = (self.write(first, Context.START) if chained else self.operand(first)) + sign + self.operand(second)
        return self.dialect.grouped(text) if context in ENCLOSING else text

    def is_single(self, formula: Formula) -> bool:
        """Whether a part is one number."""
        return matrix_form.size(matrix_form.rows(formula, self.application)) == (1, 1)

    def operand(self, formula: Formula) -> str:
        """One side of a sign that goes entry by entry: a product of matrices stands in parentheses."""
        text = self.write(formula, Context.FACTOR)
        is_product = isinstance(formula, Product) or (isinstance(formula, Call) and formula.function in _WITH_ONES)
        return self.dialect.grouped(text) if is_product else text

    def moved(self, call: Call, context: Context) -> str:
        """A correlation or a convolution between its grids."""
        first, second = call.arguments[:2]
        kernel = () if window_symbols.is_cut_off(call, self.application.numbers) else self.turned_kernel(call)
        below = window_symbols.movement(call, kernel) or (window_symbols.FULL if self.is_full(call) else "")
        sign = window_symbols.SIGNS[call.function] + (f"_{{{below}}}" if below else "")
        text = f"{self.write(first, Context.FACTOR)} {sign} {self.write(second, Context.FACTOR)}"
        return self.dialect.grouped(text) if context in ENCLOSING else text

    def is_full(self, call: Call) -> bool:
        """Whether the windows take every place at which the grids overlap."""
        if len(call.arguments) == 2:
            return call.function == CONVOLUTION
        arrays = [self.application.find(one.name) for one in call.arguments[:3] if isinstance(one, Slot)]
        first, second, result = [one[0].shape for one in arrays if one is not None]
        return all(n + m - 1 == size for n, m, size in zip(first, second, result, strict=True))

    def turned_kernel(self, call: Call) -> tuple[int, ...]:
        """The size of the kernel where the padding is counted from its end: a convolution, or its delta correlated."""
        arrays = [one for one in call.arguments[:3] if isinstance(one, Slot)]
        found = [found for one in arrays if (found := self.application.find(one.name)) is not None]
        if found[0][1] == (call.function == CONVOLUTION):
            return ()
        kernels = [one for one, _ in found if self.symbols.graph.blocks.of(one.ids[0]).kind is Kind.KERNEL]
        return tuple((kernels or [found[1][0]])[0].shape)

    def pooled(self, call: Call) -> str:
        """A pooling by its name; backward also the grid whose entries won."""
        arrays = [one for one in call.arguments if isinstance(one, Slot)]
        shown = (arrays[0], arrays[-1]) if call.function == MAX_UNPOOL else arrays[:1]
        inside = ", ".join(self.write(one, Context.START) for one in shown)
        return rf"\mathrm{{{call.function}}}_{{{window_symbols.window(call)}}}{self.dialect.grouped(inside)}"

    def transposed(self, argument: Formula) -> str:
        if self.is_single(argument):
            return self.write(argument, Context.FACTOR)
        text = self.write(argument, Context.START)
        plain = isinstance(argument, Slot) and "^" not in text and r"\frac" not in text
        enclosed = isinstance(argument, Slot) and text.startswith("(") and text.endswith(")")
        return self.symbols.notation.transpose.replace("%s", text if plain or enclosed else self.dialect.grouped(text))

    def ones(self) -> str:
        return self.symbols.notation.transpose % _ONES


def is_entrywise(formula: Formula) -> bool:
    """Whether a formula is a product or a quotient of entries, which needs no parentheses behind a number."""
    return isinstance(formula, Call) and formula.function in (HADAMARD, HADAMARD_QUOTIENT)


_ONES = r"\mathbf{1}"
_WITH_ONES = ("rowsum", "colsum")
"""Functions that are written as products with a column or a row of ones."""


def _of_numbers(function: str, first: Formula, second: Formula) -> Formula:
    """What an operation entry by entry is of two single numbers."""
    if function != HADAMARD:
        return Quotient(first, second)
    return Power(first, Number("2")) if first == second else multiply((first, second))


def _single(rows: matrix_form.Rows) -> str:
    ((number,),) = rows
    return number.text if isinstance(number, Number) else ""


def matrix_latex(
    equation: ViewEquation, application: Application, symbols: ViewSymbols, dialect: Dialect
) -> tuple[str, str]:
    r"""Both sides of an equation of matrices: `s`, `W^{\mathsf T} \, x + b`."""
    printer = _MatrixPrinter(dialect, symbols, application)
    return printer.text(equation.left), printer.text(equation.right)

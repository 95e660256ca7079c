"""Views of layers as LaTeX: index forms with sums, and forms of whole matrices, in the letters of a notation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derive.graph.formula import (
    ONE,
    Call,
    Formula,
    Number,
    Power,
    Product,
    Quotient,
    Slot,
    Sum,
    leaves,
    multiply,
    rebuild,
)
from derive.graph.quantity import Kind
from derive.graph.rule import Rule
from derive.graph.views import matrix_form
from derive.graph.views.affine import multiples
from derive.graph.views.application import Application
from derive.graph.views.index_form import lengths
from derive.graph.views.language import HADAMARD, HADAMARD_QUOTIENT, Bounds, Entry, Over, Span, ViewEquation
from derive.graph.views.window_operators import CONVOLUTION, MAX_UNPOOL
from derive.graph.views.window_rows import WINDOWS
from derive.writing import window_symbols
from derive.writing.dialect import Dialect
from derive.writing.earlier import earlier
from derive.writing.template import PARENTHESES, Context, Printer, Shape
from derive.writing.view_symbols import ViewSymbols

_ENCLOSING = (Context.FIRST_FACTOR, Context.FACTOR, Context.BASE, Context.DENOMINATOR)
_THIN = r" \, "
_SUCH_THAT = r" \,:\, "
_SIGNS = ("sigmoid", "tanh")
"""Activations that formulas write with a sign of their own; the others go by their names."""


class _ViewPrinter(Printer):
    """Prints what both forms have: arrays by their symbols, activations by their names."""

    def __init__(self, dialect: Dialect, symbols: ViewSymbols, application: Application) -> None:
        super().__init__(dialect)
        self.symbols = symbols
        self.application = application

    def text(self, formula: Formula) -> str:
        return self.write(formula, Context.START).replace("%%", "%")

    def marked(self, symbol: str, context: Context) -> str:
        """A symbol, in parentheses under a power where it has a superscript or is a fraction."""
        tall = context is Context.BASE and ("^" in symbol or r"\frac" in symbol)
        return (self.dialect.grouped(symbol) if tall else symbol).replace("%", "%%")

    def call(self, call: Call, context: Context) -> str:
        name, prime, by = call.function.partition("'")
        if name not in self.application.activations or len(call.arguments) != 1:
            return super().call(call, context)
        mark = f"'_{{{self.symbols.letter(by)}}}" if by else prime
        pattern = self.pattern(self.application.activations[name].rule, mark)
        return self.applied(pattern, call.arguments, context)

    def pattern(self, rule: Rule, mark: str) -> str:
        """How an activation is written around its argument."""
        if rule.name in _SIGNS:
            return self.dialect.functions[rule.name].replace("(", f"{mark}(", 1)
        name = rf"\mathrm{{{rule.label}}}" if rule.label else self.symbols.notation.activation
        return f"{name}{mark}(%s)"


class _IndexPrinter(_ViewPrinter):
    def __init__(
        self, dialect: Dialect, symbols: ViewSymbols, application: Application, running: Mapping[str, int]
    ) -> None:
        super().__init__(dialect, symbols, application)
        self.running = running
        self.printed: set[str] = set()
        self.single: frozenset[str] = frozenset()
        """Indices of one value that nothing else in the line binds: the value is written."""

    def write(self, node: Formula, context: Context) -> str:
        match node:
            case Entry(name, indices):
                kept = [indices[axis] for axis in self.symbols.axes(name)]
                return self.marked(self.symbols.entry(name, [self.index(one) for one in kept]), context)
            case Slot(name) if self.application.find(name) is not None:
                return self.marked(self.symbols.entry(name, []), context)
            case Slot(name) if name in self.application.numbers:
                return self.number(self.application.numbers[name], context)
            case Slot(name):
                return name
            case Over():
                text = self.over(node)
                return self.dialect.grouped(text) if context in _ENCLOSING else text
            case _:
                return super().write(node, context)

    def index(self, index: Formula) -> str:
        """An index with the layer's numbers put in: `2i+k-2`."""
        parts = multiples(index, {**self.application.numbers, **dict.fromkeys(self.single, "1")})
        self.printed.update(parts)
        texts = []
        for name, count in parts.items():
            size = "" if name and abs(count) == 1 else str(abs(count))
            if count or len(parts) == 1:
                texts.append(("-" if count < 0 else "+") + size + name)
        return "".join(texts).removeprefix("+") or "0"

    def product(self, factors: Sequence[Formula], context: Context) -> str:
        """A product; a sum over indices needs no parentheses as the last factor."""
        if not isinstance(factors[-1], Over) or len(factors) < 2 or Shape.PRODUCT in PARENTHESES[context]:
            return super().product(factors, context)
        before = super().product(factors[:-1], context) if len(factors) > 2 else self.write(factors[0], Context.FACTOR)
        return f"{before}{_THIN}{self.over(factors[-1])}"

    def over(self, node: Over) -> str:
        """A sum under its sign; an index that takes one value and is not printed goes without saying."""
        body = self.body(node.body)
        bare = [s.name for s in node.spans if s.first is None]
        sliced = {name: size for name in bare if (size := self.sliced(node.body, name))}
        bare = [n for n in bare if n not in sliced and (n in self.printed or self.running.get(n) != 1)]
        ranges = [span for span in node.spans if span.first is not None]
        ranges += [Span(name, ONE, Number(str(size))) for name, size in sliced.items()]
        if node.function != "sum":
            below = [",".join(bare), *map(self.within, ranges), *map(self.bounds, node.bounds)]
            return rf"\{node.function}_{{{', '.join(filter(None, below))}}} {body}"
        if node.bounds:
            bare, ranges = [*bare, ", ".join(map(self.within, ranges))], []
        below = [",".join(filter(None, bare)), *map(self.bounds, node.bounds)] if any(bare) or node.bounds else []
        text = rf"\sum_{{{_SUCH_THAT.join(filter(None, below))}}} " if below else ""
        return text + "".join(map(self.range, ranges)) + body

    def limits(self, left: Slot) -> str:
        """How far the last index of a left side runs that does not run over all columns of its block."""
        if not isinstance(left, Entry) or not isinstance(left.indices[-1], Slot):
            return ""
        size = self.symbols.slice_size(left.name)
        name = left.indices[-1].name
        return rf" \quad ({self.within(Span(name, ONE, Number(str(size))))})" if size else ""

    def sliced(self, body: Formula, name: str) -> int:
        """How far an index runs where the array that it belongs to has a part of the columns of its block; else 0."""
        entries = [leaf for leaf in leaves(body) if isinstance(leaf, Entry) and leaf.indices[-1:] == (Slot(name),)]
        known = [one for one in entries if self.application.find(one.name) is not None]
        return max((self.symbols.slice_size(one.name) for one in known), default=0)

    def body(self, formula: Formula) -> str:
        """What is added; a sum in parentheses in which a line may break."""
        text = self.write(formula, Context.START if isinstance(formula, Sum) else Context.FACTOR)
        if not isinstance(formula, Sum):
            return text
        return rf"\Bigl({text}\Bigr)" if self.dialect.is_tall(text) else f"({text})"

    def range(self, span: Span) -> str:
        first, last = (self.index(one or ONE) for one in (span.first, span.last))
        return rf"\sum_{{{span.name}={first}}}^{{{last}}} "

    def within(self, span: Span) -> str:
        return self.bounds(Bounds(span.first or ONE, Slot(span.name), span.last or ONE))

    def bounds(self, one: Bounds) -> str:
        return r" \le ".join(map(self.index, (one.least, one.index, one.most)))

    def call(self, call: Call, context: Context) -> str:
        match call:
            case Call("count", (Slot(name),)):
                return str(self.running[name])
            case Call("wins", (Entry() as own, largest, Over() as candidates)):
                before = earlier(own, candidates, self.application.numbers) if self.dialect.first_wins else ()
                gates = [self.winner([one], own, largest) for one in before] or [self.winner([], own, largest)]
                return self.dialect.times.replace("%", "%%").join(gates)
            case _:
                return super().call(call, context)


class _MatrixPrinter(_ViewPrinter):
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
        alone = all(map(self.is_number, kept[:-1])) and is_entrywise(kept[-1])
        last = self.write(kept[-1], Context.START if alone else Context.FACTOR)
        text = _THIN.join([*(self.write(one, Context.FACTOR) for one in kept[:-1]), last])
        return self.dialect.grouped(text) if Shape.PRODUCT in PARENTHESES[context] else text

    def is_number(self, formula: Formula) -> bool:
        """Whether single numbers alone stand in a formula."""
        found = [self.application.find(leaf.name) for leaf in leaves(formula) if isinstance(leaf, Slot)]
        return all(one is None or len(one[0].ids) == 1 for one in found)

    def call(self, call: Call, context: Context) -> str:
        match call:
            case Call("T", (argument,)):
                return self.transposed(argument)
            case Call("sum", (Call(function, (first, second)),)) if function == HADAMARD and first == second:
                return self.norm(first)
            case Call("sum", (argument,)):
                return self.total(argument, context)
            case Call("colsum", (argument,)) if self.is_column(argument):
                return self.total(argument, context)
            case Call("rowsum", (Call("T", (argument,)),)) if self.is_column(argument):
                return self.call(Call("sum", (argument,)), context)
            case Call("rowsum", (argument,)) if self.is_column(argument):
                return self.write(argument, context)
            case Call("rowsum", (argument,)):
                return self.write(argument, Context.FACTOR) + _THIN + _ONES
            case Call("colsum", (argument,)):
                return self.ones() + _THIN + self.write(argument, Context.FACTOR)
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

    def total(self, argument: Formula, context: Context) -> str:
        """The sum of all entries."""
        text = rf"\sum {self.write(argument, Context.FACTOR)}"
        return self.dialect.grouped(text) if context in _ENCLOSING else text

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
        return self.dialect.grouped(text) if context in _ENCLOSING else text

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
        below = window_symbols.movement(call, kernel)
        sign = window_symbols.SIGNS[call.function] + (f"_{{{below}}}" if below else "")
        text = f"{self.write(first, Context.FACTOR)} {sign} {self.write(second, Context.FACTOR)}"
        return self.dialect.grouped(text) if context in _ENCLOSING else text

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


def index_latex(
    equation: ViewEquation, application: Application, symbols: ViewSymbols, dialect: Dialect
) -> tuple[str, str]:
    r"""Both sides of an equation in index form: `s_{j}`, `\sum_{i} w_{ij} \, x_{i} + b_{j}`."""
    running = lengths(equation, application)
    printer = _IndexPrinter(dialect, symbols, application, running)
    left = printer.text(equation.left)
    bound = {span.name for over in _overs(equation.right) for span in over.spans} & _alone(equation.right, symbols)
    printer.single = frozenset(name for name, length in running.items() if length == 1) - printer.printed - bound
    return left, printer.text(equation.right) + printer.limits(equation.left)


def _alone(formula: Formula, symbols: ViewSymbols) -> set[str]:
    """The indices that are printed by themselves, not only as a part of others."""
    entries = [leaf for leaf in leaves(formula) if isinstance(leaf, Entry)]
    indices = [entry.indices[axis] for entry in entries for axis in symbols.axes(entry.name)]
    return {index.name for index in indices if isinstance(index, Slot)}


def _overs(formula: Formula) -> list[Over]:
    found: list[Over] = []

    def note(node: Formula) -> None:
        if isinstance(node, Over):
            found.append(node)

    rebuild(formula, note)
    return found


def matrix_latex(
    equation: ViewEquation, application: Application, symbols: ViewSymbols, dialect: Dialect
) -> tuple[str, str]:
    r"""Both sides of an equation of matrices: `s`, `W^{\mathsf T} \, x + b`."""
    printer = _MatrixPrinter(dialect, symbols, application)
    return printer.text(equation.left), printer.text(equation.right)


def matrix_expression_latex(formula: Formula, application: Application, symbols: ViewSymbols, dialect: Dialect) -> str:
    """One side alone."""
    return _MatrixPrinter(dialect, symbols, application).text(formula)

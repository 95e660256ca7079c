"""Equations in index form as LaTeX, with sums over indices, in the letters of a notation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derive.graph.formula import (
    ONE,
    Call,
    Formula,
    Number,
    Slot,
    Sum,
    leaves,
    rebuild,
)
from derive.graph.views.affine import multiples
from derive.graph.views.application import Application
from derive.graph.views.index_form import lengths
from derive.graph.views.language import Bounds, Entry, Over, Span, ViewEquation
from derive.writing.dialect import Dialect
from derive.writing.earlier import earlier
from derive.writing.template import PARENTHESES, Context, Shape
from derive.writing.view_printer import ENCLOSING, THIN, ViewPrinter
from derive.writing.view_symbols import ViewSymbols

_SUCH_THAT = r" \,:\, "


class _IndexPrinter(ViewPrinter):
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
                return self.dialect.grouped(text) if context in ENCLOSING else text
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
        return f"{before}{THIN}{self.over(factors[-1])}"

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
            case Call("is_argmax", (Entry() as own, largest, Over() as candidates)):
                before = earlier(own, candidates, self.application.numbers) if self.dialect.first_wins else ()
                gates = [self.winner([one], own, largest) for one in before] or [self.winner([], own, largest)]
                return self.dialect.times.replace("%", "%%").join(gates)
            case _:
                return super().call(call, context)


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

"""The language of views: equations of arrays in index form, and of whole matrices.

Index form, entries counted from 1: `s[j] = sum(i, w[i,j]*x[i]) + b[j]`.

    equation: entry "=" formula          entry: name ["[" index ("," index)* "]"]
    sum:      ("sum" | "max" | "min" | "all") "(" (span | bounds) ("," (span | bounds))* "," formula ")"
    span:     name | name "=" index ".." index           bounds: index "<=" index "<=" index

An index is whole-number arithmetic over index names and the layer's options: `x[(i-1)*stride+k]`. A name alone runs
over the axis that it stands at. An entry outside its array is 0. `dx` is the adjoint of `x`; a backward equation gives
what the layer contributes to it. `count(i)` is how far `i` runs. `is_argmax(x[p], f[i], all(k=1..size, x[i+k-1]))` is 1
where the first is the first largest of them all. `max` and `min` go over members where a span has bounds of its own.
`activation(s[j])` applies the activation that the option of that name chooses, `activation'(s[j])` its derivative,
`activation'alpha(s[j])` the one by its constant.

Matrix form: `s = T(w)*x + b`. Vectors are columns; `*` is the product of matrices (or by a single number), `.*` and
`./` go entry by entry, as functions do; `sum(x)` adds all entries, `rowsum(x)` is a column, `colsum(x)` a row,
`rowsoftmax(x)` works row by row; `tail(x)` is all rows but the first, `coltail(x)` all columns but the first;
`rows(x)` and `columns(x)` are numbers, `ones(x)` is a column of ones as long as x. A single row, column or number goes
with every row, column or entry: `x*w + T(b)`. `onehot(t, n)` has a row for each number of t, with 1 at the place of n
that it counts to. Windows over grids: `derive.graph.views.window_operators`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from derive.errors import FormulaError
from derive.graph.formula import Call, Each, Formula, Negative, Slot, Sum, leaves, rebuild
from derive.graph.functions import FUNCTIONS
from derive.graph.grammar import Parser, written

HADAMARD, HADAMARD_QUOTIENT = ".*", "./"
ADJOINT = "d"
CUT = ("tail", "coltail")
"""The functions that leave out the first row, or the first column."""


@dataclass(frozen=True, slots=True)
class Entry(Slot):
    """An entry of an array, by its indices."""

    indices: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """How far an index runs: over the axis that it stands at, unless it says from where to where."""

    name: str
    first: Formula | None = None
    last: Formula | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """Only where an index lies between two others."""

    least: Formula
    index: Formula
    most: Formula

    @property
    def parts(self) -> tuple[Formula, Formula, Formula]:
        """All three, from left to right."""
        return self.least, self.index, self.most


@dataclass(frozen=True, slots=True)
class Over(Each):
    """A reduction of `body` over indices."""

    spans: tuple[Span, ...] = ()
    bounds: tuple[Bounds, ...] = ()


@dataclass(frozen=True, slots=True)
class ViewEquation:
    """An equation of a view: what it defines, and its right side."""

    left: Slot
    right: Formula

    @property
    def of(self) -> str:
        """The array that is defined, or whose adjoint is."""
        return self.left.name

    @property
    def indices(self) -> tuple[str, ...]:
        """The index of each axis of the left side. Raises `FormulaError` where one is no single name of its own."""
        found = self.left.indices if isinstance(self.left, Entry) else ()
        names = tuple(index.name for index in found if isinstance(index, Slot))
        if len(set(names)) != len(found):
            raise FormulaError(f"the left side {self.of!r} needs one index alone for each of its axes")
        return names

    def names(self) -> tuple[str, ...]:
        """The names of arrays, and of whatever else stands alone, on both sides."""
        found = [leaf.name for leaf in (self.left, *leaves(self.right)) if isinstance(leaf, Slot)]
        return tuple(dict.fromkeys(found))


class ViewParser(Parser):
    """What the parsers of index forms and of equations of matrices share."""

    token: ClassVar[re.Pattern[str]] = re.compile(
        Parser.token.pattern.replace(r"[A-Za-z]\w*", r"[A-Za-z]\w*(?:'\w*)?").replace(
            "[-+*/^(),]", r"<=|\.\.|\.\*|\./|[-+*/^(),=\[\]]"
        ),
        re.ASCII,
    )

    def equation(self) -> ViewEquation:
        """The equation of the whole text."""
        left = self.atom()
        if not isinstance(left, Slot):
            raise self.fail("a name before the equals sign")
        self.require("=")
        return ViewEquation(left, self.whole())

    def function(self, name: str) -> Formula:
        """The arguments of a function that an option names, or that only views have."""
        arguments = [self.formula()]
        while self.take(","):
            arguments.append(self.formula())
        self.require(")")
        return Call(name, tuple(arguments))


class _IndexParser(ViewParser):
    def atom(self) -> Formula:
        result = super().atom()
        if not isinstance(result, Slot) or not self.take("["):
            return result
        indices = [self.formula()]
        while self.take(","):
            indices.append(self.formula())
        self.require("]")
        return Entry(result.name, tuple(indices))

    def call(self, name: str, column: int) -> Formula:
        if name in ("sum", "all") or (name in ("max", "min") and self.tokens[self.position + 1][1] == "="):
            with self.deeper():
                return self.over(name)
        if name not in FUNCTIONS or FUNCTIONS[name].numbers or name == "take":
            with self.deeper():
                return self.function(name)
        return super().call(name, column)

    def over(self, function: str) -> Over:
        spans: list[Span] = []
        bounds: list[Bounds] = []
        while True:
            start = self.formula()
            if isinstance(start, Slot) and not isinstance(start, Entry) and self.take("="):
                first = self.formula()
                self.require("..")
                spans.append(Span(start.name, first, self.formula()))
            elif self.take("<="):
                index = self.formula()
                self.require("<=")
                bounds.append(Bounds(start, index, self.formula()))
            elif self.take(")"):
                return Over(start, function, tuple(spans), tuple(bounds))
            elif isinstance(start, Slot) and not isinstance(start, Entry):
                spans.append(Span(start.name))
            else:
                raise self.fail("an index, or ')'")
            self.require(",")


@lru_cache(maxsize=1024)
def parse_index_form(text: str) -> ViewEquation:
    """The equation in index form. Raises `FormulaError` with the column where it leaves the language."""
    return _IndexParser(text).equation()


def written_form(equation: ViewEquation) -> str:
    """An equation in index form, with spaces around the signs between the terms of its right side."""
    first, *rest = equation.right.terms if isinstance(equation.right, Sum) else (equation.right,)
    return f"{_text(equation.left)} = {_text(first)}{''.join(map(_further, rest))}"


def _further(term: Formula) -> str:
    return f" - {_text(term.argument)}" if isinstance(term, Negative) else f" + {_text(term)}"


def _text(formula: Formula) -> str:
    return written(rebuild(formula, _atom))


def _atom(node: Formula) -> Formula | None:
    """What the grammar of formulas does not have, as a name that is the text."""
    match node:
        case Entry(name, indices):
            return Slot(f"{name}[{','.join(map(_text, indices))}]")
        case Over(body, function, spans, bounds):
            return Slot(f"{function}({', '.join([*map(_span, spans), *map(_bounds, bounds), _text(body)])})")
        case Call(function, arguments):
            return Slot(f"{function}({', '.join(map(_text, arguments))})")
        case _:
            return None


def _span(span: Span) -> str:
    if span.first is None or span.last is None:
        return span.name
    return f"{span.name}={_text(span.first)}..{_text(span.last)}"


def _bounds(bounds: Bounds) -> str:
    return " <= ".join(map(_text, (bounds.least, bounds.index, bounds.most)))

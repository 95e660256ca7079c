"""Equations over scalars, vectors and matrices as authors write them: their grammar, their shapes, their index forms.

The grammar is that of formulas, with products and entries of arrays. `A @ B` is the product of matrices, `*` and the
functions work entry by entry, `x[2]` and `W[1, 2]` are entries counted from 1, `T(W)` is the transpose; `sum(x)`,
`mean(x)`, `norm(x)`, and `max(x)` and `min(x)` with one argument, go over all entries; `softmax(x)` stands alone in its
equation.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from math import prod
from types import MappingProxyType
from typing import ClassVar

from derive.errors import FormulaError
from derive.graph.formula import (
    ONE,
    Call,
    Count,
    Each,
    Formula,
    Member,
    Number,
    Power,
    Quotient,
    Slot,
    children,
    multiply,
    rebuild,
    with_children,
)
from derive.graph.functions import CONSTANTS
from derive.graph.grammar import Parser
from derive.graph.tensor import Shape, shape_text
from derive.graph.views.language import Entry, Over, Span, ViewEquation

ARRAY_FUNCTIONS = MappingProxyType(
    {"T": "transpose", "sum": "sum", "mean": "mean", "norm": "norm", "softmax": "softmax"}
)
"""Functions of one argument that look at a whole array, and what their calls are named."""
_OVER_ENTRIES = MappingProxyType({"max": "largest", "min": "smallest"})
_WHOLE = re.compile(r"[1-9]\d{0,3}", re.ASCII)


class _ArrayParser(Parser):
    """Formulas with the signs of arrays."""

    token: ClassVar[re.Pattern[str]] = re.compile(
        Parser.token.pattern.replace("[-+*/^(),]", r"[-+*/^(),@\[\]]"), re.ASCII
    )

    operators = MappingProxyType({**Parser.operators, "@": lambda left, right: Call("matmul", (left, right))})

    def atom(self) -> Formula:
        result = super().atom()
        while self.take("["):
            places = [self.place()]
            while self.take(","):
                places.append(self.place())
            self.require("]")
            result = Call("entry", (result, *places))
        return result

    def place(self) -> Formula:
        kind, text, _ = self.tokens[self.position]
        if kind != "number" or not _WHOLE.fullmatch(text):
            raise self.fail("the number of an entry, from 1")
        self.position += 1
        return Number(text)

    def call(self, name: str, column: int) -> Formula:
        start = self.position
        if name in ARRAY_FUNCTIONS or name in _OVER_ENTRIES:
            with self.deeper():
                argument = self.formula()
            if self.take(")"):
                return Call(ARRAY_FUNCTIONS.get(name) or _OVER_ENTRIES[name], (argument,))
            if name in ARRAY_FUNCTIONS:
                raise self.fail("')'")
            self.position = start
        return super().call(name, column)


def parse_array(text: str, names: Collection[str] = ()) -> Formula:
    """The tree of an equation's right side, which may mention `names`; one of them takes the place of a constant.

    Raises `FormulaError` with the column where the text leaves the grammar.
    """
    tree, own = _parsed(text), CONSTANTS.intersection(names)

    def named(node: Formula) -> Formula | None:
        return Slot(node.function) if isinstance(node, Call) and node.function in own and not node.arguments else None

    return rebuild(tree, named) if own else tree


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Formula:
    return _ArrayParser(text).whole()


_EXTREMES = {call: name for name, call in _OVER_ENTRIES.items()}
_TWO = Number("2")


def index_form(name: str, tree: Formula, shapes: Mapping[str, Shape]) -> tuple[ViewEquation, Shape]:
    """An array by the tree of its right side, and its shape; a softmax of one vector stays as it is.

    Raises `FormulaError` for a name that is not known and for shapes that do not fit.
    """
    match tree:
        case Call("softmax", (Slot(argument),)):
            if len(shapes.get(argument, ())) != 1:
                raise FormulaError("softmax(...) takes the name of one vector")
            return ViewEquation(Slot(name), tree), shapes[argument]
    made = _Translation(shapes)
    shape = made.shape(tree)
    indices = tuple(made.index() for _ in shape)
    left = Entry(name, indices) if indices else Slot(name)
    return ViewEquation(left, made.entry(tree, indices)), shape


@dataclass(frozen=True)
class _Translation:
    shapes: Mapping[str, Shape]
    numbers: count[int] = field(default_factory=count)

    def index(self) -> Slot:
        """An index unlike all others, and unlike all names that are written."""
        return Slot(f"#{next(self.numbers)}")

    def shape(self, tree: Formula) -> Shape:
        """The shape of a part of the right side. Raises `FormulaError` where its own parts do not fit."""
        match tree:
            case Slot(name) if name in self.shapes:
                return self.shapes[name]
            case Slot(name):
                raise FormulaError(f"{name!r} is neither given nor an equation before this one")
            case Each() | Member() | Count():
                raise FormulaError("sums over members are for rules; an equation names its entries")
            case Call("softmax", _):
                raise FormulaError("softmax(...) stands alone in its equation")
        return _shape(tree, [self.shape(part) for part in children(tree)])

    def entry(self, tree: Formula, indices: tuple[Formula, ...]) -> Formula:
        """The entry of a part at some indices."""
        match tree:
            case Slot(name):
                return Entry(name, indices) if indices else tree
            case Call("matmul", (left, right)):
                rows, index = len(self.shape(left)) - 1, self.index()
                factors = self.entry(left, (*indices[:rows], index)), self.entry(right, (index, *indices[rows:]))
                return Over(multiply(factors), "sum", (_span(index, self.shape(right)[0]),))
            case Call("transpose", (argument,)):
                return self.entry(argument, indices[::-1])
            case Call("entry", (argument, *places)):
                return self.entry(argument, tuple(places))
            case Call("sum" | "mean" as function, (argument,)):
                size = prod(self.shape(argument))
                total = self.over("sum", argument, argument)
                return total if function == "sum" or size == 1 else Quotient(total, Number(str(size)))
            case Call("norm", (argument,)):
                return Call("sqrt", (self.over("sum", Power(argument, _TWO), argument),))
            case Call("largest" | "smallest" as function, (argument,)):
                return self.over(_EXTREMES[function], argument, argument)
            case _:
                parts = children(tree)
                return with_children(tree, tuple(self.entry(one, indices if self.shape(one) else ()) for one in parts))

    def over(self, function: str, body: Formula, array: Formula) -> Formula:
        """A formula of the entries of an array reduced over all of them."""
        shape = self.shape(array)
        indices = tuple(self.index() for _ in shape)
        spans = tuple(map(_span, indices, shape))
        return Over(self.entry(body, indices), function, spans) if shape else self.entry(body, ())


def _span(index: Slot, length: int) -> Span:
    return Span(index.name, ONE, Number(str(length)))


def _shape(tree: Formula, shapes: list[Shape]) -> Shape:
    """The shape of an operation on arrays of some shapes. Raises `FormulaError` where they do not fit."""
    match tree:
        case Call("matmul", _):
            left, right = shapes
            if not left or not right or left[-1] != right[0] or len(left) + len(right) > 4:
                raise FormulaError(f"a product @ of {shape_text(left)} and {shape_text(right)} does not fit")
            return (*left[:-1], *right[1:])
        case Call("transpose", _):
            if len(shapes[0]) != 2:
                raise FormulaError(f"only a matrix has a transpose, not {shape_text(shapes[0])}")
            return shapes[0][::-1]
        case Call("entry", (_, *numbers)):
            places = [int(one.text) for one in numbers if isinstance(one, Number)]
            if len(places) != len(shapes[0]) or any(p > n for p, n in zip(places, shapes[0], strict=True)):
                text = ", ".join(map(str, places))
                raise FormulaError(f"there is no entry [{text}] in an array of {shape_text(shapes[0])}")
            return ()
        case Call(function, _) if function in (*ARRAY_FUNCTIONS.values(), *_EXTREMES):
            return ()
    several = {shape for shape in shapes if shape}
    if len(several) > 1:
        text = " and ".join(sorted(map(shape_text, several)))
        raise FormulaError(f"shapes {text} do not go together entry by entry")
    return several.pop() if several else ()

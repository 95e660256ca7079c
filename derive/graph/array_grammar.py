"""The grammar of equations over scalars, vectors and matrices: that of formulas, with products and entries of arrays.

`A @ B` is the product of matrices, `*` and the functions work entry by entry, `x[2]` and `W[1, 2]` are entries
counted from 1, `T(W)` is the transpose; `sum(x)`, `mean(x)`, `norm(x)`, and `max(x)` and `min(x)` with one argument,
go over all entries; `softmax(x)` stands alone in its equation.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from types import MappingProxyType
from typing import ClassVar

from derive.graph.formula import Call, Formula, Number, Slot, rebuild
from derive.graph.functions import CONSTANTS
from derive.graph.grammar import Parser

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

"""Equations of matrices as text, in the language that `derive.graph.views.language` describes."""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType

from derive.graph.formula import Call, Formula
from derive.graph.functions import FUNCTIONS
from derive.graph.views.language import HADAMARD, HADAMARD_QUOTIENT, ViewEquation, ViewParser


class _MatrixParser(ViewParser):
    operators = MappingProxyType(
        {
            **ViewParser.operators,
            HADAMARD: lambda one, other: Call(HADAMARD, (one, other)),
            HADAMARD_QUOTIENT: lambda above, below: Call(HADAMARD_QUOTIENT, (above, below)),
        }
    )

    def call(self, name: str, column: int) -> Formula:
        if name in FUNCTIONS:
            return super().call(name, column)
        with self.deeper():
            return self.function(name)


@lru_cache(maxsize=1024)
def parse_matrix_form(text: str) -> ViewEquation:
    """The equation of matrices. Raises `FormulaError` with the column where it leaves the language."""
    return _MatrixParser(text).equation()

"""Closed forms as LaTeX: SymPy's printer, with derive's symbols and its way of writing a gate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sympy


def closed_latex(expression: sympy.Expr, names: Mapping[sympy.Symbol, str]) -> str:
    """A closed form as LaTeX; a gate is an Iverson bracket, as in every other line."""
    from sympy.printing.latex import LatexPrinter

    class Printer(LatexPrinter):  # type: ignore[misc]
        def _print_Heaviside(self, gate: sympy.Expr) -> str:  # noqa: N802 - SymPy's name for the method
            argument, at_zero = gate.args
            sign = ">" if at_zero == 0 else r"\ge"
            return rf"\left[{self._print(argument)} {sign} 0\right]"

    return str(Printer({"symbol_names": dict(names), "order": "none"}).doprint(expression))

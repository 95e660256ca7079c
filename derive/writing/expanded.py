"""Closed forms as LaTeX: SymPy's printer, with derive's symbols and its way of writing selections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sympy


def closed_latex(expression: sympy.Expr, names: Mapping[sympy.Symbol, str]) -> str:
    """A closed form as LaTeX; gates, cases and logarithms look as in every other line."""
    import sympy
    from sympy.printing.latex import LatexPrinter

    class Printer(LatexPrinter):  # type: ignore[misc]
        def _print_Heaviside(self, gate: sympy.Expr, exp: str | None = None) -> str:  # noqa: N802 - SymPy's name
            argument, at_zero = gate.args
            sign = ">" if at_zero == 0 else r"\ge"
            return _raised(rf"\left[{self._print(argument)} {sign} 0\right]", exp)

        def _print_Wins(self, wins: sympy.Expr, exp: str | None = None) -> str:  # noqa: N802
            number, largest, *candidates = wins.args
            chosen = self._print(candidates[int(number) - 1])
            return _raised(rf"\left[{chosen} = {self._print(largest)}\right]", exp)

        def _print_Same(self, same: sympy.Expr, exp: str | None = None) -> str:  # noqa: N802
            chosen, number = same.args
            return _raised(rf"\left[{self._print(chosen)} = {self._print(number)}\right]", exp)

        def _print_Pick(self, pick: sympy.Expr, exp: str | None = None) -> str:  # noqa: N802
            chosen, *candidates = [self._print(argument) for argument in pick.args]
            return _raised(rf"\left({', '.join(candidates)}\right)_{{{chosen}}}", exp)

        def _print_Sigmoid(self, sigmoid: sympy.Expr, exp: str | None = None) -> str:  # noqa: N802
            return _raised(rf"\sigma\left({self._print(sigmoid.args[0])}\right)", exp)

        def _print_Piecewise(self, cases: sympy.Piecewise) -> str:  # noqa: N802
            branches, before = [], None
            for branch, condition in cases.args:
                where = sympy.Not(before) if condition == sympy.true and before is not None else condition
                branches.append((branch, self._print(where)))
                before = condition
            lines = r" \\ ".join(f"{self._print(branch)} & {where}" for branch, where in branches)
            return rf"\begin{{cases}} {lines} \end{{cases}}"

    return str(Printer({"symbol_names": dict(names), "order": "none", "ln_notation": True}).doprint(expression))


def _raised(text: str, exponent: str | None) -> str:
    return text if exponent is None else f"{text}^{{{exponent}}}"

"""What the printers of index forms and of forms of whole matrices share: symbols of arrays, names of activations."""

from __future__ import annotations

from derive.graph.formula import (
    Call,
    Formula,
)
from derive.graph.rule import Rule
from derive.graph.views.application import Application
from derive.writing.dialect import Dialect
from derive.writing.template import Context, Printer
from derive.writing.view_symbols import ViewSymbols

ENCLOSING = (Context.FIRST_FACTOR, Context.FACTOR, Context.BASE, Context.DENOMINATOR)
THIN = r" \, "
_SIGNS = ("sigmoid", "tanh")
"""Activations that formulas write with a sign of their own; the others go by their names."""


class ViewPrinter(Printer):
    """Prints what both forms have: arrays by their symbols, activations by their names."""

    def __init__(self, dialect: Dialect, symbols: ViewSymbols, application: Application) -> None:
        super().__init__(dialect)
        self.symbols = symbols
        self.application = application

    def text(self, formula: Formula) -> str:
        """One side of an equation."""
        return self.write(formula, Context.START).replace("%%", "%")

    def marked(self, symbol: str, context: Context) -> str:
        """A symbol, in parentheses under a power where it has a superscript or is a fraction."""
        tall = context is Context.BASE and ("^" in symbol or r"\frac" in symbol)
        return (self.dialect.grouped(symbol) if tall else symbol).replace("%", "%%")

    def call(self, call: Call, context: Context) -> str:
        """An activation by its name; any other function as formulas write it."""
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

"""The numbers of a round put into equations of matrices, as they are printed and as they are worked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from derive.document.context import Context
from derive.document.mathematics import Math, Symbols
from derive.document.matrices.entries import bracketed, padded, plain_part
from derive.document.model import Entry, Matrix, Piece
from derive.document.views.index import symbols_of
from derive.document.views.numbers import Numbers
from derive.graph.formula import ZERO, Call, Formula, Negative, Number, Position, Product, Quotient, Slot, Sum
from derive.graph.views import matrix_form
from derive.graph.views.application import Application
from derive.graph.views.language import HADAMARD, ViewEquation
from derive.writing.views import matrix_latex

PLUS, MINUS, OPEN, CLOSE = Symbols("+"), Symbols("-"), Symbols(r"\left("), Symbols(r"\right)")


@dataclass(frozen=True)
class PutIn:
    """Puts the numbers of a round into the right sides of equations."""

    context: Context
    numbers: Numbers

    def term(self, formula: Formula, application: Application) -> list[Piece]:
        """The numbers put into one side of an equation."""
        match formula:
            case Slot(name) if application.find(name) is not None:
                return [plain_part(self.matrix(formula, application))]
            case Number(text):
                return [Symbols(self.context.writer.number(text))]
            case Sum((first, *rest)):
                found = self.term(first, application)
                for term in rest:
                    negative = isinstance(term, Negative)
                    inner = self.term(term.argument if isinstance(term, Negative) else term, application)
                    found += [MINUS if negative else PLUS, *after_sign(inner)]
                return found
            case Negative(argument):
                return [MINUS, *after_sign(self.factor(argument, application))]
            case Product(factors):
                return self.product([self.factor(one, application) for one in factors], self.times)
            case Quotient(Number(), Number()):
                return [Symbols(self.context.notation.dialects(stacked=True).names.quotient % (formula.numerator.text, formula.denominator.text))]
            case Call(function, (Slot() as first, second)) if function == HADAMARD and first == second:
                return self.square(first, application)
            case Call(function, (first, second)) if function == HADAMARD and first != second:
                parts = [self.entrywise_factor(first, application), self.factor(second, application)]
                single = is_single(first, application) and is_single(second, application)
                return self.product(parts, self.times if single else Math(self.context.notation.elementwise))
            case Call(_, (Slot() as argument,)) if applied := self.applied(formula, argument, application):
                return [applied, OPEN, *self.term(argument, application), CLOSE]
            case _:
                return [plain_part(self.matrix(formula, application))]

    @property
    def times(self) -> Math:
        return Math(self.context.notation.products.numbers)

    def product(self, factors: Sequence[list[Piece]], sign: Math) -> list[Piece]:
        """Factors one after another; matrices stand side by side, where the sign is that of numbers."""
        found = list(factors[0])
        for before, factor in pairwise(factors):
            matrices = isinstance(before[-1], Matrix) and isinstance(factor[0], Matrix)
            between = [] if matrices and sign == self.times else [sign]
            found += [*between, *after_sign(factor)]
        return found

    def factor(self, formula: Formula, application: Application) -> list[Piece]:
        """A factor, a sum of several terms in parentheses."""
        parts = self.term(formula, application)
        plain = not isinstance(formula, (Sum, Negative)) and not (isinstance(formula, Call) and len(parts) > 1)
        return parts if plain else [OPEN, *parts, CLOSE]

    def entrywise_factor(self, formula: Formula, application: Application) -> list[Piece]:
        """The first factor of a product entry by entry, without parentheses around another such product."""
        chained = isinstance(formula, Call) and formula.function == HADAMARD
        return self.term(formula, application) if chained else self.factor(formula, application)

    def square(self, base: Slot, application: Application) -> list[Piece]:
        """The square of a single number, or of each entry of an array."""
        sign = "" if is_single(base, application) else f"{self.context.notation.elementwise.strip()} "
        return [*after_sign(self.term(base, application)), Math(rf"{{}}^{{{sign}2}}")]

    def applied(self, call: Call, argument: Slot, application: Application) -> Math:
        """What a function of a single number is written as before it; nothing where its value is written."""
        return self.name_of(call, argument, application) if is_single(argument, application) else Math("")

    def name_of(self, call: Call, argument: Slot, application: Application) -> Math:
        """What a function is written as before its argument in parentheses; nothing where it is written otherwise."""
        symbols = symbols_of(self.context, application, generic=False)
        dialect = self.context.notation.dialects(stacked=True).names
        inner, text = matrix_latex(ViewEquation(argument, call), application, symbols, dialect)
        ending = f"({inner})"
        return Math(text.removesuffix(ending)) if text.endswith(ending) else Math("")

    def matrix(self, formula: Formula, application: Application) -> Matrix:
        """The numbers of one side: of quantities as they are shown, of anything else rounded like the round."""
        like = next(iter(application.tensors.values())).ids[0]
        rows = matrix_form.rows(formula, application)
        return padded([[self.entry(one, like) for one in row] for row in rows])

    def entry(self, formula: Formula, like: int) -> Entry:
        """One number; what is 0 whatever the numbers are is gray."""
        if isinstance(formula, Position):
            return Entry(self.numbers.text(formula.index))
        if formula == ZERO:
            return Entry(Math("0"), quiet=True)
        return Entry(self.numbers.shown(self.numbers.worked(formula), like))

    def printed(self, formula: Formula, application: Application) -> matrix_form.Rows | None:
        """The numbers of a part that is printed as its rounded result; None for one printed in its own parts."""
        match formula:
            case Slot() | Number() | Sum() | Negative() | Product():
                return None
            case Call(function, (first, second)) if function == HADAMARD and (first != second or isinstance(first, Slot)):
                return None
            case Call(_, (Slot() as argument,)) if self.applied(formula, argument, application):
                return None
            case _:
                return self.rounded_rows(formula, application)

    def rounded_rows(self, formula: Formula, application: Application) -> matrix_form.Rows:
        """The entries of a part, each as the number that is printed for it."""
        like = next(iter(application.tensors.values())).ids[0]
        rows = matrix_form.rows(formula, application)
        return tuple(tuple(self._rounded(one, like) for one in row) for row in rows)

    def _rounded(self, formula: Formula, like: int) -> Formula:
        if isinstance(formula, Position):
            return formula
        shown = Decimal(self.numbers.finished(self.numbers.worked(formula), like).shown)
        return Number(str(shown)) if shown >= 0 else Negative(Number(str(-shown)))


def is_single(formula: Formula, application: Application) -> bool:
    """Whether a part is one number."""
    return matrix_form.size(matrix_form.rows(formula, application)) == (1, 1)


def after_sign(parts: list[Piece]) -> list[Piece]:
    """A term as it stands after a sign: a negative number that it begins with in parentheses."""
    return [bracketed(parts[0]), *parts[1:]]

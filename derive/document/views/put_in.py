"""The numbers of a round put into equations of matrices, as they are printed and as they are worked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from derive.document.context import Context
from derive.document.mathematics import Answer, Math, Symbols
from derive.document.model import Entry, Matrix, Piece
from derive.document.views.number_matrices import bracketed, padded, plain_part
from derive.document.views.numbers import Numbers
from derive.graph.formula import ZERO, Call, Formula, Negative, Number, Position, Product, Quotient, Slot, Sum, leaves
from derive.graph.rule import renumber
from derive.graph.views import matrix_form
from derive.graph.views.application import Application
from derive.graph.views.language import CUT, HADAMARD
from derive.writing.template import Context as Where
from derive.writing.template import formula_template

_CHOICE = "same"
"""A function that gives 1 or 0."""
PLUS, MINUS, OPEN, CLOSE = Symbols("+"), Symbols("-"), Symbols(r"\left("), Symbols(r"\right)")


@dataclass(frozen=True)
class PutIn:
    """Puts the numbers of a round into right sides of equations; `like` is a quantity that parts are rounded like."""

    context: Context
    numbers: Numbers
    like: int

    def term(self, formula: Formula, application: Application, where: Where = Where.START) -> list[Piece]:
        """The numbers put into one side of an equation."""
        match formula:
            case Slot(name) if application.find(name) is not None:
                return [plain_part(self.matrix(formula, application))]
            case Number(text):
                return [Symbols(self.context.writer.number(text))]
            case Negative(argument) if is_of_numbers(formula, application):
                return [MINUS, self.line(argument, application, Where.AFTER_MINUS)]
            case _ if is_of_numbers(formula, application):
                return [self.line(formula, application, where)]
            case Sum((first, *rest)):
                found = self.term(first, application, where)
                for term in rest:
                    negative = isinstance(term, Negative)
                    inner = self.term(
                        term.argument if isinstance(term, Negative) else term, application, Where.AFTER_PLUS
                    )
                    found += [MINUS if negative else PLUS, *after_sign(inner)]
                return found
            case Negative(argument) if self.is_written_out(argument, application):
                return [MINUS, *after_sign(self.factor(argument, application))]
            case Product(factors):
                return self.product([self.factor(one, application) for one in factors], self.times)
            case Quotient(Number(above), Number(below)):
                return [Symbols(self.context.notation.dialects(stacked=True).names.quotient % (above, below))]
            case Call(function, (argument,)) if function in CUT:
                last = max(matrix_form.size(matrix_form.rows(formula, application)))
                return [Symbols(r"\left["), *self.term(argument, application), Symbols(rf"\right]_{{1}}^{{{last}}}")]
            case Call(function, (first, second)) if function == HADAMARD and first != second:
                parts = [self.entrywise_factor(first, application), self.operand(second, application)]
                return self.product(parts, Math(self.context.notation.elementwise))
            case _:
                return [plain_part(self.matrix(formula, application))]

    def line(self, formula: Formula, application: Application, where: Where) -> Piece:
        """A formula of single numbers as a worked line has it."""
        ((whole,),) = matrix_form.rows(formula, application)
        whole = self.numbers.by_results(whole)
        if isinstance(whole, Position) and where is Where.START:
            return self.numbers.text(whole.index)
        places = list(dict.fromkeys(leaf.index for leaf in leaves(whole) if isinstance(leaf, Position)))
        numbered = renumber(whole, {quantity: place for place, quantity in enumerate(places)})
        template = formula_template(numbered, self.context.writer.dialects.numbers, where)
        return self.numbers.substituted(template.fill(places, self.numbers.table(places)), places)

    def is_written_out(self, formula: Formula, application: Application) -> bool:
        """Whether a part is printed in its own parts, and not as what it comes to."""
        return self.printed(formula, application) is None

    @property
    def times(self) -> Math:
        """The sign between numbers."""
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
        if is_of_numbers(formula, application):
            return [self.line(formula, application, Where.FACTOR)]
        parts = self.term(formula, application)
        plain = not isinstance(formula, (Sum, Negative)) and not (isinstance(formula, Call) and len(parts) > 1)
        plain = plain or (len(parts) == 1 and isinstance(parts[0], Matrix)) or _is_cut(formula)
        return parts if plain else [OPEN, *parts, CLOSE]

    def entrywise_factor(self, formula: Formula, application: Application) -> list[Piece]:
        """The first factor of a product entry by entry, without parentheses around another such product."""
        chained = isinstance(formula, Call) and formula.function == HADAMARD
        return self.term(formula, application) if chained else self.operand(formula, application)

    def operand(self, formula: Formula, application: Application) -> list[Piece]:
        """A factor of a product entry by entry: a product of matrices stands in parentheses."""
        parts = self.factor(formula, application)
        return [OPEN, *parts, CLOSE] if isinstance(formula, Product) and len(parts) > 1 else parts

    def matrix(self, formula: Formula, application: Application) -> Matrix:
        """The numbers of one side: of quantities as they are shown, of anything else rounded like the round."""
        rows = matrix_form.rows(formula, application)
        row_rule, column_rule = matrix_form.border_of(formula, application)
        entries = [[self.entry(one) for one in row] for row in rows]
        return padded(entries, row_rule=row_rule, column_rule=column_rule)

    def entry(self, formula: Formula) -> Entry:
        """One number; what is 0 whatever the numbers are is gray."""
        if isinstance(formula, Position):
            return self.numbers.entry(formula.index)
        if formula == ZERO:
            return Entry(Math("0"), quiet=True)
        if isinstance(formula, Call) and formula.function == _CHOICE:
            return self.choice(formula)
        return Entry(self.numbers.shown(self.numbers.worked(formula), self.like))

    def choice(self, formula: Formula) -> Entry:
        """Whether something is chosen, 1 or 0; an answer where that is worked."""
        round, blocks = self.numbers.round, self.context.solution.lowered.graph.blocks
        chosen = bool(self.numbers.worked(formula))
        text = str(int(chosen))
        mentioned = {leaf.index for leaf in leaves(formula) if isinstance(leaf, Position)}
        worked = [(blocks.names[one], round.number) for one in mentioned if not self.context.is_given(round, one)]
        hidden = self.context.is_hidden(round, *mentioned)
        shown = Answer(text, round=round.number, mentions=worked) if worked else Math(text)
        return Entry(shown, quiet=not chosen and not hidden)

    def printed(self, formula: Formula, application: Application) -> matrix_form.Rows | None:
        """The numbers of a part that is printed as its rounded result; None for one printed in its own parts."""
        match formula:
            case Slot() | Number() | Sum() | Product() | Quotient(Number(), Number()):
                return None
            case _ if _is_cut(formula):
                return None
            case _ if is_of_numbers(formula, application):
                return None
            case Negative(argument) if self.is_written_out(argument, application):
                return None
            case Call(function, (first, second)) if function == HADAMARD and first != second:
                return None
            case _:
                return self.rounded_rows(formula, application)

    def rounded_rows(self, formula: Formula, application: Application) -> matrix_form.Rows:
        """The entries of a part, each as the number that is printed for it."""
        rows = matrix_form.rows(formula, application)
        return tuple(tuple(self._rounded(one) for one in row) for row in rows)

    def _rounded(self, formula: Formula) -> Formula:
        if isinstance(formula, Position):
            return formula
        shown = Decimal(self.numbers.finished(self.numbers.worked(formula), self.like).shown)
        return Number(str(shown)) if shown >= 0 else Negative(Number(str(-shown)))


def _is_cut(formula: Formula) -> bool:
    """Whether a part is a product without its first row or column, which stands in brackets."""
    return isinstance(formula, Call) and formula.function in CUT


def is_of_numbers(formula: Formula, application: Application) -> bool:
    """Whether a part is worked from single quantities alone."""
    return application.is_number(formula) and any(isinstance(leaf, Slot) for leaf in leaves(formula))


def after_sign(parts: list[Piece]) -> list[Piece]:
    """A term as it stands after a sign: a negative number that it begins with in parentheses."""
    return [bracketed(parts[0]), *parts[1:]]

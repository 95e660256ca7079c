"""The numbers of a round put into equations of matrices that go entry by entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from derive.arithmetic.rounding import plain
from derive.document.context import Context
from derive.document.mathematics import Answer, Math, Symbols
from derive.document.model import Entry, Matrix, Piece
from derive.document.views.number_matrices import bracketed, padded, plain_part
from derive.document.views.numbers import Numbers
from derive.graph.formula import ZERO, Call, Formula, Negative, Number, Position, Product, Slot, Sum, leaves
from derive.graph.functions import FUNCTIONS
from derive.graph.rule import renumber
from derive.graph.views import matrix_form
from derive.graph.views.application import Application
from derive.graph.views.language import HADAMARD, HADAMARD_QUOTIENT
from derive.writing import template
from derive.writing.matrix_views import is_entrywise
from derive.writing.symbols import NumberTable
from derive.writing.template import formula_template

PLUS, MINUS, OPEN, CLOSE = Symbols("+"), Symbols("-"), Symbols(r"\left("), Symbols(r"\right)")
NOT_UPDATED = Math("\\text{\N{EN DASH}}")
"""Stands for the gradient of what is not updated."""
_DIVIDED = Math(r" \oslash ")


@dataclass(frozen=True)
class EntryNumbers:
    """Puts numbers into the right side of one equation; `like` is a quantity that results are rounded like."""

    context: Context
    numbers: Numbers
    application: Application
    like: int
    apart: frozenset[str] = frozenset({HADAMARD, HADAMARD_QUOTIENT})
    """The products and quotients of entries whose two sides are written, where not their result."""

    def term(self, formula: Formula) -> list[Piece]:
        """The numbers put into a formula, as it stands at the start of a line or behind a sign."""
        if self.is_single(formula):
            return [self.single(formula, template.Context.START)]
        match formula:
            case Sum((first, *rest)):
                found = self.term(first)
                for term in rest:
                    negative = isinstance(term, Negative)
                    inner = self.term(term.argument if isinstance(term, Negative) else term)
                    found += [MINUS if negative else PLUS, *_after_sign(inner)]
                return found
            case Negative(Sum() as argument):
                return [MINUS, *self.factor(argument)]
            case Negative(argument):
                return [MINUS, *_after_sign(self.term(argument))]
            case Product((*numbers, last)):
                alone = all(map(self.is_single, numbers)) and is_entrywise(last)
                end = self.term(last) if alone else self.factor(last)
                return self.product([*map(self.factor, numbers), end], Math(""))
            case Call(function, (first, second)) if function in self.apart:
                sign = Math(self.context.notation.elementwise) if function == HADAMARD else _DIVIDED
                return self.product([self.factor(one) for one in (first, second)], sign)
            case _:
                return [plain_part(self.matrix(formula))]

    def factor(self, formula: Formula) -> list[Piece]:
        """The numbers of a factor, a sum of several terms in parentheses."""
        if self.is_single(formula):
            return [self.single(formula, template.Context.FACTOR)]
        parts = self.term(formula)
        plain = not isinstance(formula, (Sum, Negative)) and not (isinstance(formula, Call) and len(parts) > 1)
        return parts if plain else [OPEN, *parts, CLOSE]

    def product(self, factors: Sequence[list[Piece]], sign: Math) -> list[Piece]:
        """Factors one after another; between single numbers stands the sign of their products."""
        found = list(factors[0])
        for before, factor in pairwise(factors):
            numbers = not any(isinstance(one, Matrix) or one in (OPEN, CLOSE) for one in (before[-1], factor[0]))
            between = Math(self.context.notation.products.numbers) if numbers and not sign else sign
            found += [between, *_after_sign(factor)] if between else factor
        return found

    def is_single(self, formula: Formula) -> bool:
        """Whether single numbers alone stand in a formula, none of them an array or a sum over one."""
        return self.application.is_number(formula)

    def single(self, formula: Formula, within: template.Context) -> Math:
        """A formula of single numbers with these put in."""
        ((inner,),) = matrix_form.rows(formula, self.application)
        return self.written(inner, within)

    def written(self, formula: Formula, within: template.Context = template.Context.START) -> Math:
        """A formula over quantities with their numbers put in."""
        if isinstance(formula, Position) and within is template.Context.START:
            return self.numbers.text(formula.index)
        mentioned = tuple(dict.fromkeys(leaf.index for leaf in leaves(formula) if isinstance(leaf, Position)))
        values = {quantity: self.numbers.value(quantity) for quantity in mentioned}
        numbered = renumber(formula, {quantity: place for place, quantity in enumerate(mentioned)})
        printed = formula_template(numbered, self.context.writer.dialects.numbers, within)
        text = printed.fill(mentioned, NumberTable(values, self.context.writer.dialects))
        round, names = self.numbers.round, self.context.solution.lowered.graph.blocks.names
        worked = [(names[q], round.number) for q in mentioned if not self.context.is_given(round, q)]
        return Answer(text, round=round.number, facet="numbers", mentions=worked) if worked else Math(text)

    def matrix(self, formula: Formula) -> Matrix:
        """The numbers of a part: of quantities as they are shown, of anything else rounded like the result."""
        rows = matrix_form.rows(formula, self.application)
        row_rule, column_rule = matrix_form.border_of(formula, self.application)
        entries = [[self.entry(one) for one in row] for row in rows]
        return padded(entries, row_rule=row_rule, column_rule=column_rule)

    def entry(self, formula: Formula) -> Entry:
        """The number of one entry; a new parameter, and one that was updated before, is marked."""
        if isinstance(formula, Position):
            return Entry(self.numbers.text(formula.index), updated=self.numbers.is_updated(formula.index))
        if formula == ZERO:
            return Entry(NOT_UPDATED, quiet=True)
        text = self.context.writer.number(self.shown(formula))
        return Entry(Math(text) if self.is_given(formula) else Answer(text, round=self.numbers.round.number))

    def is_given(self, formula: Formula) -> bool:
        """Whether a formula is one of numbers that the problem gives."""
        mentioned = (leaf.index for leaf in leaves(formula) if isinstance(leaf, Position))
        return all(self.context.is_given(self.numbers.round, quantity) for quantity in mentioned)

    def shown(self, formula: Formula) -> str:
        """What is printed for a formula: rounded like the result, but for given numbers and selections."""
        number = self.numbers.worked(formula)
        selects = isinstance(formula, Call) and FUNCTIONS[formula.function].is_step
        rounded = self.numbers.finished(number, self.like).shown
        exact = plain(number) if number else "0"
        return exact if len(exact) < len(rounded) and (selects or self.is_given(formula)) else rounded

    def printed(self, formula: Formula, application: Application) -> matrix_form.Rows | None:
        """The numbers of a part that is printed as its rounded result; None for one printed in its own parts."""
        match formula:
            case Sum() | Negative() | Product() | Slot():
                return None
            case Call(function, _) if function in self.apart:
                return None
            case _ if self.is_single(formula):
                return None
        rows = matrix_form.rows(formula, application)
        return tuple(tuple(self._rounded(one) for one in row) for row in rows)

    def _rounded(self, formula: Formula) -> Formula:
        if isinstance(formula, Position):
            return formula
        shown = Decimal(self.shown(formula))
        return Number(str(shown)) if shown >= 0 else Negative(Number(str(-shown)))


def _after_sign(parts: list[Piece]) -> list[Piece]:
    """A term as it stands after a sign: a negative number that it begins with in parentheses."""
    return [bracketed(parts[0]), *parts[1:]]

"""The numbers of a round put into an equation of arrays, as they are printed and as they are worked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from derive.arithmetic.rounding import plain
from derive.document.context import Context
from derive.document.mathematics import Answer, Math, Symbols
from derive.document.model import Entry, Matrix, Piece
from derive.document.views.number_matrices import bracketed, padded, plain_part
from derive.document.views.numbers import Numbers
from derive.graph.formula import ZERO, Call, Formula, Negative, Number, Position, Product, Quotient, Slot, Sum, leaves
from derive.graph.functions import FUNCTIONS
from derive.graph.quantity import Role
from derive.graph.rule import renumber
from derive.graph.views import matrix_form
from derive.graph.views.application import Application
from derive.graph.views.language import CUT, HADAMARD, HADAMARD_QUOTIENT, ViewEquation
from derive.writing.matrix_views import is_entrywise
from derive.writing.template import Context as Where
from derive.writing.template import formula_template

PLUS, MINUS, OPEN, CLOSE = Symbols("+"), Symbols("-"), Symbols(r"\left("), Symbols(r"\right)")
SQUARE = "square"
"""A product entry by entry of an array and itself."""
_CHOICE = "equals"
"""A function that gives 1 or 0."""
NOT_UPDATED = Math("\\text{\N{EN DASH}}")
"""Stands for the gradient of what is not updated."""
_DIVIDED = Math(r" \oslash ")


@dataclass(frozen=True)
class Substitution:
    """Puts the numbers of a round into the right side of one equation; parts are rounded as the quantity `like` is."""

    context: Context
    numbers: Numbers
    application: Application
    like: int
    written_out: frozenset[str]
    """The operations entry by entry whose two sides are written, and not their result."""

    def term(self, formula: Formula, where: Where = Where.START) -> list[Piece]:
        """The numbers put into a formula."""
        match formula:
            case Slot(name) if self.application.find(name) is not None:
                return [plain_part(self.matrix(formula))]
            case Number(text):
                return [Symbols(self.context.writer.number(text))]
            case Negative(argument) if self.is_single(formula):
                return [MINUS, self.single(argument, Where.AFTER_MINUS)]
            case _ if self.is_single(formula):
                return [self.single(formula, where)]
            case Sum(terms):
                return self._sum(terms, where)
            case Negative(argument) if self.rounded(argument) is None:
                return [MINUS, *after_sign(self.factor(argument) if isinstance(argument, Sum) else self.term(argument))]
            case Product((*numbers, last)):
                alone = all(map(self._is_number, numbers)) and is_entrywise(last)
                return self.product([*map(self.factor, numbers), self.term(last) if alone else self.factor(last)])
            case Quotient(Number(above), Number(below)):
                return [Symbols(self.context.notation.dialects(stacked=True).names.quotient % (above, below))]
            case Call(function, (argument,)) if function in CUT:
                size = max(matrix_form.size(matrix_form.rows(formula, self.application)))
                return [Symbols(r"\left["), *self.term(argument), Symbols(rf"\right]_{{1}}^{{{size}}}")]
            case Call(function, (first, second)) if self._is_written_out(formula):
                sign = Math(self.context.notation.elementwise) if function == HADAMARD else _DIVIDED
                chained = isinstance(first, Call) and first.function == function == HADAMARD
                left = self.term(first) if chained else self._operand(first)
                return [*left, sign, *after_sign(self._operand(second))]
            case _:
                return [plain_part(self.matrix(formula))]

    def _sum(self, terms: Sequence[Formula], where: Where) -> list[Piece]:
        found = self.term(terms[0], where)
        for term in terms[1:]:
            sign, argument = (MINUS, term.argument) if isinstance(term, Negative) else (PLUS, term)
            found += [sign, *after_sign(self.term(argument, Where.AFTER_PLUS))]
        return found

    def factor(self, formula: Formula) -> list[Piece]:
        """The numbers of a factor, a sum of several terms in parentheses."""
        if self.is_single(formula):
            return [self.single(formula, Where.FACTOR)]
        parts = self.term(formula)
        plain = not isinstance(formula, (Sum, Negative)) and not (isinstance(formula, Call) and len(parts) > 1)
        plain = plain or (len(parts) == 1 and isinstance(parts[0], Matrix)) or _is_cut(formula)
        return parts if plain else [OPEN, *parts, CLOSE]

    def _operand(self, formula: Formula) -> list[Piece]:
        """One side of an operation entry by entry: a product of matrices stands in parentheses."""
        parts = self.factor(formula)
        return [OPEN, *parts, CLOSE] if isinstance(formula, Product) and len(parts) > 1 else parts

    def product(self, factors: Sequence[list[Piece]]) -> list[Piece]:
        """Factors one after another; a matrix stands behind another factor without a sign."""
        found = list(factors[0])
        for factor in factors[1:]:
            between = [] if isinstance(factor[0], Matrix) or factor[0] == OPEN else [self.times]
            found += [*between, *after_sign(factor)]
        return found

    @property
    def times(self) -> Math:
        """The sign between numbers."""
        return Math(self.context.notation.products.numbers)

    def is_single(self, formula: Formula) -> bool:
        """Whether a formula is worked from single quantities alone."""
        return self._is_number(formula) and any(isinstance(leaf, Slot) for leaf in leaves(formula))

    def _is_number(self, formula: Formula) -> bool:
        return self.application.is_number(formula)

    def single(self, formula: Formula, where: Where) -> Piece:
        """A formula of single numbers as a worked line has it."""
        ((whole,),) = matrix_form.rows(formula, self.application)
        whole = self.numbers.by_results(whole)
        if isinstance(whole, Position) and where is Where.START:
            return self.numbers.text(whole.index)
        operands = list(dict.fromkeys(leaf.index for leaf in leaves(whole) if isinstance(leaf, Position)))
        numbered = renumber(whole, {quantity: position for position, quantity in enumerate(operands)})
        template = formula_template(numbered, self.context.writer.dialects.numbers, where)
        return self.numbers.substituted(template.fill(operands, self.numbers.table(operands)), operands)

    def matrix(self, formula: Formula) -> Matrix:
        """The numbers of one side: of quantities as they are shown, of anything else rounded like the round."""
        entries = [[self.entry(one) for one in row] for row in matrix_form.rows(formula, self.application)]
        row_rule, column_rule = matrix_form.border_of(formula, self.application)
        return padded(entries, row_rule=row_rule, column_rule=column_rule)

    def entry(self, formula: Formula) -> Entry:
        """One number; what is 0 whatever the numbers are is gray."""
        if isinstance(formula, Position):
            return self._known(formula.index)
        if formula == ZERO:
            return Entry(Math("0") if not self._is_new() else NOT_UPDATED, quiet=True)
        if isinstance(formula, Number):
            return Entry(Math(self.context.writer.number(formula.text)))
        text = self.context.writer.number(self._shown(formula))
        if isinstance(formula, Call) and formula.function == _CHOICE:
            return self._choice(formula, text)
        return Entry(Answer(text, round=self.numbers.round.number))

    def reproduces(self, formula: Formula) -> bool:
        """Whether the shown numbers in a formula give what `entry` prints for it; taken as so where one is hidden."""
        mentioned = {leaf.index for leaf in leaves(formula) if isinstance(leaf, Position)}
        if isinstance(formula, Position) or self.context.is_hidden(self.numbers.round, *mentioned):
            return True
        carried, shown = self.numbers.worked(formula), self.numbers.worked(formula, shown=True)
        return self.numbers.finished(carried, self.like).shown == self.numbers.finished(shown, self.like).shown

    def _is_new(self) -> bool:
        """Whether the right side gives new parameters."""
        return self.context.solution.lowered.graph.blocks.of(self.like).role is Role.UPDATED

    def _known(self, quantity: int) -> Entry:
        """The number of a quantity; in lines of adjoints those that are exactly 0 are gray."""
        entry = self.numbers.entry(quantity)
        is_adjoint = self.context.solution.lowered.graph.blocks.of(self.like).role is Role.BACKWARD
        return entry if is_adjoint else replace(entry, quiet=False)

    def _choice(self, formula: Formula, text: str) -> Entry:
        """Whether something is chosen, 1 or 0; an answer where that is worked."""
        round, blocks = self.numbers.round, self.context.solution.lowered.graph.blocks
        mentioned = {leaf.index for leaf in leaves(formula) if isinstance(leaf, Position)}
        worked = [(blocks.names[one], round.number) for one in mentioned if not self.context.is_given(round, one)]
        shown = Answer(text, round=round.number, mentions=worked) if worked else Math(text)
        return Entry(shown, quiet=text == "0" and not self.context.is_hidden(round, *mentioned))

    def _shown(self, formula: Formula) -> str:
        """What is printed for a formula: rounded like the result, but for selections."""
        number = self.numbers.worked(formula)
        rounded = self.numbers.finished(number, self.like).shown
        exact = plain(number) if number else "0"
        selects = isinstance(formula, Call) and FUNCTIONS[formula.function].is_step
        return exact if len(exact) < len(rounded) and selects else rounded

    def _is_written_out(self, formula: Formula) -> bool:
        """Whether both sides of an operation entry by entry are written, and not its result."""
        if not isinstance(formula, Call) or formula.function not in (HADAMARD, HADAMARD_QUOTIENT):
            return False
        first, second = formula.arguments
        return (SQUARE if first == second else formula.function) in self.written_out

    def expanded(self, equation: ViewEquation) -> Iterator[tuple[int, Formula]]:
        """The formula of each entry of the left side in the numbers that are printed."""
        return matrix_form.expand(equation, self.application, lambda part, _: self.rounded(part))

    def rounded(self, formula: Formula) -> matrix_form.Rows | None:
        """The numbers of a part that is printed as its rounded result; None for one printed in its own parts."""
        match formula:
            case Slot() | Number() | Sum() | Product() | Quotient(Number(), Number()):
                return None
            case _ if self.is_single(formula) or self._is_written_out(formula) or _is_cut(formula):
                return None
            case Negative(argument) if self.rounded(argument) is None:
                return None
            case _:
                return self.rounded_rows(formula)

    def rounded_rows(self, formula: Formula) -> matrix_form.Rows:
        """The entries of a part, each as the number that is printed for it."""
        rows = matrix_form.rows(formula, self.application)
        return tuple(tuple(self._rounded(one) for one in row) for row in rows)

    def _rounded(self, formula: Formula) -> Formula:
        if isinstance(formula, Position):
            return formula
        shown = Decimal(self._shown(formula))
        return Number(str(shown)) if shown >= 0 else Negative(Number(str(-shown)))


def _is_cut(formula: Formula) -> bool:
    """Whether a part is a product without its first row or column, which stands in brackets."""
    return isinstance(formula, Call) and formula.function in CUT


def after_sign(parts: list[Piece]) -> list[Piece]:
    """A term as it stands after a sign: a negative number that it begins with in parentheses."""
    return [bracketed(parts[0]), *parts[1:]]

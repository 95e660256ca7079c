"""Statements of arrays as lines: symbols, the numbers of a round, and the result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from derive.document.context import Context
from derive.document.mathematics import Math, Relation, Symbols
from derive.document.model import Entry, Matrix, MatrixLine, Piece
from derive.document.views.index import EQUALS, symbols_of
from derive.document.views.number_matrices import padded, plain_part
from derive.document.views.numbers import Numbers
from derive.document.views.put_in import MINUS, PutIn, after_sign
from derive.document.views.results import APPROXIMATELY, Targets, result_parts
from derive.graph.equations import Equation
from derive.graph.formula import ZERO, Call, Formula, Number, Position, Quotient, Slot, Sum, add, calls
from derive.graph.views import matrix_form
from derive.graph.views.window_rows import WINDOWS
from derive.network.statements import Contribution, Statement
from derive.writing.matrix_views import matrix_latex
from derive.writing.template import Context as Where

JOIN, JOIN_MINUS = Relation("{}+{}"), Relation("{}-{}")
"""Between contributions: a line may break there."""


@dataclass(frozen=True)
class StatementLines:
    """The lines of one round; where `in_symbols`, each states its equation before the numbers."""

    context: Context
    numbers: Numbers
    in_symbols: bool

    def put_in(self, statement: Statement) -> PutIn:
        """What puts the numbers of the round into a statement."""
        like = next(one for row in targets_of(statement) for one in row if one is not None)
        return PutIn(self.context, self.numbers, like)

    def line(self, statement: Statement) -> MatrixLine:
        """One line: symbols, the numbers put in, the result."""
        left, symbols = self._symbols(statement)
        numbers = self._numbers(statement)
        result = self._result(statement, numbers)
        parts = [EQUALS, *symbols] if self.in_symbols else []
        if numbers and not self._repeats(statement, numbers, result[-1:]):
            parts += [EQUALS, *numbers]
        targets = [one for row in targets_of(statement) for one in row if one is not None]
        mark = self.context.stating(*targets) if self.in_symbols else self.context.citing(*targets)
        return MatrixLine("", Math(left), (*parts, *result), mark=mark)

    def scalar(self, equation: Equation) -> MatrixLine:
        """The line of a number that belongs to no array."""
        context, round = self.context, self.numbers.round
        hidden = context.is_hidden(round, equation.output, *equation.operands)
        sign = EQUALS if hidden or round.is_exact(equation.output) else APPROXIMATELY
        result = context.number(round, equation.output)
        symbols = context.inline_writer.formula(equation)
        substituted = context.substituted(round, equation, context.inline_writer)
        parts: list[Piece] = [EQUALS, Symbols(symbols)] if self.in_symbols and equation.operands else []
        repeats = isinstance(equation.rule.formula, Position) if hidden else substituted in (result, symbols)
        if not repeats:
            parts += [EQUALS, substituted]
        mark = context.stating(equation.output) if self.in_symbols else context.citing(equation.output)
        return MatrixLine("", context.symbol(equation.output), (*parts, sign, result), mark=mark)

    def _repeats(self, statement: Statement, numbers: Sequence[Piece], result: Sequence[Piece]) -> bool:
        """Whether the numbers put in are those of the result; of hidden ones, whether they are put in as a result."""
        if len(numbers) == 1 and not isinstance(numbers[0], Symbols) and getattr(numbers[0], "facet", "") != "numbers":
            return True
        return not self._are_hidden(statement) and "".join(map(str, numbers)) == "".join(map(str, result))

    def _are_hidden(self, statement: Statement) -> bool:
        return any(self.numbers.are_hidden(application) for _, application in statement.all_contributions)

    def _symbols(self, statement: Statement) -> tuple[str, list[Piece]]:
        dialect = self.context.notation.dialects(stacked=True).names
        update = self.numbers.round.number - 1
        left, whole = "", list[Piece]()
        for share in statement.shares:
            parts: list[Piece] = []
            for equation, application in share.contributions:
                symbols = symbols_of(self.context, application, generic=False, iteration=str(update) if update else "")
                left, right = matrix_latex(equation, application, symbols, dialect)
                term: list[Piece] = [MINUS, Symbols(right[1:])] if right.startswith("-") else [Symbols(right)]
                parts = joined_terms(parts, term)
            whole = joined_terms(whole, self._divided(parts, share))
        return left, whole

    def _numbers(self, statement: Statement) -> list[Piece]:
        """The numbers put in; of several contributions that are no single numbers, what each comes to."""
        whole, put_in = list[Piece](), self.put_in(statement)
        for share in statement.shares:
            parts: list[Piece] = []
            for equation, application in share.contributions:
                if self._is_worked_out(statement):
                    term: list[Piece] = [plain_part(put_in.matrix(equation.right, application))]
                elif len(statement.all_contributions) == 1 and self._goes_without_numbers((equation, application)):
                    return []
                else:
                    first = not parts and not whole and share.divisor == 1
                    term = put_in.term(equation.right, application, Where.START if first else Where.AFTER_PLUS)
                parts = joined_terms(parts, term)
            whole = joined_terms(whole, self._divided(parts, share))
        return whole

    def _divided(self, parts: list[Piece], share: Statement) -> list[Piece]:
        """A sum divided by the number of samples; one product needs no parentheses."""
        if share.divisor == 1 or not parts:
            return parts
        fraction = Symbols(rf"\frac{{1}}{{{share.divisor}}} ")
        if _is_sum(share) or parts[0] == MINUS:
            return [Symbols(rf"{fraction}\Bigl("), *parts, Symbols(r"\Bigr)")]
        is_number = not isinstance(parts[0], (Matrix, Symbols))
        return [fraction, *([self.put_in(share).times] if is_number else []), *after_sign(parts)]

    def _is_worked_out(self, statement: Statement) -> bool:
        return len(statement.all_contributions) > 1 and sum(map(len, targets_of(statement))) > 1

    def _goes_without_numbers(self, contribution: Contribution) -> bool:
        """Whether a right side is a function of one array, or moves windows: its numbers stand where that is worked."""
        equation, application = contribution
        match equation.right:
            case Slot():
                return True
            case Call(_, (Slot(name),)):
                found = application.find(name)
                return found is not None and len(found[0].ids) > 1
            case right:
                return any(one.function in WINDOWS for one in calls(right))

    def _result(self, statement: Statement, numbers: Sequence[Piece]) -> list[Piece]:
        """The sign and the shown numbers of the left side, behind symbols or the `numbers` put in."""
        targets = targets_of(statement)
        shown = self._shown(statement, targets)
        if self._are_hidden(statement):
            return [EQUALS, plain_part(shown)]
        printed = self._printed(statement)
        exact = all(self.numbers.reproduces(formula, target) for target, formula in printed.items())
        before = printed if numbers else dict(matrix_form.expand(*statement.contributions[0]))
        return result_parts(self.numbers, targets, shown, EQUALS if exact else APPROXIMATELY, before)

    def _shown(self, statement: Statement, targets: Targets) -> Matrix:
        """The numbers of the left side; of what is not worked 0 where nothing reaches it, else a dot."""
        equation, application = statement.contributions[0]
        row_rule, column_rule = matrix_form.border_of(equation.left, application)
        zeros, rows = _are_zero(statement), matrix_form.rows(equation.right, application)

        def entry(target: int | None, i: int, j: int) -> Entry:
            if target is not None:
                return self.numbers.entry(target)
            if row_rule or column_rule:
                return replace(self.put_in(statement).entry(rows[i][j]), quiet=True)
            return Entry(Math("0" if zeros[i][j] else r"\cdot"), quiet=True)

        entries = [[entry(one, i, j) for j, one in enumerate(row)] for i, row in enumerate(targets)]
        return padded(entries, row_rule=row_rule, column_rule=column_rule)

    def _printed(self, statement: Statement) -> dict[int, Formula]:
        """The formula of each entry of a left side in the numbers that are printed."""
        found: dict[int, list[Formula]] = {}
        put_in = self.put_in(statement)
        for divisor, (equation, application) in _divisors(statement):
            if self._is_worked_out(statement):
                rows = put_in.rounded_rows(equation.right, application)
                pairs = zip(targets_of(statement), rows, strict=True)
                printed = [pair for targets, row in pairs for pair in zip(targets, row, strict=True)]
            else:
                printed = list(matrix_form.expand(equation, application, put_in.printed))
            for target, formula in printed:
                if target is not None:
                    found.setdefault(target, []).append(_over(self.numbers.by_results(formula), divisor))
        return {target: add(tuple(formulas)) for target, formulas in found.items()}


def _divisors(statement: Statement) -> Iterator[tuple[int, Contribution]]:
    return ((share.divisor, one) for share in statement.shares for one in share.contributions)


def targets_of(statement: Statement) -> Targets:
    """What a statement defines, row by row; None where an adjoint is not worked, and for a border."""
    return matrix_form.targets(*statement.contributions[0])


def _are_zero(statement: Statement) -> list[list[bool]]:
    """For each entry whether no contribution gives anything to it."""
    every = [matrix_form.rows(equation.right, application) for equation, application in statement.all_contributions]
    targets = targets_of(statement)
    places = [[(i, j) for j in range(len(row))] for i, row in enumerate(targets)]
    return [[all(rows[i][j] == ZERO for rows in every) for i, j in row] for row in places]


def joined_terms(before: Sequence[Piece], term: list[Piece]) -> list[Piece]:
    """A further term of a sum that may break between its terms."""
    if not before:
        return term
    return [*before, JOIN_MINUS, *term[1:]] if term[0] == MINUS else [*before, JOIN, *after_sign(term)]


def _is_sum(share: Statement) -> bool:
    """Whether contributions are a sum of terms when they are written one after another."""
    return len(share.contributions) > 1 or isinstance(share.contributions[0][0].right, Sum)


def _over(formula: Formula, divisor: int) -> Formula:
    return formula if divisor == 1 else Quotient(formula, Number(str(divisor)))

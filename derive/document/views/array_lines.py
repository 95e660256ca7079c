"""Lines of arrays: symbols, the numbers of a round, and the result."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from derive.document.context import Context
from derive.document.mathematics import Math, Relation, Symbols
from derive.document.model import Entry, Matrix, MatrixLine, Piece
from derive.document.views.index import EQUALS, symbols_of
from derive.document.views.line_rules import is_of_layer, rule_of
from derive.document.views.number_matrices import padded, plain_part
from derive.document.views.numbers import Numbers
from derive.document.views.results import APPROXIMATELY, Targets, result_parts
from derive.document.views.substitution import MINUS, SQUARE, Substitution, after_sign
from derive.graph.equations import Equation
from derive.graph.formula import ONE, ZERO, Call, Formula, Number, Position, Quotient, Slot, Sum, add, calls, leaves
from derive.graph.quantity import Block, Role
from derive.graph.views import matrix_form
from derive.graph.views.application import Application
from derive.graph.views.language import HADAMARD, HADAMARD_QUOTIENT
from derive.graph.views.window_rows import WINDOWS
from derive.network.array_statements import Stated
from derive.network.statements import Contribution, Statement
from derive.writing.matrix_views import matrix_latex
from derive.writing.template import Context as Where

BECOMES = Relation(r"\leftarrow ")
OF_LAYERS, ENTRYWISE = frozenset({HADAMARD}), frozenset({HADAMARD, HADAMARD_QUOTIENT, SQUARE})
"""The operations entry by entry whose sides are written with their numbers: in layers, and in losses and updates."""
MOST_OPERANDS, MOST_COLUMNS = 10, 12
"""The numbers of a sum of more operands, or of more columns side by side, are not put in outside layers."""
JOIN, JOIN_MINUS = Relation("{}+{}"), Relation("{}-{}")
"""Between contributions: a line may break there."""


@dataclass(frozen=True)
class ArrayLines:
    """The lines of one round; where `in_symbols`, each rule is stated before the numbers where it comes first."""

    context: Context
    numbers: Numbers
    in_symbols: bool

    def lines(
        self, statements: Iterable[Stated], written: Iterable[Stated], known: Iterable[Hashable] = ()
    ) -> Iterator[MatrixLine]:
        """The lines of statements in order, with symbols as they are `written`, without labels.

        Rules that are `known` are not stated again.
        """
        stated = set(known)
        for statement, in_symbols in zip(statements, written, strict=True):
            if isinstance(statement, Equation):
                yield self.scalar(statement)
            elif isinstance(in_symbols, Statement):
                rule = rule_of(self._subject(statement), statement)
                yield replace(self, in_symbols=self.in_symbols and rule not in stated).line(statement, in_symbols)
                stated.add(rule)

    def line(self, statement: Statement, written: Statement) -> MatrixLine:
        """One line: symbols as they are `written`, the numbers put in, the result."""
        targets = statement.targets
        defined = [one for row in targets for one in row if one is not None]
        left, symbols = self._symbols(written)
        if not has_symbol(self.context, self.context.solution.lowered.graph.blocks.of(defined[0])):
            left, symbols = "".join(map(str, symbols)), []
        numbers, printed = self._put_in(statement)
        shown = self._shown(statement, targets)
        is_constant = _is_constant(statement)
        sides = [symbols] if symbols and self.in_symbols and not is_constant else []
        if numbers and not is_constant and not self._repeats(statement, numbers, shown):
            sides.append(numbers)
        signs = [self._becomes(defined[0]), *[EQUALS] * len(sides)]
        hidden = self._are_hidden(statement)
        if signs[-1] == EQUALS and not hidden and not (self._is_exact(printed) and self._is_border_exact(statement)):
            signs[-1] = APPROXIMATELY
        before = printed if numbers else dict(matrix_form.expand(*statement.contributions[0]))
        parts = [part for sign, side in zip(signs, sides, strict=False) for part in (sign, *side)]
        parts += result_parts(self.numbers, [] if hidden else targets, shown, signs[-1], before)
        mark = self.context.stating(*defined) if self.in_symbols else self.context.citing(*defined)
        return MatrixLine("", Math(left), tuple(parts), mark=mark)

    def scalar(self, equation: Equation) -> MatrixLine:
        """The line of a number that belongs to no array."""
        context, round, target = self.context, self.numbers.round, equation.output
        hidden = context.is_hidden(round, target, *equation.operands)
        symbol, result, writer = context.symbol(target), context.number(round, target), context.inline_writer
        formula, substituted = context.formula(equation, writer), context.substituted(round, equation, writer)
        sides: list[Piece] = [formula] if self.in_symbols and equation.operands and formula != symbol else []
        repeats = isinstance(equation.rule.formula, Position) if hidden else substituted in (result, formula)
        sides += [] if repeats else [substituted]
        signs = [self._becomes(target), *[EQUALS] * len(sides)]
        if not hidden and not round.is_exact(target):
            signs[-1] = APPROXIMATELY
        parts = [part for pair in zip(signs, [*sides, result], strict=True) for part in pair]
        mark = context.stating(target) if self.in_symbols else context.citing(target)
        return MatrixLine("", symbol, tuple(parts), mark=mark)

    def _becomes(self, target: int) -> Relation:
        """An arrow where old and new are written with the same symbol."""
        is_new = self.context.solution.lowered.graph.blocks.of(target).role is Role.UPDATED
        return BECOMES if is_new and self.context.notation.update == "arrow" else EQUALS

    def _repeats(self, statement: Statement, numbers: Sequence[Piece], shown: Matrix) -> bool:
        """Whether the numbers put in are those of the result; of hidden ones, whether they are put in as a result."""
        if len(numbers) == 1 and not isinstance(numbers[0], Symbols) and getattr(numbers[0], "facet", "") != "numbers":
            return True
        return not self._are_hidden(statement) and numbers == [plain_part(shown)]

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
                negative = right.startswith("-") and (parts or whole)
                term: list[Piece] = [MINUS, Symbols(right[1:])] if negative else [Symbols(right)]
                parts = joined_terms(parts, term)
            whole = joined_terms(whole, self._divided(parts, share))
        return left, whole

    def _put_in(self, statement: Statement) -> tuple[list[Piece], Mapping[int, Formula]]:
        """The numbers put in, as far as they fit a line, and as the formulas of the left side's entries."""
        if any(map(_goes_without_numbers, statement.contributions)) and len(statement.all_contributions) == 1:
            return [], self._printed(statement, OF_LAYERS)
        if is_of_layer(self._subject(statement)):
            return self._numbers(statement, OF_LAYERS), self._printed(statement, OF_LAYERS)
        defined = statement.defined
        own = self.numbers.round.equation_of.get(defined[0])
        if sum(map(len, statement.targets)) == 1 and own is not None:
            numbers: list[Piece] = [self.context.substituted(self.numbers.round, own, self.context.writer)]
            printed = dict(matrix_form.expand(*statement.contributions[0]))
            return (numbers, printed) if len(own.operands) <= MOST_OPERANDS else ([], {})
        for operations in (ENTRYWISE, frozenset[str]()):
            parts = self._numbers(statement, operations)
            if len(parts) == 1 and isinstance(parts[0], Matrix):
                break
            if _columns(parts) <= MOST_COLUMNS:
                return parts, self._printed(statement, operations)
        return [], {}

    def _numbers(self, statement: Statement, written_out: frozenset[str]) -> list[Piece]:
        """The numbers put in; of several contributions that are no single numbers, what each comes to."""
        whole = list[Piece]()
        for share in statement.shares:
            parts: list[Piece] = []
            for equation, application in share.contributions:
                put_in = self._substitution(statement, application, written_out)
                if _is_worked_out(statement):
                    term: list[Piece] = [plain_part(put_in.matrix(equation.right))]
                else:
                    first = not parts and not whole and share.divisor == 1
                    term = put_in.term(equation.right, Where.START if first else Where.AFTER_PLUS)
                parts = joined_terms(parts, term)
            whole = joined_terms(whole, self._divided(parts, share))
        return whole

    def _substitution(
        self, statement: Statement, application: Application, written_out: frozenset[str]
    ) -> Substitution:
        like = next(one for row in statement.targets for one in row if one is not None)
        return Substitution(self.context, self.numbers, application, like, written_out)

    def _subject(self, statement: Statement) -> Block:
        """The block that a line is of; for an adjoint that which it is the adjoint of."""
        return self.context.solution.lowered.graph.blocks.of(statement.array[0].ids[0])

    def _divided(self, parts: list[Piece], share: Statement) -> list[Piece]:
        """A sum divided by the number of samples; one product needs no parentheses."""
        if share.divisor == 1 or not parts:
            return parts
        fraction = Symbols(rf"\frac{{1}}{{{share.divisor}}} ")
        if _is_sum(share) or (isinstance(parts[0], Symbols) and parts[0].startswith("-")):
            return [Symbols(rf"{fraction}\Bigl("), *parts, Symbols(r"\Bigr)")]
        is_number = not isinstance(parts[0], (Matrix, Symbols))
        times = [Math(self.context.notation.products.numbers)] if is_number else []
        return [fraction, *times, *after_sign(parts)]

    def _shown(self, statement: Statement, targets: Targets) -> Matrix:
        """The numbers of the left side; of what is not worked 0 where nothing reaches it, else a dot."""
        equation, application = statement.contributions[0]
        row_rule, column_rule = matrix_form.border_of(equation.left, application)
        zeros, right = _are_zero(statement), matrix_form.rows(equation.right, application)

        def entry(target: int | None, i: int, j: int) -> Entry:
            if target is not None:
                return self.numbers.entry(target)
            if row_rule or column_rule:
                return replace(put_in.entry(right[i][j]), quiet=right[i][j] != ONE)
            return Entry(Math("0" if zeros[i][j] else r"\cdot"), quiet=True)

        put_in = self._substitution(statement, application, OF_LAYERS)
        entries = [[entry(one, i, j) for j, one in enumerate(row)] for i, row in enumerate(targets)]
        return padded(entries, row_rule=row_rule, column_rule=column_rule)

    def _printed(self, statement: Statement, written_out: frozenset[str]) -> dict[int, Formula]:
        """The formula of each entry of a left side in the numbers that are printed."""
        found: dict[int, list[Formula]] = {}
        for divisor, (equation, application) in _divisors(statement):
            put_in = self._substitution(statement, application, written_out)
            if _is_worked_out(statement):
                rows = put_in.rounded_rows(equation.right)
                pairs = zip(statement.targets, rows, strict=True)
                printed = [pair for targets, row in pairs for pair in zip(targets, row, strict=True)]
            else:
                printed = list(put_in.expanded(equation))
            for target, formula in printed:
                if target is not None:
                    found.setdefault(target, []).append(_over(self.numbers.by_results(formula), divisor))
        return {target: add(tuple(formulas)) for target, formulas in found.items()}

    def _is_exact(self, printed: Mapping[int, Formula]) -> bool:
        return all(self.numbers.reproduces(formula, target) for target, formula in printed.items())

    def _is_border_exact(self, statement: Statement) -> bool:
        """Whether the gray row of a bias, which no quantity of the graph stands for, follows from the shown numbers."""
        equation, application = statement.contributions[0]
        if not any(matrix_form.border_of(equation.left, application)):
            return True
        put_in = self._substitution(statement, application, OF_LAYERS)
        pairs = zip(statement.targets, matrix_form.rows(equation.right, application), strict=True)
        every = [pair for targets, row in pairs for pair in zip(targets, row, strict=True)]
        return all(put_in.reproduces(formula) for target, formula in every if target is None)


def has_symbol(context: Context, block: Block) -> bool:
    """Whether the notation has a letter for a block: else its formula is its symbol."""
    return bool(context.notation.letter(block))


def _divisors(statement: Statement) -> Iterator[tuple[int, Contribution]]:
    return ((share.divisor, one) for share in statement.shares for one in share.contributions)


def _is_constant(statement: Statement) -> bool:
    """Whether no array stands on the right side: it is the result."""
    return not any(isinstance(leaf, Slot) for one, _ in statement.all_contributions for leaf in leaves(one.right))


def _is_worked_out(statement: Statement) -> bool:
    return len(statement.all_contributions) > 1 and sum(map(len, statement.targets)) > 1


def _goes_without_numbers(contribution: Contribution) -> bool:
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


def _are_zero(statement: Statement) -> list[list[bool]]:
    """For each entry whether no contribution gives anything to it."""
    every = [matrix_form.rows(equation.right, application) for equation, application in statement.all_contributions]
    return [
        [all(one == ZERO for one in entries) for entries in zip(*rows, strict=True)]
        for rows in zip(*every, strict=True)
    ]


def _columns(parts: Sequence[Piece]) -> int:
    """How many columns of numbers stand side by side."""
    return sum(len(part.rows[0]) for part in parts if isinstance(part, Matrix))


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

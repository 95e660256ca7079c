"""Lines of what is worked entry by entry: losses, what they add to adjoints, updates and states of optimizers."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from derive.document.context import Context
from derive.document.mathematics import Math, Relation, Symbols
from derive.document.model import Entry, Matrix, MatrixLine, Piece
from derive.document.views.entry_numbers import CLOSE, OPEN, EntryNumbers
from derive.document.views.index import ADDS, EQUALS, symbols_of
from derive.document.views.number_matrices import padded, plain_part
from derive.document.views.numbers import Numbers
from derive.document.views.results import APPROXIMATELY, Targets, result_parts
from derive.graph.equations import Equation
from derive.graph.formula import Formula, Number, Position, Quotient, Slot, rebuild
from derive.graph.quantity import Block, Role
from derive.graph.views import matrix_form
from derive.graph.views.language import HADAMARD, HADAMARD_QUOTIENT
from derive.network.array_statements import Stated
from derive.network.inlined import inlined
from derive.network.statements import Statement
from derive.writing.matrix_views import matrix_latex

BECOMES = Relation(r"\leftarrow ")
MOST_OPERANDS, MOST_COLUMNS = 10, 12
"""The numbers of a sum of more operands, or of more columns side by side, are not put in."""
ENTRYWISE = frozenset({HADAMARD, HADAMARD_QUOTIENT})


@dataclass(frozen=True)
class EntryLines:
    """The lines of one round; where `in_symbols`, each states its equation before the numbers."""

    context: Context
    numbers: Numbers
    in_symbols: bool

    def lines(
        self, statements: Sequence[Stated], whole: Sequence[Stated], known: Iterable[Hashable] = ()
    ) -> Iterator[MatrixLine]:
        """The lines of statements in order, with the symbols of the `whole` ones for rules that are not `known`."""
        blocks, stated = self.context.solution.lowered.graph.blocks, set(known)
        for one in zip(statements, inlined(blocks, whole, self.has_symbol), strict=True):
            match one:
                case (Statement() as statement, Statement() as written):
                    rule = update_rule(statement)
                    yield replace(self, in_symbols=self.in_symbols and rule not in stated).line(statement, written)
                    stated.add(rule)
                case (Equation() as equation, _):
                    yield self.scalar(equation)

    def has_symbol(self, block: Block) -> bool:
        """Whether the notation has a letter for a block: else its formula is its symbol."""
        return bool(self.context.notation.letter(block))

    def line(self, statement: Statement, written: Statement) -> MatrixLine:
        """One line: symbols as they are `written`, the numbers put in, the result."""
        targets = matrix_form.targets(*statement.contributions[0])
        first = next(one for row in targets for one in row if one is not None)
        left, symbols = self._symbols(written)
        numbers, is_exact, printed = self._numbers(statement, first)
        shown = self._result(statement, targets)
        if not self.has_symbol(self.context.solution.lowered.graph.blocks.of(first)):
            left, symbols = symbols, ""
        sides: list[list[Piece]] = [[Symbols(symbols)]] if symbols and self.in_symbols else []
        sides += [numbers] if numbers and numbers != [plain_part(shown)] else []
        signs = [self._relation(statement, first), *[EQUALS] * len(sides)]
        hidden = self.numbers.are_hidden(statement.contributions[0][1])
        if sides and not is_exact and not hidden:
            signs[-1] = APPROXIMATELY
        parts = [part for sign, side in zip(signs, sides, strict=False) for part in (sign, *side)]
        parts += result_parts(
            self.numbers, targets if statement.whole and not hidden else [], shown, signs[-1], printed
        )
        defined = [one for row in targets for one in row if one is not None] if statement.whole else []
        mark = self.context.stating(*defined) if self.in_symbols else self.context.citing(*defined)
        return MatrixLine("", Math(left), tuple(parts), mark=mark)

    def scalar(self, equation: Equation) -> MatrixLine:
        """The line of a number that belongs to no array."""
        context, round, writer = self.context, self.numbers.round, self.context.writer
        symbol, result = context.symbol(equation.output), context.number(round, equation.output)
        formula, substituted = context.formula(equation, writer), context.substituted(round, equation, writer)
        sides = [formula] if self.in_symbols and formula != symbol else []
        sides += [substituted] if substituted != result else []
        signs = [self._becomes(equation.output), *[EQUALS] * len(sides)]
        hidden = context.is_hidden(round, equation.output, *equation.operands)
        if sides and not hidden and not round.is_exact(equation.output):
            signs[-1] = APPROXIMATELY
        parts = [part for pair in zip(signs, [*sides, result], strict=True) for part in pair]
        mark = context.stating(equation.output) if self.in_symbols else context.citing(equation.output)
        return MatrixLine("", symbol, tuple(parts), mark=mark)

    def _relation(self, statement: Statement, target: int) -> Relation:
        return self._becomes(target) if statement.whole else ADDS

    def _becomes(self, target: int) -> Relation:
        """An arrow where old and new are written with the same symbol."""
        is_new = self.context.solution.lowered.graph.blocks.of(target).role is Role.UPDATED
        return BECOMES if is_new and self.context.notation.update == "arrow" else EQUALS

    def _symbols(self, statement: Statement) -> tuple[str, str]:
        ((equation, application),) = statement.contributions
        update = self.numbers.round.number - 1
        symbols = symbols_of(self.context, application, generic=False, iteration=str(update) if update else "")
        dialect = self.context.notation.dialects(stacked=True).names
        left, right = matrix_latex(equation, application, symbols, dialect)
        return left, right if statement.divisor == 1 else rf"\frac{{1}}{{{statement.divisor}}} ({right})"

    def _numbers(self, statement: Statement, target: int) -> tuple[list[Piece], bool, Mapping[int, Formula]]:
        """The numbers put in, as far as they fit a line, whether they give the printed result, and as formulas."""
        ((equation, application),) = statement.contributions
        own = self.numbers.round.equation_of.get(target)
        if isinstance(equation.right, Slot):
            return [], True, {}
        if len(_entries(statement)) == 1 and own is not None and statement.whole:
            return (*self._single_numbers(own), dict(_formulas(statement, None)))
        for apart in (ENTRYWISE, frozenset[str]()):
            put_in = EntryNumbers(self.context, self.numbers, application, target, apart)
            parts = put_in.term(equation.right)
            if len(parts) == 1 and isinstance(parts[0], Matrix):
                break
            if _columns(parts) <= MOST_COLUMNS:
                printed = dict(_formulas(statement, put_in.printed))
                return _divided(parts, statement.divisor), self._is_exact(statement, printed), printed
        return [], True, {}

    def _single_numbers(self, equation: Equation) -> tuple[list[Piece], bool]:
        """The numbers of a single number's own equation, where they are few."""
        if len(equation.operands) > MOST_OPERANDS:
            return [], True
        round = self.numbers.round
        return [self.context.substituted(round, equation, self.context.writer)], round.is_exact(equation.output)

    def _result(self, statement: Statement, targets: Targets) -> Matrix:
        """The numbers of the left side; of the share where that is not all of it."""
        totals = dict(_formulas(statement, None))

        equation, application = statement.contributions[0]
        border = application.borders.get(equation.of)

        def entry(target: int | None) -> Entry:
            if target is None:
                return Entry(Math("0"), quiet=True) if border is None else Entry(Math("1"))
            put_in = EntryNumbers(self.context, self.numbers, application, target)
            return put_in.entry(Position(target) if statement.whole else totals[target])

        row_rule, column_rule = matrix_form.border_of(equation.left, application)
        entries = [[entry(target) for target in row] for row in targets]
        return padded(entries, row_rule=row_rule, column_rule=column_rule)

    def _is_exact(self, statement: Statement, printed: Mapping[int, Formula]) -> bool:
        """Whether the printed numbers, worked by hand, give the printed result."""
        numbers = self.numbers
        if statement.whole:
            return all(numbers.reproduces(formula, target) for target, formula in printed.items())
        by_hand = {one: numbers.finished(numbers.worked(f, shown=True), one).shown for one, f in printed.items()}
        shown = {one: numbers.finished(numbers.worked(f), one).shown for one, f in _formulas(statement, None)}
        return by_hand == shown


def update_rule(statement: Statement) -> Hashable:
    """What a statement has in common with those of other parameters: its right side, whatever the arrays' names."""
    ((equation, application),) = statement.contributions
    names = {name: str(place) for place, name in enumerate(equation.names())}
    single = [name for name in names if (found := application.find(name)) is not None and found[0].shape == ()]

    def plain(node: Formula) -> Formula | None:
        return Slot(names[node.name]) if isinstance(node, Slot) and node.name not in single else None

    return rebuild(equation.right, plain)


def _entries(statement: Statement) -> list[int | None]:
    """What a statement defines, entry by entry."""
    return [one for row in matrix_form.targets(*statement.contributions[0]) for one in row]


def _columns(parts: Sequence[Piece]) -> int:
    """How many columns of numbers stand side by side."""
    return sum(len(part.rows[0]) for part in parts if isinstance(part, Matrix))


def _divided(parts: list[Piece], divisor: int) -> list[Piece]:
    """The numbers of a right side divided by the number of samples."""
    return parts if divisor == 1 else [Symbols(rf"\frac{{1}}{{{divisor}}} "), OPEN, *parts, CLOSE]


def _formulas(statement: Statement, printed: matrix_form.Printed | None) -> Iterator[tuple[int, Formula]]:
    """The formula of each entry of a left side."""
    ((equation, application),) = statement.contributions
    for target, formula in matrix_form.expand(equation, application, printed):
        divided = formula if statement.divisor == 1 else Quotient(formula, Number(str(statement.divisor)))
        yield target, divided

"""The equations of every layer as matrices: symbols, the numbers of a round, and the result, forward and backward."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from derive.document.context import Context
from derive.document.mathematics import Math, Relation, Rich, Symbols
from derive.document.matrices.entries import bracketed, padded, plain_part
from derive.document.model import Entry, Matrix, MatrixLine, MatrixLines, Note, Piece
from derive.document.views.index import ADDS, EQUALS, Reach, reaching, symbols_of, views_of
from derive.document.views.numbers import Numbers
from derive.errors import InputError
from derive.graph.formula import Call, Formula, Negative, Number, Position, Product, Quotient, Slot, Sum, add
from derive.graph.functions import FUNCTIONS
from derive.graph.quantity import Role
from derive.graph.views import matrix_form
from derive.graph.views.application import Application
from derive.graph.views.index_form import present
from derive.graph.views.language import HADAMARD, ViewEquation
from derive.network.views import LayerViews
from derive.problem.asks import Ask
from derive.writing.views import matrix_latex

JOIN, JOIN_MINUS = Relation("{}+{}"), Relation("{}-{}")
"""Between the uses of a parameter: a line may break there."""
APPROXIMATELY = Relation(r"\approx")
PLUS, MINUS, OPEN, CLOSE = Symbols("+"), Symbols("-"), Symbols(r"\left("), Symbols(r"\right)")


def matrix_form_lines(context: Context, asked: Ask) -> tuple[MatrixLines, ...]:
    """Two runs of lines for a round: forward from the first layer on and, where it updates, backward from the last."""
    words = context.locale
    if context.solution.graph.interleaved:
        raise InputError.single(
            "questions: `matrix form` shows updates all at once; ask for rounds, or for `index form`"
        )
    this = _Pass(context, Numbers(context, context.solution.rounds[asked.round or 1]))
    number = str(this.numbers.round.number)
    every = views_of(context)
    views = [one for one in every if one.has_matrices]
    forward: list[MatrixLine | Note] = [line for one in views for line in this.lines(one, backward=False)]
    others = [one.placed.number for one in every if one.forms.index and not one.has_matrices]
    if others:
        forward.append(Note(context.phrase(words.no_matrices, layers=words.layers(others))))
    runs = [(words.matrix_title_forward, forward)]
    if not context.solution.plan.is_final(this.numbers.round.number):
        backward: list[MatrixLine | Note] = [line for one in reversed(views) for line in this.lines(one, backward=True)]
        if any(isinstance(line, MatrixLine) and ADDS in line.parts for line in backward):
            backward.append(Note(context.phrase(words.adds_up, sign=Math(str(ADDS)))))
        runs.append((words.matrix_title_backward, backward))
    return tuple(MatrixLines(title.replace("<n>", number), Rich(()), tuple(run)) for title, run in runs if run)


@dataclass(frozen=True)
class _Pass:
    context: Context
    numbers: Numbers

    def lines(self, views: LayerViews, *, backward: bool) -> Iterator[MatrixLine]:
        """The lines of one layer, application by application; a parameter's once, over all of them."""
        label = self.context.locale.layer_number.replace("<n>", str(views.placed.number))
        seen: set[int] = set()
        parameters: list[MatrixLine] = []
        for application in views.applications:
            chosen = views.backward_matrices(application) if backward else views.matrices(application)
            for equation in chosen:
                found = application.find(equation.of)
                reach = reaching(self.context.solution.lowered.graph, views, application, equation)
                if found is None or (found[1] and found[0].ids[0] in seen):
                    continue
                shared = len(reach.applications) > 1
                if shared:
                    seen.add(found[0].ids[0])
                line = self.line(equation, application, reach, "" if shared else label)
                if shared:
                    parameters.append(line)
                else:
                    label = ""
                    yield line
        yield from parameters

    def line(self, equation: ViewEquation, application: Application, reach: Reach, label: str) -> MatrixLine:
        """One line: symbols, the numbers put in, the result."""
        graph = self.context.solution.lowered.graph
        dialect = self.context.notation.dialects(stacked=True).names
        symbols: list[str] = []
        parts: list[Piece] = []
        left = ""
        reach = _contributing(equation, reach)
        for one in reach.applications:
            update = self.numbers.round.number - 1
            own = symbols_of(self.context, one, generic=False, iteration=str(update) if update else "")
            left, right = matrix_latex(equation, one, own, dialect)
            symbols.append(right)
            parts = _joined(parts, self.term(equation.right, one))
        shared = len(reach.applications) > 1 and self.is_parameter(equation, application)
        divisor = graph.roots.gradient_divisor if shared else 1
        text: list[Piece] = []
        for symbol in symbols:
            text = _joined(text, [MINUS, Symbols(symbol[1:])] if symbol.startswith("-") else [Symbols(symbol)])
        if divisor > 1:
            text, parts = self.shared(text, divisor), self.shared(parts, divisor)
        relation = EQUALS if reach.whole else ADDS
        result = self.result(equation, reach, divisor)
        numbers = [] if parts == result[1:] else [EQUALS, *parts]
        return MatrixLine(label, Math(left), (relation, *text, *numbers, *result))

    def is_parameter(self, equation: ViewEquation, application: Application) -> bool:
        found = application.find(equation.of)
        blocks = self.context.solution.lowered.graph.blocks
        return found is not None and blocks.of(found[0].ids[0]).role is Role.GIVEN

    def shared(self, parts: Sequence[Piece], divisor: int) -> list[Piece]:
        """A sum divided by the number of samples."""
        return [Symbols(rf"\frac{{1}}{{{divisor}}} \Bigl("), *parts, Symbols(r"\Bigr)")]

    def result(self, equation: ViewEquation, reach: Reach, divisor: int) -> list[Piece]:
        """The sign and the shown numbers of the left side; of the contribution where that is not all of it."""
        whole = _totals(equation, reach, divisor)
        named = reach.applications[0].find(equation.of)
        rows = matrix_form.places(named[0]) if named is not None else ()
        adjoint = named is not None and named[1]
        of = reach.applications[0].target
        targets = [[of(quantity, adjoint=adjoint) for quantity in row] for row in rows]
        entries = [[Entry(self.entry(target, whole, whole_reach=reach.whole)) for target in row] for row in targets]
        printed = _totals(equation, reach, divisor, self.printed)
        exact = all(self.reproduces(printed[target], whole[target], target, reach) for target in whole)
        return [EQUALS if exact else APPROXIMATELY, plain_part(padded(entries))]

    def reproduces(self, printed: Formula, formula: Formula, target: int, reach: Reach) -> bool:
        """Whether the shown numbers, in the formula that they are printed in, give the shown result."""
        if reach.whole:
            return self.numbers.reproduces(printed, target)
        worked = self.numbers.finished(self.numbers.worked(printed, shown=True), target)
        return worked.shown == self.numbers.finished(self.numbers.worked(formula), target).shown

    def printed(self, formula: Formula, application: Application) -> matrix_form.Rows | None:
        """The numbers of a part that is printed as its rounded result; None for one printed in its own parts."""
        match formula:
            case Slot() | Number() | Sum() | Negative() | Product():
                return None
            case Call(function, _) if function == HADAMARD:
                return None
            case Call(_, (Slot() as argument,)) if self.name_of(formula, argument, application):
                return None
            case _:
                like = next(iter(application.tensors.values())).ids[0]
                rows = matrix_form.rows(formula, application)
                return tuple(tuple(self.rounded(one, like) for one in row) for row in rows)

    def rounded(self, formula: Formula, like: int) -> Formula:
        """A quantity as it is; of any other formula the number that is printed for it."""
        if isinstance(formula, Position):
            return formula
        shown = Decimal(self.numbers.finished(self.numbers.worked(formula), like).shown)
        return Number(str(shown)) if shown >= 0 else Negative(Number(str(-shown)))

    def entry(self, target: int | None, whole: dict[int, Formula], *, whole_reach: bool) -> Math:
        if target is None:
            return Math(r"\cdot")
        if whole_reach:
            return self.numbers.text(target)
        return self.written(whole[target], target)

    def written(self, formula: Formula, like: int) -> Math:
        """The number of a formula, rounded as those of a quantity are."""
        return self.numbers.shown(self.numbers.worked(formula), like)

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
                    found += [MINUS if negative else PLUS, *_after_sign(inner)]
                return found
            case Negative(argument):
                return [MINUS, *_after_sign(self.factor(argument, application))]
            case Product(factors):
                return self.product([self.factor(one, application) for one in factors], self.times)
            case Call(function, (first, second)) if function == HADAMARD:
                parts = [self.factor(one, application) for one in (first, second)]
                single = all(len(part) == 1 and not isinstance(part[0], Matrix) for part in parts)
                return self.product(parts, self.times if single else Math(self.context.notation.elementwise))
            case Call(_, (Slot() as argument,)) if applied := self.name_of(formula, argument, application):
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
            found += [*between, *_after_sign(factor)]
        return found

    def factor(self, formula: Formula, application: Application) -> list[Piece]:
        """A factor, a sum of several terms in parentheses."""
        parts = self.term(formula, application)
        plain = not isinstance(formula, (Sum, Negative)) and not (isinstance(formula, Call) and len(parts) > 1)
        return parts if plain else [OPEN, *parts, CLOSE]

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

        def entry(one: Formula) -> Entry:
            if isinstance(one, Call) and one.function in FUNCTIONS and FUNCTIONS[one.function].is_step:
                return Entry(Math(self.context.writer.number(f"{self.numbers.worked(one):f}")))
            return Entry(self.numbers.text(one.index) if isinstance(one, Position) else self.written(one, like))

        return padded([[entry(one) for one in row] for row in matrix_form.rows(formula, application)])


def _contributing(equation: ViewEquation, reach: Reach) -> Reach:
    """Those applications of a reach in which an equation gives anything: not where the loss does not depend on it."""
    uses = [one for one in reach.applications if present(equation, one) is not None]
    return Reach(uses or reach.applications, reach.steps, whole=reach.whole)


def _totals(
    equation: ViewEquation, reach: Reach, divisor: int, printed: matrix_form.Printed | None = None
) -> dict[int, Formula]:
    """The formula of each entry of a left side, over all applications."""
    found: dict[int, list[Formula]] = {}
    for application in reach.applications:
        for target, formula in matrix_form.expand(equation, application, printed):
            found.setdefault(target, []).append(formula)
    return {target: _over(add(tuple(formulas)), divisor) for target, formulas in found.items()}


def _joined(before: list[Piece], term: list[Piece]) -> list[Piece]:
    """A further term of a sum that may break between its terms."""
    if not before:
        return term
    return [*before, JOIN_MINUS, *term[1:]] if term[0] == MINUS else [*before, JOIN, *_after_sign(term)]


def _over(formula: Formula, divisor: int) -> Formula:
    return formula if divisor == 1 else Quotient(formula, Number(str(divisor)))


def _after_sign(parts: list[Piece]) -> list[Piece]:
    """A term as it stands after a sign: a negative number that it begins with in parentheses."""
    return [bracketed(parts[0]), *parts[1:]]

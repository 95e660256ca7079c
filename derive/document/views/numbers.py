"""The numbers of a round for views: also of what the key folds away, and of what is put together from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cached_property

from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.evaluate import Evaluators, compile_formula
from derive.arithmetic.rounding import Value
from derive.document.context import UNKNOWN, Context
from derive.document.mathematics import Answer, Math
from derive.document.model import Entry
from derive.graph.formula import ONE, Call, Formula, Number, Position, Power, Product, Quotient, leaves, rebuild
from derive.graph.quantity import Role
from derive.graph.rule import renumber
from derive.graph.tensor import HOLE
from derive.graph.views.application import Application
from derive.network.solution import Round
from derive.network.work import LADDER
from derive.writing.symbols import NumberTable


class Numbers:
    """The numbers of one round; what the key does not work is worked here from what it carries, and kept."""

    def __init__(self, context: Context, round: Round) -> None:
        self.context = context
        self.solution = context.solution
        self.round = round
        self.arithmetic = DecimalArithmetic(LADDER[0])
        self.evaluators = Evaluators(self.arithmetic)
        self._values = dict(round.values)

    def value(self, quantity: int) -> Value:
        """The number of a quantity."""
        if quantity not in self._values:
            equation = self.solution.lowered.graph.equation_of[quantity]
            operands = [self.value(operand).carried for operand in equation.operands]
            self._values[quantity] = self.finished(self.evaluators.of(equation.rule)(operands), quantity)
        return self._values[quantity]

    def copied(self, quantity: int) -> int:
        """The quantity whose number another one copies, as an identity does; else the quantity itself."""
        equation = self.solution.lowered.graph.equation_of.get(quantity)
        if equation is None or not isinstance(equation.rule.formula, Position):
            return quantity
        return equation.operands[0]

    def finished(self, number: Decimal, quantity: int) -> Value:
        """A number rounded as those of a quantity are."""
        policy, blocks = self.solution.policy, self.solution.lowered.graph.blocks
        precision = policy.precision_of(blocks.of(quantity), blocks.names[quantity], self.round.number)
        return policy.finish(number, precision, self.arithmetic.noise)

    def text(self, quantity: int) -> Math:
        """The shown number of a quantity: an answer, unless the problem gives it."""
        if self.context.is_hidden(self.round, quantity):
            return self.context.answer(UNKNOWN, quantity, self.round)
        text = self.context.writer.number(self.value(quantity).shown)
        if self.context.is_given(self.round, quantity):
            return Math(text)
        return self.context.answer(text, quantity, self.round)

    def entry(self, quantity: int) -> Entry:
        """The shown number of a quantity in a matrix; an adjoint that is exactly 0 is gray."""
        adjoint = self.solution.lowered.graph.blocks.of(quantity).role is Role.BACKWARD
        hidden = self.context.is_hidden(self.round, quantity)
        is_zero = adjoint and not hidden and not self.value(quantity).unrounded
        return Entry(self.text(quantity), quiet=is_zero, updated=self.is_updated(quantity))

    def are_hidden(self, application: Application) -> bool:
        """Whether a number is hidden of those that the equations of an application are about."""
        every = {q for tensor in application.tensors.values() for q in tensor.ids if q != HOLE}
        adjoints = {application.adjoint_of[q] for q in every if q in application.adjoint_of}
        return self.context.is_hidden(self.round, *every, *adjoints)

    def is_updated(self, quantity: int) -> bool:
        """Whether a quantity is a new parameter, or a parameter of a round that begins with new ones."""
        parameters = self.solution.lowered.parameters
        block = self.solution.lowered.graph.blocks.of(quantity)
        if block in parameters:
            return self.round.number > 1
        return block.role is Role.UPDATED and block.of in parameters

    def table(self, quantities: Iterable[int]) -> NumberTable:
        """What templates are filled with to put in the numbers of some quantities."""
        return NumberTable({one: self.value(one) for one in quantities}, self.context.writer.dialects)

    @cached_property
    def _results(self) -> Mapping[Formula, Position]:
        """What each function of one number is, by the formula that gives it."""
        found: dict[Formula, Position] = {}
        for equation in self.solution.lowered.graph.forward:
            if len(equation.operands) == 1 and isinstance(equation.rule.formula, (Call, Quotient)):
                (operand,) = equation.operands
                formula = renumber(equation.rule.formula, {0: operand})
                found.setdefault(formula, Position(equation.output))
        return found

    def by_results(self, formula: Formula) -> Formula:
        """A formula with what is worked already in place of what gives it inside, and squares as powers."""

        def shorter(node: Formula) -> Formula | None:
            match node:
                case Product((Position() as first, second)) if first == second:
                    return Power(first, Number("2"))
                case Product((first, Quotient(above, below))) if above == ONE:
                    return Quotient(rebuild(first, shorter), below)
                case Call() | Quotient() if node is not formula:
                    return self._results.get(node)
                case _:
                    return None

        return rebuild(formula, shorter)

    def substituted(self, text: str, quantities: Iterable[int]) -> Answer:
        """A formula with the numbers of some quantities in."""
        names = self.solution.lowered.graph.blocks.names
        worked = [one for one in quantities if not self.context.is_given(self.round, one)]
        return Answer(
            text, round=self.round.number, facet="numbers", mentions=((names[q], self.round.number) for q in worked)
        )

    def shown(self, number: Decimal, like: int) -> Answer:
        """A number that the trace does not have, rounded as those of a quantity are."""
        return Answer(self.context.writer.number(self.finished(number, like).shown), round=self.round.number)

    def worked(self, formula: Formula, *, shown: bool = False) -> Decimal:
        """The number of a formula over quantities, from the numbers that are carried, or from those shown."""
        operands = {leaf.index: self.value(leaf.index) for leaf in leaves(formula) if isinstance(leaf, Position)}
        numbers = {q: Decimal(value.shown) if shown else value.carried for q, value in operands.items()}
        return compile_formula(formula, self.arithmetic)(numbers)

    def reproduces(self, formula: Formula, quantity: int) -> bool:
        """Whether a formula, worked from the shown numbers, gives the shown number of a quantity."""
        return self.finished(self.worked(formula, shown=True), quantity).shown == self.value(quantity).shown

"""The numbers of a round for views: also of what the key folds away, and of what is put together from them."""

from __future__ import annotations

from decimal import Decimal

from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.evaluate import Evaluators, compile_formula
from derive.arithmetic.rounding import Value
from derive.document.model import Math
from derive.graph.formula import Formula, Position, leaves
from derive.graph.quantity import Block
from derive.network.solution import Round, Solution
from derive.network.work import LADDER


class Numbers:
    """The numbers of one round; what the key does not work is worked here from what it carries, and kept."""

    def __init__(self, solution: Solution, round: Round) -> None:
        self.solution = solution
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

    def finished(self, number: Decimal, quantity: int) -> Value:
        """A number rounded as those of a quantity are."""
        policy, blocks = self.solution.policy, self.solution.lowered.graph.blocks
        precision = policy.precision_of(blocks.of(quantity), blocks.names[quantity], self.round.number)
        return policy.finish(number, precision, self.arithmetic.noise)

    def text(self, quantity: int) -> Math:
        """The shown number of a quantity."""
        return Math(self.solution.writer.number(self.value(quantity).shown))

    def shown(self, number: Decimal, block: Block) -> Math:
        """A number rounded as those of a block are."""
        return Math(self.solution.writer.number(self.finished(number, block.first).shown))

    def worked(self, formula: Formula, *, shown: bool = False) -> Decimal:
        """The number of a formula over quantities, from the numbers that are carried, or from those shown."""
        operands = {leaf.index: self.value(leaf.index) for leaf in leaves(formula) if isinstance(leaf, Position)}
        numbers = {q: Decimal(value.shown) if shown else value.carried for q, value in operands.items()}
        return compile_formula(formula, self.arithmetic)(numbers)

    def reproduces(self, formula: Formula, quantity: int) -> bool:
        """Whether a formula, worked from the shown numbers, gives the shown number of a quantity."""
        return self.finished(self.worked(formula, shown=True), quantity).shown == self.value(quantity).shown

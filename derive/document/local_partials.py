"""Local partials of a round: how each computed quantity changes with each of its operands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.rounding import Value
from derive.document.context import UNKNOWN, Context
from derive.document.mathematics import Answer, Math
from derive.graph.equations import Equation
from derive.graph.formula import Position
from derive.graph.rule import SizedRule
from derive.network.solution import Round
from derive.network.work import LADDER, settled
from derive.writing.notation import fill


@dataclass(frozen=True)
class LocalPartial:
    """The partial of one equation's output by one of its operands, as an equation of its own, and its number."""

    operand: int
    output: int
    equation: Equation
    value: Value

    @property
    def is_constant(self) -> bool:
        """Whether it is the same number whatever the operands are."""
        return not self.equation.operands

    @property
    def is_one_quantity(self) -> bool:
        """Whether it is nothing but another quantity."""
        return isinstance(self.equation.rule.formula, Position)

    def symbol(self, context: Context) -> Math:
        """The partial in the notation of the key."""
        of, by = context.symbol(self.output), context.symbol(self.operand)
        return Math(fill(context.notation.local_derivative, of=of, by=by))

    def formula(self, context: Context) -> Answer:
        """Its right side in names."""
        return Answer(context.inline_writer.formula(self.equation), facet="formula")

    def substituted(self, context: Context, round: Round) -> Answer:
        """Its right side with the numbers of a round."""
        text = context.inline_writer.substituted(self.equation, round.values)
        return Answer(text, "", round.number, "numbers", context.places(round, self.equation))

    def shown(self, context: Context, round: Round) -> Answer:
        """Its number."""
        hidden = context.is_hidden(round, *self.equation.operands)
        text = UNKNOWN if hidden else context.inline_writer.number(self.value.shown)
        return Answer(text, round=round.number)


def local_partials(round: Round, equation: Equation) -> Iterator[LocalPartial]:
    """The partials of an equation by those operands that the loss is differentiated by."""
    solution = round.solution
    adjoints = solution.lowered.graph.adjoint_of
    noise = DecimalArithmetic(LADDER[0]).noise
    policy = replace(solution.policy, overrides=())
    for operand, (local, mentions) in zip(equation.operands, equation.rule.locals, strict=True):
        if operand not in adjoints:
            continue
        mentioned = tuple(equation.mentioned[position] for position in mentions)
        carried = [round.values[quantity].carried for quantity in mentioned]
        value = policy.finish(settled(local.formula, carried), policy.precision, noise)
        rule = SizedRule("local partial", local.formula, local.arity)
        yield LocalPartial(operand, equation.output, Equation(rule, equation.output, mentioned), value)

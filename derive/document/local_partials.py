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
from derive.writing.lines import cut, reproduces
from derive.writing.notation import fill


@dataclass(frozen=True)
class LocalPartial:
    """The partial of one equation's output by one of its operands, as an equation of its own, and its number."""

    operand: int
    output: int
    equation: Equation
    value: Value
    is_exact: bool
    """Whether the number is all of it, or at least what the shown numbers give where full precision is carried."""

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

    @property
    def relation(self) -> Math:
        """What stands before its number."""
        return Math("=" if self.is_exact else r"\approx")

    def shown(self, context: Context, round: Round) -> Answer:
        """Its number."""
        hidden = context.is_hidden(round, *self.equation.operands)
        text = UNKNOWN if hidden else context.inline_writer.number(self.value.shown)
        return Answer(text, round=round.number)


def local_partials(round: Round, equation: Equation) -> Iterator[LocalPartial]:
    """The partials of an equation by those operands that the loss is differentiated by."""
    adjoints = round.solution.lowered.graph.adjoint_of
    for operand, (local, mentions) in zip(equation.operands, equation.rule.locals, strict=True):
        if operand not in adjoints:
            continue
        mentioned = tuple(equation.mentioned[position] for position in mentions)
        rule = SizedRule("local partial", local.formula, local.arity)
        own = Equation(rule, equation.output, mentioned)
        yield LocalPartial(operand, equation.output, own, *_worked(round, own))


def _worked(round: Round, equation: Equation) -> tuple[Value, bool]:
    """The number of a local partial, and whether it is exact.

    A quantity alone is as it is shown elsewhere. Where rounded numbers are carried, a partial is no line of the key
    and is not rounded: it is written out as far as `UNROUNDED_PLACES` decimals hold it, else rounded and approximate.
    """
    policy = replace(round.solution.policy, overrides=())
    if isinstance(equation.rule.formula, Position):
        return round.values[equation.operands[0]], True
    carried = [round.values[quantity].carried for quantity in equation.operands]
    number = settled(equation.rule.formula, carried)
    value = policy.finish(number, policy.precision, DecimalArithmetic(LADDER[0]).noise)
    if not policy.carries_rounded:
        values = {**{q: round.values[q] for q in equation.operands}, equation.output: value}
        return value, reproduces(equation, values, policy, policy.precision)
    text, is_cut = cut(number)
    return (value, False) if is_cut else (Value(number, number, text), True)

"""The constants of a problem: the learning rate, those of the optimizer, the loss and the layers."""

from __future__ import annotations

from derive.arithmetic.rounding import scientific
from derive.document.context import Context
from derive.document.mathematics import Math
from derive.graph.quantity import Block, Kind, Role
from derive.network.solution import Round
from derive.writing.symbols import number_text

_KINDS = (Kind.LEARNING_RATE, Kind.CONSTANT)
_LEAST_PLAIN = -6
"""The least power of ten that numbers are written out down to: 0.000001."""


def given_constants(context: Context) -> tuple[Math, ...]:
    """Each single constant as `symbol = number`; a learning rate that changes by a list is left to `rates`."""
    first = context.solution.rounds[1]
    varied = context.solution.lowered.rate if rates(context) else None
    return tuple(
        Math(f"{context.symbol(block.first)} = {_written(context, first, block.first)}")
        for block in context.solution.graph.blocks.blocks
        if is_constant(context, block) and block != varied and block.first in first.values
    )


def _written(context: Context, round: Round, quantity: int) -> str:
    """A constant's number; a tiny one, such as Adam's 1e-8, by a power of ten, as papers write it."""
    number = round.values[quantity].carried
    if not number or number.adjusted() >= _LEAST_PLAIN:
        return context.number(round, quantity)
    mantissa, _, exponent = scientific(number.normalize()).partition("e")
    dialects = context.writer.dialects
    power = dialects.numbers.power % ("10", exponent)
    return power if mantissa == "1" else number_text(f"{mantissa}e{exponent}", dialects)


def is_constant(context: Context, block: Block) -> bool:
    """Whether a block is one given constant, the number of the round not being one."""
    single = block.role is Role.GIVEN and block.kind in _KINDS and block.size == 1
    return single and block != context.solution.lowered.counter


def rates(context: Context) -> tuple[Math, ...]:
    """The learning rate of each round where the problem lists them."""
    rate, stated = context.solution.lowered.rate, context.solution.problem.learning_rate
    if rate is None or stated is None or not stated.rounds:
        return ()
    rounds = [context.solution.rounds[n] for n in range(1, context.solution.problem.round_count + 1)]
    return tuple(Math(context.writer.number(round.shown[rate.first])) for round in rounds)

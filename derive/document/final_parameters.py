"""The parameters after the last update, in the digits of the rounds, and the loss before and after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.document.context import Context
from derive.document.given import MOST_ENTRIES
from derive.document.matrix_entries import block_matrix, padded, plain_part
from derive.document.matrix_pass import block_symbol, is_turned, turned
from derive.document.model import Entry, FinalParameters, Math, Piece, Rich
from derive.graph.quantity import Block, Role
from derive.graph.tensor import Tensor, of
from derive.network.solution import Round

MOST_SINGLE = 6
"""Entries of a block that are written one by one; a larger block is written as a matrix."""


def final_parameters(context: Context) -> tuple[FinalParameters, ...]:
    """What every updated parameter is after the last update; nothing where none is updated."""
    solution = context.solution
    last = solution.rounds[solution.plan.updates] if solution.graph.update else None
    blocks = [b for b in solution.graph.blocks.blocks if b.role is Role.UPDATED and b.of in solution.lowered.parameters]
    if last is None or not blocks:
        return ()
    written = [block for block in blocks if block.size <= MOST_ENTRIES]
    lines = tuple(line for block in written for line in _lines(context, last, block))
    title = context.locale.parameters_after.replace("<n>", str(last.number))
    note = context.sentences(_left_out(context, [block for block in blocks if block not in written]), _losses(context))
    return (FinalParameters(title, lines, note),)


def _left_out(context: Context, blocks: Sequence[Block]) -> Rich:
    """Which parameters are too many to write."""
    if not blocks:
        return Rich(())
    symbols = Math(context.separator.join(block_symbol(context, block, 0) for block in blocks))
    return context.phrase(context.locale.not_written_out, symbols=symbols)


def _lines(context: Context, last: Round, block: Block) -> Iterator[tuple[Math, Piece]]:
    if context.writes_matrices:
        way = is_turned(context.notation, block)
        matrix = turned(block_matrix(context, last, block), way)
        yield block_symbol(context, block, last.number), plain_part(matrix)
    elif block.size <= MOST_SINGLE:
        yield from ((context.symbol(quantity), context.number(last, quantity)) for quantity in block.ids)
    else:
        for rows in _matrices(of(block)):
            symbols = r" \\ ".join(" & ".join(map(context.symbol, row)) for row in rows)
            numbers = [[Entry(context.number(last, quantity), updated=True) for quantity in row] for row in rows]
            yield Math(rf"\begin{{bmatrix}} {symbols} \end{{bmatrix}}"), padded(numbers)


def _matrices(tensor: Tensor) -> Iterator[list[Sequence[int]]]:
    """The quantities of a tensor in rows: a vector as one, more than two axes as several matrices."""
    if len(tensor.shape) > 2:
        for part in tensor:
            yield from _matrices(part)
    else:
        yield [tensor.ids] if len(tensor.shape) < 2 else [row.ids for row in tensor]


def _losses(context: Context) -> Rich:
    """The loss of the first round and of the last; nothing without a loss or with one round."""
    solution, words = context.solution, context.locale
    first, last = solution.rounds[1], solution.rounds[len(solution.rounds)]
    if not solution.problem.has_loss or first is last:
        return Rich(())
    loss = solution.graph.loss
    return context.phrase(
        words.loss_before_after,
        loss=context.symbol(loss),
        before=context.number(first, loss),
        after=context.number(last, loss),
        n=str(last.number),
    )

"""The parameters after the last update, in the digits of the rounds, and the loss before and after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.document.context import Context, Outline
from derive.document.mathematics import Math, Rich
from derive.document.model import Entry, FinalParameters, Piece
from derive.document.views.index import block_symbol
from derive.document.views.laid_out import is_transposed
from derive.document.views.number_matrices import padded, plain_part
from derive.errors import InputError
from derive.graph.quantity import Block, Role
from derive.graph.tensor import Tensor, of
from derive.network.same_data import rounds_of_same_data
from derive.network.solution import Round

MOST_SINGLE = 6
"""Entries of a block that are written one by one; a larger block is written as a matrix."""
MOST_ENTRIES = 400
"""Parameters that the section writes at most."""


def final_parameters(context: Context) -> FinalParameters:
    """What every updated parameter is after the last update. Raises `InputError` where there are too many."""
    solution = context.solution
    last = solution.rounds[solution.problem.round_count]
    blocks = _updated(context)
    count = sum(block.size for block in blocks)
    if count > MOST_ENTRIES:
        raise InputError.single(
            f"questions: `final parameters` writes at most {MOST_ENTRIES} numbers, and {count:,} are updated; "
            "--format json has them all"
        )
    lines = tuple(line for block in blocks for line in _lines(context, last, block))
    title = context.locale.final_parameters.replace("<n>", str(last.number))
    return FinalParameters(title, lines, _losses(context))


def writes_final_parameters(context: Outline) -> bool:
    """Whether there are any, and not too many to be written."""
    return 0 < sum(block.size for block in _updated(context)) <= MOST_ENTRIES


def _updated(context: Outline) -> list[Block]:
    parameters = context.solution.lowered.parameters
    blocks = context.solution.graph.blocks.blocks
    return [block for block in blocks if block.role is Role.UPDATED and block.of in parameters]


def _lines(context: Context, last: Round, block: Block) -> Iterator[tuple[Math, Piece]]:
    if context.writes_matrices:
        (rows,) = _matrices(of(block).reshaped((*block.shape, 1)[:2]))
        entries = [[Entry(context.number(last, quantity), updated=True) for quantity in row] for row in rows]
        transposed = is_transposed(context, of(block), adjoint=False)
        laid = list(zip(*entries, strict=True)) if transposed else entries
        yield block_symbol(context, block, last.number), plain_part(padded(laid))
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
    """The loss of the first round and of the last; where they take different samples, of two rounds that do not.

    These are the first and the last of the latest round that has an earlier one with its samples. Nothing without a
    loss or such rounds.
    """
    solution, words = context.solution, context.locale
    several = [rounds for rounds in rounds_of_same_data(solution) if len(rounds) > 1]
    if not solution.problem.has_loss or not several:
        return Rich(())
    rounds = max(several, key=lambda each: each[-1])
    first, last = solution.rounds[rounds[0]], solution.rounds[rounds[-1]]
    whole = (first.number, last.number) == (1, len(solution.rounds))
    loss = solution.graph.loss
    return context.phrase(
        words.loss_before_after if whole else words.loss_of_same_samples,
        loss=context.symbol(loss),
        before=context.number(first, loss),
        after=context.number(last, loss),
        m=str(first.number),
        n=str(last.number),
    )

"""The table of given numbers: a column an entry while they are few, else a column an array."""

from __future__ import annotations

from collections.abc import Sequence

from derive.document.context import Context
from derive.document.document import DataTable
from derive.document.mathematics import Math
from derive.graph.quantity import Kind, Role
from derive.graph.tensor import Tensor, of
from derive.network.solution import Round

MOST_ROWS = 60
"""Rows of the table; of more, those in the middle are left out."""
MOST_COLUMNS = 8


def data_table(context: Context) -> DataTable | None:
    """What is given in each round, parameters left out; None where nothing is.

    Where the samples start over, each row says all the rounds that take it.
    """
    tensors = data_tensors(context)
    if not tensors:
        return None
    quantities = tuple(q for tensor in tensors for q in tensor.ids)
    tall = len(quantities) > MOST_COLUMNS
    groups = _groups(context) if tall else ()
    titles = [_title(context, group) for group in groups] if tall else [*map(context.symbol, quantities)]
    cells = [
        _matrices(context, round, groups) if tall else tuple(context.number(round, quantity) for quantity in quantities)
        for round in context.solution.rounds
    ]
    rows = _rows(context, cells)
    first = "" if len(rows) == 1 else context.locale.round
    return DataTable((first, *titles), rows, tall)


def _rows(context: Context, cells: Sequence[tuple[Math, ...]]) -> tuple[tuple[str | Math, ...], ...]:
    """The rows with the numbers of their rounds, those that repeat once; of too many, the first ones and the last."""
    size = next(n for n in range(1, len(cells) + 1) if all(one == cells[k % n] for k, one in enumerate(cells)))
    if size == 1:
        return (("", *cells[0]),)
    rows = [(_numbers(context, range(k + 1, len(cells) + 1, size)), *cells[k]) for k in range(size)]
    if len(rows) > MOST_ROWS:
        return (*rows[: MOST_ROWS - 2], (Math(r"\vdots"),) * len(rows[0]), rows[-1])
    return tuple(rows)


def _numbers(context: Context, numbers: Sequence[int]) -> str | Math:
    """The numbers of the rounds that take a row: of more than three, the first two and the last."""
    if len(numbers) == 1:
        return str(numbers[0])
    few = [*numbers] if len(numbers) < 4 else [*numbers[:2], r"\dots", numbers[-1]]
    return Math(context.separator.join(map(str, few)))


def data_tensors(context: Context) -> tuple[Tensor, ...]:
    """What changes from sample to sample: inputs, targets, masks; for equations alone, the values that are given."""
    return tuple(tensor for group in _groups(context) for tensor in group)


def _groups(context: Context) -> tuple[tuple[Tensor, ...], ...]:
    """The tensors of the data, a group for those that are written side by side."""
    lowered = context.solution.lowered
    if not lowered.inputs:
        given = lowered.graph.blocks.select(Kind.NODE, Role.GIVEN)
        return tuple((of(block),) for block in given if block not in lowered.parameters)
    turns = tuple(tuple(map(of, turn.blocks)) for turn in lowered.turns if len(turn.arrays) > len(turn.blocks))
    return tuple(group for group in (lowered.inputs, lowered.targets, *turns) if group)


def _title(context: Context, group: Sequence[Tensor]) -> Math:
    """The symbol of a group of tensors: of a network's data, the letter of the whole; of a value, its own."""
    if context.solution.lowered.inputs:
        return whole_symbol(context, group[0])
    block = context.solution.graph.blocks.of(group[0].ids[0])
    return context.symbol(block.first) if not block.shape else Math(context.notation.matrix_letter(block))


def whole_symbol(context: Context, tensor: Tensor) -> Math:
    """The capital letter of all of a tensor."""
    block = context.solution.graph.blocks.of(tensor.ids[0])
    letter = context.notation.letter(block)
    return Math(letter.upper() if len(letter) == 1 else letter)


def _matrices(context: Context, round: Round, groups: Sequence[Sequence[Tensor]]) -> tuple[Math, ...]:
    return tuple(
        Math(_between(context, tensors).join(_matrix(context, round, tensor) for tensor in tensors))
        for tensors in groups
    )


def _between(context: Context, tensors: Sequence[Tensor]) -> str:
    """What stands between the matrices, or single numbers, of a batch."""
    return rf"{context.locale.numbers.list}\ " if all(len(tensor.ids) == 1 for tensor in tensors) else r"\;"


def _matrix(context: Context, round: Round, tensor: Tensor) -> str:
    """A tensor as a matrix; more than two axes as matrices side by side; a vector as a row; one number alone."""
    if len(tensor.ids) == 1:
        return context.number(round, tensor.ids[0])
    if len(tensor.shape) > 2:
        return r"\;".join(_matrix(context, round, part) for part in tensor)
    rows = [tensor.ids] if len(tensor.shape) == 1 else [row.ids for row in tensor]
    written = r" \\ ".join(_row(context, round, row) for row in rows)
    return rf"\begin{{bmatrix}} {written} \end{{bmatrix}}"


def _row(context: Context, round: Round, quantities: Sequence[int]) -> str:
    return " & ".join(context.number(round, quantity) for quantity in quantities)

"""The table of given numbers: a column an entry while they are few, else a column an array."""

from __future__ import annotations

from collections.abc import Sequence

from derive.document.context import Context
from derive.document.document import DataTable
from derive.document.mathematics import Math
from derive.graph.quantity import Block, Kind, Role
from derive.graph.tensor import Tensor, of
from derive.network.solution import Round

MOST_ROWS = 16
"""Rows of the table; the rounds' own tables repeat every number."""
MOST_COLUMNS = 8


def data_table(context: Context) -> DataTable | None:
    """What is given in each round, parameters left out; None where nothing is."""
    groups = _groups(context)
    quantities = [quantity for _, tensors in groups for tensor in tensors for quantity in tensor.ids]
    if not quantities:
        return None
    tall = len(quantities) > MOST_COLUMNS
    if tall:
        titles = [title for title, _ in groups]
        rows = [tuple(_matrices(context, round, tensors) for _, tensors in groups) for round in context.solution.rounds]
    else:
        titles = [context.symbol(quantity) for quantity in quantities]
        rows = [tuple(context.number(round, quantity) for quantity in quantities) for round in context.solution.rounds]
    numbered = [(str(number), *cells) for number, cells in enumerate(rows, 1)]
    if all(cells == rows[0] for cells in rows):
        numbered = [("", *rows[0])]
    if len(numbered) > MOST_ROWS:
        numbered = [*numbered[: MOST_ROWS - 2], (Math(r"\vdots"),) * len(numbered[0]), numbered[-1]]
    first = "" if len(numbered) == 1 and not numbered[0][0] else context.locale.round
    return DataTable((first, *titles), tuple(numbered), tall)


def _groups(context: Context) -> tuple[tuple[Math, tuple[Tensor, ...]], ...]:
    """The arrays of each column with its title: all inputs and all targets of a network; for equations alone, each
    value that is no parameter.
    """
    lowered = context.solution.lowered
    if lowered.inputs:
        samples = [tensors for tensors in (lowered.inputs, lowered.targets) if tensors]
        return tuple((whole_symbol(context, tensors[0]), tensors) for tensors in samples)
    given = lowered.graph.blocks.select(Kind.NODE, Role.GIVEN)
    return tuple((_value_symbol(context, block), (of(block),)) for block in given if block not in lowered.parameters)


def _value_symbol(context: Context, block: Block) -> Math:
    """The symbol of a value of equations: of a number, its own; of an array, that of the whole."""
    if block.size == 1 and not block.shape:
        return context.symbol(block.first)
    return Math(context.notation.matrix_letter(block))


def whole_symbol(context: Context, tensor: Tensor) -> Math:
    """The capital letter of all of a tensor."""
    block = context.solution.graph.blocks.of(tensor.ids[0])
    letter = context.notation.letter(block)
    return Math(letter.upper() if len(letter) == 1 else letter)


def _matrices(context: Context, round: Round, tensors: Sequence[Tensor]) -> Math:
    return Math(_between(context, tensors).join(_matrix(context, round, tensor) for tensor in tensors))


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

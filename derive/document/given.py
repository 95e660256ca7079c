"""The arrays that a problem gives beside its data: parameters, masks, states that layers start from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from derive.document.context import Context
from derive.document.data_table import data_tensors
from derive.document.document import Question
from derive.document.given_arrays import as_arrays
from derive.document.mathematics import Answer, Math, Rich
from derive.document.model import Cell, ForwardSummary, MatrixLines, Steps
from derive.document.statement.constants import is_constant
from derive.document.walk import within
from derive.graph.quantity import Block, Kind, Role
from derive.graph.tensor import Tensor, of
from derive.network.solution import Round

_ELSEWHERE = frozenset({Kind.INPUT, Kind.TARGET, Kind.STATE})
MOST_ENTRIES = 400
"""A block of more is not written out."""


Shown = frozenset[str | Rich]
"""What sections show of the given numbers: `symbols = numbers`, or a sentence on all of them."""


def given_numbers(context: Context, shown: Shown) -> tuple[Math, ...]:
    """What each block holds in the first round, as `symbols = numbers`, but for what the sections show.

    Data, single constants and the states of an optimizer are left out: see `data_table` and `statement`. A style
    with `given_numbers` writes what its sections show too.
    """
    first = context.solution.rounds[1]
    known: Shown = frozenset() if context.style.given_numbers else shown
    told = (Kind.WEIGHT, Kind.BIAS) if all_equal(context) in known else ()
    tensors = [
        of(block)
        for block in _blocks(context)
        if block.kind not in told and not is_shown(context, first, of(block), known)
    ]
    return _equations(context, first, tensors)


def given_data(context: Context, shown: Shown) -> tuple[Math, ...]:
    """The data of the first round as `symbols = numbers`, but for what the sections show."""
    first = context.solution.rounds[1]
    tensors = [tensor for tensor in data_tensors(context) if not is_shown(context, first, tensor, shown)]
    return _equations(context, first, tensors)


def all_equal(context: Context) -> Rich:
    """That all weights are one number and all biases another, where they are; else nothing."""
    first, blocks = context.solution.rounds[1], context.solution.graph.blocks
    found = [
        {context.number(first, quantity) for block in blocks.select(kind, Role.GIVEN) for quantity in block.ids}
        for kind in (Kind.WEIGHT, Kind.BIAS)
    ]
    if any(len(numbers) != 1 for numbers in found):
        return Rich(())
    weights, biases = (numbers.pop() for numbers in found)
    return context.phrase(context.locale.all_equal, weights=weights, biases=biases)


def shown_numbers(questions: Sequence[Question]) -> Shown:
    """The given numbers that sections show."""
    found: set[str | Rich] = set()
    for part in within(tuple(question.sections for question in questions), Cell, Steps, ForwardSummary, MatrixLines):
        if isinstance(part, MatrixLines):
            found.update({part.aside} if part.aside else ())
        elif not isinstance(part, Cell):
            found.update(part.given)
        elif not isinstance(part.number, Answer):
            found.add(f"{part.symbol} = {part.number}")
    return frozenset(found)


def is_shown(context: Context, round: Round, tensor: Tensor, shown: Shown) -> bool:
    """Whether sections show the numbers of a tensor in a round: as a whole, or each entry."""
    entries = (f"{context.symbol(quantity)} = {context.number(round, quantity)}" for quantity in tensor.ids)
    return _equation(context, round, tensor) in shown or all(entry in shown for entry in entries)


def round_given(context: Context, round: Round) -> tuple[Math, ...]:
    """The data of a round, as `symbols = numbers`, and its learning rate."""
    lowered = context.solution.lowered
    arrays = [tensor for tensor in (*lowered.inputs, *lowered.targets) if len(tensor.ids) <= MOST_ENTRIES]
    stated = [*arrays, *([of(lowered.rate)] if lowered.rate is not None else [])]
    return tuple(_equation(context, round, tensor) for tensor in stated)


def _equations(context: Context, round: Round, tensors: Sequence[Tensor]) -> tuple[Math, ...]:
    """Arrays as the rounds write them: whole, or with a symbol for each entry."""
    if context.works_arrays:
        return tuple(as_arrays(context, round, tensors))
    return tuple(_equation(context, round, tensor) for tensor in tensors)


def _equation(context: Context, round: Round, tensor: Tensor) -> Math:
    symbols = _arrangement(tensor, context.symbol, context.separator)
    numbers = _arrangement(tensor, partial(context.number, round), context.separator)
    return Math(f"{symbols} = {numbers}")


def _blocks(context: Context) -> Iterator[Block]:
    """The blocks that are given beside data and constants, of those that are not too large to be written."""
    solution = context.solution
    first, lowered = solution.rounds[1], solution.lowered
    data = {quantity for tensor in data_tensors(context) for quantity in tensor.ids}
    for block in solution.graph.blocks.blocks:
        stated = block.role is Role.GIVEN and block.kind not in _ELSEWHERE and block.first not in data
        if not stated or is_constant(context, block) or block == lowered.counter or block.size > MOST_ENTRIES:
            continue
        if all(quantity in first.values for quantity in block.ids):
            yield block


def _arrangement(tensor: Tensor, write: Callable[[int], Math], separator: str) -> str:
    """One entry alone; a run of entries in parentheses; two axes as a matrix, more as matrices."""
    if len(tensor.ids) == 1:
        return write(tensor.ids[0])
    if max(tensor.shape) == len(tensor.ids):
        return f"({separator.join(map(write, tensor.ids))})"
    if len(tensor.shape) > 2:
        return r"\; ".join(_arrangement(part, write, separator) for part in tensor)
    rows = r" \\ ".join(" & ".join(map(write, row.ids)) for row in tensor)
    return rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}"

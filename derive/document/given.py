"""The numbers that a problem gives beside its data: parameters, constants, the learning rate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from derive.document.context import Context
from derive.document.mathematics import Math
from derive.graph.quantity import Kind, Role
from derive.graph.tensor import Tensor, of
from derive.network.solution import Round

_OF_DATA = frozenset({Kind.INPUT, Kind.TARGET})
MOST_ENTRIES = 64
"""A block of more is not written out."""


def given_numbers(context: Context) -> tuple[Math, ...]:
    """What each block holds in the first round, as `symbols = numbers`; the data are left out."""
    return tuple(_lines(context))


def round_given(context: Context, round: Round) -> tuple[Math, ...]:
    """The data of a round, as `symbols = numbers`, and its learning rate."""
    lowered = context.solution.lowered
    arrays = [tensor for tensor in (*lowered.inputs, *lowered.targets) if len(tensor.ids) <= MOST_ENTRIES]
    stated = [*arrays, *([of(lowered.rate)] if lowered.rate is not None else [])]
    return tuple(_equation(context, round, tensor) for tensor in stated)


def _equation(context: Context, round: Round, tensor: Tensor) -> Math:
    symbols = _arrangement(tensor, context.symbol, context.separator)
    numbers = _arrangement(tensor, partial(context.number, round), context.separator)
    return Math(f"{symbols} = {numbers}")


def _lines(context: Context) -> Iterator[Math]:
    solution = context.solution
    first = solution.rounds[1]
    data = {q for tensor in (*solution.lowered.inputs, *solution.lowered.targets) for q in tensor.ids}
    for block in solution.graph.blocks.blocks:
        stated = block.role is Role.GIVEN and block.kind not in _OF_DATA and block.first not in data
        if not stated or block.size > MOST_ENTRIES or not all(q in first.values for q in block.ids):
            continue
        yield _equation(context, first, of(block))


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

"""What a key says about ties of max pooling: which entries are equal, and which of them takes the gradient."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from derive.document.context import Context
from derive.document.mathematics import Math, Rich
from derive.network.ties import Tie, ties

MOST_TIES = 4
"""So many are named."""


def tie_remarks(context: Context) -> Iterator[Rich]:
    """A sentence for each tie of each round, but for those of hidden numbers."""
    solution = context.solution
    every = ((n, tie) for n, values in enumerate(solution.values, 1) for tie in ties(solution.lowered, values))
    found = ((n, tie) for n, tie in every if not _hides_window(context, n, tie))
    for number, tie in islice(found, MOST_TIES):
        entries, winner = _entries(context, tie), Math(context.lookup(tie.winner) or "")
        yield context.phrase(context.locale.tie, n=str(number), entries=entries, winner=winner)


def _hides_window(context: Context, number: int, tie: Tie) -> bool:
    """Whether one of the numbers that a tie is among, or its largest, is hidden in a round."""
    graph = context.solution.lowered.graph
    output = graph.blocks.by_name[tie.output]
    return context.is_hidden(context.solution.rounds[number], output, *graph.equation_of[output].operands)


def _entries(context: Context, tie: Tie) -> Rich:
    """The tied entries: `a, b and c`."""
    symbols = [Math(context.lookup(name) or "") for name in tie.inputs]
    parts: list[str | Math] = [symbols[0]]
    for symbol in symbols[1:-1]:
        parts += [context.locale.comma, symbol]
    return Rich((*parts, context.locale.and_, symbols[-1]))

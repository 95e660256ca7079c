"""What a key says about ties of max pooling: which entries are equal, and which of them takes the gradient."""

from __future__ import annotations

from collections.abc import Iterator

from derive.document.context import Context
from derive.document.mathematics import Math, Rich
from derive.network.ties import Tie

MOST_TIES = 4
"""So many are named."""


def tie_remarks(context: Context) -> Iterator[Rich]:
    """A sentence for each tie and each near tie of each round, but for those of hidden numbers."""
    for pattern, ties in ((context.locale.tie, context.ties), (context.locale.near_tie, context.near_ties)):
        for number, tie in ties[:MOST_TIES]:
            entries, winner = _entries(context, tie), Math(context.lookup(tie.winner) or "")
            yield context.phrase(pattern, n=str(number), entries=entries, winner=winner)


def _entries(context: Context, tie: Tie) -> Rich:
    """The tied entries: `a, b and c`."""
    symbols = [Math(context.lookup(name) or "") for name in tie.inputs]
    parts: list[str | Math] = [symbols[0]]
    for symbol in symbols[1:-1]:
        parts += [context.locale.comma, symbol]
    return Rich((*parts, context.locale.and_, symbols[-1]))

"""The loss of a round in arrays, and what it adds to the adjoints of what it mentions."""

from __future__ import annotations

from collections.abc import Iterator

from derive.document.context import Context
from derive.document.model import MatrixLine
from derive.document.views.entry_lines import EntryLines
from derive.document.views.numbers import Numbers
from derive.network.array_statements import loss_statements
from derive.network.loss_gradient import loss_gradient_statements
from derive.network.solution import Round


def loss_lines(context: Context, round: Round, *, in_symbols: bool) -> Iterator[MatrixLine]:
    """The lines of the loss, its working first."""
    return EntryLines(context, Numbers(context, round), in_symbols).lines(loss_statements(context.solution.graph))


def loss_gradient_lines(context: Context, round: Round, *, in_symbols: bool) -> Iterator[MatrixLine]:
    """The lines of what losses and penalties add to adjoints."""
    statements = loss_gradient_statements(context.solution.lowered.graph)
    return EntryLines(context, Numbers(context, round), in_symbols).lines(statements)

"""The update of a round in arrays, whatever the optimizer: the rate, gradients as it takes them, states, parameters."""

from __future__ import annotations

from dataclasses import replace

from derive.document.context import Context
from derive.document.mathematics import Math, Rich
from derive.document.model import MatrixLine, MatrixLines
from derive.document.views.entry_lines import EntryLines
from derive.document.views.laid_out import laid_out
from derive.document.views.numbers import Numbers
from derive.graph.equations import Equation
from derive.network.array_statements import Stated, update_statements
from derive.network.solution import Round


def array_update(context: Context, round: Round, *, in_symbols: bool) -> MatrixLines:
    """The update of a round in arrays."""
    statements = tuple(laid_out(context, update_statements(context.solution.graph)))
    lines = EntryLines(context, Numbers(context, round), in_symbols).lines(statements)
    labels = [_label(context, stated) for stated in statements]
    shown = [label if label != before else "" for before, label in zip(["", *labels], labels, strict=False)]
    labelled: list[MatrixLine] = [replace(line, label=label) for line, label in zip(lines, shown, strict=True)]
    return MatrixLines(
        context.locale.update_title.replace("<n>", str(round.number)),
        _rate(context, round),
        tuple(labelled),
        side_by_side=True,
    )


def _rate(context: Context, round: Round) -> Rich:
    """The learning rate, where no line works it."""
    block = context.solution.lowered.rate
    if block is None or block.first in round.equation_of:
        return Rich(())
    rate = Math(f"{context.symbol(block.first)} = {context.number(round, block.first)}")
    return context.phrase(context.locale.learning_rate, rate=rate)


def _label(context: Context, stated: Stated) -> str:
    """The layer that a line updates; empty for what is worked for all."""
    if isinstance(stated, Equation):
        layer = context.solution.lowered.graph.blocks.of(stated.output).layer
    else:
        layer = stated.layer
    if not layer or context.solution.lowered.layers < 2:
        return ""
    return context.locale.layer_number.replace("<n>", context.locale.number(str(layer)))

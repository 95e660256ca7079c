"""What came out: the forward pass in one line, a table of results by round, the parameters at the end."""

from __future__ import annotations

from collections.abc import Sequence

from derive.document.context import Context, Outline
from derive.document.given import round_given
from derive.document.mathematics import Math, Rich
from derive.document.model import ForwardSummary, ResultRow, ResultsTable, Section
from derive.document.tables import functions_table
from derive.document.views.index import index_form_lines
from derive.graph.quantity import Block, Kind, Role
from derive.network.solution import Round

MOST_FUNCTIONS = 26
"""More functions than this are written in index form, where the layers have one."""
MOST_ROUNDS = 6
MOST_ROWS = 160
"""With more rows than this the gradients are left out, and then all but the losses."""
MOST_NUMBERS_ACROSS = 8
"""How many numbers and symbols stand side by side in the table of results."""
MOST_SUMMED = 12
"""Larger blocks are left out of the forward pass in one line."""
_LOSSES = (Kind.LOSS, Kind.TOTAL_LOSS)


def forward_summary(context: Context, round: Round) -> tuple[ForwardSummary, ...]:
    """What a round is given, and the results of its forward pass, block by block."""
    blocks = context.solution.graph.blocks
    worked = {e.output for e in round.equations}
    hidden = (Kind.ERROR, Kind.SQUARED_ERROR, Kind.PRE_ACTIVATION)
    ahead = [b for b in blocks.blocks if b.role is Role.FORWARD and b.kind not in hidden and b.first in worked]
    shown = tuple(_block(context, round, block) for block in ahead if block.size <= MOST_SUMMED)
    return (ForwardSummary(context.locale.forward_pass, shown, round_given(context, round)),)


def _block(context: Context, round: Round, block: Block) -> Rich:
    """`symbol = number`, or the symbols and the numbers of a block as tuples."""
    symbols: list[Math | str] = []
    numbers: list[Math | str] = []
    for quantity in block.ids:
        symbols += [context.locale.comma, context.symbol(quantity)] if symbols else [context.symbol(quantity)]
        number = context.number(round, quantity)
        numbers += [context.locale.comma, number] if numbers else [number]
    if block.size == 1:
        return Rich((*symbols, Math("{}={}"), *numbers))
    return Rich((Math("("), *symbols, Math(")={}("), *numbers, Math(")")))


def formulas(context: Context) -> tuple[Section, ...]:
    """The formulas once: unit by unit where they are few, else with indices."""
    lines = index_form_lines(context) if writes_formulas_by_indices(context) else ()
    return lines or (functions_table(context),)


def writes_formulas_by_indices(context: Outline) -> bool:
    """Whether the formulas are too many to be written unit by unit."""
    graph = context.solution.graph
    return len(graph.forward) + len(graph.backward) > MOST_FUNCTIONS


def results_table(context: Context) -> tuple[ResultsTable, ...]:
    """Outputs, losses and gradients by round; of many rounds the first ones and the last."""
    rounds = _rounds(context)
    rows = [_row(context, rounds, quantity) for quantity in _shown(context)]
    if not rows:
        return ()
    titles = tuple(Math(r"\dots") if one is None else _title(context, one) for one in rounds)
    height = -(-len(rows) // max(1, MOST_NUMBERS_ACROSS // (len(rounds) + 1)))
    columns = tuple(tuple(rows[start : start + height]) for start in range(0, len(rows), height))
    return (ResultsTable(titles, columns),)


def _rounds(context: Context) -> tuple[Round | None, ...]:
    """The rounds that are shown; None stands for those between."""
    every = tuple(context.solution.rounds)
    return every if len(every) <= MOST_ROUNDS else (*every[: MOST_ROUNDS - 2], None, every[-1])


def _title(context: Context, round: Round) -> str:
    return context.locale.round_title.replace("<n>", str(round.number))


def _shown(context: Context) -> Sequence[int]:
    """The quantities of the table, as many kinds as there is room for."""
    graph, lowered = context.solution.graph, context.solution.lowered
    worked = context.solution.rounds[1].values
    ends = [q for b in graph.blocks.blocks if b.role is Role.FORWARD and _is_result(b) for q in b.ids if q in worked]
    losses = [q for q in ends if graph.blocks.of(q).kind in _LOSSES or q == graph.loss]
    given = lowered.parameters or graph.blocks.select(Kind.NODE, Role.GIVEN)
    gradients = [graph.adjoint_of[q] for block in given for q in block.ids if q in graph.adjoint_of]
    every = [*ends, *(q for q in gradients if q in worked)]
    return every if len(every) <= MOST_ROWS else ends if len(ends) <= MOST_ROWS else losses


def _is_result(block: Block) -> bool:
    return block.kind in (Kind.OUTPUT, *_LOSSES, Kind.NODE)


def _row(context: Context, rounds: Sequence[Round | None], quantity: int) -> ResultRow:
    numbers = []
    for round in rounds:
        known = round is not None and quantity in round.values
        numbers.append(context.number(round, quantity) if round is not None and known else Math(""))
    return ResultRow(context.symbol(quantity), tuple(numbers))

"""Sections in scalars: the table of functions, the table of a round, its worked lines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, zip_longest
from types import MappingProxyType

from derive.document.context import Context
from derive.document.mathematics import NOTHING, Answer, Math
from derive.document.model import Cell, Column, FunctionRow, FunctionsTable, RoundTable, WorkedLine, Working
from derive.document.steps.chain_rule import chain_answer
from derive.document.style import ColumnSpec
from derive.errors import InputError
from derive.graph.equations import Equation
from derive.graph.quantity import Block, Kind, Role
from derive.network.solution import Round

ROUND_STYLE = "table"
"""The style whose columns a table of a round has outside documents: in a notebook, on a sheet."""
_PASSES = MappingProxyType(
    {
        Role.FORWARD: "forward_pass",
        Role.BACKWARD: "backward_pass",
        Role.OPTIMIZER: "optimizer",
        Role.UPDATED: "updated_parameters",
    }
)


def functions_table(context: Context) -> FunctionsTable:
    """Forward beside backward, each quantity in terms of the step before it."""
    graph, writer = context.solution.graph, context.writer
    forward = [_function(context, e, writer.named(e)) for e in graph.forward]
    backward = [_function(context, e, writer.formula(e)) for e in graph.backward]
    titles = (context.locale.forward_pass, context.locale.backward_pass)
    return FunctionsTable(titles, tuple(zip_longest(forward, backward)))


def _function(context: Context, equation: Equation, formula: str) -> FunctionRow:
    output = equation.output
    return FunctionRow(
        context.symbol(output), context.answer(formula, output, facet="formula"), context.stating(output)
    )


def round_table(context: Context, round: Round) -> RoundTable:
    """The numbers of a round in columns."""
    columns = [(spec, column_quantities(round, spec)) for spec in context.style.columns]
    kept = [(spec, quantities) for spec, quantities in columns if quantities]
    if not kept:
        raise InputError.single("style: a round-table needs `columns` that hold something")
    length = max(len(quantities) for _, quantities in kept)
    gaps = _gaps(context, [quantities for _, quantities in kept], length)
    whole = [_column(context, round, spec, quantities, length) for spec, quantities in kept]
    return RoundTable(tuple(whole), gaps)


def column_quantities(round: Round, spec: ColumnSpec) -> list[int]:
    """The quantities of a column of a round's table, from the top; lines of an optimizer in the order of the work."""
    graph = round.solution.graph
    if spec.role in (Role.FORWARD, Role.BACKWARD):
        outputs = [equation.output for equation in round.equations]
        return [output for output in outputs if graph.blocks.of(output).role is spec.role]
    roles = (Role.OPTIMIZER, Role.UPDATED) if spec.role is Role.UPDATED else (spec.role,)
    blocks = [b for b in graph.blocks.blocks if b.role in roles and b.kind is not Kind.LEARNING_RATE]
    if any(block.role is Role.OPTIMIZER or block.kind is Kind.STATE for block in blocks):
        worked = {equation.output: place for place, equation in enumerate(round.equations)}
        blocks.sort(key=lambda block: worked.get(block.first, 0))
    else:
        last = len(spec.kinds)
        order = {kind: place for place, kind in enumerate(spec.kinds)}
        blocks.sort(key=lambda block: (block.layer, order.get(block.kind, last)))
    return [quantity for block in blocks for quantity in block.ids if quantity in round.values]


def _column(context: Context, round: Round, spec: ColumnSpec, quantities: Sequence[int], length: int) -> Column:
    """A column with its cells, filled up to the given length."""
    shown = round.shown
    padded = any(shown[quantity].startswith("-") for quantity in quantities)
    cells: list[Cell | None] = []
    for quantity in quantities:
        room = padded and not shown[quantity].startswith("-")
        formula = cell_formula(context, round, spec, quantity)
        cells.append(Cell(context.symbol(quantity), context.number(round, quantity), room, formula))
    cells += [None] * (length - len(cells))
    title: str = getattr(context.locale, spec.title)
    return Column(title, spec.role is Role.UPDATED, tuple(cells))


def cell_formula(context: Context, round: Round, spec: ColumnSpec, quantity: int) -> Answer | None:
    """The formula beside a number of a round's table, where the column has formulas."""
    if context.solution.graph.blocks.of(quantity).kind in spec.formulas and round.number in spec.formula_rounds:
        return context.formula(context.solution.graph.equation_of[quantity], context.inline_writer)
    return None


def _gaps(context: Context, columns: Sequence[Sequence[int]], length: int) -> frozenset[int]:
    """The rows after which no column is inside the quantities of one unit."""
    gaps = set(range(1, length))
    for quantities in columns:
        ends = {0}
        for _, group in groupby(quantities, key=lambda quantity: _unit_group(context, quantity)):
            ends.add(max(ends) + len(list(group)))
        gaps -= {row for row in range(1, len(quantities)) if row not in ends}
    return frozenset(gaps) if len(gaps) < length - 1 else frozenset()


def _unit_group(context: Context, quantity: int) -> tuple[str, int]:
    """Which block an entry belongs to; weights belong by input, their gradients by unit."""
    blocks = context.solution.graph.blocks
    block, index = blocks.of(quantity), blocks.index(quantity)
    by_row = len(block.shape) == 2 and block.role is not Role.BACKWARD
    return (block.name, index[0] if by_row else index[-1] if len(block.shape) == 2 else 0)


def working(context: Context, round: Round) -> Working:
    """Every worked line of a round: formula, numbers put in, result."""
    blocks = context.solution.graph.blocks
    signed = any(round.shown[equation.output].startswith("-") for equation in round.equations)
    lines = [(blocks.of(e.output), worked_line(context, round, e, signed=signed)) for e in round.equations]
    grouped = [(key, tuple(group)) for key, group in groupby(lines, key=lambda pair: _line_group(pair[0]))]
    titles = tuple(_group_title(context, *key) for key, _ in grouped)
    groups = tuple(tuple(line for _, line in group) for _, group in grouped)
    words = context.locale
    if context.solution.policy.carries_rounded:
        note = context.phrase(words.working_rounded)
    else:
        shown = context.shown_precision(context.solution.policy.precision)
        note = context.phrase(words.working_full, shown=shown)
    if any(line.equals == r"\approx" for _, line in lines):
        note = context.sentences(note, context.phrase(words.approximate))
    return Working(words.working, note, titles, groups)


def _line_group(block: Block) -> tuple[Role, int, bool]:
    loss = block.kind in (Kind.ERROR, Kind.SQUARED_ERROR, Kind.LOSS)
    return (block.role, 0 if loss or block.role is Role.UPDATED else block.layer, loss)


def _group_title(context: Context, role: Role, layer: int, loss: bool) -> str:  # noqa: FBT001 - a group's key
    """What a group of lines works: a pass, of a layer where there are several; the loss; the update."""
    words = context.locale
    title: str = getattr(words, _PASSES[role])
    if loss and role is Role.FORWARD:
        return words.loss
    if not layer or context.solution.lowered.layers < 2:
        return title
    return words.layer_of_pass.replace("<pass>", title).replace("<n>", words.number(str(layer)))


def worked_line(context: Context, round: Round, equation: Equation, *, signed: bool = False) -> WorkedLine:
    """One line, as detailed as the pages are; `signed`: some result has a minus, for which the others leave room."""
    solution, detail = context.solution, context.detail
    output, writer = equation.output, context.inline_writer
    updated = solution.graph.blocks.of(output).role is Role.UPDATED
    symbol, formula = context.symbol(output), context.formula(equation, writer)
    substituted, result = context.substituted(round, equation, writer), context.number(round, output)
    stated = detail.has_formula and symbol != formula
    arrow = updated and solution.notation.update == "arrow"
    hidden = context.is_hidden(round, output, *equation.operands)
    chain = chain_answer(context, context.ways, equation) if detail.chain_rule else None
    return WorkedLine(
        symbol,
        Math(r"\leftarrow" if arrow else "="),
        formula if stated else NOTHING,
        substituted if detail.has_numbers and substituted != result else NOTHING,
        Math("=" if hidden or round.is_exact(output) else r"\approx"),
        result,
        updated,
        padded=signed and not result.startswith("-"),
        chain=chain or NOTHING,
        mark=context.stating(output) if stated else context.citing(output),
    )

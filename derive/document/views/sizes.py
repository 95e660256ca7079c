"""How large the gradients of the layers' results are, from the first layer to the last: whether they vanish."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.rounding import Value
from derive.document.context import Context
from derive.document.mathematics import Math
from derive.document.model import NumberTable
from derive.document.views.numbers import Numbers
from derive.graph.graph import Graph
from derive.graph.quantity import Block, Kind, Role
from derive.network.work import LADDER
from derive.problem.question import Ask
from derive.writing.notation import fill
from derive.writing.scripts import marked
from derive.writing.symbols import has_several_layers, loss_letter, marks

_ARITHMETIC = DecimalArithmetic(LADDER[0])


@dataclass(frozen=True)
class _Row:
    block: Block
    norm: Decimal
    largest: Decimal


def gradient_sizes(context: Context, asked: Ask) -> tuple[NumberTable, ...]:
    """One row for each layer, and for each of its time steps and samples."""
    words, solution = context.locale, context.solution
    round = solution.rounds[asked.round or 1]
    numbers = Numbers(context, round)
    chosen = tuple(_chosen(context))
    rows = {block: _row(block, [numbers.value(q) for q in block.ids]) for block in chosen}
    following = _following(solution.lowered.graph, chosen)
    shown = [
        (
            words.layer_number.replace("<n>", str(row.block.layer)),
            _symbol(context, row.block),
            numbers.shown(row.norm, row.block.first),
            numbers.shown(row.largest, row.block.first),
            _ratio(numbers, row, rows.get(following[row.block]) if row.block in following else None),
        )
        for row in rows.values()
    ]
    titles = (words.output_of, words.gradient_in_head, words.euclidean_norm, words.largest_entry, words.ratio_to_next)
    note = context.phrase(words.sizes_note, n=str(round.number))
    return (NumberTable(titles, tuple(shown), note),)


def _chosen(context: Context) -> Iterator[Block]:
    """Of each layer the deltas where it has pre-activations, else the adjoints of its last block; first layer first."""
    blocks = context.solution.lowered.graph.blocks.blocks
    adjoints = [b for b in blocks if b.role is Role.BACKWARD and b.of is not None and b.of.role is Role.FORWARD]
    adjoints = sorted((b for b in adjoints if b.layer), key=lambda block: block.of.first if block.of else 0)
    for _, found in groupby(sorted(adjoints, key=_place), key=_place):
        own = list(found)
        yield next((block for block in own if block.kind is Kind.DELTA), own[-1])


def _place(block: Block) -> tuple[int, int, int]:
    return block.layer, block.sample, block.time


def _row(block: Block, values: Sequence[Value]) -> _Row:
    carried = [value.carried for value in values]
    squares = [_ARITHMETIC.multiply([number, number]) for number in carried]
    norm = _ARITHMETIC.call("sqrt", [_ARITHMETIC.add(squares)])
    return _Row(block, norm, max(map(abs, carried)))


def _following(graph: Graph, chosen: Sequence[Block]) -> dict[Block, Block]:
    """For each row the one that it is worked from: of the same layer, a step later, where there is such a one."""
    row_of = {quantity: block for block in chosen for quantity in block.ids}
    found = {}
    for block in chosen:
        waiting, seen, reached = list(block.ids), set(block.ids), []
        while waiting:
            equation = graph.equation_of.get(waiting.pop())
            for operand in () if equation is None else equation.operands:
                if operand in seen or graph.blocks.of(operand).role is not Role.BACKWARD:
                    continue
                seen.add(operand)
                if operand in row_of and row_of[operand] != block:
                    reached.append(row_of[operand])
                elif operand not in row_of:
                    waiting.append(operand)
        if reached:
            found[block] = min(reached, key=lambda one: (one.layer, one.sample, one.time))
    return found


def _ratio(numbers: Numbers, row: _Row, following: _Row | None) -> Math:
    """The norm over that of the row that it is worked from, where that is not 0."""
    if following is None or not following.norm:
        return Math("")
    return numbers.shown(_ARITHMETIC.divide(row.norm, following.norm), row.block.first)


def _symbol(context: Context, block: Block) -> Math:
    """The symbol of the whole gradient."""
    solution, notation = context.solution, context.notation
    of = block.of or block
    own = marks(of, notation, several=has_several_layers(solution.lowered.graph, solution.lowered.layers))
    if block.kind is Kind.DELTA and notation.delta:
        return Math(marked(notation.delta, own))
    loss = loss_letter(solution.lowered.graph, notation, block)
    return Math(fill(notation.derivative, of=loss, by=marked(notation.matrix_letter(of), own)))

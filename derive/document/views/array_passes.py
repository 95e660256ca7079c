"""The passes of a round in arrays: forward, backward and update, each line with its symbols, numbers and result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from derive.document.context import Context
from derive.document.mathematics import Math, Rich
from derive.document.model import MatrixLine, MatrixLines
from derive.document.pictures.layer_names import block_name
from derive.document.views.array_lines import ArrayLines, has_symbol
from derive.document.views.numbers import Numbers
from derive.graph.equations import Equation
from derive.graph.quantity import Block, Kind, Role
from derive.graph.tensor import HOLE, Tensor
from derive.graph.views.transposing import transposed_arrays
from derive.network.array_statements import Stated, update_statements
from derive.network.inlined import inlined
from derive.network.solution import Round
from derive.network.statements import Statement
from derive.problem.question import Ask


def matrix_form_lines(context: Context, asked: Ask) -> tuple[MatrixLines, ...]:
    """Two runs of lines for a round: forward from the first layer on and, where it updates, backward from the last."""
    round, words = context.solution.rounds[asked.round or 1], context.locale
    runs = [(words.matrix_title_forward, array_forward(context, round, in_symbols=True))]
    if not context.solution.plan.is_final(round.number):
        runs.append((words.matrix_title_backward, array_backward(context, round, in_symbols=True)))
    return tuple(replace(run, title=title.replace("<n>", str(round.number))) for title, run in runs)


def array_forward(context: Context, round: Round, *, in_symbols: bool) -> MatrixLines:
    """The forward pass of a round in arrays, the loss included."""
    lines = _lines(context, round, context.array_pass.forward, (), in_symbols=in_symbols)
    return _pass(context.locale.pass_title, round, _labelled(lines, _layer_labels(context, context.array_pass.forward)))


def array_backward(context: Context, round: Round, *, in_symbols: bool) -> MatrixLines:
    """The backward pass of a round in arrays."""
    both = context.array_pass
    lines = _lines(context, round, both.backward, both.forward, in_symbols=in_symbols)
    return _pass(context.locale.back_title, round, _labelled(lines, _layer_labels(context, both.backward)))


def array_update(context: Context, round: Round, *, in_symbols: bool) -> MatrixLines:
    """The update of a round in arrays, whatever the optimizer: the rate, gradients, states, parameters."""
    statements = update_statements(context.solution.graph)
    lines = _lines(context, round, statements, (), in_symbols=in_symbols)
    labelled = _labelled(lines, (_update_label(context, one) for one in statements))
    return replace(_pass(context.locale.update_title, round, labelled), aside=_rate(context, round))


def _pass(title: str, round: Round, lines: Iterable[MatrixLine]) -> MatrixLines:
    return MatrixLines(title.replace("<n>", str(round.number)), Rich(()), tuple(lines), side_by_side=True)


def _lines(
    context: Context, round: Round, items: Sequence[Stated], before: Sequence[Stated], *, in_symbols: bool
) -> Iterator[MatrixLine]:
    """The lines of a pass without labels; its symbols know the formulas of what was worked `before` it."""
    written = inlined(context.solution.lowered.graph.blocks, [*before, *items], partial(has_symbol, context))
    lines = ArrayLines(context, Numbers(context, round), in_symbols)
    return lines.lines(laid_out(context, items), laid_out(context, written[len(before) :]))


def _labelled(lines: Iterable[MatrixLine], labels: Iterable[str]) -> Iterator[MatrixLine]:
    """Lines with a label wherever another layer or another step begins."""
    before = ""
    for line, label in zip(lines, labels, strict=True):
        yield replace(line, label=label if label != before else "")
        before = label


def _layer_labels(context: Context, items: Sequence[Stated]) -> Iterator[str]:
    stepwise = _stepwise(context)
    return (_label(context, item, stepwise) for item in items)


def _stepwise(context: Context) -> frozenset[int]:
    """The layers that are worked step by step: recurrent ones, by their numbers."""
    times: dict[int, set[frozenset[int]]] = {}
    for item in context.array_pass.forward:
        blocks = _subjects(context, item)
        times.setdefault(blocks[0].layer, set()).add(frozenset(block.time for block in blocks))
    return frozenset(layer for layer, found in times.items() if len(found) > 1 and max(map(len, found)) == 1)


def _label(context: Context, item: Stated, stepwise: frozenset[int]) -> str:
    """What a line belongs to: its layer, with the step where the layer is worked step by step; or the loss."""
    blocks = _subjects(context, item)
    number, words = blocks[0].layer, context.locale
    if not number:
        return words.loss
    names = [block_name(context, placed) for placed in context.solution.lowered.placed]
    name = names[number - 1]
    label = name[:1].upper() + name[1:] if names.count(name) == 1 else words.layer_number.replace("<n>", str(number))
    if number not in stepwise or not blocks[0].time:
        return label
    return words.steps.at_step.replace("<title>", label).replace("<t>", str(blocks[0].time))


def _subjects(context: Context, item: Stated) -> list[Block]:
    """The blocks that a line is of; for an adjoint those which it is the adjoint of."""
    graph = context.solution.lowered.graph
    if isinstance(item, Statement):
        return [graph.blocks.of(quantity) for quantity in item.array[0].ids if quantity != HOLE]
    block = graph.blocks.of(item.output)
    return [block if block.of is None else block.of]


def _rate(context: Context, round: Round) -> Rich:
    """The learning rate, where no line works it."""
    block = context.solution.lowered.rate
    if block is None or block.first in round.equation_of:
        return Rich(())
    rate = Math(f"{context.symbol(block.first)} = {context.number(round, block.first)}")
    return context.phrase(context.locale.learning_rate, rate=rate)


def _update_label(context: Context, stated: Stated) -> str:
    """The layer that a line updates; empty for what is worked for all."""
    if isinstance(stated, Equation):
        layer = context.solution.lowered.graph.blocks.of(stated.output).layer
    else:
        layer = stated.layer
    if not layer or context.solution.lowered.layers < 2:
        return ""
    return context.locale.layer_number.replace("<n>", context.locale.number(str(layer)))


def laid_out(context: Context, items: Iterable[Stated]) -> Iterator[Stated]:
    """The lines of a pass with the arrays that the notation writes transposed."""
    for item in items:
        yield _statement(context, item) if isinstance(item, Statement) else item


def _statement(context: Context, statement: Statement) -> Statement:
    def is_turned(tensor: Tensor, adjoint: bool) -> bool:  # noqa: FBT001 - as `Application.find` gives them
        return _is_turned(context, tensor, adjoint=adjoint)

    return replace(
        statement,
        contributions=tuple(transposed_arrays(one, is_turned) for one in statement.contributions),
        added=tuple(_statement(context, one) for one in statement.added),
    )


def _is_turned(context: Context, tensor: Tensor, *, adjoint: bool) -> bool:
    """Whether an array is written transposed: a whole vector, or a whole matrix of weights."""
    notation = context.notation
    block = context.solution.lowered.graph.blocks.of(tensor.ids[0])
    of = block.of or block
    is_matrix = of.kind is Kind.WEIGHT and len(of.shape) == 2
    if tensor.shape != of.shape or not (is_matrix or len(of.shape) == 1):
        return False
    gradient = (adjoint or block.role is Role.BACKWARD) and notation.layout == "numerator"
    return gradient != (notation.product == ("W x" if is_matrix else "x W"))

"""The labels of lines in arrays: the layer and the step that they are of, or what they work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from derive.document.context import Context
from derive.document.model import MatrixLine
from derive.document.pictures.layer_names import block_name
from derive.graph.equations import Equation
from derive.graph.quantity import Block, Kind, Role
from derive.graph.tensor import HOLE
from derive.network.array_statements import Stated
from derive.network.statements import Statement
from derive.writing.symbols import delta_letter

LabelledLine = tuple[str, str, MatrixLine]
"""A label, a comment, and the line that they stand with."""


def with_labels(lines: Iterable[LabelledLine]) -> Iterator[MatrixLine]:
    """Lines each with its label where another one begins, and with its comment where that is said first."""
    before, said = "", {""}
    for label, comment, line in lines:
        yield replace(line, label=label if label != before else "", comment="" if comment in said else comment)
        before = label
        said.add(comment)


def label(context: Context, item: Stated) -> str:
    """What a line belongs to: its layer, with the step where the layer is worked step by step; or what it works."""
    number, words = subjects(context, item)[0].layer, context.locale
    if not number:
        return words.loss
    defined = defined_block(context, item)
    if not labels_by_kind(context):
        return _layer_label(context, item)
    if defined.role is Role.FORWARD:
        return words.output if number == context.solution.lowered.layers else words.layer.replace("<n>", str(number))
    if parameter_kind(context, item) != NO_PARAMETER:
        return words.gradient
    return words.sensitivity if _has_delta_letter(context) else words.adjoint


def update_label(context: Context, item: Stated) -> str:
    """What a line updates: its layer, or the kind of its parameters; empty for what is worked for all."""
    defined, words = defined_block(context, item), context.locale
    if labels_by_kind(context) and defined.role is Role.UPDATED and defined.kind in _KINDS:
        return words.weights if defined.kind is Kind.WEIGHT else words.biases
    layer = defined.layer if isinstance(item, Equation) else item.layer
    if not layer or context.solution.lowered.layers < 2:
        return ""
    return words.layer_number.replace("<n>", words.number(str(layer)))


_KINDS = (Kind.WEIGHT, Kind.BIAS)
NO_PARAMETER = (-1, 0)


def labels_by_kind(context: Context) -> bool:
    """Whether lines are told apart by what they work: layers of one kind, whose numbers their symbols have."""
    lowered = context.solution.lowered
    kinds = {placed.layer.layer for placed in lowered.placed}
    return len(kinds) == 1 and lowered.layers > 1 and not stepwise_layers(context)


def parameter_kind(context: Context, item: Stated) -> tuple[int, int]:
    """Where the gradient (by layer) or the update (by kind) of a parameter stands, where lines go by kind."""
    if not labels_by_kind(context):
        return NO_PARAMETER
    block = defined_block(context, item)
    of = block.of
    if of is None or of.role is not Role.GIVEN or of.kind not in _KINDS:
        return NO_PARAMETER
    if block.role is Role.BACKWARD:
        return of.layer, of.first
    return (_KINDS.index(of.kind), of.first) if block.role is Role.UPDATED else NO_PARAMETER


def stepwise_layers(context: Context) -> frozenset[int]:
    """The layers that are worked step by step: recurrent ones, by their numbers."""
    times: dict[int, set[frozenset[int]]] = {}
    for item in context.array_pass.forward:
        blocks = subjects(context, item)
        times.setdefault(blocks[0].layer, set()).add(frozenset(block.time for block in blocks))
    return frozenset(layer for layer, found in times.items() if len(found) > 1 and max(map(len, found)) == 1)


def subjects(context: Context, item: Stated) -> list[Block]:
    """The blocks that a line is of; for an adjoint those which it is the adjoint of."""
    graph = context.solution.lowered.graph
    if isinstance(item, Statement):
        return [graph.blocks.of(quantity) for quantity in item.array[0].ids if quantity != HOLE]
    block = graph.blocks.of(item.output)
    return [block if block.of is None else block.of]


def defined_block(context: Context, item: Stated) -> Block:
    """The first block that a line defines."""
    blocks = context.solution.lowered.graph.blocks
    if isinstance(item, Equation):
        return blocks.of(item.output)
    return blocks.of(item.defined[0])


def _layer_label(context: Context, item: Stated) -> str:
    block, words = subjects(context, item)[0], context.locale
    names = [block_name(context, placed) for placed in context.solution.lowered.placed]
    name = names[block.layer - 1]
    own = name[:1].upper() + name[1:]
    found = own if names.count(name) == 1 else words.layer_number.replace("<n>", str(block.layer))
    if block.layer not in stepwise_layers(context) or not block.time:
        return found
    return words.steps.at_step.replace("<title>", found).replace("<t>", str(block.time))


def _has_delta_letter(context: Context) -> bool:
    blocks = context.solution.lowered.graph.blocks
    return any(delta_letter(context.notation, block) for block in blocks.select(Kind.DELTA))

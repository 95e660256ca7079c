"""The titles of steps, by what a step works."""

from __future__ import annotations

from collections.abc import Sequence

from derive.catalog.activations import ACTIVATIONS
from derive.document.context import Context
from derive.document.mathematics import Math, Rich
from derive.document.steps.reasons import adjoint_of, listed
from derive.graph.equations import Equation
from derive.graph.quantity import Block, Kind, Role

_LONGEST_EQUATION = 8
"""Quantities on the right side of an equation that a title writes out."""
_MOST_NAMED = 3


def forward_title(context: Context, step: Sequence[Equation]) -> Rich:
    """The title of a step of the forward pass."""
    words = context.locale.steps
    blocks = [context.solution.graph.blocks.of(equation.output) for equation in step]
    if blocks[0].kind is Kind.NODE:
        return context.phrase(words.forward_title, what=_symbols(context, [equation.output for equation in step]))
    labels = {equation.rule.label for equation in step}
    if labels != {""}:
        title = _through(context, labels)
    elif blocks[0].kind is Kind.ACTIVATION and step[0].rule.name not in ACTIVATIONS:
        layer = context.solution.lowered.placed[blocks[0].layer - 1].layer
        title = context.phrase(words.through, function=context.locale.layer_name(layer.layer))
    else:
        title = context.phrase(words.forward_title, what=words.kinds[blocks[0].kind])
    return _placed(context, title, blocks)


def backward_title(context: Context, step: Sequence[Equation]) -> Rich:
    """The title of a step of the walk back or of the update."""
    words, graph = context.locale.steps, context.solution.graph
    blocks = [graph.blocks.of(equation.output) for equation in step]
    first = blocks[0]
    if first.role is not Role.BACKWARD or first.of is None:
        plain = all(block.role is Role.UPDATED and block.kind is not Kind.STATE for block in blocks)
        return Rich((words.downhill if plain else words.optimizer,))
    if first.of.kind is Kind.NODE:
        return _node_title(context, step)
    if first.of.role is Role.GIVEN:
        return _placed(context, Rich((words.parameters,)), blocks)
    if not any(graph.blocks.of(q).role is Role.BACKWARD for equation in step for q in equation.operands):
        return Rich((words.start,))
    found = [adjoint_of(context, equation) for equation in step]
    labels = {use.rule.label for one in found if one is not None for use in one.uses}
    title = _through(context, labels) if labels and "" not in labels else _back_to(context, first.of)
    return _placed(context, title, blocks)


def _node_title(context: Context, step: Sequence[Equation]) -> Rich:
    """Back through one equation, or back to what several use; an equation too long for a title is not written out."""
    words = context.locale.steps
    found = [one for one in (adjoint_of(context, equation) for equation in step) if one is not None]
    uses = {use.output: use for one in found for use in one.uses}
    use = next(iter(uses.values()), None)
    if len(uses) == 1 and use is not None and len(use.operands) <= _LONGEST_EQUATION:
        equation = Math(f"{context.symbol(use.output)} = {context.inline_writer.formula(use)}")
        return context.phrase(words.through_equation, equation=equation)
    return context.phrase(words.names, what=_symbols(context, [one.quantity for one in found]))


def _back_to(context: Context, block: Block) -> Rich:
    words = context.locale.steps
    return context.phrase(words.names, what=words.kinds[block.kind])


def _through(context: Context, labels: set[str]) -> Rich:
    words = context.locale.steps
    if len(labels) == 1:
        return context.phrase(words.through, function=next(iter(labels)))
    return Rich((words.through_several,))


def _symbols(context: Context, quantities: Sequence[int]) -> Rich:
    """The symbols of quantities; of many, the first and the last."""
    symbols = [context.symbol(quantity) for quantity in quantities]
    if len(symbols) > _MOST_NAMED:
        return Rich((symbols[0], f" {context.locale.steps.and_so_on} ", symbols[-1]))
    return listed(context, symbols)


def _placed(context: Context, title: Rich, blocks: Sequence[Block]) -> Rich:
    """The title with the layer, where there are several, and the time step."""
    words = context.locale.steps
    first = blocks[0]
    several = len({placed.number for placed in context.solution.lowered.placed if placed.parameters}) > 1
    if first.layer and several and len({block.layer for block in blocks}) == 1:
        title = context.phrase(words.of_layer, title=title, n=str(first.layer))
    if first.time and len({block.time for block in blocks}) == 1:
        title = context.phrase(words.at_step, title=title, t=str(first.time))
    return title

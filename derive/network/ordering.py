"""What a key works and in which order: steps folded, deltas in the ascent form, updates in place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from derive.errors import InputError
from derive.graph.ascent import with_signs_gathered
from derive.graph.equations import Equation
from derive.graph.graph import Graph
from derive.graph.quantity import Block, Kind, Role
from derive.problem.model import Problem


def worked_graph(problem: Problem, graph: Graph) -> Graph:
    """The graph as the key works it. Raises `InputError` where the choices cannot be combined."""
    folded = frozenset(Kind(kind) for kind in problem.inline)
    if problem.update_form == "ascent":
        graph = with_signs_gathered(graph.worked(folded | _folded_by_ascent(problem, graph)))
    else:
        graph = graph.worked(folded)
    if problem.updates == "in place":
        if problem.optimizer.clip_norm is not None:
            raise InputError.single(
                "`updates: in place` has no norm of all gradients to clip by; drop `clip_norm` or update simultaneously"
            )
        graph = in_place(graph)
    return graph


def _folded_by_ascent(problem: Problem, graph: Graph) -> frozenset[Kind]:
    """The ascent form works deltas alone; gradients too are written inside the update where each is used once."""
    uses = Counter(operand for equation in graph.update for operand in equation.operands)
    gradients = [q for b in graph.blocks.select(Kind.GRADIENT, Role.BACKWARD) for q in b.ids]
    once = not problem.batch.per_sample_gradients and all(uses[q] <= 1 for q in gradients)
    return frozenset({Kind.ADJOINT, Kind.GRADIENT} if once else {Kind.ADJOINT})


def in_place(graph: Graph) -> Graph:
    """The graph with each layer updated as soon as its gradients are known, from the output back.

    The adjoints of earlier layers then mention the new parameters of later layers in place of the old ones.
    """
    blocks = graph.blocks
    new = {
        old: (quantity, block.layer)
        for block in blocks.blocks
        if block.role is Role.UPDATED and block.of is not None and block.kind is not Kind.STATE
        for old, quantity in zip(block.of.ids, block.ids, strict=True)
    }
    backward = tuple(_with_new(equation, blocks.of(equation.output), new) for equation in graph.backward)
    return replace(graph, backward=backward, interleaved=tuple(_taking_turns(replace(graph, backward=backward))))


def _with_new(equation: Equation, block: Block, new: Mapping[int, tuple[int, int]]) -> Equation:
    """An adjoint with the new parameters of the layers after its own; a gradient stays as it is."""
    if block.kind is Kind.GRADIENT or not any(q in new and new[q][1] > block.layer for q in equation.operands):
        return equation
    operands = tuple(new[q][0] if q in new and new[q][1] > block.layer else q for q in equation.operands)
    return equation._replace(operands=operands)


def _taking_turns(graph: Graph) -> Iterator[Equation]:
    """Backward and update equations in order: a layer's updates stand before the first adjoint of a layer before it.

    The rate of the round, which every update takes, comes first of all.
    """
    blocks = graph.blocks
    waiting: dict[int, list[Equation]] = {}
    for equation in graph.update:
        block = blocks.of(equation.output)
        if block.kind is Kind.LEARNING_RATE:
            yield equation
        else:
            waiting.setdefault(block.layer, []).append(equation)
    for equation in graph.backward:
        here = blocks.of(equation.output).layer
        for layer in sorted((layer for layer in waiting if here and layer > here), reverse=True):
            yield from waiting.pop(layer)
        yield equation
    for layer in sorted(waiting, reverse=True):
        yield from waiting[layer]

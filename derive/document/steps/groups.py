"""Equations gathered into steps: what is alike and can be worked side by side belongs to one step."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence

from derive.document.context import Context
from derive.graph.equations import Equation
from derive.graph.quantity import Block, Kind, Role

Key = tuple[Hashable, ...]
_LOSS = frozenset({Kind.ERROR, Kind.SQUARED_ERROR, Kind.LOSS, Kind.TOTAL_LOSS, Kind.STEP})
START, PARAMETERS, LOSS, UPDATE = "start", "parameters", "loss", "update"
_MAY_REST_ON_EACH_OTHER = frozenset({PARAMETERS, LOSS, UPDATE})


def gathered(equations: Iterable[Equation], key: Callable[[Equation], Key]) -> tuple[tuple[Equation, ...], ...]:
    """The equations in steps, every one after all that it rests on.

    An equation joins an earlier step with its key, unless it rests on that step or a later one; steps of the loss, of
    parameters and of updates may hold lines that rest on each other.
    """
    steps: list[list[Equation]] = []
    places: dict[Key, int] = {}
    place_of: dict[int, int] = {}
    for equation in equations:
        name = key(equation)
        last = max((place_of.get(operand, -1) for operand in equation.operands), default=-1)
        place = places.get(name, -1)
        if place < 0 or place < last or (place == last and name[0] not in _MAY_REST_ON_EACH_OTHER):
            place = places[name] = len(steps)
            steps.append([])
        steps[place].append(equation)
        place_of[equation.output] = place
    return tuple(tuple(step) for step in steps)


def forward_steps(context: Context, equations: Sequence[Equation]) -> tuple[tuple[Equation, ...], ...]:
    """The forward pass in steps: by layer and kind; the loss last."""
    blocks = context.solution.graph.blocks

    def key(equation: Equation) -> Key:
        block = blocks.of(equation.output)
        if block.kind in _LOSS:
            return (LOSS,)
        if block.kind is Kind.NODE:
            return ("node", block.name)
        return ("kind", block.layer, block.kind)

    return gathered(equations, key)


def backward_steps(context: Context, equations: Sequence[Equation]) -> tuple[tuple[Equation, ...], ...]:
    """The walk back and the update in steps: the outputs, layer by layer, parameters beside their layer."""
    blocks = context.solution.graph.blocks

    def key(equation: Equation) -> Key:
        block = blocks.of(equation.output)
        if block.role is not Role.BACKWARD or block.of is None:
            return (UPDATE,)
        if _is_node(block.of):
            quantity = block.of.first + equation.output - block.first
            users = tuple(blocks.of(use.output).name for use in context.ways.of(quantity))
            return ("node", *users)
        if block.of.role is Role.GIVEN:
            return (PARAMETERS, block.layer)
        if not any(blocks.of(operand).role is Role.BACKWARD for operand in equation.operands):
            return (START,)
        return ("kind", block.layer, block.of.kind)

    return gathered(equations, key)


def _is_node(block: Block) -> bool:
    return block.kind is Kind.NODE

"""The loss of a problem in symbols, and what it is worked from where pages write that by a symbol of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from derive.catalog.losses import UPSTREAM
from derive.document.context import Context
from derive.document.mathematics import Math
from derive.document.statement.general import general_equation
from derive.graph.equations import Equation
from derive.graph.quantity import Kind, Role

_KNOWN = frozenset({"identity", "sigmoid", "tanh", "relu", "softmax"})
"""Activations whose formula goes without saying."""
_LOSSES = (Kind.LOSS, Kind.TOTAL_LOSS)


def loss_formulas(context: Context) -> tuple[Math, ...]:
    """The loss of a sample, then what joins samples, steps and penalties, each once; none without a loss."""
    if not context.solution.lowered.targets or context.solution.lowered.graph.loss_is_stand_in:
        return ()
    found: dict[object, Math] = {}
    for equation in _equations(context):
        rule = equation.rule.rule
        if rule not in found:
            found[rule] = general_equation(context, equation, entry=_is_one_of_several(context, equation))
    return tuple(found.values())


def upstream_formula(context: Context) -> tuple[Math, ...]:
    """What the gradient by an output is where it is given in place of a loss, and what joins samples and penalties."""
    graph = context.solution.lowered.graph
    if not graph.loss_is_stand_in:
        return ()
    losses = [e for e in graph.forward if graph.blocks.of(e.output).kind is Kind.LOSS and e.rule.name == UPSTREAM.name]
    pairs = [pair for e in losses for pair in zip(e.operands[: e.rule.size], e.operands[e.rule.size :], strict=True)]
    by_outputs = (
        Math(f"{context.symbol(graph.adjoint_of[output])} = {context.symbol(given)}") for given, output in pairs
    )
    totals = [equation for equation in _equations(context) if equation.rule.name != UPSTREAM.name]
    return (*by_outputs, *(general_equation(context, equation) for equation in totals))


def activation_formulas(context: Context) -> tuple[Math, ...]:
    """The activations that are not among the well-known ones, each once."""
    graph = context.solution.lowered.graph
    found: dict[object, Math] = {}
    for equation in graph.forward:
        rule = equation.rule.rule
        function = equation.rule.label and graph.blocks.of(equation.operands[0]).kind is Kind.PRE_ACTIVATION
        if function and equation.rule.name not in _KNOWN and rule not in found:
            found[rule] = general_equation(context, equation, entry=_is_one_of_several(context, equation))
    return tuple(found.values())


def _is_one_of_several(context: Context, equation: Equation) -> bool:
    block = context.solution.lowered.graph.blocks.of(equation.output)
    return equation.rule.member is not None or block.size > 1


def _equations(context: Context) -> Iterator[Equation]:
    """The equations of the loss; from the steps of its working where these have symbols."""
    graph = context.solution.lowered.graph
    blocks = graph.blocks
    worked = {equation.output: equation for equation in graph.working}
    for equation in graph.forward:
        block = blocks.of(equation.output)
        if block.kind is Kind.TARGET and block.role is Role.FORWARD:
            yield equation
        if block.kind not in _LOSSES:
            continue
        steps = worked.get(equation.output)
        named = [q for q in (steps.operands if steps else ()) if q in worked and _has_symbol(context, q)]
        if steps is None or not named:
            yield equation
            continue
        yield from _steps(context, worked, steps)


def _steps(context: Context, worked: Mapping[int, Equation], equation: Equation) -> Iterator[Equation]:
    """An equation of the working, then those of the steps with symbols that it is worked from."""
    yield equation
    for quantity in equation.operands:
        if quantity in worked and _has_symbol(context, quantity):
            yield from _steps(context, worked, worked[quantity])


def _has_symbol(context: Context, quantity: int) -> bool:
    return bool(context.notation.letter(context.solution.lowered.graph.blocks.of(quantity)))

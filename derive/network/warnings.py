"""What would embarrass an instructor: a dead unit, a saturated one, a tie, an update that raises the loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.evaluate import compile_formula
from derive.catalog.activations import ACTIVATIONS
from derive.errors import NumberError
from derive.graph.equations import Equation
from derive.graph.graph import Graph
from derive.graph.quantity import Block, Kind, Role
from derive.network.lowered import Lowered
from derive.network.ties import ties
from derive.network.work import LADDER, Plan, Values, forward_plan, work

SATURATED = Decimal("0.01")
"""A unit is called saturated where the slope of its activation is below this."""
MOST_TIES = 4
"""So many ties are named; of more, the number is said."""


def warnings(
    lowered: Lowered, plan: Plan, rounds: Sequence[Values], starts: Sequence[Mapping[int, Decimal]]
) -> list[str]:
    """One sentence for each finding, in the order of the layers, then of the rounds."""
    rising = () if lowered.graph.loss_is_stand_in else _rising(lowered.graph, plan, rounds, starts)
    return [*_units(lowered, rounds), *_ties(lowered, rounds), *rising]


def _units(lowered: Lowered, rounds: Sequence[Values]) -> Iterator[str]:
    """Units that are dead at every step and sample, and single ones that are saturated."""
    for equations in _by_unit(lowered).values():
        function, block = ACTIVATIONS[equations[0].rule.name], lowered.graph.blocks.of(equations[0].operands[0])
        unit = lowered.graph.blocks.index(equations[0].operands[0])[-1]
        where = f"unit {unit} of layer {block.layer} ({function.name})"
        slopes = {equation: [_slope(equation, values) for values in rounds] for equation in equations}
        if function.kink_at_zero and not any(slope for each in slopes.values() for slope in each):
            yield f"{where} is dead from the start: its slope is 0 in every round, so its own weights never change"
            continue
        for equation in equations if function.saturates else ():
            if slopes[equation][0] < SATURATED:
                shown, place = rounds[0][equation.output].shown, _place(lowered.graph.blocks.of(equation.operands[0]))
                yield f"{where}{place} is saturated in round 1 (its output is {shown}): its gradients are nearly 0"


def _by_unit(lowered: Lowered) -> dict[tuple[int, str, tuple[int, ...]], list[Equation]]:
    """The activations with a slope of each unit: one, or one a time step and sample. Moving windows have no units."""
    blocks = lowered.graph.blocks
    moving = {placed.number for placed in lowered.placed if not placed.layer.takes_steps}
    found: dict[tuple[int, str, tuple[int, ...]], list[Equation]] = {}
    for equation in lowered.graph.forward:
        function = ACTIVATIONS.get(equation.rule.name)
        if function is None or not function.differentiable or not equation.operands:
            continue
        block = blocks.of(equation.operands[0])
        if block.kind is Kind.PRE_ACTIVATION and block.layer not in moving:
            place = (block.layer, block.own_letter + block.tag, blocks.index(equation.operands[0]))
            found.setdefault(place, []).append(equation)
    return found


def _ties(lowered: Lowered, rounds: Sequence[Values]) -> Iterator[str]:
    found = [(number, tie) for number, values in enumerate(rounds, 1) for tie in ties(lowered, values)]
    for number, tie in found[:MOST_TIES]:
        names = f"{', '.join(tie.inputs[:-1])} and {tie.inputs[-1]}"
        yield f"max pooling in round {number}: {names} tie for {tie.output}; the gradient goes to {tie.winner} alone"
    if len(found) > MOST_TIES:
        yield f"max pooling: {len(found) - MOST_TIES} more ties"


def _place(block: Block) -> str:
    """The step and the sample of a block, where it belongs to any."""
    step = f" at step {block.time}" if block.time else ""
    return step + (f" in sample {block.sample}" if block.sample else "")


def _slope(equation: Equation, values: Values) -> Decimal:
    """The size of an activation's derivative at one unit."""
    local, mentions = equation.rule.locals[0]
    operands = [values[equation.mentioned[position]].carried for position in mentions]
    return compile_formula(local.formula, DecimalArithmetic(LADDER[0]))(operands).copy_abs()


def _rising(
    graph: Graph, plan: Plan, rounds: Sequence[Values], starts: Sequence[Mapping[int, Decimal]]
) -> Iterator[str]:
    """Rounds after whose update the same sample's loss is higher than before."""
    updated = (block for block in graph.blocks.blocks if block.role is Role.UPDATED)
    pairs = [(block.of, block) for block in updated if block.of is not None]
    block = graph.blocks.of(graph.loss)
    for number, start in enumerate(starts, 1):
        values = rounds[number - 1]
        moved = {
            old: values[new].carried for of, new_block in pairs for old, new in zip(of.ids, new_block.ids, strict=True)
        }
        precision = plan.policy.precision_of(block, block.name, number)
        known = graph.loss in values and not plan.policy.carries_rounded
        before = values[graph.loss].unrounded if known else _loss(graph, plan, start)
        try:
            after = _loss(graph, plan, {**start, **moved})
            shown = plan.policy.shown(after, precision)
        except NumberError:
            after, shown = Decimal("inf"), "more than can be printed"
        if after > before:
            yield (
                f"the update of round {number} raises the loss of its own sample from "
                f"{plan.policy.shown(before, precision)} to {shown}: the learning rate may be too large"
            )


def _loss(graph: Graph, plan: Plan, start: Mapping[int, Decimal]) -> Decimal:
    """The loss of a sample from the given numbers, with nothing rounded on the way."""
    (values,) = work(forward_plan(plan, graph, start))
    return values[graph.loss].unrounded

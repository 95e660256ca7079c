"""What would embarrass an instructor: a dead unit, a saturated one, an update that raises the loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.evaluate import compile_formula
from derive.catalog.activations import Activation
from derive.errors import NumberError
from derive.graph.graph import Graph
from derive.graph.quantity import Block, Kind, Role
from derive.network.lower import Lowered
from derive.network.work import LADDER, Plan, Values, exact_plan, work

SATURATED = Decimal("0.01")
"""A unit is called saturated where the slope of its activation is below this."""


def warnings(
    lowered: Lowered, plan: Plan, rounds: Sequence[Values], starts: Sequence[Mapping[int, Decimal]]
) -> list[str]:
    """One sentence for each finding, in the order of the layers, then of the rounds."""
    return [*_units(lowered, rounds), *_rising(lowered.graph, plan, rounds, starts)]


def _units(lowered: Lowered, rounds: Sequence[Values]) -> Iterator[str]:
    blocks = lowered.graph.blocks
    for block in blocks.select(Kind.PRE_ACTIVATION, Role.FORWARD):
        function = lowered.activations[block.layer - 1]
        outputs = next(b for b in _outputs(lowered.graph) if b.layer == block.layer)
        for unit, (source, output) in enumerate(zip(block.ids, outputs.ids, strict=True), 1):
            where = f"unit {unit} of layer {block.layer} ({function.name})"
            slopes = [_slope(function, values[source].carried, values[output].carried) for values in rounds]
            if function.kink_at_zero and not any(slopes):
                yield f"{where} is dead from the start: its slope is 0 in every round, so its own weights never change"
            elif function.saturates and slopes[0] < SATURATED:
                shown = rounds[0][output].shown
                yield f"{where} is saturated in round 1 (its output is {shown}): its gradients are nearly 0"


def _outputs(graph: Graph) -> tuple[Block, ...]:
    return (*graph.blocks.select(Kind.ACTIVATION, Role.FORWARD), *graph.blocks.select(Kind.OUTPUT, Role.FORWARD))


def _slope(function: Activation, pre_activation: Decimal, output: Decimal) -> Decimal:
    """The activation's derivative at one unit."""
    local, mentions = function.rule.sized().locals[0]
    operands = [(pre_activation, output)[position] for position in mentions]
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
        before = _loss(graph, plan, start)
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
    (values,) = work(exact_plan(plan, graph, start))
    return values[graph.loss].unrounded

"""A problem lowered to a graph: blocks and equations of the network, its loss, its adjoints, its updates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from derive.catalog import layers, losses
from derive.catalog.activations import Activation, activation
from derive.catalog.losses import Loss
from derive.catalog.optimizers import OPTIMIZERS
from derive.graph.backward import differentiate
from derive.graph.builder import GraphBuilder
from derive.graph.equations import Equation
from derive.graph.graph import Graph, with_updates
from derive.graph.quantity import Block, Blocks, Kind, Role
from derive.problem.model import Layer, Problem


@dataclass(frozen=True)
class Lowered:
    """The derivation of a problem: its graph and the blocks that data and parameters go into."""

    graph: Graph
    inputs: Block
    targets: Block
    rate: Block
    parameters: tuple[Block, ...]
    activations: tuple[Activation, ...]
    """The activation of each layer, from the first."""

    @property
    def layers(self) -> int:
        """How many layers there are."""
        return len(self.activations)


def lower(problem: Problem) -> Lowered:
    """The whole derivation of a problem, without any of its numbers."""
    shapes = [layer.units for layer in problem.network.layers]
    has_bias = [layer.biases is not None for layer in problem.network.layers]
    activations = tuple(activation(layer.activation, int(problem.relu_at_zero)) for layer in problem.network.layers)
    loss = losses.loss(problem.loss, problem.error)
    lowered = lower_shapes(problem.network.inputs, shapes, activations, has_bias, loss)
    rule = OPTIMIZERS[problem.optimizer]
    return replace(lowered, graph=with_updates(lowered.graph, lowered.parameters, rule, lowered.rate.first))


def lower_shapes(
    input_count: int,
    shapes: Sequence[int],
    activations: Sequence[Activation],
    has_bias: Sequence[bool],
    loss: Loss,
) -> Lowered:
    """The derivation of dense layers of the given sizes, from the inputs on, without updates."""
    builder = GraphBuilder()
    layered = len(shapes) > 1
    inputs = builder.block(Kind.INPUT, Role.GIVEN, (input_count,))
    targets = builder.block(Kind.TARGET, Role.GIVEN, (shapes[-1],))
    sizes = [input_count, *shapes]
    given: list[tuple[Block, Block | None]] = []
    for number, (before, units) in enumerate(zip(sizes, shapes, strict=False), 1):
        weights = builder.block(Kind.WEIGHT, Role.GIVEN, (before, units), number, layered=layered)
        wanted = has_bias[number - 1]
        biases = builder.block(Kind.BIAS, Role.GIVEN, (units,), number, layered=layered) if wanted else None
        given.append((weights, biases))
    rate = builder.block(Kind.LEARNING_RATE, Role.GIVEN)
    signal = inputs
    for number, (weights, biases) in enumerate(given, 1):
        signal = _layer(builder, signal, weights, biases, activations[number - 1], last=number == len(given))
    working = _loss(builder, loss, targets, signal)
    parameters = tuple(layers.parameters(builder))
    backward = differentiate(builder, parameters)
    graph = Graph(Blocks(tuple(builder.blocks)), tuple(builder.equations), working, backward)
    return Lowered(graph, inputs, targets, rate, parameters, tuple(activations))


def _layer(
    builder: GraphBuilder, signal: Block, weights: Block, biases: Block | None, function: Activation, *, last: bool
) -> Block:
    shape, number, layered = weights.shape[1:], weights.layer, weights.layered
    sums = builder.block(Kind.PRE_ACTIVATION, Role.FORWARD, shape, number, layered=layered)
    layers.dense(builder, signal, weights, biases, sums)
    outputs = builder.block(Kind.OUTPUT if last else Kind.ACTIVATION, Role.FORWARD, shape, number, layered=layered)
    layers.apply(builder, function.rule, sums, outputs)
    return outputs


def _loss(builder: GraphBuilder, loss: Loss, targets: Block, outputs: Block) -> tuple[Equation, ...]:
    """The loss's equation, added to the builder, and the steps of its working, which are not."""
    steps: list[Equation] = []
    blocks = {Kind.TARGET: targets, Kind.OUTPUT: outputs}
    last = outputs
    for step in loss.steps:
        last = blocks[step.kind] = builder.block(step.kind, Role.FORWARD, outputs.shape)
        columns = zip(last.ids, *(blocks[kind].ids for kind in step.operands), strict=True)
        steps.extend(Equation(step.rule.sized(), output, tuple(operands)) for output, *operands in columns)
    value = builder.block(Kind.LOSS, Role.FORWARD).first
    groups = {"y": targets.ids, "f": outputs.ids}
    operands = (quantity for slot in loss.rule.slots for quantity in groups[slot])
    builder.equation(loss.rule.sized(outputs.size), value, operands)
    return (*steps, Equation(loss.from_last_step.sized(last.size), value, tuple(last.ids)))


def start_values(problem: Problem, lowered: Lowered) -> dict[int, Decimal]:
    """The parameters and the learning rate as the problem states them."""
    values = {lowered.rate.first: problem.learning_rate}
    for block in lowered.parameters:
        layer = problem.network.layers[block.layer - 1]
        stated = _stated(layer, block)
        values.update(zip(block.ids, stated, strict=True))
    return values


def _stated(layer: Layer, block: Block) -> list[Decimal]:
    stated = layer.weights if block.kind is Kind.WEIGHT else layer.biases
    if isinstance(stated, Decimal):
        return [stated] * block.size
    return [entry for row in stated for entry in row] if block.kind is Kind.WEIGHT else list(stated)


def sample_values(problem: Problem, lowered: Lowered, number: int) -> dict[int, Decimal]:
    """The inputs and targets of a round (counted from 1); the samples start over after the last."""
    sample = problem.data[(number - 1) % len(problem.data)]
    return {
        **dict(zip(lowered.inputs.ids, sample.x, strict=True)),
        **dict(zip(lowered.targets.ids, sample.y, strict=True)),
    }

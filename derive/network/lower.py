"""A problem lowered to a graph: blocks and equations of the network, its loss, its adjoints, its updates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property

from derive.catalog.activations import ACTIVATIONS
from derive.catalog.layers.base import Here, Layer
from derive.graph.ascent import ascending
from derive.graph.backward import differentiate
from derive.graph.builder import GraphBuilder, Scope
from derive.graph.graph import Graph
from derive.graph.quantity import Block, Blocks, Kind, Role
from derive.graph.tensor import Shape, Tensor, of, stacked
from derive.network.losing import total_loss
from derive.network.updating import with_updates
from derive.problem.model import Problem
from derive.problem.shapes import Wired, numbers_of, wire
from derive.sources.fields import Nested, flat

Numbers = Mapping[int, Decimal]


@dataclass(frozen=True)
class Placed:
    """A layer in its place: its number (from 1), its parameters by option, what feeds it, what it gives, a sample."""

    number: int
    layer: Layer
    parameters: Mapping[str, Block]
    inputs: tuple[tuple[Tensor, ...], ...]
    outputs: tuple[Tensor, ...]
    views: tuple[Mapping[str, Tensor], ...]


@dataclass(frozen=True)
class Lowered:
    """The derivation of a problem: its graph and the blocks that data and parameters go into."""

    graph: Graph
    inputs: tuple[Tensor, ...]
    """One tensor a sample of the batch."""
    targets: tuple[Tensor, ...]
    rate: Block
    parameters: tuple[Block, ...]
    placed: tuple[Placed, ...]
    given: Numbers = field(default_factory=dict)
    """The numbers that the first round starts with: parameters, constants, the learning rate, states."""
    counter: Block | None = None
    """The number of the round, where an equation uses it."""

    @property
    def layers(self) -> int:
        """How many layers there are."""
        return len(self.placed)

    @cached_property
    def kinks(self) -> bool:
        """Whether the derivative of some activation at a kink is a convention."""
        names = {equation.rule.name for equation in self.graph.forward}
        return any(ACTIVATIONS[name].kink_at_zero for name in names & ACTIVATIONS.keys())


class _Lowering:
    """One lowering on its way: the builder and the numbers given so far."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.builder = GraphBuilder()
        self.given: dict[int, Decimal] = {}
        self.several = len(problem.network.layers) > 1
        wiring = wire(problem.network.inputs, problem.network.layers, {}, problem.network.rows)
        self.wired: list[Wired] = [one for one in wiring.wired if one is not None]

    def lay(self, kind: Kind, shape: Shape, numbers: Nested, letter: str = "", tag: str = "") -> Block:
        """A given block with its numbers."""
        block = self.builder.block(kind, Role.GIVEN, shape, letter, tag)
        stated = flat(numbers) if not isinstance(numbers, str) else (Decimal(numbers),)
        self.given.update(zip(block.ids, stated * block.size if len(stated) == 1 else stated, strict=True))
        return block

    def samples(self, kind: Kind, shape: Shape, *, steps: bool) -> tuple[Tensor, ...]:
        """Given numbers for each sample of a batch: one block, or one for each of the steps of a sequence."""
        size = self.problem.batch.size
        found = []
        for number in range(1, size + 1):
            with self.builder.within(sample=number if size > 1 else 0):
                found.append(self._steps(kind, shape) if steps else of(self.builder.block(kind, Role.GIVEN, shape)))
        return tuple(found)

    def _steps(self, kind: Kind, shape: Shape) -> Tensor:
        parts = []
        for time in range(1, shape[0] + 1):
            with self.builder.within(time=time):
                parts.append(of(self.builder.block(kind, Role.GIVEN, shape[1:])))
        return stacked(parts)

    def layer_scope(self, number: int) -> None:
        """What follows belongs to a layer; 0 for none."""
        self.builder.scope = Scope(number, layered=self.several and number > 0)

    def parameters(self) -> tuple[list[Mapping[str, Block]], list[Block]]:
        """The parameters of every layer by option, and those that are trained."""
        found: list[Mapping[str, Block]] = []
        trained: list[Block] = []
        for number, (layer, wired) in enumerate(zip(self.problem.network.layers, self.wired, strict=True), 1):
            self.layer_scope(number)
            blocks = {}
            rows = layer.rows or self.problem.network.rows
            for one in layer.parameters(wired.inputs):
                blocks[one.key] = self.lay(one.kind, one.shape, numbers_of(one, rows), one.letter, one.tag)
                if one.trainable and not layer.frozen:
                    trained.append(blocks[one.key])
            found.append(blocks)
        self.layer_scope(0)
        return found, trained

    def layers(self, inputs: tuple[Tensor, ...], parameters: Sequence[Mapping[str, Block]]) -> tuple[Placed, ...]:
        """The equations of every layer."""
        results: list[tuple[Tensor, ...]] = [inputs]
        placed = []
        for number, (layer, wired) in enumerate(zip(self.problem.network.layers, self.wired, strict=True), 1):
            self.layer_scope(number)
            last = number == len(self.wired)
            here = Here(
                self.builder,
                parameters[number - 1],
                Kind.OUTPUT if last else Kind.ACTIVATION,
                int(self.problem.relu_at_zero),
            )
            fed = tuple(zip(*(results[source] for source in wired.sources), strict=True))
            results.append(tuple(layer.emit_batch(here, fed)))
            placed.append(Placed(number, layer, parameters[number - 1], fed, results[-1], tuple(here.views)))
        self.layer_scope(0)
        return tuple(placed)


def lower(problem: Problem) -> Lowered:
    """The whole derivation of a problem, with the numbers that it starts with."""
    making = _Lowering(problem)
    builder = making.builder
    shape, output = problem.network.inputs, making.wired[-1].output
    inputs = making.samples(Kind.INPUT, shape, steps=len(shape) == 2 and problem.network.layers[0].takes_steps)
    targets = making.samples(Kind.TARGET, output, steps=len(output) == 2)
    parameters, trained = making.parameters()
    rate = making.lay(Kind.LEARNING_RATE, (), problem.learning_rate)
    placed = making.layers(inputs, parameters)
    roots = total_loss(problem, builder, making.lay, targets, placed[-1].outputs, trained)
    own = range(1, problem.batch.size + 1) if problem.batch.own_gradients and problem.batch.size > 1 else ()
    backward = differentiate(builder, trained, roots, own)
    graph = Graph(
        Blocks(tuple(builder.blocks)), tuple(builder.equations), tuple(builder.working), backward, roots=roots
    )
    lowered = Lowered(graph, inputs, targets, rate, tuple(trained), placed, making.given)
    updated = with_updates(problem, lowered, builder.state_updates)
    if problem.update_form == "ascent":
        return replace(updated, graph=ascending(updated.graph))
    return updated


def start_values(lowered: Lowered) -> dict[int, Decimal]:
    """The numbers that the first round starts with."""
    return dict(lowered.given)


def round_values(problem: Problem, lowered: Lowered, number: int) -> dict[int, Decimal]:
    """The inputs and targets of a round (counted from 1); the samples start over after the last."""
    size = problem.batch.size
    values: dict[int, Decimal] = {} if lowered.counter is None else {lowered.counter.first: Decimal(number)}
    for place, (inputs, targets) in enumerate(zip(lowered.inputs, lowered.targets, strict=True)):
        sample = problem.data[((number - 1) * size + place) % len(problem.data)]
        values.update(zip(inputs.ids, flat(sample.x), strict=True))
        values.update(zip(targets.ids, _targets(sample.y, sample.class_, targets), strict=True))
    return values


def _targets(stated: Nested | None, number: int | None, targets: Tensor) -> tuple[Decimal, ...]:
    """The targets as stated, or 1 for the class of that number and 0 for the others."""
    if stated is not None:
        return flat(stated)
    classes = targets.shape[-1]
    return tuple(Decimal(int(offset % classes == (number or 0) - 1)) for offset in range(len(targets.ids)))

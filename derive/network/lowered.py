"""What a problem is lowered to: its graph, and the blocks that data and parameters go into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from derive.catalog.activations import ACTIVATIONS
from derive.catalog.layers.base import Layer
from derive.catalog.losses import LOSSES
from derive.catalog.schedules import START
from derive.graph.builder import GraphBuilder
from derive.graph.equations import Equation, Equations, Roots
from derive.graph.graph import Graph
from derive.graph.quantity import Block, Blocks, Kind, Role
from derive.graph.tensor import Shape, Tensor
from derive.problem.training import LearningRate
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
    views: tuple[Mapping[str, Tensor | int], ...]
    sources: tuple[int, ...]
    """The numbers of the layers that feed it; 0 for the network's input."""

    def equations(self, graph: Graph) -> tuple[Equation, ...]:
        """The layer's own equations of the forward pass."""
        return tuple(e for e in graph.forward if graph.blocks.of(e.output).layer == self.number)

    @property
    def frozen(self) -> tuple[Block, ...]:
        """The parameters that the author keeps fixed: all of a frozen layer's, or its biases alone."""
        shapes = tuple(tensor.shape for tensor in self.inputs[0])
        kept = [p for p in self.layer.parameters(shapes) if not p.takes_turns]
        fixed = [p for p in kept if (self.layer.frozen if p.trainable else p.kind is Kind.BIAS)]
        return tuple(self.parameters[parameter.key] for parameter in fixed)


@dataclass(frozen=True)
class Turns:
    """Constants that change from sample to sample: a block for each sample of the batch, and the arrays in turn."""

    blocks: tuple[Block, ...]
    arrays: tuple[Nested, ...]

    def values(self, number: int) -> Iterator[tuple[int, Decimal]]:
        """The numbers of a round (counted from 1), by quantity."""
        size = len(self.blocks)
        for place, block in enumerate(self.blocks):
            yield from zip(block.ids, flat(self.arrays[((number - 1) * size + place) % len(self.arrays)]), strict=True)


@dataclass(frozen=True)
class Lowered:
    """The derivation of a problem: its graph and the blocks that data and parameters go into."""

    graph: Graph
    inputs: tuple[Tensor, ...]
    """One tensor a sample of the batch."""
    targets: tuple[Tensor, ...]
    rate: Block | None
    """The learning rate; None where nothing is updated."""
    parameters: tuple[Block, ...]
    placed: tuple[Placed, ...]
    given: Numbers = field(default_factory=dict)
    """The numbers that the first round starts with: parameters, constants, the learning rate, states."""
    counter: Block | None = None
    """The number of the round, where an equation uses it."""
    turns: tuple[Turns, ...] = ()
    """Constants that change from sample to sample."""

    @property
    def layers(self) -> int:
        """How many layers there are."""
        return len(self.placed)

    @cached_property
    def kinked(self) -> frozenset[str]:
        """The activations, and the loss, whose derivative at a kink is a convention, by name."""
        names = {equation.rule.name for equation in self.graph.forward}
        return frozenset(
            name for entries in (ACTIVATIONS, LOSSES) for name in names & entries.keys() if entries[name].kink_at_zero
        )


class Laying:
    """A builder and the numbers given so far."""

    def __init__(self, at_zero: int) -> None:
        self.builder = GraphBuilder()
        self.builder.at_zero = at_zero
        self.given: dict[int, Decimal] = {}

    def rate(self, stated: LearningRate | None) -> Block | None:
        """The learning rate of the first round, or where a schedule begins; None where none is stated."""
        if stated is None:
            return None
        return self.lay(Kind.LEARNING_RATE, (), stated.of(1), START if stated.schedule else "")

    def lay(self, kind: Kind, shape: Shape, numbers: Nested, letter: str = "", tag: str = "") -> Block:
        """A given block with its numbers; one number fills it."""
        block = self.builder.block(kind, Role.GIVEN, shape, letter, tag)
        stated = flat(numbers)
        self.given.update(zip(block.ids, stated * block.size if len(stated) == 1 else stated, strict=True))
        return block

    def graph(self, backward: Equations, roots: Roots, *, loss_is_stand_in: bool) -> Graph:
        """The graph of what is laid out, differentiated."""
        builder = self.builder
        forward, working = tuple(builder.equations), tuple(builder.working)
        blocks = Blocks(tuple(builder.blocks))
        return Graph(blocks, forward, working, backward, roots=roots, loss_is_stand_in=loss_is_stand_in)

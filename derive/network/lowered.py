"""What a problem is lowered to: its graph, and the blocks that data and parameters go into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from derive.catalog.activations import ACTIVATIONS
from derive.catalog.layers.base import Layer
from derive.catalog.losses import LOSSES
from derive.catalog.schedules import START
from derive.graph.builder import GraphBuilder
from derive.graph.equations import Equation
from derive.graph.graph import Graph
from derive.graph.quantity import Block, Kind, Role
from derive.graph.tensor import Shape, Tensor
from derive.problem.model import LearningRate
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
    sources: tuple[int, ...]
    """The numbers of the layers that feed it; 0 for the network's input."""

    def equations(self, graph: Graph) -> tuple[Equation, ...]:
        """The layer's own equations of the forward pass."""
        return tuple(e for e in graph.forward if graph.blocks.of(e.output).layer == self.number)


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

    @property
    def layers(self) -> int:
        """How many layers there are."""
        return len(self.placed)

    @cached_property
    def kinks(self) -> bool:
        """Whether the derivative of some activation, or of the loss, at a kink is a convention."""
        names = {equation.rule.name for equation in self.graph.forward}
        return any(entries[name].kink_at_zero for entries in (ACTIVATIONS, LOSSES) for name in names & entries.keys())


class Laying:
    """A builder and the numbers given so far."""

    def __init__(self) -> None:
        self.builder = GraphBuilder()
        self.given: dict[int, Decimal] = {}

    def lay(self, kind: Kind, shape: Shape, numbers: Nested, letter: str = "", tag: str = "") -> Block:
        """A given block with its numbers; one number fills it."""
        block = self.builder.block(kind, Role.GIVEN, shape, letter, tag)
        stated = flat(numbers)
        self.given.update(zip(block.ids, stated * block.size if len(stated) == 1 else stated, strict=True))
        return block

    def rate(self, stated: LearningRate) -> Block:
        """The learning rate of the first round; under a schedule, the one that it begins at."""
        return self.lay(Kind.LEARNING_RATE, (), stated.of(1), START if stated.schedule else "")

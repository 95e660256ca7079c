"""Laying out blocks and equations, one after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from derive.graph.equations import Equation
from derive.graph.quantity import Block, Blocks, Kind, Role
from derive.graph.rule import SizedRule


@dataclass(frozen=True)
class Scope:
    """Where new blocks belong: their layer, time step and sample (each from 1; 0 for none)."""

    layer: int = 0
    layered: bool = False
    time: int = 0
    sample: int = 0


class GraphBuilder:
    """Lays out blocks and equations in order."""

    def __init__(self, blocks: Blocks = Blocks(())) -> None:  # noqa: B008 - immutable
        self.blocks = list(blocks.blocks)
        self.equations: list[Equation] = []
        self.working: list[Equation] = []
        """The steps that a loss is worked in; never differentiated through."""
        self.state_updates: list[Equation] = []
        """New values of states that the forward pass keeps for the next round."""
        self.next = blocks.size
        self.scope = Scope()
        self.at_zero = 0
        """The convention for a derivative at a kink: 0 or 1."""

    @contextmanager
    def within(
        self, *, time: int | None = None, sample: int | None = None, layered: bool | None = None
    ) -> Iterator[None]:
        """New blocks belong to the given time step or sample, their names carry the layer; None leaves it as it is."""
        outer = self.scope
        self.scope = replace(
            outer,
            time=outer.time if time is None else time,
            sample=outer.sample if sample is None else sample,
            layered=outer.layered if layered is None else layered,
        )
        try:
            yield
        finally:
            self.scope = outer

    def block(self, kind: Kind, role: Role, shape: tuple[int, ...] = (), letter: str = "", tag: str = "") -> Block:
        """A new block of the given shape, in the present scope."""
        scope = self.scope
        return self._append(
            Block(kind, role, scope.layer, shape, self.next, scope.layered, None, letter, tag, scope.time, scope.sample)
        )

    def derived(self, of: Block, role: Role, kind: Kind, letter: str = "") -> Block:
        """A new block shaped like `of`: its updated values, or its adjoint, where `letter` is that of the loss."""
        return self._append(replace(of, kind=kind, role=role, first=self.next, of=of, letter=letter))

    def beside(self, of: Block, kind: Kind, role: Role, letter: str) -> Block:
        """A new block shaped like `of` and named after it: an optimizer's state, a clipped gradient."""
        return self._append(replace(of, kind=kind, role=role, first=self.next, of=of, letter=letter))

    def own_gradient(self, of: Block, sample: int, letter: str) -> Block:
        """A new block for one sample's own gradient of a shared parameter; `letter` is that of the sample's loss."""
        own = replace(of, kind=Kind.GRADIENT, role=Role.BACKWARD, first=self.next, of=of, sample=sample, letter=letter)
        return self._append(own)

    def _append(self, block: Block) -> Block:
        self.blocks.append(block)
        self.next += block.size
        return block

    def equation(self, rule: SizedRule, output: int, operands: Iterable[int], peers: Iterable[int] = ()) -> None:
        """The next equation."""
        self.equations.append(Equation(rule, output, tuple(operands), tuple(peers)))

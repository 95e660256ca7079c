"""Laying out blocks and equations, one after another."""

from __future__ import annotations

from collections.abc import Iterable

from derive.graph.equations import Equation
from derive.graph.quantity import Block, Blocks, Kind, Role
from derive.graph.rule import SizedRule


class GraphBuilder:
    """Lays out blocks and equations in order."""

    def __init__(self, blocks: Blocks = Blocks(())) -> None:  # noqa: B008 - immutable
        self.blocks = list(blocks.blocks)
        self.equations: list[Equation] = []
        self.next = blocks.size

    def block(
        self, kind: Kind, role: Role, shape: tuple[int, ...] = (), layer: int = 0, *, layered: bool = False
    ) -> Block:
        """A new block of the given shape."""
        return self._append(Block(kind, role, layer, shape, self.next, layered))

    def derived(self, of: Block, role: Role, kind: Kind) -> Block:
        """A new block shaped like `of`: its adjoint or its updated values."""
        return self._append(Block(kind, role, of.layer, of.shape, self.next, of.layered, of))

    def _append(self, block: Block) -> Block:
        self.blocks.append(block)
        self.next += block.size
        return block

    def equation(self, rule: SizedRule, output: int, operands: Iterable[int]) -> None:
        """The next equation."""
        self.equations.append(Equation(rule, output, tuple(operands)))

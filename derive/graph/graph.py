"""The graph: forward, working, backward and update equations over the same quantities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from derive.graph.builder import GraphBuilder
from derive.graph.equations import Equation, Equations, families
from derive.graph.quantity import Block, Blocks, Kind, Role
from derive.graph.rule import Rule, compose


@dataclass(frozen=True)
class Graph:
    """Forward equations, the loss last; adjoint equations; update equations.

    `working` are the steps that a loss is worked in: evaluated and shown, never differentiated through. The last
    of them has the loss itself as its output.
    """

    blocks: Blocks
    forward: tuple[Equation, ...]
    working: tuple[Equation, ...]
    backward: Sequence[Equation]
    update: Sequence[Equation] = ()

    @property
    def loss(self) -> int:
        """The quantity that is differentiated."""
        return self.forward[-1].output

    @cached_property
    def equation_of(self) -> dict[int, Equation]:
        """The defining equation of every quantity that has one."""
        return {e.output: e for e in (*self.working, *self.forward, *self.backward, *self.update)}

    @cached_property
    def users(self) -> dict[int, tuple[int, ...]]:
        """For every quantity that is used, the indices of the forward equations that use it, in order."""
        found: dict[int, dict[int, None]] = {}
        for index, equation in enumerate(self.forward):
            for operand in equation.operands:
                found.setdefault(operand, {})[index] = None
        return {quantity: tuple(indices) for quantity, indices in found.items()}

    @cached_property
    def adjoint_of(self) -> dict[int, int]:
        """The adjoint of every quantity that has one."""
        return {
            of: adjoint
            for block in self.blocks.blocks
            if block.of is not None and block.role is Role.BACKWARD
            for of, adjoint in zip(block.of.ids, block.ids, strict=True)
        }

    def worked(self, folded: frozenset[Kind]) -> Graph:
        """The graph with the quantities of the `folded` kinds written inside their consumers.

        A folded quantity is then neither shown nor rounded. Folding any step of the working folds all of it
        into the loss's own formula.
        """
        kinds = {self.blocks.of(e.output).kind for e in self.working}
        kept = self.working if not folded & kinds else ()
        inner = {e.output: e for e in (*self.forward, *self.backward) if self.blocks.of(e.output).kind in folded}
        if not inner:
            return replace(self, working=kept)
        return replace(
            self,
            working=kept,
            forward=_fold(self.forward, inner),
            backward=_fold(self.backward, inner),
            update=_fold(self.update, inner),
        )

    @cached_property
    def worked_forward(self) -> tuple[Equation, ...]:
        """The forward equations as a person works them, the loss in its steps."""
        return (*self.forward[:-1], *self.working) if self.working else self.forward

    @cached_property
    def schedule(self) -> tuple[Equation, ...]:
        """Forward and backward equations in the order in which a person works them."""
        return (*self.worked_forward, *self.backward)


def _fold(equations: Iterable[Equation], inner: dict[int, Equation]) -> tuple[Equation, ...]:
    def write_out(equation: Equation) -> Equation:
        parts = [inner.get(operand) for operand in equation.operands]
        if not any(parts):
            return equation
        whole = [None if part is None else write_out(part) for part in parts]
        rule = compose(equation.rule, tuple(None if part is None else part.rule for part in whole))
        operands: list[int] = []
        for operand, part in zip(equation.operands, whole, strict=True):
            operands.extend((operand,) if part is None else part.operands)
        return Equation(rule, equation.output, tuple(operands))

    return tuple(write_out(equation) for equation in equations if equation.output not in inner)


def with_updates(graph: Graph, parameters: Sequence[Block], rule: Rule, rate: int) -> Graph:
    """The graph with the update of every parameter by `rule`, over the slots parameter, learning rate, gradient."""
    builder = GraphBuilder(graph.blocks)
    equations: list[Equation] = []
    for block in parameters:
        gradient = graph.blocks.derived(block, Role.BACKWARD)
        if gradient is None:
            raise LookupError(f"{block.name} has no gradient")
        updated = builder.derived(block, Role.UPDATED, block.kind)
        rows = zip(updated.ids, block.ids, gradient.ids, strict=True)
        equations.extend(Equation(rule.sized(), new, (old, rate, slope)) for new, old, slope in rows)
    return replace(graph, blocks=Blocks(tuple(builder.blocks)), update=Equations(families(equations)))

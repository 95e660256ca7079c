"""The graph: forward, working, backward and update equations over the same quantities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from derive.graph.chain import compose
from derive.graph.equations import Equation, Roots
from derive.graph.quantity import Block, Blocks, Kind, Role


@dataclass(frozen=True)
class Graph:
    """Forward equations; adjoint equations of what is differentiated, `roots.total`; update equations.

    `working` are the steps that losses are worked in: evaluated and shown, never differentiated through. They come
    in runs, one a loss, each ending with an equation for the loss itself. Where the loss is a stand-in, because the
    adjoints of the outputs are given, it is differentiated and checked, but never worked or shown.
    """

    blocks: Blocks
    forward: tuple[Equation, ...]
    working: tuple[Equation, ...]
    backward: Sequence[Equation]
    update: Sequence[Equation] = ()
    roots: Roots = field(default_factory=lambda: Roots(0))
    loss_is_stand_in: bool = False
    interleaved: Sequence[Equation] = ()
    """The backward and update equations in the order in which they are worked, where they take turns."""

    @property
    def loss(self) -> int:
        """The quantity that is differentiated."""
        return self.roots.total

    @property
    def shown_forward(self) -> tuple[Equation, ...]:
        """The forward equations but for the loss where that is a stand-in."""
        return tuple(e for e in self.forward if not (self.loss_is_stand_in and e.output in self.roots))

    @cached_property
    def equation_of(self) -> dict[int, Equation]:
        """The defining equation of every quantity that has one."""
        return {e.output: e for e in (*self.working, *self.forward, *self.backward, *self.update)}

    @cached_property
    def users(self) -> dict[int, tuple[int, ...]]:
        """For every quantity, the forward equations (by index) that it has an effect on the loss through, in order."""
        found: dict[int, dict[int, None]] = {}
        for index, equation in enumerate(self.forward):
            for operand in equation.differentiated:
                found.setdefault(operand, {})[index] = None
        return {quantity: tuple(indices) for quantity, indices in found.items()}

    def is_by_total(self, adjoint: Block) -> bool:
        """Whether an adjoint block holds partials of the total, and not of a sample's own loss."""
        return adjoint.of is not None and not adjoint.is_own_gradient and self.roots.is_by_total(adjoint.of)

    def differentiated(self, quantity: int) -> tuple[int, ...]:
        """The losses whose sum the adjoint of a quantity is the partial of: the total, or those of its sample."""
        block = self.blocks.of(quantity)
        if self.roots.is_by_total(block):
            return (self.roots.total,)
        return tuple(loss for loss in self.roots.samples if self.blocks.of(loss).sample == block.sample)

    @cached_property
    def adjoint_of(self) -> dict[int, int]:
        """The adjoint of every quantity that has one."""
        return {
            of: adjoint
            for block in self.blocks.blocks
            if block.of is not None and block.role is Role.BACKWARD and not block.is_own_gradient
            for of, adjoint in zip(block.of.ids, block.ids, strict=True)
        }

    @cached_property
    def own_adjoint_of(self) -> dict[tuple[int, int], int]:
        """By parameter and sample, the adjoint of the parameter by that sample's own loss, where each is worked."""
        return {
            (of, block.sample): adjoint
            for block in self.blocks.blocks
            if block.of is not None and block.is_own_gradient
            for of, adjoint in zip(block.of.ids, block.ids, strict=True)
        }

    def worked(self, folded: frozenset[Kind]) -> Graph:
        """The graph with the quantities of the `folded` kinds written inside their consumers.

        A folded quantity is then neither shown nor rounded. Folding any step of the working folds all of it
        into the loss's own formula.
        """
        forward = self.shown_forward
        kinds = {self.blocks.of(e.output).kind for e in self.working}
        kept = self.working if not folded & kinds else ()
        inner = {e.output: e for e in (*forward, *self.backward) if self.folds(self.blocks.of(e.output), folded)}
        if not inner:
            return replace(self, working=kept, forward=forward)
        return replace(
            self,
            working=kept,
            forward=_fold(forward, inner),
            backward=_fold(self.backward, inner),
            update=_fold(self.update, inner),
        )

    @staticmethod
    def folds(block: Block, folded: frozenset[Kind]) -> bool:
        """Whether a block is folded; of the adjoints, only those of a layer's outputs."""
        if block.kind not in folded or block.kind is not Kind.ADJOINT:
            return block.kind in folded
        return block.of is not None and block.of.kind in (Kind.ACTIVATION, Kind.OUTPUT)

    @cached_property
    def worked_forward(self) -> tuple[Equation, ...]:
        """The forward equations as a person works them, each loss in its steps."""
        runs: dict[int, tuple[Equation, ...]] = {}
        run: list[Equation] = []
        outputs = {equation.output for equation in self.forward}
        for equation in self.working:
            run.append(equation)
            if equation.output in outputs:
                runs[equation.output] = tuple(run)
                run = []
        return tuple(e for equation in self.forward for e in runs.get(equation.output, (equation,)))

    @cached_property
    def schedule(self) -> tuple[Equation, ...]:
        """All equations of an updating round in the order in which a person works them."""
        return (*self.worked_forward, *(self.interleaved or (*self.backward, *self.update)))


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
        return Equation(rule, equation.output, tuple(operands), equation.peers)

    return tuple(write_out(equation) for equation in equations if equation.output not in inner)


class Ways:
    """The uses of every quantity that lead to the loss, found once for a graph whose steps are not folded."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    @cached_property
    def _reaching(self) -> frozenset[int]:
        """The quantities that the loss rests on, the loss included."""
        graph = self.graph
        found = {graph.loss, *graph.roots.samples, *graph.roots.sums}
        for equation in reversed(graph.forward):
            if equation.output in found:
                found.update(equation.differentiated)
        return frozenset(found)

    def of(self, quantity: int) -> tuple[Equation, ...]:
        """The equations through which a quantity reaches the loss, in the order of the forward pass."""
        uses = (self.graph.forward[index] for index in self.graph.users.get(quantity, ()))
        return tuple(equation for equation in uses if equation.output in self._reaching)

    def is_root(self, equation: Equation) -> bool:
        """Whether an equation gives the loss itself: its adjoint is 1 and is not written."""
        return equation.output in self.graph.roots

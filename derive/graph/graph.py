"""The graph: an ordered list of equations over quantities, and the one backward walk that derives it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from derive.graph.quantity import Block, Blocks, Kind, Role
from derive.graph.rule import Rule, SizedRule, adjoint_rule, compose


class Equation(NamedTuple):
    """`output` equals the rule applied to `operands`, one quantity a position."""

    rule: SizedRule
    output: int
    operands: tuple[int, ...]


class GraphBuilder:
    """Lays out blocks and equations in order; `build` freezes them."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.equations: list[Equation] = []
        self.next = 0

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


_ADJOINT_KINDS = {Kind.WEIGHT: Kind.GRADIENT, Kind.BIAS: Kind.GRADIENT, Kind.PRE_ACTIVATION: Kind.DELTA}


@dataclass(frozen=True)
class Graph:
    """Forward equations, the loss last; adjoint equations; update equations.

    `working` are the steps that a loss is worked in: evaluated and shown, never differentiated through. The last
    of them has the loss itself as its output.
    """

    blocks: Blocks
    forward: tuple[Equation, ...]
    working: tuple[Equation, ...]
    backward: tuple[Equation, ...]
    update: tuple[Equation, ...]

    @property
    def loss(self) -> int:
        """The quantity that is differentiated."""
        return self.forward[-1].output

    @cached_property
    def equation_of(self) -> dict[int, Equation]:
        """The defining equation of every quantity that has one."""
        return {e.output: e for e in (*self.working, *self.forward, *self.backward, *self.update)}

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
        """This graph with the quantities of the `folded` kinds written inside their consumers.

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
    def schedule(self) -> tuple[Equation, ...]:
        """Forward and backward equations in the order in which a person works them."""
        ahead = (*self.forward[:-1], *self.working) if self.working else self.forward
        return (*ahead, *self.backward)


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


def _uses(forward: Sequence[Equation], wanted: Sequence[bool]) -> list[list[tuple[Equation, int]]]:
    """For each wanted quantity, where it is used: the equation and the position, in forward order."""
    uses: list[list[tuple[Equation, int]]] = [[] for _ in wanted]
    for equation in forward:
        for position, operand in enumerate(equation.operands):
            if wanted[operand]:
                uses[operand].append((equation, position))
    return uses


def _wanted(forward: Sequence[Equation], parameters: Iterable[Block], size: int) -> list[bool]:
    """Which quantities depend on a parameter, the parameters included: only they need an adjoint."""
    wanted = [False] * size
    for block in parameters:
        wanted[block.first : block.first + block.size] = [True] * block.size
    for equation in forward:
        if any(map(wanted.__getitem__, equation.operands)):
            wanted[equation.output] = True
    return wanted


def differentiate(builder: GraphBuilder, parameters: Sequence[Block]) -> tuple[Equation, ...]:
    """The adjoint of every quantity on a path from a parameter to the loss, by one walk backward.

    The loss is the output of the last equation. Each adjoint is bound to a quantity of its own and later adjoints
    refer to it, so that the work is proportional to the number of equations. Within a layer the order is that of
    the forward pass turned round, with biases before weights and weights unit by unit.
    """
    forward = builder.equations
    loss = forward[-1].output
    wanted = _wanted(forward, parameters, builder.next)
    uses = _uses(forward, wanted)
    adjoint: dict[int, int] = {}
    order = sorted((b for b in builder.blocks if wanted[b.first] and b.first != loss), key=_backward_order)
    for block in order:
        mirror = builder.derived(block, Role.BACKWARD, _ADJOINT_KINDS.get(block.kind, Kind.ADJOINT))
        adjoint.update(zip(block.ids, mirror.ids, strict=True))
    return tuple(
        _adjoint_equation(uses[quantity], adjoint[quantity], loss, adjoint)
        for block in order
        for quantity in _unit_order(block)
    )


def _backward_order(block: Block) -> tuple[int, int]:
    within = [Kind.OUTPUT, Kind.ACTIVATION, Kind.PRE_ACTIVATION, Kind.BIAS, Kind.WEIGHT]
    return (-block.layer, within.index(block.kind) if block.kind in within else len(within))


def _unit_order(block: Block) -> Iterable[int]:
    if len(block.shape) < 2:
        return block.ids
    inputs, units = block.shape
    return (block.first + i * units + j for j in range(units) for i in range(inputs))


def _adjoint_equation(
    uses: Sequence[tuple[Equation, int]], output: int, loss: int, adjoint: dict[int, int]
) -> Equation:
    signature, operands = [], []
    for equation, position in uses:
        local, mentions = equation.rule.locals[position]
        is_loss = equation.output == loss
        signature.append((local, is_loss))
        if not is_loss:
            operands.append(adjoint[equation.output])
        inputs = equation.operands
        arity = equation.rule.arity
        operands.extend([inputs[k] if k < arity else equation.output for k in mentions])
    return Equation(adjoint_rule(tuple(signature)), output, tuple(operands))


def update(builder: GraphBuilder, parameters: Sequence[Block], rule: Rule, rate: int) -> tuple[Equation, ...]:
    """The update of every parameter by `rule`, over the slots parameter, learning rate and gradient."""
    mirrors = {block.of: block for block in builder.blocks if block.role is Role.BACKWARD}
    equations: list[Equation] = []
    sized = rule.sized()
    for block in parameters:
        gradient = mirrors[block]
        updated = builder.derived(block, Role.UPDATED, block.kind)
        rows = zip(updated.ids, block.ids, gradient.ids, strict=True)
        equations.extend(Equation(sized, new, (old, rate, slope)) for new, old, slope in rows)
    return tuple(equations)

"""The graph: an ordered list of equations over quantities, and the one backward walk that derives it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, groupby, repeat
from typing import NamedTuple, overload

from derive.graph.quantity import Block, Blocks, Kind, Role
from derive.graph.rule import Local, Rule, SizedRule, adjoint_rule, compose


class Equation(NamedTuple):
    """`output` equals the rule applied to `operands`, one quantity a position."""

    rule: SizedRule
    output: int
    operands: tuple[int, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Family:
    """Equations of one rule, as columns: their outputs, and one column of operands a position."""

    rule: SizedRule
    outputs: list[int]
    columns: tuple[list[int], ...]

    def __iter__(self) -> Iterator[Equation]:
        return map(Equation, repeat(self.rule), self.outputs, zip(*self.columns, strict=True))


class Equations(Sequence[Equation]):
    """Equations in order, held as families: a hundred thousand of them cost a few lists of integers."""

    def __init__(self, families: Iterable[Family] = ()) -> None:
        self.families = tuple(families)

    def __len__(self) -> int:
        return sum(len(family.outputs) for family in self.families)

    def __iter__(self) -> Iterator[Equation]:
        return chain.from_iterable(self.families)

    @overload
    def __getitem__(self, index: int) -> Equation: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Equation]: ...
    def __getitem__(self, index: int | slice) -> Equation | Sequence[Equation]:
        return tuple(self)[index]


def families(equations: Iterable[Equation]) -> Iterator[Family]:
    """Runs of equations of the same rule as families."""
    for rule, run in groupby(equations, key=lambda equation: equation.rule):
        _, outputs, operands = zip(*run, strict=True)
        yield Family(rule, list(outputs), tuple(list(column) for column in zip(*operands, strict=True)))


class GraphBuilder:
    """Lays out blocks and equations in order; `build` freezes them."""

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


class _Uses:
    """Where each wanted quantity is used, as places: the operands of all equations numbered through, in order.

    Nearly every quantity of a large network is a weight that is used once, so the first use is kept apart.
    """

    def __init__(self, forward: Sequence[Equation], wanted: Sequence[bool]) -> None:
        self.rules = [equation.rule for equation in forward]
        self.operands = [(*equation.operands, equation.output) for equation in forward]
        self.starts: list[int] = []
        self.first = [-1] * len(wanted)
        self.more: dict[int, list[int]] = {}
        place = 0
        for equation in forward:
            self.starts.append(place)
            for number, operand in enumerate(equation.operands, place):
                if not wanted[operand]:
                    continue
                if self.first[operand] < 0:
                    self.first[operand] = number
                else:
                    self.more.setdefault(operand, []).append(number)
            place += len(equation.operands)

    def all_single(self, block: Block) -> bool:
        """Whether every entry of a block is used once, and none by the last equation, which is the loss."""
        ids = block.ids
        return self.more.keys().isdisjoint(ids) and not any(operand in ids for operand in self.operands[-1])

    def of(self, quantity: int) -> Iterator[tuple[Local, tuple[int, ...], tuple[int, ...]]]:
        """For each use: the local partial, what it mentions, and the user's operands with its output at the end."""
        for place in (self.first[quantity], *self.more.get(quantity, ())):
            index = bisect_right(self.starts, place) - 1
            local, mentions = self.rules[index].locals[place - self.starts[index]]
            yield local, mentions, self.operands[index]


def _wanted(forward: Sequence[Equation], parameters: Iterable[Block], size: int) -> list[bool]:
    """Which quantities depend on a parameter, the parameters included: only they need an adjoint."""
    wanted = [False] * size
    for block in parameters:
        wanted[block.first : block.first + block.size] = [True] * block.size
    for equation in forward:
        if any(map(wanted.__getitem__, equation.operands)):
            wanted[equation.output] = True
    return wanted


def differentiate(builder: GraphBuilder, parameters: Sequence[Block]) -> Equations:
    """The adjoint of every quantity on a path from a parameter to the loss, by one walk backward.

    The loss is the output of the last equation. Each adjoint is bound to a quantity of its own and later adjoints
    refer to it, so that the work is proportional to the number of equations. Within a layer the order is that of
    the forward pass turned round, with biases before weights and weights unit by unit.
    """
    forward = builder.equations
    loss = forward[-1].output
    wanted = _wanted(forward, parameters, builder.next)
    uses = _Uses(forward, wanted)
    adjoint = [-1] * builder.next
    order = sorted((b for b in builder.blocks if wanted[b.first] and b.first != loss), key=_backward_order)
    for block in order:
        mirror = builder.derived(block, Role.BACKWARD, _ADJOINT_KINDS.get(block.kind, Kind.ADJOINT))
        adjoint[block.first : block.first + block.size] = mirror.ids
    return Equations(family for block in order for family in _adjoint_families(block, uses, adjoint, loss))


def _backward_order(block: Block) -> tuple[int, int]:
    within = [Kind.OUTPUT, Kind.ACTIVATION, Kind.PRE_ACTIVATION, Kind.BIAS, Kind.WEIGHT]
    return (-block.layer, within.index(block.kind) if block.kind in within else len(within))


def _unit_order(block: Block) -> Iterable[int]:
    if len(block.shape) < 2:
        return block.ids
    inputs, units = block.shape
    return (block.first + i * units + j for j in range(units) for i in range(inputs))


def _adjoint_families(block: Block, uses: _Uses, adjoint: Sequence[int], loss: int) -> Iterator[Family]:
    """The adjoints of a block: by the short way if every entry is used once, and not by the loss."""
    quantities = _unit_order(block)
    if not uses.all_single(block):
        summed = (_adjoint_equation(uses.of(quantity), adjoint[quantity], loss, adjoint) for quantity in quantities)
        yield from families(summed)
        return
    start = end = user = 0
    locals_: Sequence[tuple[Local, tuple[int, ...]]] = ()
    inputs: tuple[int, ...] = ()
    current: Local | None = None
    found: list[Family] = []
    for quantity in quantities:
        place = uses.first[quantity]
        if not start <= place < end:
            index = bisect_right(uses.starts, place) - 1
            start, inputs, locals_ = uses.starts[index], uses.operands[index], uses.rules[index].locals
            end, user = start + len(inputs) - 1, adjoint[inputs[-1]]
        local, mentions = locals_[place - start]
        if local is not current:
            current, rule = local, adjoint_rule(((local, False),))
            family = Family(rule, [], tuple([] for _ in range(rule.arity)))
            found.append(family)
        family.outputs.append(adjoint[quantity])
        family.columns[0].append(user)
        for column, position in zip(family.columns[1:], mentions, strict=True):
            column.append(inputs[position])
    yield from found


def _adjoint_equation(
    uses: Iterable[tuple[Local, tuple[int, ...], tuple[int, ...]]], output: int, loss: int, adjoint: Sequence[int]
) -> Equation:
    signature: list[tuple[Local, bool]] = []
    operands: list[int] = []
    for local, mentions, inputs in uses:
        user = inputs[-1]
        if user != loss:
            operands.append(adjoint[user])
        signature.append((local, user == loss))
        operands += [inputs[position] for position in mentions]
    return Equation(adjoint_rule(tuple(signature)), output, tuple(operands))


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

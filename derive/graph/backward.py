"""The one backward walk: the adjoint of every quantity that leads from a parameter to the loss."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from derive.graph.builder import GraphBuilder
from derive.graph.equations import Equation, Equations, Family, families
from derive.graph.quantity import Block, Kind, Role
from derive.graph.rule import Local, adjoint_rule

_ADJOINT_KINDS = {Kind.WEIGHT: Kind.GRADIENT, Kind.BIAS: Kind.GRADIENT, Kind.PRE_ACTIVATION: Kind.DELTA}


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

"""The one backward walk: the adjoint of every quantity that leads from a parameter to the loss."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from derive.graph.builder import GraphBuilder
from derive.graph.chain import UNIT_LOCAL, adjoint_rule, averaged
from derive.graph.equations import Equation, Equations, Family, Roots, families
from derive.graph.quantity import Block, Kind, Role
from derive.graph.rule import Local

Use = tuple[Local, tuple[int, ...], Equation]
"""A local partial, the positions that it mentions, and the equation that uses the quantity."""


class _Uses:
    """Where each wanted quantity is used, as places: the operands of all equations numbered through, in order.

    Nearly every quantity of a large network is a weight that is used once, so the first use is kept apart.
    """

    def __init__(self, forward: Sequence[Equation], wanted: Sequence[bool]) -> None:
        self.equations = forward
        self.starts: list[int] = []
        self.first = [-1] * len(wanted)
        self.user = [-1] * len(wanted)
        self.more: dict[int, list[int]] = {}
        place = 0
        for index, equation in enumerate(forward):
            self.starts.append(place)
            detached = equation.rule.detached
            if not wanted[equation.output]:
                place += len(equation.operands)
                continue
            for number, operand in enumerate(equation.operands, place):
                if not wanted[operand] or (detached and number - place in detached):
                    continue
                if self.first[operand] < 0:
                    self.first[operand] = number
                    self.user[operand] = index
                else:
                    self.more.setdefault(operand, []).append(number)
            place += len(equation.operands)

    def index(self, place: int) -> int:
        """The equation that a place lies in."""
        return bisect_right(self.starts, place) - 1

    def users(self, block: Block) -> set[int]:
        """The equations (by index) that use an entry of a block."""
        found = set(self.user[block.first : block.first + block.size])
        if not self.more.keys().isdisjoint(block.ids):
            found.update(self.index(place) for q in block.ids for place in self.more.get(q, ()))
        found.discard(-1)
        return found

    def all_single(self, block: Block, roots: Roots) -> bool:
        """Whether every entry of a block is used once, and none by a root."""
        if not self.more.keys().isdisjoint(block.ids):
            return False
        users = self.user[block.first : block.first + block.size]
        return min(users) >= 0 and not any(self.equations[index].output in roots for index in set(users))

    def of(self, quantity: int) -> Iterator[Use]:
        """Each use, in the order of the forward pass."""
        if self.first[quantity] < 0:
            return
        for place in (self.first[quantity], *self.more.get(quantity, ())):
            index = self.index(place)
            equation = self.equations[index]
            local, mentions = equation.rule.locals[place - self.starts[index]]
            yield local, mentions, equation


def wanted_quantities(forward: Sequence[Equation], parameters: Iterable[Block], size: int) -> list[bool]:
    """Which quantities depend on a parameter, the parameters included: only they need an adjoint."""
    wanted = [False] * size
    for block in parameters:
        wanted[block.first : block.first + block.size] = [True] * block.size
    for equation in forward:
        if any(map(wanted.__getitem__, equation.differentiated)):
            wanted[equation.output] = True
    return wanted


def _by_blocks(
    forward: Sequence[Equation], parameters: Sequence[Block], blocks: Sequence[Block], size: int
) -> list[bool]:
    """The wanted quantities, and the others of their blocks: an entry that is always 0 has an adjoint as they have."""
    wanted = wanted_quantities(forward, parameters, size)
    partly = [b for b in blocks if b.role is Role.FORWARD and len(set(wanted[b.first : b.first + b.size])) > 1]
    return _by_blocks(forward, (*parameters, *partly), blocks, size) if partly else wanted


def _on_the_way(
    forward: Sequence[Equation], wanted: Sequence[bool], parameters: Iterable[Block], roots: Roots
) -> list[bool]:
    """The wanted quantities that lead to a root, and every parameter."""
    leading = {roots.total, *roots.samples}
    found = [False] * len(wanted)
    for equation in reversed(forward):
        if equation.output in leading:
            found[equation.output] = wanted[equation.output]
            leading.update(equation.differentiated)
    for block in parameters:
        found[block.first : block.first + block.size] = [True] * block.size
    return found


@dataclass(frozen=True)
class _Walk:
    """What every step of the walk needs. `adjoint` maps a quantity to its adjoint, -1 where it has none."""

    uses: _Uses
    roots: Roots
    adjoint: list[int]


def differentiate(
    builder: GraphBuilder, parameters: Sequence[Block], roots: Roots, own_gradients: Sequence[int] = ()
) -> Equations:
    """The adjoint of every quantity on a path from a parameter to the loss, by one walk backward.

    Each adjoint is bound to a quantity of its own and later adjoints refer to it, so that the work is proportional to
    the number of equations. The order is that of the forward pass turned round, a parameter following once all its
    uses are behind, with biases before weights and weights unit by unit. `own_gradients` lists samples (from 1) for
    each of which a parameter's gradient is worked apart before they are joined.
    """
    forward = builder.equations
    blocks = tuple(builder.blocks)
    wanted = _on_the_way(forward, _by_blocks(forward, parameters, blocks, builder.next), parameters, roots)
    walk = _Walk(_Uses(forward, wanted), roots, [-1] * builder.next)
    letters = {root: next(b.own_letter for b in blocks if root in b.ids) for root in (roots.total, *roots.samples[:1])}
    own_letter = letters[roots.samples[0] if roots.samples else roots.total]
    order = _backward_order(blocks, wanted, walk.uses, roots)
    found: list[Iterable[Family]] = []
    for block in order:
        parts = _own_gradients(builder, walk, block, own_gradients, own_letter) if block.role is Role.GIVEN else None
        letter = letters[roots.total] if roots.is_by_total(block) else own_letter
        mirror = builder.derived(block, Role.BACKWARD, _adjoint_kind(block), letter)
        walk.adjoint[block.first : block.first + block.size] = mirror.ids
        found += parts or ()
        found.append(_joined(walk, block, mirror, parts) if parts else _adjoint_families(block, walk))
    return Equations(family for each in found for family in each)


def _adjoint_kind(block: Block) -> Kind:
    if block.role is Role.GIVEN:
        return Kind.GRADIENT
    return Kind.DELTA if block.kind is Kind.PRE_ACTIVATION else Kind.ADJOINT


def _backward_order(blocks: Sequence[Block], wanted: Sequence[bool], uses: _Uses, roots: Roots) -> list[Block]:
    """Computed blocks in reverse; a given one follows the last of the blocks that rest on it."""
    computed = [b for b in blocks if b.role is Role.FORWARD and any(wanted[q] for q in b.ids)]
    turned = list(_samples_in_order(computed[::-1]))
    place_of = {quantity: place for place, block in enumerate(turned) for quantity in block.ids}
    ready: dict[int, list[Block]] = {}
    for block in blocks:
        if block.role is Role.GIVEN and any(wanted[q] for q in block.ids):
            outputs = {uses.equations[index].output for index in uses.users(block)}
            ready.setdefault(max((place_of[q] for q in outputs), default=0), []).append(block)
    order: list[Block] = []
    for place, block in enumerate(turned):
        if not any(q in roots for q in block.ids):
            order.append(block)
        order += reversed(ready.get(place, []))
    return order


def _samples_in_order(blocks: Sequence[Block]) -> Iterator[Block]:
    """The first sample before the others, within runs of blocks of one layer that belong to one sample each."""
    for _, run in groupby(blocks, key=lambda block: (block.layer, block.sample > 0)):
        yield from sorted(run, key=lambda block: block.sample)


def _unit_order(block: Block) -> Iterable[int]:
    """Weights unit by unit; everything else row by row."""
    if block.kind is not Kind.WEIGHT or len(block.shape) != 2:
        return block.ids
    inputs, units = block.shape
    return (block.first + i * units + j for j in range(units) for i in range(inputs))


def _adjoint_families(block: Block, walk: _Walk) -> Iterator[Family]:
    """The adjoints of a block: by the short way if every entry is used once, and not by a root."""
    quantities = _unit_order(block)
    is_divided = block.role is Role.GIVEN and walk.roots.gradient_divisor > 1
    if not is_divided and walk.uses.all_single(block, walk.roots):
        yield from _single_uses(quantities, walk)
        return
    yield from families(
        _adjoint_equation(walk.uses.of(quantity), walk.adjoint[quantity], walk, block) for quantity in quantities
    )


def _single_uses(quantities: Iterable[int], walk: _Walk) -> Iterator[Family]:
    uses, adjoint = walk.uses, walk.adjoint
    start = end = user = 0
    locals_: Sequence[tuple[Local, tuple[int, ...]]] = ()
    inputs: tuple[int, ...] = ()
    current: Local | None = None
    found: list[Family] = []
    for quantity in quantities:
        place = uses.first[quantity]
        if not start <= place < end:
            index = uses.index(place)
            equation = uses.equations[index]
            start, inputs, locals_ = uses.starts[index], equation.mentioned, equation.rule.locals
            end, user = start + len(equation.operands), adjoint[equation.output]
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


def _adjoint_equation(uses: Iterable[Use], output: int, walk: _Walk, block: Block | None = None) -> Equation:
    """The adjoint of an entry of `block`, the terms that are divided first; without a block, none is divided."""
    divided: list[tuple[Local, bool]] = []
    whole: list[tuple[Local, bool]] = []
    operands: tuple[list[int], list[int]] = ([], [])
    for local, mentions, equation in uses:
        is_whole = block is None or not walk.roots.divides(block, equation.output)
        is_root = equation.output in walk.roots
        (whole if is_whole else divided).append((local, is_root))
        operands[is_whole].extend([] if is_root else [walk.adjoint[equation.output]])
        operands[is_whole].extend(equation.mention(position) for position in mentions)
    rule = averaged(tuple(divided), tuple(whole), walk.roots.divisor) if divided else adjoint_rule(tuple(whole))
    return Equation(rule, output, (*operands[0], *operands[1]))


def _own_gradients(
    builder: GraphBuilder, walk: _Walk, block: Block, samples: Sequence[int], letter: str
) -> list[list[Family]]:
    """Each sample's own gradient of a parameter, as families; none where they are not asked for."""
    if not samples:
        return []
    sample_of = {b.first + k: b.sample for b in builder.blocks if b.role is Role.FORWARD for k in range(b.size)}
    found = []
    for sample in samples:
        mirror = builder.own_gradient(block, sample, letter)
        places = dict(zip(block.ids, mirror.ids, strict=True))
        equations = (
            _adjoint_equation(
                (use for use in walk.uses.of(q) if sample_of.get(use[2].output) == sample), places[q], walk
            )
            for q in _unit_order(block)
        )
        found.append(list(families(equations)))
    return found


def _joined(walk: _Walk, block: Block, mirror: Block, parts: Sequence[Sequence[Family]]) -> Iterator[Family]:
    """The gradient of a parameter from the samples' own gradients, and what the total adds by itself."""
    starts = [min(output for family in part for output in family.outputs) for part in parts]
    for offset, quantity in enumerate(block.ids):
        extra = [use for use in walk.uses.of(quantity) if use[2].output == walk.roots.total]
        total = tuple((local, True) for local, _, _ in extra)
        rule = averaged(((UNIT_LOCAL, False),) * len(parts), total, walk.roots.divisor)
        operands = [start + offset for start in starts]
        operands += [e.mention(p) for _, mentions, e in extra for p in mentions]
        yield Family(rule, [mirror.first + offset], tuple([operand] for operand in operands))

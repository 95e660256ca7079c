"""Which blocks a script holds in one variable: those of the samples of a batch, and of steps that do not follow on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from derive.exports.pytorch.locating import Variable
from derive.graph.equations import Equation
from derive.graph.quantity import Block, Blocks
from derive.graph.tensor import Tensor

Likeness = tuple[object, ...]


@dataclass(frozen=True)
class Family:
    """Blocks that lie in one array: an axis of samples and one of time steps, where there are any, before their own."""

    blocks: tuple[Block, ...]
    samples: int
    steps: int

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return (*filter(None, (self.samples, self.steps)), *self.blocks[0].shape)

    @property
    def tensor(self) -> Tensor:
        """The quantities, row by row."""
        return Tensor([quantity for block in self.blocks for quantity in block.ids], self.shape)

    def pattern(self, block: Block) -> str:
        """How the trace names the entries of a block like the first: `s{1}@n{0}`, with the axes of the array."""
        places = count(bool(self.samples) + bool(self.steps))
        text = re.sub(r"\{\}", lambda _: f"{{{next(places)}}}", block.pattern)
        if self.steps:
            text = text.replace(f"@t{block.time}", f"@t{{{int(bool(self.samples))}}}")
        return text.replace(f"@n{block.sample}", "@n{0}") if self.samples else text

    @property
    def wishes(self) -> tuple[str, str]:
        """The name of the variable that would be best, and the next best."""
        stem, _, place = self.blocks[0].name.partition("@")
        kept = "".join(f"_{mark}" for mark in place.split("@") if mark and not self._is_axis(mark))
        more = "_steps" if self.steps else "_samples" if self.samples else "_"
        return stem + kept, stem + kept + more

    def variable(self, name: str, *, number: bool = False) -> Variable:
        """The variable of that name."""
        return Variable(name, self.tensor, self.pattern(self.blocks[0]), number)

    def _is_axis(self, mark: str) -> bool:
        return bool(self.samples if mark[0] == "n" else self.steps)


def families(blocks: Iterable[Block], follows: Iterable[Likeness]) -> list[Family]:
    """Blocks in families; those whose key is among `follows` are steps that rest on the step before."""
    apart = frozenset(follows)
    found: dict[Likeness, list[Block]] = {}
    for block in blocks:
        key = _likeness(block)
        found.setdefault((*key, block.time) if key in apart else key, []).append(block)
    made = []
    for group in found.values():
        made += _family(group)
    return made


def _likeness(block: Block) -> Likeness:
    """What blocks that may lie in one array have in common."""
    places = (block.time > 0, block.sample > 0)
    return (block.kind, block.role, block.layer, block.own_letter, block.tag, block.shape, places)


def _family(blocks: Sequence[Block]) -> list[Family]:
    """One family where the samples and steps are all there, each from the first on; else one a block."""
    samples = max(block.sample for block in blocks)
    times = sorted({block.time for block in blocks})
    steps = len(times) if times[-1] and times == list(range(1, len(times) + 1)) and len(times) > 1 else 0
    places = {(block.sample, block.time): block for block in blocks}
    wanted = [(n, t) for n in (range(1, samples + 1) if samples else (0,)) for t in times]
    if len(places) != len(blocks) or set(places) != set(wanted) or (len(times) > 1 and not steps):
        return [Family((block,), 0, 0) for block in blocks]
    return [Family(tuple(places[place] for place in wanted), samples, steps)]


def following(blocks: Blocks, equations: Sequence[Equation]) -> set[Likeness]:
    """The keys of blocks in time of which one rests on another, as the states of a recurrent layer do."""
    if not any(block.time for block in blocks.blocks):
        return set()
    bits: dict[Likeness, int] = {}
    own = [1 << bits.setdefault(_likeness(block), len(bits)) if block.time else 0 for block in blocks.blocks]
    place = {block.first: number for number, block in enumerate(blocks.blocks)}
    before: dict[int, int] = {}
    for equation in equations:
        output = place[blocks.of(equation.output).first]
        for operand in equation.operands:
            source = place[blocks.of(operand).first]
            if source != output:
                before[output] = before.get(output, 0) | before.get(source, 0) | own[source]
    return {_likeness(blocks.blocks[number]) for number, mask in before.items() if mask & own[number]}


def in_order(groups: Sequence[Family], equations: Mapping[int, Equation], blocks: Blocks) -> list[Family] | None:
    """Families each after those that it rests on, else as they stood; None where that cannot be."""
    home = {block.first: number for number, family in enumerate(groups) for block in family.blocks}
    needs: list[set[int]] = [set() for _ in groups]
    for number, family in enumerate(groups):
        for block in family.blocks:
            for quantity in block.ids:
                operands = equations[quantity].operands if quantity in equations else ()
                needs[number].update(home[first] for operand in operands if (first := blocks.of(operand).first) in home)
        needs[number].discard(number)
    order: list[int] = []
    done: set[int] = set()
    waiting = list(range(len(groups)))
    while waiting:
        ready = next((number for number in waiting if needs[number] <= done), None)
        if ready is None:
            return None
        order.append(ready)
        done.add(ready)
        waiting.remove(ready)
    return [groups[number] for number in order]

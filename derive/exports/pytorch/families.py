"""Which blocks a script holds in one variable: those of the samples of a batch, and of steps that do not follow on."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from derive.exports.pytorch.variables import Variable
from derive.graph.equations import Equation
from derive.graph.quantity import Block, Blocks
from derive.graph.tensor import Tensor


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

    @property
    def apart(self) -> list[Family]:
        """The steps, each with its samples; without steps the samples."""
        if not self.steps:
            return [Family((block,), 0, 0) for block in self.blocks]
        return [Family(self.blocks[k :: self.steps], self.samples, 0) for k in range(self.steps)]

    def variable(self, name: str, *, number: bool = False) -> Variable:
        """The variable of that name."""
        return Variable(name, self.tensor, number)

    def _is_axis(self, mark: str) -> bool:
        return bool(self.samples if mark[0] == "n" else self.steps)


def families(blocks: Iterable[Block]) -> list[Family]:
    """Blocks in families: those that differ in their sample and step alone."""
    found: dict[Hashable, list[Block]] = {}
    for block in blocks:
        found.setdefault(_likeness(block), []).append(block)
    return [family for group in found.values() for family in _family(group)]


def _likeness(block: Block) -> Hashable:
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


def in_order(
    groups: Sequence[Family], equations: Mapping[int, Equation], blocks: Blocks
) -> tuple[list[Family], list[Family]]:
    """Families each after those that it rests on, else as they stood; and those for which that cannot be.

    Where families rest on one another, as the states of a recurrent layer do, their steps stand apart, then their
    samples.
    """
    needs = {
        block: {blocks.of(operand) for quantity in block.ids for operand in _operands(equations, quantity)} - {block}
        for family in groups
        for block in family.blocks
    }
    order: list[Family] = []
    waiting, done = list(groups), set(blocks.blocks) - needs.keys()
    while waiting:
        ready = next((one for one in waiting if all(needs[block] <= done for block in one.blocks)), None)
        if ready is not None:
            waiting.remove(ready)
            order.append(ready)
            done.update(ready.blocks)
            continue
        joined = next((one for one in waiting if one.steps), None) or next(
            (one for one in waiting if one.samples), None
        )
        if joined is None:
            break
        place = waiting.index(joined)
        waiting[place : place + 1] = joined.apart
    return order, waiting


def _operands(equations: Mapping[int, Equation], quantity: int) -> Sequence[int]:
    return equations[quantity].operands if quantity in equations else ()

"""The update of a round: clipping, weight decay and the optimizer, PyTorch's own where it works the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from derive.exports.pytorch.families import Family
from derive.exports.pytorch.framework import Framework
from derive.exports.pytorch.passes import gradient, is_reached, refusing
from derive.exports.pytorch.variables import Variable
from derive.exports.pytorch.workspace import Workspace, entry
from derive.graph.quantity import Block, Kind, Role
from derive.graph.rule import Rule
from derive.graph.tensor import Tensor
from derive.network.updating import CLIPPED, DECAYED, SCALED

Line = tuple[int, str]
"""How deep a line stands within a round, and its text."""

_NORM_REMARK = "# clip_grad_norm_ divides by the norm + 1e-6, the key by the norm: the bound is raised by as much"


@dataclass(frozen=True)
class Updates:
    """The lines of an update; they change the parameters in place where a class of `torch.optim` does."""

    space: Workspace
    framework: Framework
    rate_changes: bool

    def lines(self) -> Iterator[Line]:
        """The lines of a round, the numbers that the key works among them."""
        space = self.space
        for block, adjoint in space.leaves.items():
            name, text = space.name_of(block.first), gradient(space, block)
            if block in self.framework.parameters and not is_reached(space, block):
                yield 0, f"{name}.grad = {text}  # nothing of it reaches the loss"
                text = f"{name}.grad"
            space.variables.add(Variable(text, Tensor(adjoint.ids, adjoint.shape)))
        for handler, blocks in groupby(self.framework.blocks, self._handler):
            yield from handler(self, list(blocks))

    def renewed(self) -> Iterator[str]:
        """What starts the next round: new parameters and states, and gradients that do not add up."""
        torch = self.framework.torch
        if torch is not None:
            yield "optimizer.zero_grad()"
        for block in self.framework.blocks:
            new = self.space.variable_of.get(block)
            if new is not None and block.role is Role.UPDATED and block.of is not None:
                leaf = ".requires_grad_()" if block.of in self.space.leaves else ""
                yield f"{self.space.name_of(block.of.first)} = {new.name}{leaf}"

    def _handler(self, block: Block) -> Callable[[Updates, Sequence[Block]], Iterator[Line]]:
        """What writes the lines of a block, by its rule."""
        rule = self._equation_rule(block)
        stages = {CLIPPED: Updates._clipped_by_value, SCALED: Updates._clipped_by_norm, DECAYED: Updates._decayed}
        if rule in stages:
            return stages[rule]
        if any(rule is own for _, own in self.framework.entry.rules):
            return Updates._stepped if self.framework.torch is not None else Updates._written_out
        return Updates._kept if block.role is Role.UPDATED else Updates._worked

    def _equation_rule(self, block: Block) -> Rule | None:
        return self.space.printing.equations[block.first].rule.rule

    def _worked(self, blocks: Sequence[Block]) -> Iterator[Line]:
        """Numbers by their formulas: the rate of a schedule, the norm."""
        yield from ((0, text) for text in self._formulas(blocks))
        yield from self._values((block, self.space.name_of(block.first)) for block in blocks)

    def _formulas(self, blocks: Iterable[Block]) -> Iterator[str]:
        for block in blocks:
            family = Family((block,), 0, 0)
            found = refusing(self.space, family, lambda: self.space.printing.value(family.tensor))  # noqa: B023
            yield f"{self.space.introduce(family, number=found.number).name} = {found.text}"

    def _clipped_by_value(self, blocks: Sequence[Block]) -> Iterator[Line]:
        bound = self._operand(blocks[0], "c")
        yield 0, f"torch.nn.utils.clip_grad_value_({self.framework.all_parameters}, {bound})"
        yield from self._changed_gradients(blocks)

    def _clipped_by_norm(self, blocks: Sequence[Block]) -> Iterator[Line]:
        bound, norm = self._operand(blocks[0], "c"), self._operand(blocks[0], "n")
        yield 0, _NORM_REMARK
        raised = f"{bound} * (1 + 1e-6 / {norm})"
        yield 0, f"torch.nn.utils.clip_grad_norm_({self.framework.all_parameters}, {raised})"
        yield from self._changed_gradients(blocks)

    def _decayed(self, blocks: Sequence[Block]) -> Iterator[Line]:
        """Weight decay: within the optimizer, so that its sum with the gradient is worked beside it; or before it."""
        if self.framework.decays:
            yield 0, "# the gradient with weight decay, which the optimizer adds within its step"
            yield from self._worked(blocks)
            return
        strength = self._operand(blocks[0], "l")
        yield 0, f"# weight decay: {self.framework.reason_to_decay}"
        for block in blocks:
            name = self._parameter(block)
            yield 0, f"{name}.grad.add_({name}.detach(), alpha={strength})"
        yield from self._changed_gradients(blocks)

    def _stepped(self, blocks: Sequence[Block]) -> Iterator[Line]:
        """One step of PyTorch's optimizer, its new parameters and states, and what it does not keep."""
        if self.rate_changes and self.space.lowered.rate is not None:
            yield 0, f'optimizer.param_groups[0]["lr"] = {self.space.name_of(self.space.lowered.rate.first)}'
        yield 0, "optimizer.step()"
        shown: dict[Block, str] = {block: self._parameter(block) for block in blocks if block.role is Role.UPDATED}
        for parameter in self.framework.parameters:
            for state, key in self.framework.states(parameter):
                new = self.space.blocks.derived(state, Role.UPDATED)
                if new is not None:
                    shown[new] = f'optimizer.state[{self.space.name_of(parameter.first)}]["{key}"]'
                    self.space.variables.add(Variable(shown[new], Tensor(new.ids, new.shape)))
        steps = [block for block in blocks if block.role is Role.OPTIMIZER]
        if steps:
            yield 0, "# what the optimizer does not keep, from its states"
        yield from ((0, text) for text in self._formulas(steps))
        shown |= {block: self.space.name_of(block.first) for block in steps}
        yield from self._values((block, shown[block]) for block in blocks)

    def _written_out(self, blocks: Sequence[Block]) -> Iterator[Line]:
        """The formulas of the optimizer, where PyTorch has none that is the same."""
        yield 0, f"# {self.framework.reason}: its formulas"
        yield from self._kept(blocks)

    def _kept(self, blocks: Sequence[Block]) -> Iterator[Line]:
        """New values by their formulas."""
        yield 0, "with torch.no_grad():"
        yield from ((1, text) for text in self._formulas(blocks))
        yield from self._values((block, self.space.name_of(block.first)) for block in blocks)

    def _changed_gradients(self, blocks: Sequence[Block]) -> Iterator[Line]:
        """The gradients that PyTorch has changed in place."""
        shown = {block: f"{self._parameter(block)}.grad" for block in blocks}
        for block, text in shown.items():
            self.space.variables.add(Variable(text, Tensor(block.ids, block.shape)))
        yield from self._values(shown.items())

    def _values(self, shown: Iterable[tuple[Block, str]]) -> Iterator[Line]:
        """The lines that take the numbers that the key works, as they are now."""
        entries = [
            entry(Family((block,), 0, 0).pattern(block), text) for block, text in shown if self.space.is_worked(block)
        ]
        if entries:
            yield 0, "values |= {"
            yield from ((1, text) for text in entries)
            yield 0, "}"

    def _operand(self, block: Block, slot: str) -> str:
        """The name of what stands for a slot in the equation of a block's first entry."""
        equation = self.space.printing.equations[block.first]
        rule = equation.rule.rule
        own = () if rule is None else zip(rule.slots, equation.operands, strict=True)
        return self.space.name_of(dict(own)[slot])

    def _parameter(self, block: Block) -> str:
        """The name of the parameter that a block belongs to."""
        if block.of is None:
            raise LookupError(f"{block.name} belongs to no parameter")
        of = block.of if block.of.kind is not Kind.STATE else block.of.of or block.of
        return self.space.name_of(of.first)

"""Losses as PyTorch's own functions, where they are the same for what a problem meets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from derive.catalog.losses import LOSSES
from derive.catalog.losses.base import Met, TorchLoss
from derive.errors import FormulaError
from derive.exports.pytorch.pieces import ATOM, PRODUCT, Piece
from derive.exports.pytorch.rules import rule_use
from derive.exports.pytorch.texts import filled
from derive.exports.pytorch.variables import Variables
from derive.graph.equations import Equation
from derive.graph.tensor import Shape, Tensor
from derive.network.losing import loss_of
from derive.network.solution import Solution


@dataclass(frozen=True)
class LossCalls:
    """The losses of a solution, one a sample and step, by their quantities."""

    solution: Solution

    @cached_property
    def equations(self) -> Mapping[int, Equation]:
        """The equation of each loss, whole, over its targets, outputs and constants."""
        rule = loss_of(self.solution.problem).rule
        return {e.output: e for e in self.solution.lowered.graph.forward if e.rule.rule == rule}

    @cached_property
    def reason(self) -> str:
        """Why PyTorch's function does not do; empty where it does, or where there is no loss of the catalog."""
        entry = LOSSES[self.solution.problem.loss.name]
        if not self.equations:
            return ""
        if entry.is_stand_in:
            return "no loss: a number whose partials by the outputs are the given gradients"
        if entry.torch is None:
            return "torch.nn.functional has no such loss"
        return entry.torch.differs(self._met())

    @property
    def call(self) -> TorchLoss | None:
        """PyTorch's function; None where its own formula stands for the loss."""
        return None if self.reason or not self.equations else LOSSES[self.solution.problem.loss.name].torch

    def _met(self) -> Met:
        rounds = self.solution.values
        pairs, constants = [], {}
        for equation in self.equations.values():
            own = self._operands([equation], ())
            for values in rounds:
                numbers = {name: [values[q].unrounded for q in tensor.ids] for name, tensor in own.items()}
                pairs.append((numbers.pop(self._target), numbers.pop("f")))
                constants = {name: stated[0] for name, stated in numbers.items()}
        return Met(pairs, constants, int(self.solution.problem.relu_at_zero))

    @property
    def _target(self) -> str:
        return LOSSES[self.solution.problem.loss.name].target_letter

    def value(self, result: Tensor, variables: Variables) -> Piece | None:
        """The losses of an array as one call; None where they are none, or PyTorch's function does not do."""
        equations = [self.equations[q] for q in result.ids if q in self.equations]
        call, shape = self.call, result.shape
        if call is None or len(equations) < len(result.ids):
            return None
        own = {name: variables.whole(one).within(ATOM) for name, one in self._operands(equations, shape).items()}
        if call.of_vectors and len(shape) > 1:
            own |= {name: f"{own[name]}.flatten(0, {len(shape) - 1})" for name in ("y", "f")}
        base = self.solution.problem.loss.log
        per = "" if base == "natural" else f" / math.log({base})"
        text = _reduced(call, shape) + call.after.format(per=per, count=equations[0].rule.size)
        return replace(filled(text, own), tight=PRODUCT, axes=tuple(range(len(shape))))

    def _operands(self, equations: Sequence[Equation], shape: Shape) -> Mapping[str, Tensor]:
        """For each slot its quantities: a vector for each loss, or one constant for all."""
        use = rule_use(equations, shape, [False] * self.solution.lowered.graph.blocks.size)
        if use is None:
            raise FormulaError("losses of one rule are of one size")
        constants = {name: Tensor(one.ids[:1], ()) for name, one in use.own.items() if name not in use.rule.groups}
        return {**constants, **{name: Tensor(one.ids, (*shape, use.size)) for name, one in use.members.items()}}


def _reduced(stated: TorchLoss, shape: Shape) -> str:
    """The call with its reduction: one loss of all outputs, or one for each vector of them."""
    inside = stated.call.removesuffix(")")
    if not shape:
        return stated.call if stated.mean else f'{inside}, reduction="sum")'
    each = f'{inside}, reduction="none")'
    if stated.of_vectors:
        return each if len(shape) == 1 else f"{each}.reshape({', '.join(map(str, shape))})"
    return f"{each}.{'mean' if stated.mean else 'sum'}(-1)"

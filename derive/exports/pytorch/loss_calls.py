"""Losses as PyTorch's own functions, where they are the same for what a problem meets."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from derive.catalog.losses import LOSSES
from derive.catalog.losses.base import Met, TorchLoss
from derive.errors import FormulaError
from derive.exports.pytorch.locating import Locator
from derive.exports.pytorch.pieces import ATOM, PRODUCT, Piece, exactly
from derive.graph.equations import Equation
from derive.graph.tensor import Shape, Tensor
from derive.network.losing import loss_of
from derive.network.solution import Solution

_NAME = re.compile(r"(?<![\w.])[A-Za-z]\w*(?![\w(=])")


@dataclass(frozen=True)
class LossCalls:
    """The losses of a solution, one a sample and step, by their quantities."""

    solution: Solution

    @cached_property
    def equations(self) -> Mapping[int, Equation]:
        """The equation of each loss, whole, over its targets, outputs and constants."""
        rule = loss_of(self.solution.problem).rule
        return {e.output: e for e in self.solution.lowered.graph.forward if e.rule.rule is rule}

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

    def value(self, result: Tensor, locator: Locator) -> Piece | None:
        """The losses of an array as one call; None where they are none, or PyTorch's function does not do."""
        equations = [self.equations[q] for q in result.ids if q in self.equations]
        call = self.call
        if call is None or len(equations) < len(result.ids):
            return None
        operands = self._operands(equations, result.shape)
        arrays = {name: _text(tensor, locator) for name, tensor in operands.items()}
        if call.of_vectors and len(result.shape) > 1:
            arrays |= {name: f"{arrays[name]}.flatten(0, {len(result.shape) - 1})" for name in ("y", "f")}
        named = _NAME.sub(lambda match: arrays.get(match[0], match[0]), call.call)
        text = _reduced(named, call, result.shape)
        base = self.solution.problem.loss.log
        per = "" if base == "natural" else f" / math.log({base})"
        text += call.after.format(per=per, count=equations[0].rule.size)
        return Piece(text, PRODUCT, tuple(range(len(result.shape))))

    @staticmethod
    def _operands(equations: Sequence[Equation], shape: Shape) -> dict[str, Tensor]:
        """For each slot its quantities: a vector for each loss, or one constant for all."""
        rule, size = equations[0].rule.rule, equations[0].rule.size
        if rule is None:
            raise FormulaError("a loss has a rule")
        found, place = {}, 0
        for slot in rule.slots:
            length = size if slot in rule.groups else 1
            ids = [q for equation in equations for q in equation.operands[place : place + length]]
            found[slot] = Tensor(ids, (*shape, size)) if slot in rule.groups else Tensor(ids[:1], ())
            place += length
        return found


def _text(tensor: Tensor, locator: Locator) -> str:
    """An array in all of its axes; a single constant as it is."""
    found = locator.find(tensor)
    if found.number:
        return found.text
    return exactly(found, tuple(range(len(tensor.shape))), dict(enumerate(tensor.shape))).within(ATOM)


def _reduced(call: str, stated: TorchLoss, shape: Shape) -> str:
    """The call with its reduction: one loss of all outputs, or one for each vector of them."""
    inside = call.removesuffix(")")
    if not shape:
        return call if stated.mean else f'{inside}, reduction="sum")'
    each = f'{inside}, reduction="none")'
    if stated.of_vectors:
        return each if len(shape) == 1 else f"{each}.reshape({', '.join(map(str, shape))})"
    return f"{each}.{'mean' if stated.mean else 'sum'}(-1)"

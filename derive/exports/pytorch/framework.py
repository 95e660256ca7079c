"""Which class of `torch.optim` works a problem's update, and the line that makes one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from derive.catalog.optimizers import OPTIMIZERS, Optimizer
from derive.catalog.torch_optimizers import TorchOptimizer
from derive.exports.pytorch.workspace import Workspace
from derive.graph.quantity import Block, Kind, Role
from derive.network.updating import DECAYED


@dataclass(frozen=True)
class Framework:
    """What PyTorch does of the update of a script's parameters."""

    space: Workspace

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """What the update gives, in the order of its equations."""
        return tuple(dict.fromkeys(self.space.blocks.of(equation.output) for equation in self.space.graph.update))

    @cached_property
    def parameters(self) -> tuple[Block, ...]:
        """What is differentiated by and updated."""
        renewed = (block.of for block in self.blocks if block.role is Role.UPDATED)
        return tuple(block for block in renewed if block is not None and block in self.space.leaves)

    @property
    def entry(self) -> Optimizer:
        """The optimizer as the catalog has it."""
        return OPTIMIZERS[self.space.solution.problem.optimizer.name]

    @cached_property
    def torch(self) -> TorchOptimizer | None:
        """PyTorch's class; None where there is none, or it does not take the constants or the rates."""
        problem, known = self.space.solution.problem, self.entry.torch
        rates = problem.learning_rate
        if known is None or rates is None or not self.parameters:
            return None
        usual = {name: Decimal(text) for name, text in self.entry.constants.items()}
        takes = known.takes({**usual, **problem.optimizer.constants})
        return known if takes and min(rates.rounds, default=rates.of(1)) >= 0 else None

    @property
    def reason(self) -> str:
        """Why the formulas of the update stand in the script."""
        known = self.entry.torch
        if known is None:
            return "torch.optim has no such update"
        return f"torch.optim.{known.name} does not take these constants and rates"

    @property
    def decays(self) -> bool:
        """Whether the class's own `weight_decay` is the problem's: it is added after clipping."""
        choice = self.space.solution.problem.optimizer
        first = choice.weight_decay_order == "before clipping"
        return choice.weight_decay is not None and not first and self.torch is not None and self.torch.decays

    @property
    def reason_to_decay(self) -> str:
        """Why the weight decay is added before the optimizer's step."""
        if self.space.solution.problem.optimizer.weight_decay_order == "before clipping":
            return "here before clipping; an optimizer's own weight_decay comes after it"
        known = self.torch
        return "added to the gradient" if known is None else f"torch.optim.{known.name} adds none to the gradient"

    @cached_property
    def constants(self) -> Mapping[str, str]:
        """The names in the script of the optimizer's constants, and of the weight decay's strength, by slot."""
        rules = {rule: self.entry.constants.keys() for _, rule in self.entry.rules} | {DECAYED: {"l"}}
        found: dict[str, str] = {}
        for equation in self.space.graph.update:
            rule = equation.rule.rule
            if rule in rules:
                own = zip(rule.slots, equation.operands, strict=True)
                found |= {slot: self.space.name_of(quantity) for slot, quantity in own if slot in rules[rule]}
        return found

    def states(self, parameter: Block) -> Iterator[tuple[Block, str]]:
        """The states of a parameter, and where PyTorch keeps each."""
        kept = {} if self.torch is None else self.torch.states
        for block in self.space.blocks.select(Kind.STATE, Role.GIVEN):
            if block.of == parameter and block.letter in kept:
                yield block, kept[block.letter]

    def setup(self, rates: str) -> Iterator[str]:
        """The lines before the rounds: the optimizer, and states that do not start as PyTorch's do.

        `rates` is the name of the list of rates, where there is one.
        """
        own = self.torch
        if own is None:
            return
        start = self.space.blocks.select(Kind.LEARNING_RATE, Role.GIVEN)[0]
        arguments = [f"lr={rates}[0]" if rates else f"lr={self.space.name_of(start.first)}"]
        arguments += [f"{key}={self._named(text)}" for key, text in own.arguments.items()]
        arguments += [f"weight_decay={self.constants['l']}"] if self.decays else []
        yield f"optimizer = torch.optim.{own.name}({self.all_parameters}, {', '.join(arguments)})"
        starts = self.space.solution.problem.optimizer.states
        if own.states and (own.seeded or any(starts.get(name) for name in own.states)):
            yield from map(self._seed, self.parameters)

    def _named(self, text: str) -> str:
        return re.sub(r"[a-z]\w*", lambda match: self.constants.get(match[0], match[0]), text)

    def _seed(self, parameter: Block) -> str:
        values = ["step=torch.tensor(0.0)"] if self.torch is not None and self.torch.counts else []
        values += [f"{key}={self.space.name_of(state.first)}" for state, key in self.states(parameter)]
        return f"optimizer.state[{self.space.name_of(parameter.first)}].update({', '.join(values)})"

    @property
    def all_parameters(self) -> str:
        """The list of the parameters."""
        return f"[{', '.join(self.space.name_of(block.first) for block in self.parameters)}]"

"""What a script begins with: data, constants and parameters, and which data a round takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from derive.exports.pytorch.families import Family, families
from derive.exports.pytorch.literals import literal, tensor_literal
from derive.exports.pytorch.variables import Variable
from derive.exports.pytorch.workspace import Workspace
from derive.graph.quantity import Block, Kind, Role
from derive.network.lower import round_values
from derive.sources.fields import flat

_NUMBERS = (Kind.CONSTANT, Kind.LEARNING_RATE)
"""Kinds that are Python numbers where they are single and not learned."""


@dataclass(frozen=True)
class Data:
    """Arrays of which each round takes some in turn; `batch` is how many it takes, 0 for one alone."""

    variable: Variable
    arrays: tuple[tuple[Decimal, ...], ...]
    batch: int

    @property
    def is_constant(self) -> bool:
        """Whether every round takes all of them."""
        return len(self.arrays) == max(self.batch, 1)

    def stated(self, name: str, *, trained: bool) -> str:
        """All arrays as one tensor."""
        numbers = [number for array in self.arrays for number in array]
        shape = self.variable.tensor.shape
        if not self.is_constant:
            shape = (len(self.arrays), *(shape[1:] if self.batch else shape))
        return f"{name} = {tensor_literal(numbers, shape, trained=trained and self.is_constant)}"

    def places(self, name: str) -> str:
        """The arrays that a round takes; they start over after the last."""
        if not self.batch:
            return f"(number - 1) % len({name})"
        return f"[((number - 1) * {self.batch} + n) % len({name}) for n in range({self.batch})]"


@dataclass
class Given:
    """The lines before the rounds, data first, and those that a round begins with."""

    data: list[str] = field(default_factory=list)
    parameters: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    cleared: list[str] = field(default_factory=list)
    """The parameters whose gradients would add up from round to round."""
    rates: str = ""
    """The name of the list of the rates of the rounds, where there is one."""

    def used_in(self, lines: Iterable[str]) -> Given:
        """Without the data and parameters that no line uses."""
        whole = "\n".join((*self.taken, *lines))

        def kept(texts: list[str]) -> list[str]:
            return [text for text in texts if re.search(rf"(?<![\w.]){text.partition(' ')[0]}\b", whole)]

        return Given(kept(self.data), kept(self.parameters), self.taken, self.cleared, self.rates)


def given(space: Workspace) -> Given:
    """Everything that is given, introduced and stated."""
    made = Given()
    own = [block for block in space.blocks.blocks if block.role is Role.GIVEN and block.kind is not Kind.STATE]
    grouped = families(own)
    for family in grouped:
        first = family.blocks[0]
        number = first.kind in _NUMBERS and not family.shape and first not in space.leaves
        space.introduce(family, number=number)
    changing = list(_data(space))
    _take(space, changing, made)
    stated = {id(one.variable) for one in changing}
    for family in grouped:
        if id(space.variable_of[family.blocks[0]]) not in stated:
            _state(space, family.blocks[0], made)
    _states(space, made)
    return made


def _data(space: Workspace) -> Iterator[Data]:
    """What changes from round to round, and the inputs and targets even where they do not."""
    problem, lowered = space.solution.problem, space.lowered
    size = problem.batch.size
    rounds = [round_values(problem, lowered, 1 + k // size) for k in range(len(problem.data))]
    for tensors in (lowered.inputs, lowered.targets):
        if tensors:
            variable, family = _found(space, tensors[0].ids[0])
            arrays = tuple(tuple(values[q] for q in tensors[k % size].ids) for k, values in enumerate(rounds))
            yield Data(variable, arrays, family.samples)
    for turns in lowered.turns:
        variable, family = _found(space, turns.blocks[0].first)
        yield Data(variable, tuple(flat(array) for array in turns.arrays), family.samples)
    if len(problem.values) > 1:
        for block, variable in space.variable_of.items():
            if block.name in problem.values[0] and block.name not in problem.parameters:
                yield Data(variable, tuple(flat(values[block.name]) for values in problem.values), 0)


def _found(space: Workspace, quantity: int) -> tuple[Variable, Family]:
    block = space.blocks.of(quantity)
    return space.variable_of[block], space.family_of[block]


def _take(space: Workspace, changing: list[Data], made: Given) -> None:
    """State the data, and take what a round needs of them."""
    leaves = {space.variable_of[block].name for block in space.leaves}
    row = ""
    for one in changing:
        name = one.variable.name
        if one.is_constant:
            made.data.append(one.stated(name, trained=name in leaves))
            if name in leaves:
                made.cleared.append(name)
            continue
        whole = space.names.give(name.upper(), f"{name}_data")
        made.data.append(one.stated(whole, trained=False))
        word = "rows" if one.batch else "row"
        same = row == _kind(one)
        if not row:
            row, same = _kind(one), True
            made.taken.append(f"{word} = {one.places(whole)}")
        leaf = ".requires_grad_()" if name in leaves else ""
        made.taken.append(f"{name} = {whole}[{word if same else one.places(whole)}]{leaf}")


def _kind(one: Data) -> str:
    """What two sets of data that are taken from alike have in common."""
    return f"{len(one.arrays)}/{one.batch}"


def _state(space: Workspace, block: Block, made: Given) -> None:
    """State a parameter, a constant, the learning rate; the counter is the number of the round."""
    variable, numbers = space.variable_of[block], space.lowered.given
    rates = space.solution.problem.learning_rate
    if block == space.lowered.counter:
        made.taken.append(f"{variable.name} = number")
    elif block == space.lowered.rate and rates is not None and rates.rounds:
        made.rates = whole = space.names.give(variable.name.upper())
        made.parameters.append(f"{whole} = [{', '.join(map(literal, rates.rounds))}]")
        made.taken.append(f"{variable.name} = {whole}[min(number, len({whole})) - 1]")
    elif variable.number:
        made.parameters.append(f"{variable.name} = {literal(numbers[block.first])}")
    else:
        leaf = block in space.leaves
        own = [numbers[quantity] for quantity in variable.tensor.ids]
        made.parameters.append(f"{variable.name} = {tensor_literal(own, variable.tensor.shape, trained=leaf)}")
        if leaf and not space.is_updated(block):
            made.cleared.append(variable.name)


def _states(space: Workspace, made: Given) -> None:
    """The states of the optimizer, beside the parameters."""
    for block in space.blocks.blocks:
        if block.role is Role.GIVEN and block.kind is Kind.STATE:
            variable = space.introduce(Family((block,), 0, 0))
            own = [space.lowered.given[quantity] for quantity in block.ids]
            made.parameters.append(f"{variable.name} = {tensor_literal(own, block.shape)}")

"""The updates of a problem: the lines of its optimizer for every parameter, and what happens to gradients before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from derive.catalog.optimizers import NEW, OPTIMIZERS, Optimizer
from derive.catalog.schedules import SCHEDULES, START, Schedule
from derive.graph.builder import GraphBuilder
from derive.graph.equations import Equation, Equations, families
from derive.graph.quantity import Block, Blocks, Kind, Role
from derive.graph.rule import Rule
from derive.network.letters import free_letter
from derive.problem.model import Problem
from derive.problem.training import LearningRate, OptimizerChoice

if TYPE_CHECKING:
    from derive.network.lowered import Lowered

Columns = Mapping[str, Sequence[int]]
"""For each slot of a rule, a quantity for each entry of a parameter, or one for all."""

CLIPPED = Rule("clipped by value", "max(-c, min(c, g))", torch="torch.clamp(g, -c, c)")
"""Each entry held between -c and c; Mikolov, Statistical language models (2012), section 3.2."""

SQUARES = Rule("sum of squares of the gradient", "sum(g^2)", frozenset({"g"}))
NORM = Rule("norm of the gradient", "sqrt(q)")
SCALED = Rule("clipped by norm", "g*(c/max(n, c))", torch="g * torch.clamp(c / n, max=1)")
"""All entries scaled so that their norm is at most c; Pascanu, Mikolov, Bengio (ICML 2013), algorithm 1."""

DECAYED = Rule("gradient with weight decay", "g+l*p")
"""Krogh and Hertz, A simple weight decay can improve generalization (NIPS 1991)."""


@dataclass
class _Updating:
    """The update lines on their way."""

    builder: GraphBuilder
    given: dict[int, Decimal]
    equations: list[Equation]

    def constant(self, letter: str, number: Decimal | str) -> int:
        """A given constant."""
        block = self.scalar(Kind.CONSTANT, Role.GIVEN, letter)
        self.given[block.first] = Decimal(number)
        return block.first

    def scalar(self, kind: Kind, role: Role, letter: str) -> Block:
        """A new block of one quantity; its letter is numbered where it is taken."""
        return self.builder.block(kind, role, (), free_letter(self.builder, letter))

    def beside(self, of: Block, kind: Kind, role: Role, letter: str) -> Block:
        """A new block shaped like a parameter and named after it."""
        return self.builder.beside(of, kind, role, letter)

    def each(self, rule: Rule, outputs: Block, columns: Columns) -> None:
        """One line an entry; a slot's column is as long as the block, or holds one quantity."""
        sized = rule.sized()
        rows = [
            columns[slot] if len(columns[slot]) == outputs.size else list(columns[slot]) * outputs.size
            for slot in rule.slots
        ]
        self.equations += [Equation(sized, q, tuple(operands)) for q, *operands in zip(outputs.ids, *rows, strict=True)]


def with_updates(problem: Problem, lowered: Lowered, state_updates: Sequence[Equation]) -> Lowered:
    """The derivation with the update of every parameter, and of what layers keep for the next round."""
    graph, choice = lowered.graph, problem.optimizer
    optimizer = OPTIMIZERS[choice.name]
    updating = _Updating(GraphBuilder(graph.blocks), dict(lowered.given), [])
    gradients = {block: graph.blocks.derived(block, Role.BACKWARD) for block in lowered.parameters}
    found = {block: gradient for block, gradient in gradients.items() if gradient is not None}
    if lowered.rate is None or problem.learning_rate is None:
        raise LookupError("an update needs a learning rate")
    schedule = SCHEDULES.get(problem.learning_rate.schedule)
    rules = [*(rule for _, rule in optimizer.rules), *([schedule.rule] if schedule else [])]
    counter = updating.scalar(Kind.CONSTANT, Role.GIVEN, "t") if _counts(rules) else None
    time = {"t": (counter.first,)} if counter else {}
    rate = lowered.rate if schedule is None else _rate(updating, problem.learning_rate, schedule, lowered.rate, time)
    ready = _prepared(updating, choice, found)
    known = {"eta": (rate.first,), **time, **_constants(updating, optimizer.constants, choice.constants)}
    for block, gradient in ready.items():
        _update(updating, optimizer, choice.states, block, {**known, "p": block.ids, "g": gradient.ids})
    update = Equations(families((*updating.equations, *state_updates)))
    graph = replace(graph, blocks=Blocks(tuple(updating.builder.blocks)), update=update)
    return replace(lowered, graph=graph, rate=rate, given=updating.given, counter=counter)


def _counts(rules: Sequence[Rule]) -> bool:
    """Whether the number of the round stands in a line."""
    return any("t" in rule.slots for rule in rules)


def _constants(
    updating: _Updating, usual: Mapping[str, str], stated: Mapping[str, Decimal]
) -> dict[str, Sequence[int]]:
    """The constants of an entry of the catalog, with the numbers that the problem states or the usual ones."""
    return {name: (updating.constant(name, stated.get(name, number)),) for name, number in usual.items()}


def _rate(updating: _Updating, choice: LearningRate, schedule: Schedule, start: Block, time: Columns) -> Block:
    """The rate of a round, worked by a schedule from the one at the start."""
    columns = {START: start.ids, **time, **_constants(updating, schedule.constants, choice.constants)}
    rate = updating.builder.block(Kind.LEARNING_RATE, Role.OPTIMIZER)
    updating.each(schedule.rule, rate, columns)
    return rate


def _prepared(updating: _Updating, choice: OptimizerChoice, gradients: Mapping[Block, Block]) -> dict[Block, Block]:
    """The gradients as the optimizer takes them: clipped by value, then by norm, then with weight decay.

    So do PyTorch, where `weight_decay` is added within `optimizer.step()`, after `clip_grad_norm_`, optax's usual chain
    and Keras; a problem may state that the decay is added before clipping.
    """
    steps = (_clipped_by_value, _clipped_by_norm, _decayed)
    if choice.weight_decay_order == "before clipping":
        steps = (_decayed, _clipped_by_value, _clipped_by_norm)
    ready = dict(gradients)
    for step in steps:
        ready = step(updating, choice, ready)
    return ready


def _decayed(updating: _Updating, choice: OptimizerChoice, gradients: dict[Block, Block]) -> dict[Block, Block]:
    if choice.weight_decay is None:
        return gradients
    strength = updating.constant("lambda", choice.weight_decay)
    return {b: _line(updating, DECAYED, b, "g", g=g.ids, p=b.ids, l=(strength,)) for b, g in gradients.items()}


def _clipped_by_value(
    updating: _Updating, choice: OptimizerChoice, gradients: dict[Block, Block]
) -> dict[Block, Block]:
    if choice.clip_value is None:
        return gradients
    bound = updating.constant("c", choice.clip_value)
    return {b: _line(updating, CLIPPED, b, "gbar", g=g.ids, c=(bound,)) for b, g in gradients.items()}


def _clipped_by_norm(updating: _Updating, choice: OptimizerChoice, gradients: dict[Block, Block]) -> dict[Block, Block]:
    if choice.clip_norm is None:
        return gradients
    bound = updating.constant("c", choice.clip_norm)
    squares, norm = (updating.scalar(Kind.STEP, Role.OPTIMIZER, letter) for letter in ("Q", "norm"))
    every = tuple(q for gradient in gradients.values() for q in gradient.ids)
    updating.equations.append(Equation(SQUARES.sized(len(every)), squares.first, every))
    updating.each(NORM, norm, {"q": squares.ids})
    return {b: _line(updating, SCALED, b, "ghat", g=g.ids, c=(bound,), n=norm.ids) for b, g in gradients.items()}


def _line(updating: _Updating, rule: Rule, of: Block, letter: str, **columns: Sequence[int]) -> Block:
    block = updating.beside(of, Kind.STEP, Role.OPTIMIZER, letter)
    updating.each(rule, block, columns)
    return block


def _update(
    updating: _Updating, optimizer: Optimizer, starts: Mapping[str, Decimal], block: Block, known: Columns
) -> None:
    """The lines of the optimizer for one parameter, its states starting from `starts`, else from 0."""
    states = {name: updating.beside(block, Kind.STATE, Role.GIVEN, name) for name in optimizer.states}
    for name, state in states.items():
        updating.given.update(dict.fromkeys(state.ids, starts.get(name, Decimal(0))))
    columns = {**known, **{name: state.ids for name, state in states.items()}}
    for name, rule in optimizer.rules:
        if name == "p":
            output = updating.builder.derived(block, Role.UPDATED, block.kind)
        elif name in states:
            output = updating.builder.derived(states[name], Role.UPDATED, Kind.STATE)
            columns[name + NEW] = output.ids
        else:
            output = updating.beside(block, Kind.STEP, Role.OPTIMIZER, name)
            columns[name] = output.ids
        updating.each(rule, output, columns)

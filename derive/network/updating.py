"""The updates of a problem: the lines of its optimizer for every parameter, and what happens to gradients before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from derive.catalog.optimizers import NEW, OPTIMIZERS, Optimizer
from derive.graph.builder import GraphBuilder
from derive.graph.equations import Equation, Equations, families
from derive.graph.quantity import Block, Blocks, Kind, Role
from derive.graph.rule import Rule
from derive.problem.model import OptimizerChoice, Problem

if TYPE_CHECKING:
    from derive.network.lowered import Lowered

CLIPPED = Rule("clipped by value", "max(-c, min(c, g))")
"""Each entry held between -c and c; Mikolov, Statistical language models (2012), section 3.2."""

NORM = Rule("norm of the gradient", "sqrt(sum(g^2))", frozenset({"g"}))
SCALED = Rule("clipped by norm", "g*min(1, c/n)")
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
        block = self.builder.block(Kind.CONSTANT, Role.GIVEN, (), letter)
        self.given[block.first] = Decimal(number)
        return block.first

    def beside(self, of: Block, kind: Kind, role: Role, letter: str) -> Block:
        """A new block shaped like a parameter and named after it."""
        return self.builder.beside(of, kind, role, letter)

    def each(self, rule: Rule, outputs: Block, columns: Mapping[str, Sequence[int]]) -> None:
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
    constants = {
        name: (updating.constant(name, choice.constants.get(name, Decimal(number))),)
        for name, number in optimizer.constants.items()
    }
    counter = updating.builder.block(Kind.CONSTANT, Role.GIVEN, (), "t") if _counts(optimizer) else None
    if lowered.rate is None:
        raise LookupError("an update needs a learning rate")
    known = {"eta": (lowered.rate.first,), **constants, **({"t": (counter.first,)} if counter else {})}
    ready = _prepared(updating, choice, found)
    for block, gradient in ready.items():
        _update(updating, optimizer, block, {**known, "p": block.ids, "g": gradient.ids})
    update = Equations(families((*updating.equations, *state_updates)))
    blocks = Blocks(tuple(updating.builder.blocks))
    return replace(lowered, graph=replace(graph, blocks=blocks, update=update), given=updating.given, counter=counter)


def _counts(optimizer: Optimizer) -> bool:
    """Whether the number of the round stands in a line."""
    return any("t" in rule.slots for _, rule in optimizer.rules)


def _prepared(updating: _Updating, choice: OptimizerChoice, gradients: Mapping[Block, Block]) -> dict[Block, Block]:
    """The gradients as the optimizer takes them: with weight decay, clipped."""
    ready = dict(gradients)
    if choice.weight_decay is not None:
        strength = updating.constant("lambda", choice.weight_decay)
        ready = {b: _line(updating, DECAYED, b, "g", g=g.ids, p=b.ids, l=(strength,)) for b, g in ready.items()}
    if choice.clip_value is not None:
        bound = updating.constant("c", choice.clip_value)
        ready = {b: _line(updating, CLIPPED, b, "gc", g=g.ids, c=(bound,)) for b, g in ready.items()}
    if choice.clip_norm is not None:
        bound = updating.constant("c", choice.clip_norm)
        norm = updating.builder.block(Kind.STEP, Role.OPTIMIZER, (), "norm").first
        every = tuple(q for gradient in ready.values() for q in gradient.ids)
        updating.equations.append(Equation(NORM.sized(len(every)), norm, every))
        ready = {b: _line(updating, SCALED, b, "gc", g=g.ids, c=(bound,), n=(norm,)) for b, g in ready.items()}
    return ready


def _line(updating: _Updating, rule: Rule, of: Block, letter: str, **columns: Sequence[int]) -> Block:
    block = updating.beside(of, Kind.STEP, Role.OPTIMIZER, letter)
    updating.each(rule, block, columns)
    return block


def _update(updating: _Updating, optimizer: Optimizer, block: Block, known: dict[str, Sequence[int]]) -> None:
    """The lines of the optimizer for one parameter."""
    states = {name: updating.beside(block, Kind.STATE, Role.GIVEN, name) for name in optimizer.states}
    for state in states.values():
        updating.given.update(dict.fromkeys(state.ids, Decimal(0)))
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

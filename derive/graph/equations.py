"""Equations, many of them held as columns of integers, and the losses that they are differentiated by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, repeat
from typing import NamedTuple, overload

from derive.graph.quantity import Block, Role
from derive.graph.rule import SizedRule


class Equation(NamedTuple):
    """`output` equals the rule applied to `operands`, one quantity a position.

    `peers` are further quantities that the rule's partials mention: the other outputs of a softmax, the
    probabilities inside a fused loss.
    """

    rule: SizedRule
    output: int
    operands: tuple[int, ...]
    peers: tuple[int, ...] = ()

    @property
    def mentioned(self) -> tuple[int, ...]:
        """The quantities of a partial's positions: operands, output, peers."""
        return (*self.operands, self.output, *self.peers)

    @property
    def differentiated(self) -> tuple[int, ...]:
        """The operands that a gradient flows through."""
        detached = self.rule.detached
        if not detached:
            return self.operands
        return tuple([operand for place, operand in enumerate(self.operands) if place not in detached])

    def mention(self, position: int) -> int:
        """One of the mentioned quantities; the others are not looked at, of which a penalty has thousands."""
        behind = position - len(self.operands)
        return self.operands[position] if behind < 0 else self.output if behind == 0 else self.peers[behind - 1]


@dataclass(frozen=True, eq=False, slots=True)
class Family:
    """Equations of one rule, as columns: their outputs, and one column of operands a position."""

    rule: SizedRule
    outputs: list[int]
    columns: tuple[list[int], ...]

    def __iter__(self) -> Iterator[Equation]:
        rows = zip(*self.columns, strict=True) if self.columns else repeat(())
        return map(Equation, repeat(self.rule), self.outputs, rows)


class Equations(Sequence[Equation]):
    """Equations in order, held as families: a hundred thousand of them cost a few lists of integers."""

    def __init__(self, families: Iterable[Family] = ()) -> None:
        self.families = tuple(families)

    def __len__(self) -> int:
        return sum(len(family.outputs) for family in self.families)

    def __iter__(self) -> Iterator[Equation]:
        return chain.from_iterable(self.families)

    @overload
    def __getitem__(self, index: int) -> Equation: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Equation]: ...
    def __getitem__(self, index: int | slice) -> Equation | Sequence[Equation]:
        return tuple(self)[index]


def families(equations: Iterable[Equation]) -> Iterator[Family]:
    """Runs of equations of the same rule as families."""
    for rule, run in groupby(equations, key=lambda equation: equation.rule):
        _, outputs, operands, _ = zip(*run, strict=True)
        yield Family(rule, list(outputs), tuple(list(column) for column in zip(*operands, strict=True)))


@dataclass(frozen=True)
class Roots:
    """What is differentiated: quantities whose adjoint is 1 and is not written.

    `samples` are the losses of a batch, or of the steps of a sequence; `sums` join them on the way to `total`, the
    last equation's output, which adds penalties. A parameter's gradient is the partial of `total`; every other
    adjoint is the partial of the sample's own loss. Without a batch the total is the only root. `divisor` is by how
    much the total divides the sum of the samples. Where layers mix the samples, no loss is one sample's own, and every
    adjoint is the partial of `total`.
    """

    total: int
    samples: tuple[int, ...] = ()
    divisor: int = 1
    sums: tuple[int, ...] = ()
    mixed: bool = False

    @property
    def gradient_divisor(self) -> int:
        """By how much a parameter's gradient divides the sum over the samples: 1 where the adjoints are divided."""
        return 1 if self.mixed else self.divisor

    def is_by_total(self, block: Block) -> bool:
        """Whether the adjoint of a block is the partial of the total, and not of a sample's own loss."""
        return self.mixed or not self.samples or block.role is Role.GIVEN

    def divides(self, block: Block, user: int) -> bool:
        """Whether what comes to a block's adjoint through an equation, named by its output, is divided."""
        if self.divisor == 1 or user == self.total:
            return False
        return user in self if self.mixed else block.role is Role.GIVEN

    def __contains__(self, quantity: int) -> bool:
        return quantity == self.total or quantity in self.samples or quantity in self.sums

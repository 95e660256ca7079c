"""What a graph is differentiated by: its losses, and by how much their mean divides."""

from __future__ import annotations

from dataclasses import dataclass

from derive.graph.quantity import Block, Role


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

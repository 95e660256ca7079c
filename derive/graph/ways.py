"""On which ways a quantity reaches the loss: the equations that use it and lead there."""

from __future__ import annotations

from functools import cached_property

from derive.graph.equations import Equation
from derive.graph.graph import Graph


class Ways:
    """The uses of every quantity that lead to the loss, found once for a graph whose steps are not folded."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    @cached_property
    def _reaching(self) -> frozenset[int]:
        """The quantities that the loss rests on, the loss included."""
        graph = self.graph
        found = {graph.loss, *graph.roots.samples, *graph.roots.sums}
        for equation in reversed(graph.forward):
            if equation.output in found:
                detached = equation.rule.detached
                found.update(q for place, q in enumerate(equation.operands) if place not in detached)
        return frozenset(found)

    def of(self, quantity: int) -> tuple[Equation, ...]:
        """The equations through which a quantity reaches the loss, in the order of the forward pass."""
        uses = (self.graph.forward[index] for index in self.graph.users.get(quantity, ()))
        return tuple(equation for equation in uses if equation.output in self._reaching)

    def is_root(self, equation: Equation) -> bool:
        """Whether an equation gives the loss itself: its adjoint is 1 and is not written."""
        return equation.output in self.graph.roots

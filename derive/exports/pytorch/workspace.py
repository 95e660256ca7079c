"""What is known while a script is written: its names, its variables, where every quantity lies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from derive.exports.pytorch.families import Family
from derive.exports.pytorch.lines import Printing
from derive.exports.pytorch.loss_calls import LossCalls
from derive.exports.pytorch.naming import Names
from derive.exports.pytorch.variables import Variable, Variables
from derive.graph.backward import wanted_quantities
from derive.graph.quantity import Block, Role
from derive.network.solution import Solution
from derive.network.views import layer_views


class Workspace:
    """A script on its way. The equations are those of the derivation, whatever the key folds."""

    def __init__(self, solution: Solution) -> None:
        self.solution, self.lowered = solution, solution.lowered
        self.graph, self.blocks = self.lowered.graph, self.lowered.graph.blocks
        self.forward = self.graph.worked_forward if solution.graph.working else self.graph.forward
        """The forward pass, losses in the steps that the key shows, or whole."""
        self.losses = LossCalls(solution)
        self.worked = frozenset(q for q in solution.values[0] if q in solution.graph.equation_of)
        """What the key works."""
        if self.losses.call is not None:
            kept = self.worked | {equation.output for equation in self.graph.forward}
            self.forward = tuple(equation for equation in self.forward if equation.output in kept)
        self.leaves = {
            block.of: block
            for block in self.blocks.blocks
            if block.role is Role.BACKWARD and block.of is not None and not block.is_own_gradient
            if block.of.role is Role.GIVEN
        }
        """What is differentiated by, and its gradient."""
        self.names, self.variables = Names(), Variables()
        self._promised: dict[Family, str] = {}
        self.variable_of: dict[Block, Variable] = {}
        self.family_of: dict[Block, Family] = {}
        equations = {e.output: e for e in (*self.forward, *self.graph.update)}
        wanted = wanted_quantities(self.graph.forward, self.leaves, self.blocks.size)
        at_zero = int(solution.problem.relu_at_zero)
        views = layer_views(self.lowered, at_zero)
        self.printing = Printing(equations, views, self.variables, at_zero, wanted)

    def promise(self, families: Iterable[Family]) -> None:
        """Names for families that are introduced later: what stands alone has the first choice."""
        for family in sorted(families, key=lambda one: bool(one.samples) + 2 * bool(one.steps)):
            self._promised[family] = self.names.give(*family.wishes)

    def introduce(self, family: Family, *, number: bool = False) -> Variable:
        """A variable for a family of blocks."""
        name = self._promised.get(family) or self.names.give(*family.wishes)
        variable = family.variable(name, number=number)
        self.variables.add(variable)
        for block in family.blocks:
            self.variable_of[block], self.family_of[block] = variable, family
        return variable

    def name_of(self, quantity: int) -> str:
        """The name of the variable that holds a quantity."""
        return self.variable_of[self.blocks.of(quantity)].name

    def is_updated(self, block: Block) -> bool:
        """Whether a given block starts the next round with another value."""
        return self.blocks.derived(block, Role.UPDATED) is not None

    def is_worked(self, block: Block) -> bool:
        """Whether the key works an entry of a block."""
        return any(quantity in self.worked for quantity in block.ids)

    def entries(self, *roles: Role) -> Iterator[str]:
        """For each variable of these roles that the key works, the line that names its entries, in the key's order."""
        seen: set[str] = set()
        for block, variable in self.variable_of.items():
            if block.role in roles and variable.name not in seen and self.is_worked(block):
                seen.add(variable.name)
                yield entry(self.family_of[block].pattern(block), variable.name)


def entry(pattern: str, text: str) -> str:
    """The line that names the entries of an expression as the trace does."""
    return f'**entries("{pattern}", {text}),'

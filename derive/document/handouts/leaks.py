"""What gives a blank away: numbers worked from it, numbers equal to it, check values that it can be solved from.

A printed number leaks a blank if it is worked from the blank, in its round or a later one, or is equal to it, but for
the sign, by its equation alone. `closed` hides what leaks. A check value is printed all the same, and what is worked
from nothing blank but check values is printed too; `determined` tells which blanks can then be computed from printed
numbers, by the equations solved for their results or for one unknown operand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, DecimalException

from derive.arithmetic.decimals import DecimalArithmetic, UndefinedError
from derive.arithmetic.evaluate import Evaluators
from derive.graph.equations import Equation
from derive.network.equal_numbers import Node, carried_nodes, equal_numbers
from derive.network.solution import Round, Solution
from derive.network.work import LADDER

_NUDGE = Decimal("1e-9")
"""By how much an operand is changed to see whether its result tells it."""


def closed(solution: Solution, chosen: Collection[Node], check_values: Collection[Node]) -> frozenset[Node]:
    """The chosen blanks with all that leaks them, starts of later rounds among it; check values stay."""
    starts = carried_nodes(solution)
    every = {(equation.output, round.number) for round in solution.rounds for equation in round.equations}
    stay = frozenset(check_values)
    hidden = set(chosen) - stay
    equal = equal_numbers(solution) if hidden and len(hidden) < len(every - stay) else ()
    while True:
        hidden = _with_results(solution, hidden, stay, starts)
        further = {node for nodes in equal if not nodes.isdisjoint(hidden) for node in nodes} - hidden - stay
        if not further:
            return frozenset(hidden)
        hidden |= further


def _with_results(
    solution: Solution, hidden: set[Node], stay: frozenset[Node], starts: Mapping[Node, Node]
) -> set[Node]:
    """Some blanks with everything that is worked from them, in order of the work."""
    found = set(hidden)
    for round in solution.rounds:
        number = round.number
        found |= {start for start, worked in starts.items() if start[1] == number and worked in found}
        for equation in round.equations:
            node = (equation.output, number)
            if node not in stay and any((operand, number) in found for operand in equation.operands):
                found.add(node)
    return found


@dataclass
class _Knowledge:
    """What can be read off or computed, each blank among it with the check value that it comes from."""

    solution: Solution
    hidden: frozenset[Node]
    starts: Mapping[Node, Node]
    causes: dict[Node, Node] = field(default_factory=dict)
    evaluators: Evaluators[Decimal] = field(default_factory=lambda: Evaluators(DecimalArithmetic(LADDER[0])))

    def unknown(self, node: Node) -> bool:
        """Whether a number is blank and was not computed so far."""
        return node in self.hidden and node not in self.causes

    def step(self) -> bool:
        """Compute what each equation gives; whether anything was."""
        before = len(self.causes)
        for start, worked in self.starts.items():
            self._equate(start, worked)
        for round in self.solution.rounds:
            for equation in round.equations:
                self._use(round, equation)
        return len(self.causes) > before

    def _equate(self, first: Node, second: Node) -> None:
        for known, other in ((first, second), (second, first)):
            if known in self.causes and self.unknown(other):
                self.causes[other] = self.causes[known]

    def _use(self, round: Round, equation: Equation) -> None:
        output = (equation.output, round.number)
        operands = {(operand, round.number) for operand in equation.operands}
        unknown = [node for node in operands if self.unknown(node)]
        if self.unknown(output):
            computed = [self.causes[node] for node in sorted(operands) if node in self.causes]
            if computed and not unknown:
                self.causes[output] = computed[0]
        elif len(unknown) == 1 and self._tells(round, equation, unknown[0][0]):
            self.causes[unknown[0]] = self.causes.get(output, output)

    def _tells(self, round: Round, equation: Equation, operand: int) -> bool:
        """Whether an equation can be solved for an operand: whether its result changes with it."""
        evaluate = self.evaluators.of(equation.rule)
        numbers = [round.values[one].carried for one in equation.operands]
        moved = [
            number + _NUDGE * max(abs(number), Decimal(1)) if one == operand else number
            for one, number in zip(equation.operands, numbers, strict=True)
        ]
        try:
            return evaluate(numbers) != evaluate(moved)
        except (DecimalException, UndefinedError):
            return False


def determined(solution: Solution, hidden: frozenset[Node]) -> Iterator[tuple[Node, Node]]:
    """The blanks that can be computed from printed numbers, each with the check value that its computation begins at.

    Numbers are computed by one equation at a time: forward, or solved for one operand where the others are known.
    """
    knowledge = _Knowledge(solution, hidden, carried_nodes(solution))
    while knowledge.step():
        pass
    yield from sorted(knowledge.causes.items(), key=lambda pair: (pair[0][1], pair[0][0]))

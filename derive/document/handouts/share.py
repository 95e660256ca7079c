"""A share of a key's numbers drawn as blanks, with everything that would give them away counted in."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from decimal import ROUND_HALF_UP, Decimal

from derive.network.equal_numbers import Node, carried_nodes, equal_numbers
from derive.network.solution import Solution


def digest(seed: str, round: int, name: str) -> str:
    """The order in which lines are drawn: the same on every machine, another for each seed."""
    return hashlib.sha256(f"{seed}:{round}:{name}".encode()).hexdigest()


def share_of(count: int, share: Decimal) -> int:
    """How many of some lines a share is, one at least."""
    return max(1, int((Decimal(count) * share).quantize(Decimal(1), ROUND_HALF_UP)))


def drawn_blanks(solution: Solution, share: Decimal, seed: str, check_values: Collection[Node]) -> set[Node]:
    """A share of the worked numbers of all rounds, drawn one by one, each with all that leaks it.

    A number that would make more blank than is left of the share is passed over. Where every number would, the one that
    makes least blank is drawn.
    """
    names = solution.graph.blocks.names
    lines = [(equation.output, round.number) for round in solution.rounds for equation in round.equations]
    ordered = sorted(lines, key=lambda node: digest(seed, node[1], names[node[0]]))
    closure = _Closure(solution, check_values)
    left = share_of(len(lines), share)
    hidden: set[Node] = set()
    for node in ordered:
        further = closure.further(node, hidden, left)
        hidden |= further
        left -= len(further & closure.lines)
    if hidden or not closure.lines:
        return hidden
    return min((closure.further(node, (), len(lines)) for node in ordered if node in closure.lines), key=len)


class _Closure:
    """What each number leads to if it is blank: what is worked from it, and what is equal to it; check values stay."""

    def __init__(self, solution: Solution, check_values: Collection[Node]) -> None:
        stay = frozenset(check_values)
        edges: dict[Node, set[Node]] = {}
        for round in solution.rounds:
            for equation in round.equations:
                for operand in equation.operands:
                    edges.setdefault((operand, round.number), set()).add((equation.output, round.number))
        for carried, updated in carried_nodes(solution).items():
            edges.setdefault(updated, set()).add(carried)
        for equal in equal_numbers(solution):
            for node in equal:
                edges.setdefault(node, set()).update(equal)
        self._next = {start: ends - stay for start, ends in edges.items()}
        worked = {(equation.output, round.number) for round in solution.rounds for equation in round.equations}
        self.lines = frozenset(worked - stay)

    def further(self, node: Node, hidden: Collection[Node], most: int) -> set[Node]:
        """What becomes blank with a line, beside what is hidden; nothing if that is more than `most` lines."""
        if node in hidden or node not in self.lines:
            return set()
        found, waiting, count = {node}, [node], 1
        while waiting and count <= most:
            for one in self._next.get(waiting.pop(), ()):
                if one not in found and one not in hidden:
                    found.add(one)
                    waiting.append(one)
                    count += one in self.lines
        return found if count <= most else set()

"""Which places of a solution are blank on a worksheet: what its problem file chooses, and what follows from that."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from types import MappingProxyType

from derive.document.mathematics import Answer, Place
from derive.document.pictures.geometry import Places
from derive.graph.formula import Formula, Negative, Number, Position, Product
from derive.graph.quantity import Block, Kind, Role
from derive.network.solution import Solution
from derive.problem.worksheet import BlankChoice, read_line


@dataclass(frozen=True)
class BlankPlaces:
    """The blank places of one problem; round 0 holds the functions."""

    places: frozenset[Place]
    known: frozenset[str]
    """Every name that a choice can be about; answers of another name show what is put together from several."""

    @cached_property
    def _rounds(self) -> frozenset[int]:
        return frozenset(number for _, number in self.places)

    def hide(self, answer: Answer) -> bool:
        """Whether a worksheet leaves room where the answer stands, or nothing."""
        if answer.facet == "numbers":
            return self.hide_numbers(answer)
        if answer.name in self.known:
            return (answer.name, answer.round) in self.places
        return self.any(answer.mentions) if answer.mentions else answer.round in self._rounds

    def hide_numbers(self, answer: Answer) -> bool:
        """Whether a right side with numbers in gives a blank away: its own, its function, or one it mentions."""
        own = {(answer.name, answer.round), (answer.name, 0)} if answer.name else set()
        return self.any(own) or self.any(answer.mentions)

    def reveal(self, places: Places) -> bool:
        """Whether a shape that gives some numbers away gives a blank one away."""
        return any(place in self.places if place[0] in self.known else place[1] in self._rounds for place in places)

    def any(self, places: frozenset[Place] | set[Place] | tuple[Place, ...]) -> bool:
        """Whether one of some places is blank."""
        return not self.places.isdisjoint(places)


Line = tuple[str, Block]
"""A worked line: the name of what it works, and its block."""
Choose = Callable[[BlankChoice, str, int, Sequence[Line]], set[str]]


def blank_places(solution: Solution, choice: BlankChoice, form: str) -> BlankPlaces:
    """The blank places of a solution; `form` seeds the draw of a share without a seed of its own."""
    seed = choice.seed or form
    places: set[Place] = set()
    for number in range(len(solution.rounds) + 1):
        lines = tuple(_lines(solution, number))
        chosen = _chosen(choice)(choice, seed, number, lines)
        places |= {(name, number) for name in (_repeated(solution, number, chosen) if number else chosen)}
    known = {name for name, _ in _lines(solution, 0)}
    for old, new in carried(solution).items():
        known.add(old[0])
        places |= {old} if new in places else set()
    return BlankPlaces(frozenset(places), frozenset(known))


def carried(solution: Solution) -> Mapping[Place, Place]:
    """The places of parameters and states that an earlier round has worked, each with where it was worked."""
    blocks = solution.graph.blocks
    found: dict[Place, Place] = {}
    for round in list(solution.rounds)[:-1]:
        for block in blocks.blocks:
            if block.role is Role.UPDATED and block.of is not None and block.first in round.values:
                pairs = zip(block.of.ids, block.ids, strict=True)
                found |= {
                    (blocks.names[old], round.number + 1): (blocks.names[new], round.number) for old, new in pairs
                }
    return found


def _repeated(solution: Solution, number: int, names: set[str]) -> set[str]:
    """The names with those of a round's lines that repeat the number of one, such as a bias's gradient its delta's."""
    found, known = set(names), solution.graph.blocks.names
    for equation in solution.rounds[number].equations:
        place = _one_place(equation.rule.formula)
        if place is not None and known[equation.operands[place]] in found:
            found.add(known[equation.output])
    return found


def _one_place(formula: Formula) -> int | None:
    """The place of the one quantity that a formula is, but for its sign; None for any other formula."""
    match formula:
        case Position(index):
            return index
        case Negative(argument):
            return _one_place(argument)
        case Product(factors):
            rest = [one for one in factors if not (isinstance(one, Number) and Decimal(one.text).copy_abs() == 1)]
            return _one_place(rest[0]) if len(rest) == 1 else None
        case _:
            return None


def _lines(solution: Solution, number: int) -> Iterator[Line]:
    """The worked lines of a round in order; for round 0 the functions."""
    graph = solution.graph
    for equation in solution.rounds[number].equations if number else graph.schedule:
        yield graph.blocks.names[equation.output], graph.blocks.of(equation.output)


def _chosen(choice: BlankChoice) -> Choose:
    if choice.names:
        return _named
    return _drawn if choice.share is not None else _CHOICES[choice.lines]


def _everything(choice: BlankChoice, seed: str, number: int, lines: Sequence[Line]) -> set[str]:
    del choice, seed, number
    return {name for name, _ in lines}


def _deltas(choice: BlankChoice, seed: str, number: int, lines: Sequence[Line]) -> set[str]:
    """The deltas; in a graph without pre-activations, what comes back to each node."""
    del choice, seed, number
    deltas = {name for name, block in lines if block.kind is Kind.DELTA}
    return deltas or {name for name, block in lines if block.kind is Kind.ADJOINT}


def _backward(choice: BlankChoice, seed: str, number: int, lines: Sequence[Line]) -> set[str]:
    del choice, seed, number
    return {name for name, block in lines if block.role is Role.BACKWARD}


def _every_second(choice: BlankChoice, seed: str, number: int, lines: Sequence[Line]) -> set[str]:
    del choice, seed, number
    return {name for name, _ in lines[1::2]}


def _named(choice: BlankChoice, seed: str, number: int, lines: Sequence[Line]) -> set[str]:
    del seed
    wanted = [line for line in map(read_line, choice.names) if line is not None]
    return {n for n, block in lines if any(w in (n, block.name) and r in (None, number) for w, r in wanted)}


def _drawn(choice: BlankChoice, seed: str, number: int, lines: Sequence[Line]) -> set[str]:
    """The share of a round's lines that come first when they are ordered by a digest of the seed and the line."""
    ordered = sorted((hashlib.sha256(f"{seed}:{number}:{name}".encode()).hexdigest(), name) for name, _ in lines)
    count = int((Decimal(len(lines)) * (choice.share or 0)).quantize(Decimal(1), ROUND_HALF_UP))
    return {name for _, name in ordered[: max(1, count)]}


_CHOICES: Mapping[str, Choose] = MappingProxyType(
    {"everything": _everything, "deltas": _deltas, "backward pass": _backward, "every second line": _every_second}
)

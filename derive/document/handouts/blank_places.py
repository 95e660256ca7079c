"""Which places of a solution are blank on a worksheet: what its problem file chooses, and what follows from that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from derive.document.handouts.leaks import closed, determined
from derive.document.handouts.share import digest, drawn_blanks, share_of
from derive.document.mathematics import Answer, Place
from derive.document.pictures.geometry import Places
from derive.graph.quantity import Block, Kind, Role
from derive.network.equal_numbers import Node, carried_nodes
from derive.network.names import line_names
from derive.network.solution import Solution
from derive.problem.worksheet import BlankChoice, matches, read_line

MOST_NAMED = 4
"""So many blanks are named that a check value gives away."""


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
        if answer.facet == "closed form" and answer.mentions:
            return self.any(answer.mentions)
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


def blank_places(solution: Solution, choice: BlankChoice, form: str, check_values: Sequence[str] = ()) -> BlankPlaces:
    """The blank places of a solution: the chosen lines, and every number that leaks one and is no check value.

    `form` seeds the draw of a share without a seed of its own.
    """
    seed = choice.seed or form
    places: set[Place] = set()
    stay: set[Place] = set()
    for number in range(len(solution.rounds) + 1):
        lines = tuple(_lines(solution, number))
        places |= {(name, number) for name in _chosen(choice)(choice, seed, number, lines)}
        stay |= {(name, number) for name in _named(check_values, number, lines)}
    blocks = solution.graph.blocks
    chosen, kept = ({(blocks.by_name[n], r) for n, r in found if r} for found in (places, stay))
    if choice.share is not None:
        chosen = drawn_blanks(solution, choice.share, seed, kept)
    hidden = closed(solution, chosen, kept)
    functions = {place for place in places if not place[1]}
    known = {name for name, _ in _lines(solution, 0)} | {name for name, _ in carried(solution)}
    return BlankPlaces(frozenset(functions | {(blocks.names[q], r) for q, r in hidden}), frozenset(known))


def blanks_of_worksheet(solution: Solution, form: str) -> BlankPlaces:
    """The blank places that the problem's own worksheet asks for."""
    worksheet = solution.problem.worksheet
    return blank_places(solution, worksheet.blank, form, worksheet.check_values)


def check_value_warnings(solution: Solution, form: str) -> Iterator[str]:
    """A sentence for each check value from which blanks can be computed."""
    if not solution.problem.worksheet.check_values:
        return
    blocks = solution.graph.blocks
    places = blanks_of_worksheet(solution, form)
    hidden = frozenset((blocks.by_name[name], number) for name, number in places.places if number)
    found: dict[Node, list[str]] = {}
    for blank, check in determined(solution, hidden):
        found.setdefault(check, []).append(_in_round(solution, blank))
    for check, blanks in found.items():
        more = f" and {len(blanks) - MOST_NAMED} more" if len(blanks) > MOST_NAMED else ""
        yield (
            f"worksheet: the check value {_in_round(solution, check)} gives blanks away: "
            f"{', '.join(blanks[:MOST_NAMED])}{more}"
        )


def _in_round(solution: Solution, node: Node) -> str:
    return f"{solution.graph.blocks.names[node[0]]} in round {node[1]}"


def carried(solution: Solution) -> Mapping[Place, Place]:
    """The places of parameters and states that an earlier round has worked, each with where it was worked."""
    names = solution.graph.blocks.names
    return {
        (names[old], number): (names[new], before) for (old, number), (new, before) in carried_nodes(solution).items()
    }


def _lines(solution: Solution, number: int) -> Iterator[Line]:
    """The worked lines of a round in order; for round 0 the functions."""
    graph = solution.graph
    for equation in solution.rounds[number].equations if number else graph.schedule:
        yield graph.blocks.names[equation.output], graph.blocks.of(equation.output)


def _chosen(choice: BlankChoice) -> Choose:
    if choice.names:
        return _listed
    return _drawn if choice.share is not None else _CHOICES[choice.lines]


def _everything(choice: BlankChoice, seed: str, number: int, lines: Sequence[Line]) -> set[str]:
    del choice, seed, number
    return {name for name, _ in lines}


def _deltas(choice: BlankChoice, seed: str, number: int, lines: Sequence[Line]) -> set[str]:
    """The deltas; in a graph without pre-activations what comes back to each node, without nodes the gradients."""
    del choice, seed, number
    kinds = (Kind.DELTA, Kind.ADJOINT, Kind.GRADIENT)
    return next(filter(None, ({name for name, block in lines if block.kind is kind} for kind in kinds)), set())


def _backward(choice: BlankChoice, seed: str, number: int, lines: Sequence[Line]) -> set[str]:
    del choice, seed, number
    return {name for name, block in lines if block.role is Role.BACKWARD}


def _every_second(choice: BlankChoice, seed: str, number: int, lines: Sequence[Line]) -> set[str]:
    del choice, seed, number
    return {name for name, _ in lines[1::2]}


def _listed(choice: BlankChoice, seed: str, number: int, lines: Sequence[Line]) -> set[str]:
    del seed
    return _named(choice.names, number, lines)


def _named(names: Sequence[str], number: int, lines: Sequence[Line]) -> set[str]:
    """The lines of a round that a list names, by a name of theirs or by a pattern of it."""
    wanted = [line for line in map(read_line, names) if line is not None]
    return {
        name
        for name, block in lines
        if any(r in (None, number) and matches(w, line_names(name, block)) for w, r in wanted)
    }


def _drawn(choice: BlankChoice, seed: str, number: int, lines: Sequence[Line]) -> set[str]:
    """The share of the functions that come first when they are ordered by a digest; numbers are drawn all at once."""
    if number or choice.share is None:
        return set()
    ordered = sorted((digest(seed, number, name), name) for name, _ in lines)
    return {name for _, name in ordered[: share_of(len(lines), choice.share)]}


_CHOICES: Mapping[str, Choose] = MappingProxyType(
    {"everything": _everything, "deltas": _deltas, "backward pass": _backward, "every second line": _every_second}
)

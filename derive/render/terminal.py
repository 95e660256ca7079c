"""A solution as a readable table for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from derive.graph.quantity import Role
from derive.network.solution import Round, Solution

_LONGEST = 46


def to_text(solution: Solution, _source: str = "") -> str:
    """Every round as lines `name = formula = numbers = result`, in columns."""
    blocks = [solution.problem.title] if solution.problem.title else []
    blocks += [round_text(round) for round in solution.rounds]
    return "\n\n".join(blocks) + "\n"


def round_text(round: Round) -> str:
    """One round as such lines, without a line feed at the end."""
    return "\n".join(_lines(round))


def _lines(round: Round) -> Iterator[str]:
    yield f"Round {round.number}"
    given = [(name, round.shown[q]) for name, q in _given(round)]
    yield "  " + "  ".join(f"{name} = {shown}" for name, shown in given)
    writer = round.solution.plain_writer
    rows = []
    for equation in round.equations:
        line = round.line(equation, writer)
        substituted = "" if line.substituted == line.value else f"= {line.substituted}"
        rows.append((line.name, f"= {line.formula}", substituted, f"{'=' if line.exact else '~'} {line.value}"))
    widths = [min(_LONGEST, max(len(row[column]) for row in rows)) for column in range(3)]
    for name, formula, substituted, result in rows:
        cells = (name.rjust(widths[0]), formula.ljust(widths[1]), substituted.ljust(widths[2]), result)
        yield "  " + " ".join(cells).rstrip()


def _given(round: Round) -> Iterator[tuple[str, int]]:
    blocks = round.solution.graph.blocks
    for quantity in sorted(round.values):
        if blocks.of(quantity).role is Role.GIVEN:
            yield blocks.names[quantity], quantity

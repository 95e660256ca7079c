"""How long a document would get, estimated before it is made: one of hundreds of pages is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from derive.document.asked_questions import asked_questions, expanded
from derive.document.context import Outline
from derive.errors import InputError
from derive.problem.question import asked_parts, read_ask

_FUNCTIONS, _SHORT = "functions-table", frozenset({"forward-summary"})
"""The section that writes every equation out, and those of a round that are short whatever its size."""


@dataclass(frozen=True)
class Length:
    """The lines of a document: those that stand once, those of all rounds asked for, and how many rounds these are."""

    once: int = 0
    worked: int = 0
    rounds: int = 0

    @property
    def total(self) -> int:
        """All lines."""
        return self.once + self.worked

    def fitting(self, most: int) -> int:
        """How many rounds like these fit into so many lines."""
        return (most - self.once) * self.rounds // self.worked if self.worked and most > self.once else 0


def length_of(context: Outline) -> Length:
    """The lines that the answers of a problem would have: one an equation in each round, and one in the functions."""
    graph = context.solution.graph
    once = worked = rounds = 0
    for question in asked_questions(context):
        for part in (one for ask in asked_parts(question.asks) for one in expanded(context, ask)):
            asked = read_ask(part)
            if (
                asked is not None
                and asked.kind == "functions"
                and _FUNCTIONS in (context.sections_of("functions") or ())
            ):
                once += len(graph.worked_forward) + len(graph.backward)
            elif asked is not None and asked.kind == "round" and asked.round is not None:
                kinds = ("round", "working") if question.working else ("round",)
                times = sum(bool(set(context.sections_of(kind) or ()) - _SHORT) for kind in kinds)
                worked += times * len(context.solution.plan.equations(asked.round))
                rounds += 1
    return Length(once, worked, rounds)


def require_printable_length(contexts: Sequence[Outline]) -> None:
    """Raise `InputError` for a document of more worked lines than its style allows, saying what is shorter."""
    most, found = contexts[0].style.most_lines, [length_of(context) for context in contexts]
    total = sum(length.total for length in found)
    if total <= most:
        return
    longest = max(found, key=lambda length: length.total)
    fitting = longest.fitting(most // len(contexts))
    fewer = f"`rounds: {fitting}` fits, or" if fitting else "not even one round fits;"
    raise InputError.single(
        f"{_named(contexts)} would have about {total:,} worked lines, and {most:,} lines, hundreds of pages, are the "
        f"most: {fewer} ask for less in `questions` (`asks: [{'round 1' if fitting else 'index form'}, "
        "results]`), take `style: summary`, or write every number with `--format json` or `--format xlsx`"
    )


def _named(contexts: Sequence[Outline]) -> str:
    return "the document" if len(contexts) == 1 else f"the document of {len(contexts)} problems"

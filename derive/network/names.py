"""Names in a problem that only its graph can tell: of quantities in rounding exceptions, of letters in the notation."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from derive.errors import Diagnostic, InputError
from derive.graph.graph import Graph
from derive.graph.quantity import Kind
from derive.problem.model import Problem
from derive.sources.validate import suggestion


def require_names(problem: Problem, graph: Graph) -> None:
    """Raise `InputError` if a rounding exception names a quantity that the network does not have."""
    blocks = graph.blocks
    known: Mapping[str, object] = {**blocks.by_name, **{block.name: block for block in blocks.blocks}}
    wrong = [e.quantity for e in problem.rounding.exceptions if e.quantity is not None and e.quantity not in known]
    if wrong:
        raise InputError([Diagnostic(f"rounding: there is no quantity {name!r}{hint(name, known)}") for name in wrong])


def require_letters(problem: Problem, graph: Graph) -> None:
    """Raise `InputError` if the notation has a letter for something that the network does not have."""
    named = {b.letter or b.own_letter + b.tag for b in graph.blocks.blocks if b.letter or b.tag}
    named |= {b.own_letter + b.tag for b in graph.blocks.blocks if b.tag}
    known = dict.fromkeys([*(kind.value for kind in Kind), *sorted(named)])
    wrong = [name for name in problem.notation.letters if name not in known]
    if wrong:
        raise InputError(
            [Diagnostic(f"notation: no kind or quantity is named {name!r}{suggestion(name, known)}") for name in wrong]
        )


def hint(name: str, known: Mapping[str, object]) -> str:
    """`; did you mean X?` for the nearest known name, else nothing."""
    close = get_close_matches(name, known, 1)
    return f"; did you mean {close[0]}?" if close else ""

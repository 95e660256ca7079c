"""The candidates of a selection that come before one of them, in index form."""

from __future__ import annotations

from collections.abc import Mapping

from derive.graph.formula import ONE, Negative, Slot, Sum
from derive.graph.views.affine import multiples
from derive.graph.views.language import Entry, Over, Span


def earlier(own: Entry, candidates: Over, numbers: Mapping[str, str]) -> tuple[Over, ...]:
    """The largest of the candidates before `own`: of the rows before its row, then of its row, for each index.

    The candidates are entries of the array of `own`, each index of theirs standing in one of its axes.
    """
    indices = list(candidates.body.indices) if isinstance(candidates.body, Entry) else []
    found = []
    for number, span in enumerate(candidates.spans):
        parts = [multiples(index, numbers) for index in indices]
        axis = next(axis for axis, one in enumerate(parts) if span.name in one)
        there, here = indices[axis], own.indices[axis]
        ahead = (there, Negative(here)) if parts[axis][span.name] < 0 else (here, Negative(there))
        before = Span(span.name, span.first, Sum((*ahead, Slot(span.name), Negative(ONE))))
        body = Entry(own.name, tuple(indices))
        found.append(Over(body, "max", (before, *candidates.spans[number + 1 :]), candidates.bounds))
        indices[axis] = here
    return tuple(found)

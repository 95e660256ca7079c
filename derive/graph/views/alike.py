"""Uses of the same entry by one equation as one use: `(1-z)*n + z*h` changes by z times `h - n`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from derive.graph.formula import Formula, Negative, Number, add, negate
from derive.graph.views.partials import Use
from derive.graph.views.products import product


def gathered_uses(uses: Iterable[Use]) -> Iterator[Use]:
    """The uses, those of one entry in the same sums together; like terms are counted."""
    groups: dict[object, list[Use]] = {}
    for use in uses:
        path = use.path
        groups.setdefault((use.array, use.indices, path.reaching, path.spans, path.bounds), []).append(use)
    for group in groups.values():
        yield group[0] if len(group) == 1 else _together(group)


def _together(group: list[Use]) -> Use:
    first = group[0].path
    counts: dict[tuple[tuple[Formula, ...], tuple[Formula, ...]], int] = {}
    for use in group:
        path = use.path
        key = path.factors, path.below
        counts[key] = counts.get(key, 0) + (-1 if path.negative else 1)
    terms = [_term(factors, below, count) for (factors, below), count in counts.items() if count]
    terms.sort(key=lambda term: isinstance(term, Negative))
    path = replace(first, factors=(), below=(), negative=False)
    return replace(group[0], path=path.times(add(tuple(terms)) if terms else Number("0")))


def _term(factors: tuple[Formula, ...], below: tuple[Formula, ...], count: int) -> Formula:
    size = product((Number(str(abs(count))), *factors), below)
    return negate(size) if count < 0 else size

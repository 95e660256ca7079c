"""Which of many alike cases are tested every day: the others have the marker `slow`."""

from collections.abc import Hashable, Iterable, Sequence

import pytest


def first_of_each(cases: Iterable[tuple[Hashable, ...]], places: Sequence[int] | None = None) -> list:
    """Cases as parameters; slow but for the first with each value, of all that a case is made of or at some places."""
    seen, found = set(), []
    for case in cases:
        values = {(place, case[place]) for place in (range(len(case)) if places is None else places)}
        found.append(pytest.param(*case, marks=[] if values - seen else [pytest.mark.slow]))
        seen |= values
    return found

"""Which of many alike cases are tested every day: the others have the marker `slow` or `exhaustive`."""

import os
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from zlib import crc32

import pytest

MOST = 4
"""How many cases of one test run every day."""
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "everyday")


def examples(count: int) -> int:
    """How many random examples of `count` are tried: a fifth every day."""
    return max(5, count // 5) if PROFILE == "everyday" else count


def first_of_each(cases: Iterable[tuple[Hashable, ...]], places: Sequence[int] | None = None) -> list:
    """Cases as parameters; exhaustive but for the first with each value, of all or at some places of a case."""
    seen, found = set(), []
    for case in cases:
        values = {(place, case[place]) for place in (range(len(case)) if places is None else places)}
        found.append(pytest.param(*case, marks=[] if values - seen else [pytest.mark.exhaustive]))
        seen |= values
    return found


def mark_slow_cases(items: Iterable[pytest.Item]) -> None:
    """Mark all but `MOST` evenly spread cases of each test as slow; where they begin differs from test to test."""
    tests = defaultdict(list)
    for item in items:
        if not any(item.iter_markers("exhaustive")):
            tests[item.nodeid.partition("[")[0]].append(item)
    for name, cases in tests.items():
        every = -(-len(cases) // MOST)
        for place, case in enumerate(cases, crc32(name.encode())):
            if place % every:
                case.add_marker("slow")

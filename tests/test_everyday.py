"""Which cases of a test run every day: a few of many, all of few, others for another test."""

from collections import Counter
from dataclasses import dataclass, field

import pytest
from conftest import pytest_collection_modifyitems
from everyday import MOST, mark_slow_cases


@dataclass
class Case:
    nodeid: str
    markers: list[str] = field(default_factory=list)

    def iter_markers(self, name):
        return [one for one in self.markers if one == name]

    def add_marker(self, name):
        self.markers.append(name)


@dataclass
class Config:
    args: list[str]


def cases(test, count, *markers):
    return [Case(f"tests/test_a.py::{test}[{number}]", list(markers)) for number in range(count)]


def kept(items):
    return [place for place, one in enumerate(items) if not one.markers]


@pytest.mark.parametrize("count", [1, MOST, MOST + 1, 44, 400])
def test_at_most_so_many_cases_of_a_test_run_every_day_and_few_all(count):
    items = cases("test_one", count)
    mark_slow_cases(items)
    assert min(count, MOST // 2) <= len(kept(items)) <= MOST
    assert count > MOST or len(kept(items)) == count


def test_over_several_tests_every_case_is_met():
    items = [one for number in range(60) for one in cases(f"test_{number}", 44)]
    mark_slow_cases(items)
    met = Counter(place % 44 for place in kept(items))
    assert met.keys() == set(range(44))


def test_exhaustive_cases_do_not_count():
    few = cases("test_one", MOST)
    mark_slow_cases([*few, *cases("test_one", 100, "exhaustive")])
    assert len(kept(few)) == MOST


@pytest.mark.parametrize(("argument", "count"), [("tests/test_a.py", 4), ("tests/test_a.py::test_one", 40)])
def test_a_test_that_is_named_runs_with_all_its_cases(argument, count):
    items = cases("test_one", 40)
    pytest_collection_modifyitems(Config([argument]), items)
    assert len(kept(items)) == count

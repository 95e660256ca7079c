"""Slides: what stands on one fits it, nothing is made small, and every line of a step is on one of its slides."""

from itertools import pairwise

import pytest
from conftest import solution_of
from hypothesis import given
from hypothesis import strategies as st

from derive.document.build import Edition, build
from derive.document.locale import locale
from derive.document.model import Steps
from derive.document.style import style
from derive.layout.leaves import leaves
from derive.layout.overview import overview_leaves
from derive.layout.sharing import shared
from derive.layout.steps import PlacedStepLine, PlacedSteps, place_steps
from derive.measure.breaking import width_of
from derive.problem.detail import Detail
from derive.sources import assets

WORDS = locale("en")
LEAST_SCALE = 0.85
HEIGHTS = st.lists(st.floats(0.5, 20), min_size=1, max_size=14)


def document_of(name, chosen, **changes):
    return build(Edition.of(solution_of(name, style=chosen, **changes), name, "key"), style(chosen).style, WORDS)


def sections_of(name, chosen, **changes):
    parts = document_of(name, chosen, **changes).parts
    return [section for part in parts for question in part.questions for section in question.sections]


@given(HEIGHTS, st.floats(20, 60))
def test_leaves_hold_every_row_once_and_are_as_few_as_can_be(heights, room):
    runs = shared(heights, room)
    assert [place for start, end in runs for place in range(start, end)] == list(range(len(heights)))
    assert all(sum(heights[start:end]) <= room + 1e-6 for start, end in runs)
    first = [sum(heights[start : end + 1]) for start, end in runs[:-1]]
    assert len(runs) <= 1 + sum(heights) // (room / 2)
    assert not first or max(first) > max(sum(heights[start:end]) for start, end in runs) - 1e-6


@given(st.integers(2, 30), st.integers(2, 9))
def test_equal_rows_are_shared_out_evenly(count, most):
    runs = shared([1.0] * count, float(most))
    assert len(runs) == -(-count // most)
    assert max(end - start for start, end in runs) == -(-count // len(runs))


@pytest.mark.parametrize("name", sorted(assets.examples()))
def test_what_stands_on_a_slide_fits_it(name):
    page = style("slides").style.page
    for section in sections_of(name, "slides"):
        whole = place_steps(section, page).steps if isinstance(section, Steps) else ()
        made = leaves(section, page, WORDS)
        assert [leaf.continued for leaf in made].count("") == max(1, len(whole))
        assert made[0].continued == ""
        found = [leaf.section.steps[0] for leaf in made if isinstance(leaf.section, PlacedSteps)]
        for step in found:
            assert sum(line.height for line in step.lines) <= page.slide_height + 1e-6
        for step in whole:
            parts = [line for one in found if one.number == step.number for line in one.lines]
            assert rows_of(parts) == rows_of(step.lines)
    for part in document_of(name, "slides").parts:
        for rows in overview_leaves(part.exercise, page):
            assert sum(row.height for row in rows) <= page.slide_height + 4


def rows_of(lines):
    rows = [line.rows if isinstance(line, PlacedStepLine) else (line,) for line in lines]
    return [row for found in rows for row in found]


@pytest.mark.parametrize("chosen", ["steps", "slides", "exam"])
@pytest.mark.parametrize("name", sorted(assets.examples()))
def test_rows_of_steps_fit_their_column_and_are_not_small(name, chosen):
    page = style(chosen).style.page
    for section in sections_of(name, chosen, detail=Detail(lines="scalars")):
        for step in place_steps(section, page).steps if isinstance(section, Steps) else ():
            room = step.width - page.steps.indent - step.symbol - page.steps.relation
            for row in (row for line in step.lines if isinstance(line, PlacedStepLine) for row in line.rows):
                relations = sum(width_of(f"{{}}{part.relation}{{}}") for part in row.parts if part.relation)
                assert relations + sum(width_of(part.row.text) for part in row.parts) <= room + 0.01
                assert all(part.row.scale >= LEAST_SCALE for part in row.parts)


def test_a_long_step_goes_on_over_slides_with_its_reasons_on_the_first():
    page = style("slides").style.page
    sections = sections_of("convolution-pooling", "slides", detail=Detail(lines="scalars"))
    found = [section for section in sections if isinstance(section, Steps)]
    made = [leaf for section in found for leaf in leaves(section, page, WORDS)]
    long = [(a, b) for a, b in pairwise(made) if b.continued]
    assert len(long) >= 5
    assert all(first.section.steps[0].reasons for first, _ in long if not first.continued)

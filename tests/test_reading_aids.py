"""Reading aids: numbered equations and what cites them, symbols, final parameters, conventions, the small print."""

import re
from dataclasses import fields, is_dataclass
from functools import cache

import pytest
from conftest import compiled, problem_of

import derive
from derive.document.build import Solved, build
from derive.document.citations import Citation, EquationNumber
from derive.document.document import Document
from derive.document.locale import locale
from derive.document.model import FunctionsTable, Working
from derive.document.style import style
from derive.problem.model import Problem
from derive.render.latex import to_latex_document
from derive.sources import assets

GALLERY = list(assets.examples())


@cache
def asked(name: str, *asks: str, working: bool = False, **changes: object) -> derive.Solution:
    """The solution of an example with one question for these parts."""
    question = {"title": "All", "asks": asks, "working": working}
    return derive.solve(
        Problem.model_validate({**dict(problem_of(name)), "questions": [question], "extra": None, **changes})
    )


def document_of(solution: derive.Solution) -> Document:
    chosen = style(solution.problem.style).style
    return build([Solved(solution, "x.yaml")], solution.problem, chosen, locale("en"))


def walk(value):
    """Everything in a document, in reading order."""
    yield value
    if isinstance(value, FunctionsTable):
        for column in zip(*value.rows, strict=True):
            yield from walk(column)
    elif isinstance(value, tuple):
        for one in value:
            yield from walk(one)
    elif is_dataclass(value):
        for field in fields(value):
            yield from walk(getattr(value, field.name))


def numbered(name: str, which: str = "all", **changes) -> derive.Solution:
    return asked(name, "functions", "rounds", working=True, style="table", equation_numbers=which, **changes)


@pytest.mark.parametrize("name", GALLERY)
def test_numbers_run_from_1_and_each_line_cites_the_equation_of_its_own_quantity(name):
    document = document_of(numbered(name))
    lines = [part for part in walk(document) if hasattr(part, "mark")]
    stated = {line.mark.number: line for line in lines if isinstance(line.mark, EquationNumber)}
    assert list(stated) == list(range(1, len(stated) + 1))
    cited = [line for line in lines if isinstance(line.mark, Citation)]
    assert len(cited) >= len(stated) // 2
    for line in cited:
        assert line.symbol == stated[line.mark.number].symbol
    marks = [part for part in walk(document) if isinstance(part, (EquationNumber, Citation))]
    assert len(marks) == len(stated) + len(cited)


@pytest.mark.parametrize("name", ["fra501-homework-4-1", "lstm-cell", "homework-2-1"])
def test_anchors_resolve(name):
    tex = to_latex_document(numbered(name), "x.yaml")
    places = re.findall(r"\\equationnumber\{([^}]*)\}\{(\d+)\}", tex)
    links = re.findall(r"\\equationcitation\{([^}]*)\}\{(\d+)\}", tex)
    assert len(set(places)) == len(places) > 0
    assert set(links) <= set(places)
    result = compiled(tex)
    assert result.overfull == ()
    assert "has been referenced but does not exist" not in result.log
    assert "has been already used" not in result.log


def test_only_what_is_cited_is_numbered_where_that_is_asked():
    document = document_of(numbered("fra501-homework-4-1", "cited"))
    numbers = {part.number for part in walk(document) if isinstance(part, EquationNumber)}
    links = {part.number for part in walk(document) if isinstance(part, Citation)}
    assert numbers == links != set()
    alone = document_of(asked("fra501-homework-4-1", "functions", equation_numbers="cited"))
    assert not any(isinstance(part, EquationNumber) for part in walk(alone))


def test_no_numbers_where_none_are_asked():
    document = document_of(numbered("fra501-homework-4-1", "none"))
    assert not any(isinstance(part, (EquationNumber, Citation)) for part in walk(document))
    assert (
        r"\equation"
        not in to_latex_document(numbered("fra501-homework-4-1", "none"), "x").partition(r"\begin{document}")[2]
    )


def test_the_index_form_numbers_a_family_once():
    """One equation for all weights; the lines of every weight's gradient cite it."""
    document = document_of(asked("fra501-homework-4-1", "index form", "round 1", working=True, equation_numbers="all"))
    lines = [line for part in walk(document) if isinstance(part, Working) for group in part.groups for line in group]
    weights = [line.mark for line in lines if r"\mathrm{d}w" in line.symbol]
    gradients = [mark for mark in weights if isinstance(mark, Citation)]
    assert len(gradients) >= 4
    assert len({mark.number for mark in gradients[:4]}) == 1


def test_numbers_go_on_through_the_problems_of_a_document():
    solutions = [numbered("single-neuron"), numbered("fra501-homework-4-1")]
    chosen = style("table").style
    document = build([Solved(one, "x.yaml") for one in solutions], solutions[0].problem, chosen, locale("en"))
    numbers = [part.number for part in walk(document) if isinstance(part, EquationNumber)]
    assert numbers == list(range(1, len(numbers) + 1))

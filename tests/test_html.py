"""The HTML page: whole, self-contained, its numbers those of the trace."""

import itertools
import re
import subprocess
import sys
from decimal import Decimal

import pytest
from conftest import MATRIX, TABLE, problem_of, solution_of
from documents import document_of, mathematics, page_of, parsed, require_equal_to_trace, written
from editions import to_html_document
from everyday import first_of_each
from markupsafe import escape

import derive
from derive.document.locale import locale
from derive.document.mathematics import Answer, Blank, Marked, Math, Rich
from derive.render.html import html_of, row
from derive.sources import assets

GALLERY = sorted(assets.examples())
STYLES = sorted(assets.names("styles"))


@pytest.mark.parametrize("name", GALLERY)
def test_the_numbers_equal_the_trace(name):
    assert require_equal_to_trace(solution_of(name), page_of(name)) > 5


@pytest.mark.parametrize(("name", "style"), first_of_each(itertools.product([TABLE, MATRIX], STYLES)))
def test_the_numbers_equal_the_trace_in_every_style(name, style):
    assert require_equal_to_trace(solution_of(name, style=style), page_of(name, style=style)) > 40


@pytest.mark.parametrize(("name", "style"), [(TABLE, "table"), (TABLE, "worked"), (MATRIX, "worked")])
def test_no_worked_number_is_missing(name, style):
    solution = solution_of(name, style=style)
    worked = {
        (solution.graph.blocks.names[equation.output], str(round.number))
        for round in solution.rounds
        for equation in round.equations
    }
    on_page = {
        (e.attrs["data-name"], e.attrs["data-round"]) for e in parsed(page_of(name, style=style)).query("[data-name]")
    }
    assert worked <= on_page


@pytest.mark.parametrize("name", GALLERY)
def test_ids_are_unique_and_what_points_to_one_finds_it(name):
    page = parsed(page_of(name))
    ids = [element.attrs["id"] for element in page.query("[id]")]
    assert len(ids) == len(set(ids))
    pointed = [e.attrs["href"].removeprefix("#") for e in page.query("[href]")]
    pointed += [one for e in page.query("[aria-labelledby]") for one in e.attrs["aria-labelledby"].split()]
    assert pointed
    assert set(pointed) <= set(ids)


@pytest.mark.parametrize("name", GALLERY)
def test_nothing_comes_from_elsewhere(name):
    page = page_of(name)
    assert {e.attrs["href"][0] for e in parsed(page).query("[href]")} <= {"#"}
    assert not parsed(page).query("[src], link, iframe, object, embed, base, img")
    without_names = page.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|@import|url\(|fetch\(|XMLHttpRequest|//\w", without_names)


def test_the_page_admits_its_own_script_alone():
    from base64 import b64encode
    from hashlib import sha256

    page = parsed(page_of(TABLE))
    (script,) = page.query("script")
    policy = page.query_one("meta[http-equiv]").attrs["content"]
    digest = b64encode(sha256(script.children[0].data.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("name", GALLERY)
def test_heads_do_not_skip_a_level_and_tables_name_their_cells(name):
    page = parsed(page_of(name))
    levels = [int(head.name[1]) for head in page.query("h1, h2, h3, h4, h5, h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below <= above + 1 for above, below in itertools.pairwise(levels))
    for table in page.query("table"):
        assert table.query("th")
        assert all(head.attrs.get("scope") in ("row", "col") for head in table.query("th"))
    for figure in page.query("figure"):
        assert len(figure.query_one("title").to_text()) > 10


@pytest.mark.parametrize("language", assets.names("locales"))
@pytest.mark.parametrize("name", [TABLE, MATRIX])
def test_every_language_has_its_page_with_the_numbers_of_the_trace(name, language):
    page = page_of(name, language=language)
    words = locale(language)
    assert parsed(page).query_one("html").attrs["lang"] == language
    assert require_equal_to_trace(solution_of(name), page, words.numbers.decimal) > 50
    assert all(str(escape(phrase)) in page for phrase in words.page.model_dump(exclude={"contents"}).values())


@pytest.mark.parametrize("name", [TABLE, MATRIX, "convolution-pooling"])
def test_a_worksheet_has_room_for_every_answer_and_no_number_that_is_one(name):
    page = parsed(page_of(name, "worksheet"))
    blanks = [one for one in mathematics(document_of(name, "worksheet")) if isinstance(one, Blank)]
    assert len(page.query(".blank")) == len(blanks) > 20
    assert page.query("[data-name]") == []
    assert len(page.query(".fields .field")) == 3


@pytest.mark.parametrize("name", [TABLE, MATRIX, "convolution-pooling"])
def test_a_marking_scheme_has_its_marks_and_its_strip(name):
    page = parsed(page_of(name, "marking"))
    marks = [one.marks for one in mathematics(document_of(name, "marking")) if isinstance(one, Marked)]
    assert sorted(one.to_text() for one in page.query(".marks")) == sorted(f"({one})" for one in marks)
    assert page.query(".strip table")


def test_text_is_escaped_by_type():
    assert html_of("<b> & 'c'") == "&lt;b&gt; &amp; &#39;c&#39;"
    assert html_of(Rich(("a < b, ", Math("x < y")))).startswith("a &lt; b, <math>")
    assert "&lt;" in html_of(Math("x < y"))
    hostile = derive.Problem.model_validate(
        {
            **dict(problem_of(TABLE)),
            "title": "</title><script>alert(1)</script>",
            "course": '"><img src=x onerror=alert(1)>',
        }
    )
    page = parsed(to_html_document(derive.solve(hostile), "<i>.yaml"))
    assert len(page.query("script")) == 1
    assert not page.query("img, i")
    with pytest.raises(TypeError, match="not float"):
        html_of(0.5)


def test_an_answer_carries_its_place_and_a_blank_has_room_and_no_number():
    assert row([Math("="), Answer("-0.5", "dL/dw1", 2)]) == (
        '<math><mo form="infix" lspace="0">=</mo><mrow data-name="dL/dw1" data-round="2">'
        '<mo lspace="0" rspace="0">−</mo><mn>0.5</mn></mrow></math>'
    )
    blank = row([Blank(Answer("0.123", "s1", 1), 19.0)])
    assert "19mm" in blank
    assert "0.123" not in blank


def test_punctuation_stays_with_the_formula_before_it():
    assert html_of(Rich(("of ", Math("n"), ". Then"))) == 'of <span class="keep"><math><mi>n</mi></math>.</span> Then'


COSTS = """
import time
import sympy, math_core
import derive, derive.api.solution, derive.render.html
started = time.process_time()
solution = derive.solve(derive.load({path!r}))
page = solution.to_html()
print(time.process_time() - started)
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", [TABLE, "convolution-pooling"])
def test_a_key_is_a_page_within_its_time(name):
    """CPU of reading, solving, checking and writing, after the imports, in a process that did nothing before."""
    command = [sys.executable, "-c", COSTS.format(path=str(assets.examples()[name]))]
    spent = min(float(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(3))
    assert spent < 0.4


def test_a_number_of_another_size_is_read():
    assert written("−1.5×10−9") == "-1.5e-9"
    assert Decimal(written("−1.5×10−9")) == Decimal("-1.5e-9")

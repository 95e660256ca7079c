"""What a question asks for is on the page once, in every style."""

from collections import Counter
from functools import cache
from itertools import product

import pytest
from conftest import problem_of, solution_of

import derive
from derive.document.advice import advice
from derive.document.build import Edition, build
from derive.document.handouts.handout import RoundHead
from derive.document.handouts.kinds import KINDS
from derive.document.locale import locale
from derive.document.model import Figure, LossPlot, ResultsTable, Working
from derive.document.style import style
from derive.document.walk import within
from derive.problem.model import Question
from derive.sources import assets

STYLES = assets.names("styles")
PARTS = {
    "functions": ("functions-table", "index-form", "matrix-lines"),
    "losses": ("loss-plot",),
    "results": ("results-table",),
    "symbols": ("symbol-list",),
    "final parameters": ("final-parameters",),
    "closed form of dL/dw11": ("functions-table", "matrix-lines"),
}


@cache
def _solved(name, look, asks, *, working):
    stated = problem_of(name)
    asked = (Question(title="", asks=asks, working=working),)
    return derive.solve(stated.model_copy(update={"style": look, "questions": asked, "extra": None}))


def _document(name, look, kind, *asks, working=False):
    edition = Edition.of(_solved(name, look, asks, working=working), f"{name}.yaml", kind)
    return build(edition, style(look).style, locale("en"))


def _sections(document):
    return [one for part in document.parts for question in part.questions for one in question.sections]


@pytest.mark.parametrize(("look", "kind", "asked"), list(product(STYLES, KINDS, PARTS)))
def test_each_part_is_there_once(look, kind, asked):
    """A style with questions of its own has them too; the part is still there once."""
    sections = _sections(_document("fra501-homework-4-1", look, kind, asked, asked))
    found = [one for one in sections if one.template in PARTS[asked]]
    if style(look).style.own_questions and asked.startswith("closed"):
        found = found[1:]
    assert len(found) == 1


@pytest.mark.parametrize("look", STYLES)
def test_working_does_not_repeat_what_the_answer_shows(look):
    sections = _sections(_document("fra501-homework-4-1", look, "key", "round 1", working=True))
    groups = [group for one in sections if isinstance(one, Working) for group in one.groups]
    symbols = Counter(str(line.symbol) for group in groups for line in group)
    assert max(symbols.values(), default=1) == 1


def test_a_section_that_a_style_names_for_the_round_and_for_its_working_is_there_once():
    """As styles of one's own may, which were copied before this."""
    own = style("worked").style
    named_twice = own.model_copy(update={"parts": {**own.parts, "working": ("working",)}})
    solution = _solved("fra501-homework-4-1", "worked", ("round 1",), working=True)
    document = build(Edition.of(solution, "a.yaml"), named_twice, locale("en"))
    assert [one.template for one in _sections(document)] == ["working"]


@pytest.mark.parametrize("look", ["table", "worked", "graph", "steps", "exam", "slides"])
def test_rounds_in_one_question_say_their_numbers(look):
    sections = _sections(_document("fra501-homework-4-1", look, "worksheet", "rounds"))
    assert [one.title for one in sections if isinstance(one, RoundHead)] == [f"Round {n}" for n in (1, 2, 3, 4)]
    alone = _sections(_document("fra501-homework-4-1", look, "worksheet", "round 2"))
    assert not any(isinstance(one, RoundHead) for one in alone)


@pytest.mark.parametrize("look", ["table", "worked", "graph", "steps", "exam", "slides"])
def test_what_has_no_updates_has_no_rounds(look):
    """A graph of equations is headed by its passes; a network that is updated, if only once, by its round."""
    text = "equations: {q: x + y, f: q*z}\nvalues: {x: -2, y: 5, z: -4}\nstyle: {look}\n".replace("{look}", look)
    updated = f"{text}parameters: [x, y]\nlearning_rate: 0.1\n"
    for problem, heading in ((text, "Forward and backward pass"), (updated, "Round 1")):
        document = build(Edition.of(derive.solve(derive.loads(problem)), "a.yaml"), style(look).style, locale("en"))
        titles = [one.title for one in document.parts[0].questions]
        assert heading in titles
        assert len({"Round 1", "Forward and backward pass"} & set(titles)) == 1


def test_a_final_forward_pass_has_no_partials_in_a_graph():
    """Round 3 of this problem updates nothing: its graph has no gradients and no local partials beside it."""
    sections = _sections(_document("homework-2-1", "graph", "key", "round 3"))
    figures = [one for one in sections if isinstance(one, Figure)]
    assert len(figures) == 1
    assert [one.title for one in sections if isinstance(one, Working)] == ["Working"]


def test_a_graph_that_cannot_be_drawn_is_told_of():
    (sentence,) = advice(solution_of("lstm-cell"), "graph")
    assert "style: worked" in sentence
    assert not list(advice(solution_of("two-gates"), "graph"))
    assert not list(advice(solution_of("lstm-cell"), "worked"))


def test_a_summary_has_the_gradients_of_equations():
    """q = x + y and f = q z: the exercise asks for the three partials, by hand -4, -4 and 3."""
    document = build(
        Edition.of(solution_of("two-gates", style="summary"), "two-gates.yaml"), style("summary").style, locale("en")
    )
    (table,) = within(document, ResultsTable)
    numbers = {str(row.symbol): str(row.numbers[0]) for column in table.columns for row in column}
    assert [number for symbol, number in numbers.items() if "frac" in symbol] == ["-4", "-4", "3"]


@pytest.mark.parametrize("look", STYLES)
def test_losses_are_answered_by_the_curve(look):
    assert len(list(within(_document("fra501-homework-4-1", look, "key", "losses"), LossPlot))) == 1


@pytest.mark.parametrize(("look", "kind"), list(product(STYLES, KINDS)))
def test_samples_that_a_text_refers_to_are_in_a_table(look, kind):
    document = _document("fra501-homework-4-1", look, kind, "rounds")
    rows = [tuple(map(str, row)) for row in document.parts[0].exercise.data.rows]
    assert rows[2] == ("3", "0.1", "0.3", "0", "1")

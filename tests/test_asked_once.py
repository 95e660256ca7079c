"""What a question asks for is on the page once, in every style."""

import random
import re
from collections import Counter
from functools import cache
from itertools import product

import pytest
from conftest import problem_of, solution_of
from documents import mathematics

import derive
from derive.document.advice import advice
from derive.document.build import Edition, build
from derive.document.handouts.handout import RoundHead
from derive.document.locale import locale
from derive.document.mathematics import Answer
from derive.document.model import Figure, LossPlot, MatrixLines, NumberTable, ResultsTable, Working
from derive.document.style import style
from derive.document.walk import within
from derive.errors import DeriveError
from derive.formats import KINDS
from derive.problem.question import Question
from derive.sources import assets

STYLES = assets.names("styles")
WORDS = locale("en")
GALLERY = sorted(assets.examples())


def _titled(*titles):
    """How many runs of lines have a title, such as `Forward pass in index form`."""
    return lambda sections: sum(isinstance(one, MatrixLines) and one.title in titles for one in sections)


def _of(template):
    return lambda sections: sum(one.template == template for one in sections)


def _headed(head):
    """How many tables of numbers have such a head, those of several losses counted once."""
    return lambda sections: int(any(isinstance(one, NumberTable) and head in one.titles for one in sections))


def _functions(sections):
    """The functions one by one, or of large networks by indices."""
    return _of("functions-table")(sections) + _titled(WORDS.index_title_forward)(sections)


PARTS = {
    "functions": _functions,
    "losses": _of("loss-plot"),
    "results": _of("results-table"),
    "symbols": _of("symbol-list"),
    "final parameters": _of("final-parameters"),
    "index form": _titled(WORDS.index_title_forward),
    "matrix form": _titled(WORDS.matrix_title_forward.replace("<n>", "1")),
    "gradient sizes": _headed(WORDS.euclidean_norm),
    "differences": _headed(WORDS.relative_difference),
    "closed form": _titled(""),
}
"""How often a part is among the sections of a document."""
REFUSED = {
    "index form": "equations alone have no layers",
    "matrix form": "equations alone have no layers",
    "gradient sizes": "equations alone have no layers",
    "final parameters": "nothing is updated|no parameter is updated",
    "closed form": "symbols, more than the 150 that a page holds",
}
"""What is said where there is no such part."""


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


def _written(name, part):
    """A part as a problem file asks for it: of the first partial that the walk back reaches, where it is of one."""
    graph = solution_of(name).graph
    partial = graph.blocks.names[next(iter(graph.adjoint_of.values()))]
    return f"{part} of {partial}" if part in ("differences", "closed form") else part


def _require_each_part_once(name, look, kind):
    """Each part asked for twice; it is there once, or a sentence says why it is not."""
    for part, count in PARTS.items():
        asked = _written(name, part)
        refusal, sections = "", []
        try:
            sections = _sections(_document(name, look, kind, asked, asked))
        except DeriveError as error:
            refusal = str(error)
        if refusal:
            assert re.search(REFUSED[part], refusal), (name, part, refusal)
        else:
            assert count(sections) == 1, (name, part)


@pytest.mark.parametrize(("look", "kind"), list(product(STYLES, KINDS)))
def test_each_part_is_there_once(look, kind):
    """A style with questions of its own has them too; the part is still there once."""
    drawn = random.Random(f"{look} {kind}")
    for name in ("fra501-homework-4-1", *drawn.sample(GALLERY, 2)):
        _require_each_part_once(name, look, kind)


@pytest.mark.exhaustive
@pytest.mark.parametrize(("name", "look", "kind"), list(product(GALLERY, STYLES, KINDS)))
def test_each_part_is_there_once_in_every_document(name, look, kind):
    _require_each_part_once(name, look, kind)


def _require_every_line(name, look, number):
    """Each quantity that a round works has its number in the answer to that round."""
    document = _document(name, look, "key", f"round {number}")
    sections = [one for part in document.parts for question in part.questions for one in question.sections]
    found = {(one.name, one.round) for one in mathematics(tuple(sections)) if isinstance(one, Answer)}
    solution = _solved(name, look, (f"round {number}",), working=False)
    blocks = solution.graph.blocks
    worked = [blocks.names[equation.output] for equation in solution.rounds[number].equations]
    assert [one for one in worked if (one, number) not in found] == [], (name, look)


@pytest.mark.parametrize("look", [look for look in STYLES if look not in ("matrix", "summary")])
def test_a_round_that_is_asked_for_has_the_numbers_of_its_lines(look):
    drawn = random.Random(look)
    for name in ("homework-2-1", *drawn.sample(GALLERY, 5)):
        for number in (1, len(solution_of(name).rounds)):
            _require_every_line(name, look, number)


@pytest.mark.parametrize("look", ["exam", "slides"])
def test_functions_by_indices_and_an_index_form_are_one(look):
    """Of many units the functions are written by indices; a question for both has them once."""
    sections = _sections(_document("lstm-cell", look, "key", "functions", "index form"))
    assert _titled(WORDS.index_title_forward)(sections) == 1


def test_every_layer_is_written_in_matrices():
    forward, backward = _sections(_document("convolution-pooling", "worked", "key", "matrix form"))
    layers = ["Convolution, ReLU", "Max pooling", "Dense"]
    assert [str(line.label) for line in forward.lines if line.label] == [*layers, "Loss"]
    assert {str(line.label) for line in backward.lines if line.label} == set(layers)


def test_a_summary_has_the_losses_of_one_round_only_where_they_are_asked_for():
    for asked, count in (("losses", 1), ("results", 0)):
        sections = _sections(_document("clipped-gradient", "summary", "key", asked))
        assert _of("loss-plot")(sections) == count


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

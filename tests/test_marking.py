"""Marking schemes: marks add up, in steps, by parts where a file says so; the strip is one page; the command line."""

import re
from contextlib import suppress
from dataclasses import fields, is_dataclass
from fractions import Fraction

import pytest
from conftest import MATRIX, TABLE, compiled, solution_of
from editions import to_latex_document
from hypothesis import given
from hypothesis import strategies as st
from ugly import ugly

import derive
from derive.cli.main import main
from derive.document.build import Edition, build
from derive.document.handouts.marks import MarkedLine, marks_text, shared_marks
from derive.document.locale import locale
from derive.document.mathematics import Answer, Marked, Math
from derive.document.pictures.geometry import Ink, Label, Segment
from derive.document.style import style
from derive.document.walk import within
from derive.errors import InputError, UnplacedError
from derive.graph.quantity import Role
from derive.problem.question import Question
from derive.sources import assets

GALLERY = sorted(assets.examples())
SIGNS = {"½": Fraction(1, 2), "¼": Fraction(1, 4), "¾": Fraction(3, 4)}


def value(text):
    if "/" in text:
        return Fraction(text)
    return sum((SIGNS.get(sign, 0) for sign in text), Fraction(text.rstrip("½¼¾") or 0))


def marking(solution):
    return build(Edition.of(solution, "x", "marking"), style(solution.problem.style).style, locale("en"))


def marks_in(node):
    if isinstance(node, Marked):
        yield value(node.marks)
    elif (
        isinstance(node, Label)
        and not node.math
        and node.ink.value == "quiet"
        and re.fullmatch(r"\([\d½¼¾/]+\)", node.text)
    ):
        yield value(node.text.strip("()"))
    elif isinstance(node, (tuple, list)):
        for one in node:
            yield from marks_in(one)
    elif is_dataclass(node):
        for one in fields(node):
            yield from marks_in(getattr(node, one.name))


lines = st.lists(st.tuples(st.sampled_from(list(Role)), st.integers(1, 9)), min_size=1, max_size=60)


@given(lines, st.integers(1, 400), st.sampled_from([None, "1", "0.5", "0.25"]))
def test_marks_add_up_and_every_line_has_some(drawn, quarters, step):
    points = Fraction(quarters, 4)
    known = [MarkedLine(n, role, weight) for n, (role, weight) in enumerate(drawn)]
    question = Question(title="x", asks=("round 1",), points=str(float(points)), step=step)
    try:
        found = shared_marks(question, known, ())
    except UnplacedError:
        finest = Fraction(step) if step else Fraction(1, 64)
        assert (points / finest).denominator > 1 or points / finest < len(known)
        return
    assert sum(found.values()) == points
    assert len(found) == len(known)
    least = min(found.values())
    assert least > 0
    assert all((marks / (Fraction(step) if step else least)).denominator == 1 or not step for marks in found.values())
    assert found == shared_marks(question, known, ())


def test_the_step_is_the_coarsest_that_gives_every_line_something():
    four = [MarkedLine(n, Role.FORWARD, 1) for n in range(4)]

    def of(points):
        return [
            marks_text(m) for m in shared_marks(Question(title="", asks=("losses",), points=points), four, ()).values()
        ]

    assert of("5") == ["1", "1", "1", "2"]
    assert of("4") == ["1"] * 4
    assert of("3") == ["½", "½", "1", "1"]
    assert of("1.5") == ["¼", "¼", "½", "½"]


def earned(points, kinds, step=None):
    """The marks of lines of some kinds, each kind as (how many, weight)."""
    known = [
        MarkedLine((kind, n), Role.FORWARD, weight, kind)
        for kind, (count, weight) in enumerate(kinds)
        for n in range(count)
    ]
    found = shared_marks(Question(title="", asks=("losses",), points=points, step=step), known, ())
    by_kind = [{found[kind, n] for n in range(count)} for kind, (count, _) in enumerate(kinds)]
    assert [len(marks) for marks in by_kind] == [1] * len(kinds)
    assert sum(found.values()) == Fraction(points)
    return [marks_text(min(marks)) for marks in by_kind]


def test_lines_of_equal_work_earn_equally_much():
    """Four alike: 5 points are 1¼ each. With a lighter line beside them, 7 are 4 x 1½ and 1: in whole points only the
    lighter line could take what is left, and would earn 3."""
    assert earned("5", [(4, 1)]) == ["1¼"]
    assert earned("3", [(4, 1)]) == ["¾"]
    assert earned("7", [(4, 3), (1, 2)]) == ["1½", "1"]
    assert earned("7", [(4, 3), (1, 2)], step="1") == ["1", "3"]
    assert earned("1.5", [(4, 1)]) == ["3/8"]


def test_halves_share_the_points_of_the_homework():
    """Round 1: 35 points for 25 lines, by hand. In whole points a rest of 10 goes to the two nets and two other kinds,
    and the lighter loss would earn more than a gradient; in halves the nets earn 2½, the loss 2, most others 1 or 1½."""
    (table, _) = marking(solution_of(TABLE)).parts[0].questions[1].sections
    by_symbol = {one.answer.name: one.marks for one in within(table, Marked)}
    assert {by_symbol[name] for name in ("s1", "s2")} == {"2½"}
    assert {by_symbol[name] for name in ("f1", "f2", "e1", "e2", "q1", "q2", "dL/df1", "dL/df2")} == {"1"}
    assert by_symbol["L"] == "2"
    assert {by_symbol[name] for name in ("dL/dw11", "dL/dw22", "w11_new", "b2_new", "dL/ds1")} == {"1½"}


def test_points_that_equal_lines_cannot_share_say_which_they_can():
    with pytest.raises(
        UnplacedError, match="4 lines cannot share 5 points in steps of 1 so that equal work earns equal"
    ):
        earned("5", [(4, 1)], step="1")
    with pytest.raises(UnplacedError, match="4 or 8 points can"):
        earned("5", [(4, 1)], step="1")
    with pytest.raises(UnplacedError, match=r"6 lines cannot share 9 points in steps of 1 .*; 8 or 10 points can"):
        earned("9", [(4, 1), (2, 1)], step="1")


@given(
    st.lists(st.tuples(st.integers(1, 8), st.integers(1, 9)), min_size=1, max_size=12),
    st.integers(1, 400),
    st.sampled_from([None, "1", "0.5"]),
)
def test_equal_work_earns_equally_much_or_is_refused(kinds, quarters, step):
    points = str(quarters / 4)
    with suppress(UnplacedError):
        earned(points, kinds, step)


@pytest.mark.parametrize("name", GALLERY)
def test_lines_of_one_rule_earn_equally_much_in_every_question(name):
    """By the trace's names: entries of one block with equations of one formula."""
    solution = solution_of(name)
    graph = solution.graph
    for part in marking(solution).parts:
        for question in part.questions:
            earned: dict[object, set[str]] = {}
            for one in within(question.sections, Marked):
                answer = one.answer
                equation = graph.equation_of.get(graph.blocks.by_name.get(getattr(answer, "name", ""), -1))
                if equation is not None:
                    block = graph.blocks.of(equation.output)
                    rule = (block, equation.rule.formula, answer.facet)
                    earned.setdefault(rule, set()).add(one.marks)
            assert all(len(marks) == 1 for marks in earned.values())


def test_the_rest_goes_to_what_takes_most_working():
    known = [MarkedLine("a", Role.FORWARD, 1), MarkedLine("b", Role.FORWARD, 6), MarkedLine("c", Role.FORWARD, 2)]
    assert shared_marks(Question(title="", asks=("losses",), points="6"), known, ()) == {"a": 1, "b": 3, "c": 2}


def test_marks_of_parts():
    known = [MarkedLine(n, role, 1) for n, role in enumerate((Role.FORWARD, Role.FORWARD, Role.BACKWARD, Role.UPDATED))]
    marks = {"forward pass": 1, "backward pass": 8, "updated parameters": 1}
    question = Question(title="", asks=("round 1",), points="10", marks=marks)
    assert list(shared_marks(question, known, ()).values()) == [Fraction(1, 2), Fraction(1, 2), 8, 1]
    more = [*known, MarkedLine(4, Role.OPTIMIZER, 1)]
    assert list(shared_marks(question, more, ()).values()) == [
        Fraction(1, 2),
        Fraction(1, 2),
        8,
        Fraction(1, 2),
        Fraction(1, 2),
    ]
    with pytest.raises(UnplacedError, match="has no line of the updated parameters"):
        shared_marks(question, known[:3], ())
    less = question.model_copy(update={"marks": {"forward pass": 10}})
    with pytest.raises(UnplacedError, match="1 lines of the backward pass; expected marks"):
        shared_marks(less, known, ())


@pytest.mark.parametrize("name", GALLERY)
def test_the_marks_of_a_question_add_up_to_its_points(name):
    solution = solution_of(name)
    asked = solution.problem.questions
    for part in marking(solution).parts:
        for index, question in enumerate(part.questions):
            total = sum(marks_in(question.sections))
            assert total > 0
            if asked and asked[index].points:
                assert total == Fraction(asked[index].points)
            assert f"sum = {marks_text(total)}" in "".join(re.findall(r"sum = [\d½¼¾/]+", str(question)))


def marks_of_answers(node):
    """What each answer of a document earns, by its name."""
    if isinstance(node, Marked):
        yield getattr(node.answer, "name", ""), value(node.marks)
    elif isinstance(node, (tuple, list)):
        for one in node:
            yield from marks_of_answers(one)
    elif is_dataclass(node):
        for one in fields(node):
            yield from marks_of_answers(getattr(node, one.name))


def test_a_line_of_more_numbers_earns_more():
    """s1 = w11 x1 + w21 x2 + b1 puts in five numbers, e1 = y1 - f1 two and f1 = sigmoid(s1) one."""
    question = {"title": "All", "asks": ["round 1"], "points": "60"}
    changed = {**dict(solution_of(TABLE).problem), "questions": [question], "extra": None}
    marks = dict(
        marks_of_answers(marking(derive.solve(derive.Problem.model_validate(changed))).parts[0].questions[0].sections)
    )
    assert marks["s1"] == marks["s2"] > marks["e1"] == marks["e2"] > marks["f1"] == marks["f2"] > 0


def test_a_quantity_is_marked_once_in_a_question():
    first = marking(solution_of(TABLE)).parts[0].questions[1]
    table, working = first.sections
    assert len(list(marks_in(table))) == 25
    assert list(marks_in(working)) == []


def test_what_an_earlier_round_gave_earns_nothing():
    (table,) = marking(solution_of(TABLE)).parts[0].questions[2].sections
    parameters = [cell.number for cell in table.columns[0].cells]
    assert any(isinstance(number, Answer) for number in parameters)
    assert not any(isinstance(number, Marked) for number in parameters)


FORMS = {
    "network": {
        "inputs": 2,
        "layers": [
            {"units": 2, "activation": "relu", "weights": [[0.5, -1], [1, 0.5]], "biases": [0, 0.1]},
            {"units": 1, "activation": "sigmoid", "weights": [0.8, -0.4], "biases": 0.2},
        ],
    },
    "loss": "binary cross-entropy",
    "learning_rate": 0.5,
    "data": [{"x": [1, 2], "y": 1}, {"x": [0, 1], "y": 0}],
    "rounds": 2,
}


def with_questions(*questions):
    asked = [{"title": f"Question {n}", **one} for n, one in enumerate(questions)]
    return derive.solve(derive.Problem.model_validate({**FORMS, "questions": asked}))


def marks_by_answer(question):
    """What each answer of a question earns, by its name and what of it is marked."""
    return {
        (one.answer.name, one.answer.facet): value(one.marks)
        for one in within(question, Marked)
        if isinstance(one.answer, Answer)
    }


def test_what_an_earlier_question_had_earns_nothing_again():
    """Final parameters and losses repeat the rounds; the closed form is new, though its function was worked."""
    asks = ["final parameters", "losses", "closed form of dL/dw1_11"]
    solution = with_questions({"asks": ["functions"]}, {"asks": ["round 1", "round 2"]}, {"asks": asks, "points": 5})
    last = marking(solution).parts[0].questions[2]
    assert marks_by_answer(last) == {}
    assert sum(marks_in(last.sections)) == 5
    assert len(list(marks_in(last.sections))) == 2


def test_a_question_that_only_repeats_is_marked_as_if_it_stood_alone():
    again = {"asks": ["final parameters"], "points": 9}
    found = marking(with_questions({"asks": ["round 1", "round 2"]}, again)).parts[0].questions[1]
    assert marks_by_answer(found) == marks_by_answer(marking(with_questions(again)).parts[0].questions[0])
    assert set(marks_by_answer(found).values()) == {Fraction(1)}


def test_more_to_put_in_earns_more():
    """dL/df = (f - y)/(f (1 - f)) has four names, dL/df1 = dL/ds w two; 7 to 8 functions make the closed form."""
    solution = with_questions(
        {"asks": ["functions"], "points": 10}, {"asks": ["losses", "closed form of dL/dw1_11"], "points": 10}
    )
    first, second = marking(solution).parts[0].questions
    found = marks_by_answer(first)
    assert found["dL/df2_1", "formula"] >= found["dL/dw2_11", "formula"] >= found["f2_1", "formula"]
    *others, form = marks_in(second.sections)
    assert form > max(others)


def test_marks_of_parameters_side_by_side_have_room_of_their_own():
    text = to_latex_document(with_questions({"asks": ["final parameters"]}), "x", "marking")
    row = next(line for line in text.splitlines() if line.startswith(r"\besiderow") and "earns" in line)
    assert row.count(r"\earnsapart{1}") > 1
    assert r"\earns{" not in row


def test_a_plot_earns_marks():
    question = marking(solution_of(TABLE)).parts[0].questions[5]
    assert list(marks_in(question.sections)) == [5]
    (plot,) = question.sections
    (label,) = [shape for shape in plot.drawing.shapes if isinstance(shape, Label) and shape.text == "(5)"]
    grid = [shape for shape in plot.drawing.shapes if isinstance(shape, Segment) and shape.ink is Ink.GRID]
    assert label.x > max(line.x2 for line in grid)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", GALLERY)
def test_the_strip_is_one_page(name):
    """A document of the strip alone: a word, and one more page."""
    tex = to_latex_document(solution_of(name), name, "marking")
    head, body = tex.split(r"\begin{document}")
    assert body.count(r"\passhead{Final answers}") == 1
    result = compiled(rf"{head}\begin{{document}}x{body[body.rindex(chr(92) + 'newpage') :]}")
    assert result.overfull == ()
    assert "(2 pages" in result.log


@pytest.mark.parametrize(("seed", "language"), [(10, "en"), (133, "en"), (17, "de")])
def test_a_full_strip_is_one_page(seed, language):
    """Three panels that just fit beside one another, of symbols as high as fractions; a note of long words."""
    problem = ugly(seed).model_copy(update={"language": language})
    head, body = to_latex_document(derive.solve(problem), "x", "marking").split(r"\begin{document}")
    result = compiled(rf"{head}\begin{{document}}x{body[body.rindex(chr(92) + 'newpage') :]}")
    assert result.overfull == ()
    assert "(2 pages" in result.log


def test_a_strip_says_what_it_leaves_out():
    layer = {"units": 12, "weights": 0.1, "biases": 0.1, "activation": "tanh"}
    data = [{"x": [1] * 12, "y": [0.5] * 12}] * 6
    network = {"inputs": 12, "layers": [layer, layer]}
    problem = derive.Problem.model_validate({"network": network, "learning_rate": 0.1, "data": data})
    (strip,) = marking(derive.solve(problem)).strips
    words = "".join(map(str, strip.note.parts))
    assert words.startswith("In this order: losses, updated parameters, gradients")
    assert "Left out, for want of room: updated parameters, gradients of the parameters" in words
    assert [panel.rows[0][0] for panel in strip.panels] == ["L"]


def test_the_strip_has_the_shown_numbers():
    solution = solution_of(TABLE)
    (strip,) = marking(solution).strips
    (panel,) = strip.panels
    numbers = {symbol: [cell.number for cell in row] for symbol, row in panel.rows}
    assert numbers["L"] == [round["L"].shown for round in solution.rounds]
    assert numbers[r"w_{11}"] == [round["w11_new"].shown for round in solution.rounds]


def test_marks_do_not_move_a_page():
    assert compiled(to_latex_document(solution_of(TABLE), "x", "marking")).overfull == ()
    pages = [
        int(re.search(r"\((\d+) pages", compiled(to_latex_document(solution_of(MATRIX), "x", kind)).log)[1])
        for kind in ("key", "marking")
    ]
    assert pages[1] == pages[0] + 1


def test_points_that_are_no_number_are_named_with_their_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = assets.examples()[TABLE].read_text(encoding="utf-8").replace("points: 35", "points: about 35", 1)
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    line = next(n for n, one in enumerate(text.splitlines(), 1) if "about" in one)
    assert main(["mine.yaml", "--as", "marking", "--latex"]) == 2
    assert (
        f"mine.yaml:{line}:5: `points`: marks add up to a number such as 35 or 2.5, not 'about 35'"
        in capsys.readouterr().err
    )
    assert main(["mine.yaml", "--as", "key,worksheet", "--latex"]) == 0
    assert sorted(p.name for p in (tmp_path / "output").iterdir()) == ["mine-worksheet.tex", "mine.tex"]


def test_words_stand_between_the_parts():
    questions = [{"title": "All", "asks": ["round 1", {"text": "Now $dL/dw11$."}, "round 2"]}]
    changed = derive.Problem.model_validate({**dict(solution_of(TABLE).problem), "questions": questions, "extra": None})
    assert derive.loads(derive.dumps(changed)) == changed
    tex = to_latex_document(derive.solve(changed), "x")
    first, second = tex.split(r"Now $\frac{\mathrm{d}L}{\mathrm{d}w_{11}}$.")
    assert first.count(r"\begin{wholetable}") == second.count(r"\begin{wholetable}") == 1


def test_an_unknown_kind_of_document():
    with pytest.raises(InputError, match="unknown kind 'sheet'"):
        to_latex_document(solution_of(TABLE), "x", "sheet")


def test_math_is_math():
    assert Marked(Math("1"), "1½") == r"1\earns{1\ensuremath{\tfrac12}}"

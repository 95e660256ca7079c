"""Worksheets: every answer is blank and nothing else is, nothing gives a blank away, key and worksheet break alike."""

import re
import subprocess
from dataclasses import fields, is_dataclass, replace
from itertools import product
from types import MappingProxyType

import pytest
from conftest import MATRIX, TABLE, compiled, program_or_skip, solution_of, text_of
from editions import to_latex_document
from everyday import first_of_each
from ugly import ugly

import derive
from derive.document.build import Edition, build
from derive.document.handouts.blank_places import blank_places, carried
from derive.document.locale import locale
from derive.document.mathematics import Answer, Blank, Math
from derive.document.model import MatrixLine, RoundTable, WorkedLine
from derive.document.pictures.geometry import Circle, Ink, Segment
from derive.document.style import style
from derive.document.walk import within
from derive.errors import InputError
from derive.graph.quantity import Role
from derive.problem.detail import Detail
from derive.problem.worksheet import BlankChoice
from derive.sources import assets

ENTRY_BY_ENTRY = MappingProxyType({"detail": Detail(lines="scalars")})
GALLERY = sorted(assets.examples())
FEW = [TABLE, MATRIX, "two-gates", "lstm-cell", "convolution-pooling", "momentum-valley"]
CHOICES = [
    {"lines": "everything"},
    {"lines": "deltas"},
    {"lines": "backward pass"},
    {"lines": "every second line"},
    {"share": "0.4", "seed": "7"},
]


def made(name, kind, **worksheet):
    return built(solution_with(name, **worksheet), name, kind)


def built(solution, name, kind):
    return build(Edition.of(solution, name, kind), style(solution.problem.style).style, locale("en"))


def solution_with(name, changes=MappingProxyType({}), **worksheet):
    solution = solution_of(name, **changes)
    changed = solution.problem.worksheet.model_validate({**dict(solution.problem.worksheet), **worksheet})
    return replace(solution, problem=solution.problem.model_copy(update={"worksheet": changed}))


def leaves(node):
    """Every text of a document, with those of its drawings."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, (tuple, list)):
        for one in node:
            yield from leaves(one)
    elif is_dataclass(node):
        for one in fields(node):
            yield from leaves(getattr(node, one.name))


def answers(document):
    return [leaf for leaf in leaves(document) if isinstance(leaf, Answer)]


@pytest.mark.parametrize("name", GALLERY)
def test_every_answer_of_the_key_is_blank(name):
    assert answers(made(name, "key"))
    sheet = made(name, "worksheet")
    assert answers(sheet) == []
    assert any(isinstance(leaf, Blank) for leaf in leaves(sheet))


@pytest.mark.parametrize("look", assets.names("styles"))
def test_every_answer_is_blank_in_every_style(look):
    """The first round of a table's problem, as each style shows it; no number of it stands on the worksheet."""
    solution = solution_of(TABLE, style=look)
    assert answers(build(Edition.of(solution, "x"), style(look).style, locale("en")))
    assert answers(build(Edition.of(solution, "x", "worksheet"), style(look).style, locale("en"))) == []
    body = to_latex_document(solution, "x", "worksheet").partition(r"\begin{document}")[2]
    assert not blank_numbers(solution, blank_places(solution, BlankChoice(), "")) & numbers_in(body)
    for kind in ("worksheet", "marking"):
        result = compiled(to_latex_document(solution, "x", kind))
        assert result.pdf, result.error
        assert result.overfull == ()


@pytest.mark.parametrize(("name", "number"), first_of_each(product(FEW, range(len(CHOICES)))))
def test_what_is_not_chosen_stays(name, number):
    """An answer that stands in the worksheet is not blank, and an answer that is not blank stands there."""
    choice = CHOICES[number]
    places = blank_places(solution_of(name), BlankChoice.model_validate(choice), "")
    key, sheet = made(name, "key"), made(name, "worksheet", blank=choice)
    assert not any(places.hide(one) for one in answers(sheet))
    shown = {(one.name, one.round) for one in answers(sheet) if one.facet == "value" and one.name}
    given = {(one.name, one.round) for one in answers(key) if one.facet == "value" and one.name}
    stay = {place for place in given if place not in places.places}
    assert shown <= stay
    if name != MATRIX:  # the numbers that a blank line of matrices is worked from are left out with it
        assert shown == stay


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: "-".join(map(str, choice.values())))
def test_tables_keep_every_cell_but_the_blank_ones(choice):
    places = blank_places(solution_of(TABLE), BlankChoice.model_validate(choice), "")
    tables = [
        [s for part in one.parts for q in part.questions for s in q.sections if isinstance(s, RoundTable)]
        for one in (made(TABLE, "key"), made(TABLE, "worksheet", blank=choice))
    ]
    for old, new in zip(*tables, strict=True):
        for before, after in zip(old.columns, new.columns, strict=True):
            for cell, other in zip(before.cells, after.cells, strict=True):
                if cell is None:
                    assert other is None
                    continue
                hidden = isinstance(cell.number, Answer) and (cell.number.name, cell.number.round) in places.places
                assert isinstance(other.number, Blank) == hidden
                assert other.symbol == cell.symbol
                assert hidden or other.number == cell.number


NUMBER = re.compile(r"(?<![\d.])\d+\.\d+(?!\d)")
LENGTHS = re.compile(r"\(-?[\d.]+,-?[\d.]+\)|-?[\d.]+ ?(?:mm|pt)|radius=[\d.]+|\{[01]\.\d{4}\}")


def numbers_in(text):
    return {number for number in NUMBER.findall(LENGTHS.sub(" ", text)) if len(number) > 4}


def blank_numbers(solution, places):
    """The numbers of blank places that no given place has too."""
    shown = {"blank": set(), "given": set()}
    for round in solution.rounds:
        names = solution.graph.blocks.names
        for quantity, text in round.shown.items():
            given = solution.graph.blocks.of(quantity).role is Role.GIVEN and round.number == 1
            hidden = not given and (names[quantity], round.number) in places.places
            shown["blank" if hidden else "given"].add(text.lstrip("-"))
    return {number for number in shown["blank"] - shown["given"] if len(number) > 4}


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: "-".join(map(str, choice.values())))
@pytest.mark.parametrize("name", FEW)
def test_no_digits_of_a_blank_are_on_the_page(name, choice):
    solution = solution_with(name, blank=choice)
    places = blank_places(solution, solution.problem.worksheet.blank, "")
    body = to_latex_document(solution, name, "worksheet").partition(r"\begin{document}")[2]
    hidden = blank_numbers(solution, places)
    assert hidden or choice == {"lines": "deltas"} or name in ("two-gates", "convolution-pooling")
    assert not hidden & numbers_in(body)
    key = to_latex_document(solution, name).partition(r"\begin{document}")[2]
    assert hidden <= numbers_in(key) | hidden


@pytest.mark.parametrize("name", [TABLE, MATRIX])
def test_no_digits_of_a_blank_are_in_the_pdf(name, tmp_path):
    solution = solution_of(name)
    places = blank_places(solution, BlankChoice(), "")
    hidden = blank_numbers(solution, places)
    texts = [text_of(compiled(to_latex_document(solution, name, kind)).pdf, tmp_path) for kind in ("key", "worksheet")]
    assert hidden & set(NUMBER.findall(texts[0]))
    assert not hidden & set(NUMBER.findall(texts[1]))


@pytest.mark.parametrize("name", [TABLE, MATRIX, "two-gates", "lstm-cell"])
def test_the_worksheet_is_the_same_whatever_the_digits_are(name):
    """Not a width, a sign or a relation of the page depends on how many digits the answers have."""
    found = []
    for places in (3, 5):
        rounding = solution_of(name).problem.rounding.model_copy(update={"places": places, "exceptions": ()})
        sheet = to_latex_document(solution_of(name, rounding=rounding), name, "worksheet")
        found.append([re.sub(r"\d decimal places", "", line) for line in sheet.splitlines()])
    different = [pair for pair in zip(*found, strict=True) if pair[0] != pair[1]]
    assert different == []


def test_parameters_of_a_round_are_blank_where_the_round_before_leaves_their_update_blank():
    solution = solution_of(TABLE)
    assert carried(solution)["w11", 3] == ("w11_new", 2)
    one = blank_places(solution, BlankChoice(names=("w11_new in round 2",)), "")
    assert {place for place in one.places if place[1] < 3} == {("w11_new", 2)}
    assert {("w11", 3), ("s1", 3), ("f1", 3), ("L", 3), ("w11_new", 3), ("w11", 4)} <= one.places
    assert not {("w12", 3), ("s2", 3), ("f2", 4)} & one.places
    assert blank_places(solution, BlankChoice(names=("w_new",)), "").places >= {
        ("w22", 2),
        ("w22_new", 4),
        ("w11_new", 0),
    }


def test_a_state_of_an_optimizer_is_carried_too():
    known = carried(solution_of("momentum-valley"))
    assert any(old.startswith("v_") and new.endswith("_new") for (old, _), (new, _) in known.items())


DEEP = """
network:
  inputs: 1
  layers:
    - {units: 2, activation: tanh, weights: [[0.5, 0.2]], biases: 0.1}
    - {units: 1, activation: sigmoid, weights: [0.3, 0.4], biases: 0.1}
learning_rate: 0.5
data: [{x: 1, y: 1}, {x: 2, y: 0}]
batch: 2
"""


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("s", {"s1_1@n1", "s1_2@n1", "s2_1@n1", "s1_1@n2", "s1_2@n2", "s2_1@n2"}),
        ("s@n1", {"s1_1@n1", "s1_2@n1", "s2_1@n1"}),
        ("s1", {"s1_1@n1", "s1_2@n1", "s1_1@n2", "s1_2@n2"}),
        ("s1_2", {"s1_2@n1", "s1_2@n2"}),
        ("s2@n2", {"s2_1@n2"}),
        ("b_new", {"b1_1_new", "b1_2_new", "b2_1_new"}),
    ],
)
def test_a_name_without_layer_or_sample_is_that_of_all(name, lines):
    solution = derive.solve(derive.loads(f"{DEEP}worksheet: {{blank: {{names: [{name}]}}}}"))
    places = blank_places(solution, solution.problem.worksheet.blank, "").places
    assert {one for one, round in places if round == 0} == lines


def test_the_choices():
    solution = solution_of(TABLE)
    names = [solution.graph.blocks.names[e.output] for e in solution.rounds[1].equations]

    def of(**choice):
        places = blank_places(solution, BlankChoice.model_validate(choice), "").places
        return [name for name in names if (name, 1) in places]

    assert of() == names
    updated = [name for name in names if name.endswith("_new")]
    assert of(lines="deltas") == ["dL/ds1", "dL/ds2", *names[names.index("dL/ds2") + 1 :]]
    assert of(lines="backward pass") == [name for name in names if name.startswith("dL")] + updated
    assert of(lines="every second line") == [name for name in names if name not in ("s1", "f1", "e1", "q1")]
    assert of(names=("dL/dw",)) == [*(name for name in names if name.startswith("dL/dw")), *updated[:4]]
    assert of(names=("dL/dw1*",)) == ["dL/dw11", "dL/dw12", "w11_new", "w12_new"]


@pytest.mark.parametrize("name", [TABLE, "two-two-two", "xor", "lstm-cell", "convolution-pooling", "rnn-every-step"])
@pytest.mark.parametrize("choice", [{"lines": "deltas"}, {"lines": "every second line"}, {"share": "0.2", "seed": "1"}])
def test_no_given_line_is_one_blank_quantity_again(name, choice):
    solution = solution_of(name)
    hidden = blank_places(solution, BlankChoice.model_validate(choice), "").places
    for round in solution.rounds:
        for equation in round.equations:
            output = solution.graph.blocks.names[equation.output]
            repeated = solution[output].expr
            if not (repeated.is_Symbol or (-repeated).is_Symbol) or (output, round.number) in hidden:
                continue
            (symbol,) = repeated.free_symbols
            assert (symbol.name, round.number) not in hidden, output


def test_a_share_is_drawn_by_its_seed_or_by_the_form():
    solution = solution_of(TABLE)
    lines = [e.output for e in solution.rounds[1].equations]

    def of(seed, form):
        """The functions that are drawn: nothing follows from them."""
        choice = BlankChoice(share="0.4", seed=seed)
        return {place for place in blank_places(solution, choice, form).places if not place[1]}

    assert len(of("7", "")) == round(0.4 * len(lines))
    assert of("7", "A") == of("7", "B")
    assert of("", "A") == of("A", "B")
    assert of("", "A") != of("", "B")


@pytest.mark.parametrize("share", ["0.02", "0.2", "0.5", "0.9", "1"])
@pytest.mark.parametrize("rounds", [1, 3])
@pytest.mark.parametrize("seed", ["1", "2", "A"])
def test_a_share_is_that_of_the_page(share, rounds, seed):
    """What is worked from a blank counts too: blanks of round 1 alone would make nearly every later number blank."""
    solution = derive.solve(derive.loads(f"{DEEP}rounds: {rounds}\noptimizer: momentum\n"))
    names = solution.graph.blocks.names
    lines = {(names[e.output], round.number) for round in solution.rounds for e in round.equations}
    blank = blank_places(solution, BlankChoice(share=share, seed=seed), "").places
    assert abs(len(blank & lines) - float(share) * len(lines)) <= 1.5


def test_worked_lines_have_equal_room_and_keep_no_sign():
    sheet = built(solution_with("lstm-cell", ENTRY_BY_ENTRY), "lstm-cell", "worksheet")
    lines = [
        line
        for part in sheet.parts
        for question in part.questions
        for section in question.sections
        for group in section.groups
        for line in group
    ]
    assert len({(str(line.formula), str(line.substituted), str(line.result), line.padded) for line in lines}) == 1
    assert {str(line.equals) for line in lines} == {"="}


def test_a_given_line_shows_no_numbers_of_a_blank_one():
    sheet = built(solution_with("lstm-cell", ENTRY_BY_ENTRY, blank={"names": ["f1@t1"]}), "lstm-cell", "worksheet")
    key = built(solution_with("lstm-cell", ENTRY_BY_ENTRY), "lstm-cell", "key")
    worked = [leaf for leaf in walk(sheet) if isinstance(leaf, WorkedLine) and not isinstance(leaf.result, Blank)]
    value = solution_of("lstm-cell").rounds[1]["f1@t1"].shown
    assert worked
    assert not any(value in line.substituted for line in worked)
    assert any(value in line.substituted for line in walk(key) if isinstance(line, WorkedLine))


@pytest.mark.parametrize("look", ["table", "worked", "steps", "exam"])
def test_a_check_value_stands_without_the_numbers_and_the_function_that_it_is_worked_by(look):
    """w11_new = w11 - eta dL/dw11: the number stays, and neither the gradient nor the formula is there to be read."""
    solution = solution_of(TABLE, style=look)
    worksheet = {**dict(solution.problem.worksheet), "check_values": ("w11_new",)}
    stated = solution.problem.worksheet.model_validate(worksheet)
    solution = replace(solution, problem=solution.problem.model_copy(update={"worksheet": stated}))
    sheet = build(Edition.of(solution, "x", "worksheet"), style(look).style, locale("en"))
    assert {(one.name, one.facet) for one in answers(sheet)} <= {("w11_new", "value"), ("w11", "value")}
    body = to_latex_document(solution, "x", "worksheet").partition(r"\begin{document}")[2]
    shown = [solution.rounds[1][name].shown for name in ("w11_new", "dL/dw11")]
    assert [number.lstrip("-") in numbers_in(body) for number in shown] == [True, False]


def walk(node):
    if is_dataclass(node):
        yield node
        for one in fields(node):
            yield from walk(getattr(node, one.name))
    elif isinstance(node, (tuple, list)):
        for one in node:
            yield from walk(one)


def test_lines_of_matrices_keep_their_symbols_and_lose_their_numbers():
    key, sheet = (
        [one for one in walk(made(MATRIX, kind)) if isinstance(one, MatrixLine)] for kind in ("key", "worksheet")
    )
    assert len(key) == len(sheet)
    for before, after in zip(key, sheet, strict=True):
        texts = [leaf for part in after.parts for leaf in leaves(part) if leaf and not isinstance(leaf, Blank)]
        numbers = {t for t in texts if re.fullmatch(r"-?\d+(\.\d+)?", t)}
        assert numbers <= {"1", "2", "-0.5"}, before.label
        assert after.left == before.left
        assert all(isinstance(text, Math) or text == "" for text in texts)


@pytest.mark.parametrize("look", ["exam", "table"])
def test_a_closed_form_has_a_line_for_each_function_that_is_put_into_it(look):
    """s1_1 is one function; s1_1, f1_1, s1_2, f1_2, s2, f2, dL/df2, dL/ds2, dL/df1, dL/ds1 and itself make dL/dw1_11."""
    text = DEEP.replace(
        "batch: 2", "questions: [{title: Forms, asks: [closed form of dL/dw1_11, closed form of s1_1]}]"
    )
    solution = derive.solve(derive.loads(f"{text}style: {look}\n"))
    document = build(Edition.of(solution, "x", "worksheet"), style(look).style, locale("en"))
    counts = [sum(isinstance(one, Blank) for one in line.parts) for line in within(document, MatrixLine)]
    assert counts == [11, 1]
    text = to_latex_document(solution, "x", "worksheet")
    assert compiled(text).overfull == ()
    assert r"\blank{60mm}" not in "".join(re.findall(r"\\scaled\{.*", text))


def test_a_plot_is_an_empty_grid_without_a_scale():
    (plot,) = [
        s
        for part in made(TABLE, "worksheet").parts
        for q in part.questions
        for s in q.sections
        if s.template == "loss-plot"
    ]
    texts = [shape.text for shape in plot.drawing.shapes if hasattr(shape, "text")]
    assert texts == ["1", "2", "3", "4", "round", "L"]
    assert not any(isinstance(shape, Segment) and shape.ink is Ink.CURVE for shape in plot.drawing.shapes)
    assert not any(digit in plot.drawing.alternative for digit in ("0.33", "0.27"))
    assert all(isinstance(text, Blank) for _, text in plot.columns[0])


def test_a_plot_with_one_blank_has_no_point_without_a_scale():
    """With the loss of the last round blank, those of the others have nothing to be read off."""
    problem = solution_of(TABLE).problem
    sheet = problem.worksheet.model_copy(update={"blank": BlankChoice(names=("L in round 4",))})
    found = build(Edition.of(solution_of(TABLE, worksheet=sheet), "x", "worksheet"), style("table").style, locale("en"))
    (plot,) = [s for q in found.parts[0].questions for s in q.sections if s.template == "loss-plot"]
    assert [isinstance(text, Blank) for _, text in plot.columns[0]] == [False, False, False, True]
    texts = [shape.text for shape in plot.drawing.shapes if hasattr(shape, "text")]
    assert texts == ["1", "2", "3", "4", "round", "L"]
    assert not any(isinstance(shape, Circle) for shape in plot.drawing.shapes)
    upright = [one for one in plot.drawing.shapes if isinstance(one, Segment) and one.x1 == one.x2 and one.y2 > 0]
    assert len(upright) == 4


def test_fields_form_and_room_for_working(tmp_path):
    stated = {"fields": ["name", "Seat"], "form": "B", "working_space": 30}
    sheet = made(TABLE, "worksheet", **stated)
    assert [[field.label for field in row] for row in sheet.fields] == [["Name", "Seat"]]
    assert made(TABLE, "key", **stated).fields == ()
    result = compiled(to_latex_document(solution_with(TABLE, **stated), TABLE, "worksheet"))
    text = text_of(result.pdf, tmp_path)
    assert result.overfull == ()
    assert re.search(r"Homework 4.1 .*Worksheet\s+Form B", text)
    assert re.search(r"Name\s+Seat", text)
    assert text.count("Working space") == 6
    assert text.count("/ 35 points") == 4


def pages_of(pdf, tmp_path):
    """The words of each page but those of two letters: a letter and its superscript come together or apart."""
    path = tmp_path / "document.pdf"
    path.write_bytes(pdf)
    done = subprocess.run([program_or_skip("pdftotext"), "-layout", path, "-"], capture_output=True, check=True)
    pages = done.stdout.decode().split("\f")[:-1]
    return [{word for word in re.findall(r"[A-Za-z]+", page) if len(word) != 2} for page in pages]


@pytest.mark.parametrize("name", [TABLE, MATRIX, "lstm-cell"])
def test_key_and_worksheet_break_pages_alike(name, tmp_path):
    """Every word and symbol of a page of the worksheet, its own labels aside, stands on that page of the key."""
    solution = solution_with(name, pages="matched", working_space=20)
    results = [compiled(to_latex_document(solution, name, kind)) for kind in ("key", "worksheet")]
    assert [result.overfull for result in results] == [(), ()]
    key, sheet = (pages_of(result.pdf, tmp_path) for result in results)
    assert len(key) == len(sheet) > 2
    own = {"Name", "Student", "no", "Date", "Worksheet", "Working", "space", "decimal", "places"}
    for before, after in zip(key, sheet, strict=True):
        assert after - before <= own


@pytest.mark.parametrize("seed", [0, pytest.param(12, marks=pytest.mark.exhaustive)])
def test_what_is_long_breaks_alike_too(seed):
    """Tables that flow over pages; a piece that is taller than a page, which breaks where it must."""
    problem = ugly(seed)
    stated = problem.worksheet.model_copy(update={"pages": "matched"})
    solution = derive.solve(problem.model_copy(update={"worksheet": stated, "style": "table"}))
    results = [compiled(to_latex_document(solution, "x", kind)) for kind in ("key", "worksheet")]
    assert [(result.error, result.overfull) for result in results] == [("", ())] * 2
    key, sheet = (re.search(r"\((\d+) pages", result.log)[1] for result in results)
    assert key == sheet


def test_without_it_they_do_not(tmp_path):
    results = [compiled(to_latex_document(solution_of("lstm-cell"), "x", kind)) for kind in ("key", "worksheet")]
    key, sheet = (pages_of(result.pdf, tmp_path) for result in results)
    own = {"Name", "Student", "no", "Date", "Worksheet"}
    assert any(after - before - own for before, after in zip(key, sheet, strict=True))


def test_a_style_whose_pages_cannot_break_alike_says_so():
    solution = solution_with(TABLE, pages="matched")
    changed = replace(solution, problem=solution.problem.model_copy(update={"style": "slides"}))
    with pytest.raises(InputError, match="the pages of this style cannot break alike"):
        to_latex_document(changed, "x", "worksheet")


def test_room_for_a_formula_where_the_key_has_one():
    """The style `exam` shows the numbers of each line alone."""
    solution = solution_of(TABLE, style="exam")
    sheet = build(Edition.of(solution, "x", "worksheet"), style("exam").style, locale("en"))
    lines = [line for line in walk(sheet) if isinstance(line, WorkedLine)]
    assert {str(line.formula) for line in lines} == {""}
    assert len({str(line.substituted) for line in lines}) == 1

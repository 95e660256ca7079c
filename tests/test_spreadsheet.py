"""The spreadsheet: its formulas against the trace, worked by LibreOffice and by an evaluator of our own."""

import random
import re
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from conftest import MATRIX, TABLE, problem_of, solution_of
from openpyxl.formula.translate import Translator
from sheets import Evaluator, cell_of, recalculated, without_results

import derive
from derive.arithmetic.rounding import Carry, Mode, Precision, Small, Zeros
from derive.errors import InputError
from derive.exports.spreadsheet import to_xlsx
from derive.exports.spreadsheet.formulas import cell_formula
from derive.exports.spreadsheet.paper import HEAD, breaks
from derive.exports.spreadsheet.rounding import needs_unrounded, rounded
from derive.exports.spreadsheet.runs import Run, runs
from derive.graph.functions import FUNCTIONS
from derive.graph.grammar import parse
from derive.graph.quantity import Role
from derive.graph.rule import Rule
from derive.network.work import work
from derive.problem.rounding import Rounding, RoundingException
from derive.sources import assets

GALLERY = sorted(assets.examples())
ROUNDINGS = {
    f"{mode.value}-{carry.value}-{digits}-{zeros.value}": Rounding(mode=mode, carry=carry, zeros=zeros, **{digits: 4})
    for mode in Mode
    for carry in Carry
    for digits, zeros in (("places", Zeros.KEEP), ("significant", Zeros.DROP), ("places", Zeros.INEXACT))
}
ROUNDINGS["small-scientific"] = Rounding(places=2, small=Small.SCIENTIFIC)
ROUNDINGS["exceptions"] = Rounding(
    places=3,
    carry=Carry.ROUNDED,
    exceptions=(RoundingException(kind="weight", places=6), RoundingException(quantity="s1", round=2, significant=2)),
)


def workbook(solution):
    return to_xlsx(solution, "x.yaml")


def rounded_as(name):
    """The first homework, rounded in another way."""
    return solution_of(TABLE, rounding=ROUNDINGS[name], rounds=2, questions=(), extra=None)


def changed(solution):
    """Another number for everything that is put in once: parameters, constants, states, a rate for all rounds."""
    chance = random.Random(4)
    names = solution.graph.blocks.names
    start = {q: other(v, chance) for q, v in solution.plan.start.items()}
    moved = replace(solution, values=work(replace(solution.plan, start=start)))
    return moved, [(names[quantity], 1, float(number)) for quantity, number in start.items()]


def other(number, chance):
    """Another number near, with as many decimals, one at least, the last not 0; between 0 and 1 what was there.

    Whole numbers far from what was there make others so small that a sheet takes them for noise.
    """
    unit = Decimal(1).scaleb(min(int(number.as_tuple().exponent), -1))
    candidates = [number + step * unit for step in chance.sample((-4, -3, -2, -1, 1, 2, 3, 4), 8)]
    inside = [one for one in candidates if not 0 < number < 1 or 0 < one < 1]
    return next(one for one in inside if one.as_tuple().digits[-1])


def every_number(solution):
    names = solution.graph.blocks.names
    return [(names[q], round.number, value) for round in solution.rounds for q, value in round.values.items()]


def wrong(made, solution):
    """Quantities whose number on the sheet is not the trace's, and digits that only one of them shows."""
    found = []
    for name, round, value in every_number(solution):
        number = made.number(name, round)
        held = float(Decimal(value.shown) if needs_unrounded(solution.policy) else value.carried)
        if abs(number - held) > 1e-9 * max(1, abs(held)):
            found.append((name, round, number, held))
    exactly = solution.policy.zeros is not Zeros.INEXACT and not solution.policy.precision.significant
    shown = Counter(alike(value.shown, exactly) for _, _, value in every_number(solution))
    printed = Counter(alike(text, exactly) for text in made.shown)
    return [*found, *({"key": shown - printed, "sheet": printed - shown} if shown != printed else {}).items()]


def alike(text, exactly):
    """A number as it is shown; with a power of ten, or where zeros tell nothing, as it is written in one way."""
    return text if exactly and "e" not in text.lower() else str(Decimal(text).normalize())


@pytest.mark.slow
def test_libreoffice_works_every_number_of_the_gallery(tmp_path):
    """With other parameters than it was written with, which every later round must follow."""
    books, expected = {}, {}
    for name in GALLERY:
        expected[name], changes = changed(solution_of(name))
        books[name] = without_results(workbook(solution_of(name)), changes)
    for name in (TABLE, MATRIX):
        expected[f"{name}-as-it-is"] = solution_of(name)
        books[f"{name}-as-it-is"] = without_results(workbook(solution_of(name)))
    made = recalculated(books, tmp_path)
    assert {stem: found[:4] for stem in books if (found := wrong(made[stem], expected[stem]))} == {}


TIES = """
network:
  inputs: 2
  layers: [{units: 3, activation: relu, weights: [[1, 0.31, 1], [-1, -0.25, 1]], biases: [0, 0.05, 0.1]}]
loss: half squared error
learning_rate: 0.5
data:
  - {x: [1.78355, 1.7797], y: [0.125, 12.3, 2]}
  - {x: [2.21615, 2.2122], y: [1, 9, 0.5]}
  - {x: [1.85345, 1.8498], y: [0.25, 3, 1.5]}
"""


def ties():
    """Differences of numbers that are close, and halves: ties at 4 places, some with much noise beside them."""
    for carry in Carry:
        for mode in Mode:
            changed = {"rounding": Rounding(places=4, carry=carry, mode=mode)}
            yield f"ties-{mode.value}-{carry.value}", derive.solve(derive.loads(TIES).model_copy(update=changed))


@pytest.mark.slow
def test_libreoffice_rounds_as_the_key_does(tmp_path):
    solutions = {**{name: rounded_as(name) for name in ROUNDINGS}, **dict(ties())}
    made = recalculated({name: without_results(workbook(one)) for name, one in solutions.items()}, tmp_path)
    assert {name: found[:4] for name, one in solutions.items() if (found := wrong(made[name], one))} == {}


def test_libreoffice_follows_a_changed_sample_and_rate(tmp_path):
    """A number that several rounds share is put in once; the expected key is solved from a changed problem."""
    problem = problem_of(TABLE).model_copy(update={"rounds": 6, "questions": (), "extra": None})
    tree = derive.dumps(problem)
    other = tree.replace("0.4, 0.8", "0.45, 0.8").replace("learning_rate: 1", "learning_rate: 0.7")
    assert other != tree
    data = without_results(workbook(derive.solve(problem)), [("x1", 1, 0.45), ("eta", 1, 0.7)])
    made = recalculated({"changed": data}, tmp_path)["changed"]
    assert wrong(made, derive.solve(derive.loads(other))) == []
    assert made.number("x1", 5) == 0.45


@pytest.mark.parametrize("name", GALLERY)
def test_formulas_give_the_numbers_of_the_key(name):
    """The same without LibreOffice: stored results are the key's, and formulas read as Excel does give them."""
    solution = solution_of(name)
    data = workbook(solution)
    assert data == workbook(solution)
    formulas, stored = (openpyxl.load_workbook(BytesIO(data), data_only=only) for only in (False, True))
    evaluator = Evaluator(formulas)
    for quantity, round, value in every_number(solution):
        cell = cell_of(formulas, quantity, round)
        assert cell_of(stored, quantity, round).value == pytest.approx(float(value.carried), abs=1e-15)
        assert evaluator.cell(cell.parent.title, cell.coordinate) == pytest.approx(float(value.carried), abs=1e-9)


@pytest.mark.parametrize("name", ROUNDINGS)
def test_formulas_round_as_the_key_does(name):
    solution = rounded_as(name)
    book = openpyxl.load_workbook(BytesIO(workbook(solution)))
    evaluator = Evaluator(book)
    for quantity, round, value in every_number(solution):
        cell = cell_of(book, quantity, round)
        number = evaluator.cell(cell.parent.title, cell.coordinate)
        expected = Decimal(value.shown) if needs_unrounded(solution.policy) else value.carried
        assert number == pytest.approx(float(expected), abs=1e-9), (quantity, round)


@pytest.mark.parametrize(
    ("number", "mode", "places", "figures"),
    [
        ("0", "half-up", 0, 0),
        ("0.0012345", "half-up", 0.001, 0.00123),
        ("-0.0012355", "half-up", -0.001, -0.00124),
        ("123.4565", "half-up", 123.457, 123),
        ("2.3455", "half-even", 2.346, 2.35),
        ("2.3445", "half-even", 2.344, 2.34),
        ("-2.3459", "cut", -2.345, -2.34),
        ("98765", "cut", 98765, 98700),
    ],
)
def test_rounding_of_one_cell(number, mode, places, figures):
    evaluator = Evaluator(openpyxl.Workbook())
    for precision, expected in ((Precision(3), places), (Precision(3, significant=True), figures)):
        found = evaluator.formula(rounded(number, precision, Mode(mode)), "Sheet")
        assert found == pytest.approx(expected, abs=1e-12)


def test_only_given_numbers_are_put_in_and_each_once():
    solution = solution_of(TABLE, rounds=6, questions=(), extra=None)
    book = openpyxl.load_workbook(BytesIO(workbook(solution)))
    blocks = solution.graph.blocks
    put_in = [
        (name, round)
        for name, round, _ in every_number(solution)
        if not isinstance(cell_of(book, name, round).value, str)
    ]
    assert all(blocks.of(blocks.by_name[name]).role is Role.GIVEN for name, _ in put_in)
    parameters = {(name, 1) for name in ("w11", "w12", "w21", "w22", "b1", "b2", "eta")}
    samples = {(name, round) for name in ("x1", "x2", "y1", "y2") for round in (1, 2, 3, 4)}
    assert set(put_in) == parameters | samples


def test_the_formulas_of_the_how_to():
    page = (Path(__file__).parent.parent / "docs" / "embed" / "spreadsheet.md").read_text("utf-8")
    book = openpyxl.load_workbook(BytesIO(workbook(solution_of(TABLE))))
    assert f"`{cell_of(book, 'dL/ds1', 1).value}`" in page
    carried = openpyxl.load_workbook(BytesIO(workbook(solution_of(MATRIX))))
    assert re.fullmatch(r"=ROUND\(ROUND\(.*,12\),4\)", cell_of(carried, "s1_1", 1).value)
    assert "`ROUND(ROUND(…,12),4)`" in page


def test_a_round_copied_below_goes_on():
    """The rows of the last round, put below it by hand, are the next round."""
    three, four = (solution_of("momentum-valley", rounds=rounds) for rounds in (3, 4))
    book = openpyxl.load_workbook(BytesIO(workbook(three)))
    sheet = book.worksheets[0]
    second, third = (cell_of(book, "x", round).row for round in (2, 3))
    down = third - second
    for row in sheet.iter_rows(second, third - 1):
        for cell in row:
            target = cell.offset(2 * down, 0)
            if isinstance(cell, openpyxl.cell.MergedCell) or isinstance(target, openpyxl.cell.MergedCell):
                continue
            source = cell.offset(down, 0)
            formula = isinstance(source.value, str) and source.value.startswith("=")
            moved = Translator(source.value, source.coordinate).translate_formula(target.coordinate)
            target.value = moved if formula else source.value
    evaluator = Evaluator(book)
    new = cell_of(book, "x_new", 3).offset(down, 0)
    assert evaluator.cell(sheet.title, new.coordinate) == pytest.approx(float(four["x_new"].value(4)), abs=1e-12)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("-a^2", "-(A1^2)"),
        ("-a*b", "(-A1)*B1"),
        ("b-a^2", "B1-A1^2"),
        ("(-a)^2", "(-A1)^2"),
        ("(a^b)^a", "(A1^B1)^A1"),
        ("a^(b^a)", "A1^(B1^A1)"),
        ("a-(b-a)", "A1-(B1-A1)"),
        ("a/(b/a)", "A1/(B1/A1)"),
        ("a*(b+1)", "A1*(B1+1)"),
        ("exp(-a^2/2)", "EXP((-(A1^2))/2)"),
        ("gate(a, 1)", "IF(ROUND(A1,12)>=0,1,0)"),
        ("case(a, b, -b, 0)", "IF(ROUND(A1,12)>0,B1,-B1)"),
        ("log(a, 2)", "LOG(A1,2)"),
        ("2*pi*a", "2*PI()*A1"),
    ],
)
def test_parentheses(formula, expected):
    rule = Rule("r", formula)
    cells = {slot: f"{slot.upper()}1" for slot in rule.slots}
    assert cell_formula(rule.sized().formula, lambda position: cells[rule.slots[position]]) == expected


ARGUMENTS = {
    "gate": "gate(a, 0)",
    "case": "case(a, b, -b, 1)",
    "log": "log(b)+log(b, 10)",
    "max": "max(a, b, a+b)",
    "min": "min(a, b, a+b)",
    "take": "take(2, a, b, a*b)",
    "pi": "pi+a",
    "equals": "equals(b, 2)+a",
    "is_argmax": "is_argmax(2, max(a, b), a, b)",
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_has_a_form(function):
    """Against the exact arithmetic, at numbers on either side of every kink."""
    text = ARGUMENTS.get(function, f"{function}(b)" if function == "sqrt" else f"{function}(a)-b")
    parse(text)
    rule = Rule("r", text)
    from derive.network.work import settled

    for a, b in ((-1.5, 2.0), (0.0, 2.0), (0.75, 0.25), (2.0, 2.0)):
        numbers = {"a": a, "b": b}
        book = openpyxl.Workbook()
        book.active["A1"], book.active["B1"] = a, b
        right = cell_formula(rule.sized().formula, lambda k: f"{rule.slots[k].upper()}1")
        exact = settled(rule.sized().formula, [Decimal(str(numbers[slot])) for slot in rule.slots])
        assert Evaluator(book).formula(right, "Sheet") == pytest.approx(float(exact), abs=1e-12)


def test_what_a_spreadsheet_cannot_work_is_refused():
    with pytest.raises(InputError, match=r"in round 1 has no place in a spreadsheet, which works with 15 digits"):
        workbook(solution_of(TABLE, rounding=Rounding(places=18), questions=(), extra=None))
    with pytest.raises(InputError, match="a number on the way is too large"):
        workbook(derive.solve(derive.loads(FAR)))


FAR = """
network: {inputs: 1, layers: [{units: 1, activation: sigmoid, weights: -800, biases: 0}]}
learning_rate: 0.1
data: [{x: 1, y: 1}]
"""


def test_symbols_as_runs_of_text():
    assert runs(r"w^{(2)}_{11}") == (Run("w", True), Run("(2)", False, "sup"), Run("11", False, "sub"))
    assert "".join(run.text for run in runs(r"\frac{\mathrm{d}L}{\mathrm{d}\hat{x}_{1}}")) == "dL/dx\u03021"
    assert "".join(run.text for run in runs(r"(f_{1} - y_{1})^{2}")) == "(f1 − y1)2"


def test_a_round_is_not_parted_that_has_room_on_a_page():
    """Ten rows and a title on pages of thirty, after heads: two rounds a page; a round that is too high runs on."""
    assert list(breaks(5 + HEAD, [11] * 5, HEAD + 30)) == [2, 4]
    assert list(breaks(5 + HEAD, [11, 40, 11], HEAD + 30)) == [2]
    assert list(breaks(5 + HEAD, [11], HEAD + 30)) == []


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("language", sorted(assets.names("locales")))
def test_the_small_print_stands_there_in_every_language(language):
    """Also where a sentence begins with mathematics."""
    book = openpyxl.load_workbook(BytesIO(workbook(solution_of("batch-norm-three-samples", language=language))))
    sheet = book.worksheets[0]
    assert any("x.yaml" in str(cell.value) for row in sheet.iter_rows() for cell in row)


def test_properties_paper_and_language():
    book = openpyxl.load_workbook(
        BytesIO(workbook(solution_of(MATRIX, language="th", paper="letter", author="A. Uthor")))
    )
    assert (book.properties.title, book.properties.creator) == ("Homework 02-1", "A. Uthor")
    sheet = book.worksheets[0]
    assert sheet.title == "รอบทั้งหมด"
    assert sheet.page_setup.paperSize == 1
    assert sheet.print_title_rows == "$4:$4"
    assert sheet["A4"].value == "พารามิเตอร์"

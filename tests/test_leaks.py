"""Blanks of a worksheet cannot be read or solved from what is printed, and nothing printed depends on them."""

import random
import re
from dataclasses import replace
from decimal import Decimal, DecimalException

import pytest
from conftest import MATRIX, TABLE, solution_of
from editions import to_latex_document
from interference import FORMATS, with_other_numbers
from ugly import ugly

import derive
from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.evaluate import compile_formula
from derive.cli.main import main
from derive.document.build import Edition, build
from derive.document.handouts.blank_places import blank_places, blanks_of_worksheet, check_value_warnings
from derive.document.locale import locale
from derive.document.mathematics import Answer, Blank
from derive.document.model import MatrixLine
from derive.document.style import style
from derive.document.walk import within
from derive.errors import InputError, NumberError
from derive.graph.quantity import Role
from derive.network.equal_numbers import carried_nodes, equal_numbers
from derive.problem.worksheet import BlankChoice
from derive.sources import assets

GALLERY = sorted(assets.examples())
CHOICES = [
    {"lines": "everything"},
    {"lines": "deltas"},
    {"lines": "backward pass"},
    {"lines": "every second line"},
    {"share": "0.1", "seed": "7"},
    {"share": "0.4", "seed": "3"},
]
NEURON = {
    "network": {
        "inputs": 2,
        "layers": [{"units": 1, "activation": "sigmoid", "weights": [[0.5], [0.3]], "biases": 0.1}],
    },
    "learning_rate": 0.5,
    "data": [{"x": [1, 0.4], "y": 1}],
    "rounds": 2,
}


def of(choice):
    return BlankChoice.model_validate(choice)


def with_worksheet(solution, **worksheet):
    problem = solution.problem
    changed = problem.worksheet.model_validate({**dict(problem.worksheet), **worksheet})
    return replace(solution, problem=problem.model_copy(update={"worksheet": changed}))


class Attacker:
    """Who reads what is printed and solves equations, knowing no more of the blanks than their names."""

    def __init__(self, solution, places):
        self.solution, self.names = solution, solution.graph.blocks.names
        self.arithmetic = DecimalArithmetic(30)
        self.known = {
            (quantity, round.number): value.carried
            for round in solution.rounds
            for quantity, value in round.values.items()
            if (self.names[quantity], round.number) not in places
        }

    def found(self):
        """What one pass over the equations gives: blanks solved for, or equal to a number of their pass."""
        for round in self.solution.rounds:
            for equation in round.equations:
                output, operands = (equation.output, round.number), set(equation.operands)
                unknown = [q for q in operands if (q, round.number) not in self.known]
                if output in self.known and len(unknown) == 1:
                    solved = self.solve(round, equation, unknown[0])
                    if solved is not None:
                        yield self.names[unknown[0]], round.number, self.names[equation.output]
                elif output not in self.known and not unknown:
                    same = [q for q in operands if self.repeats(round, equation, q)]
                    yield from ((self.names[equation.output], round.number, self.names[q]) for q in same)

    def result(self, round, equation, operand, value, changes=()):
        """The result with one operand put in, and others changed."""
        moved = {**dict(changes), operand: value}
        numbers = [moved[q] if q in moved else self.known[q, round.number] for q in equation.operands]
        try:
            return compile_formula(equation.rule.formula, self.arithmetic)(numbers)
        except DecimalException:
            return None

    def solve(self, round, equation, operand):
        """An operand by the secant method, the output and the other operands being known; None where it fails."""
        wanted = self.known[equation.output, round.number]
        for low, high in (("0.1", "0.2"), ("-0.4", "-0.3"), ("0.6", "0.7"), ("2", "3")):
            first, second = Decimal(low), Decimal(high)
            for _ in range(60):
                one, other = (self.result(round, equation, operand, number) for number in (first, second))
                if one is None or other is None or one == other:
                    break
                first, second = second, second - (other - wanted) * (second - first) / (other - one)
                if abs(second - first) < Decimal("1e-20"):
                    return second
        return None

    def repeats(self, round, equation, operand):
        """Whether a result is one worked operand of its pass, or its negative, whatever that operand is."""
        blocks = self.solution.graph.blocks
        block = blocks.of(operand)
        others = [q for q in equation.operands if q != operand and self.is_worked(round, q)]
        passes = [one is Role.FORWARD for one in (block.role, blocks.of(equation.output).role)]
        if block.role is Role.GIVEN or passes[0] != passes[1]:
            return False
        tried = []
        for number, other, step in (
            ("0.31", "0.77", 1),
            ("-0.57", "0.13", -1),
            ("0.83", "-0.29", 1),
            ("0.47", "90", -7),
        ):
            changes = {q: Decimal(other) + step * place for place, q in enumerate(others)}
            tried.append((Decimal(number), self.result(round, equation, operand, Decimal(number), changes)))
        return all(n == made for n, made in tried) or all(-n == made for n, made in tried)

    def is_worked(self, round, quantity):
        if self.solution.graph.blocks.of(quantity).role is not Role.GIVEN:
            return True
        return (quantity, round.number) in carried_nodes(self.solution)


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: "-".join(map(str, choice.values())))
@pytest.mark.parametrize("name", GALLERY)
def test_no_blank_is_solved_from_what_is_printed(name, choice):
    solution = solution_of(name)
    places = blank_places(solution, of(choice), "").places
    assert places
    assert list(Attacker(solution, places).found()) == []


@pytest.mark.parametrize("seed", range(8))
def test_no_blank_of_a_random_problem_is_solved_from_what_is_printed(seed):
    try:
        solution = derive.solve(ugly(seed))
    except NumberError:
        pytest.skip("numbers too large to be printed")
    for choice in CHOICES[1:]:
        assert list(Attacker(solution, blank_places(solution, of(choice), "").places).found()) == []


def test_the_attacker_finds_what_is_left_in_on_purpose():
    """With the blanks alone, and nothing closed over: by descent, from a factor, from a repeated number, back to a
    round."""
    solution = solution_of(TABLE)
    deltas = {("dL/ds1", 1)}
    found = set(Attacker(solution, deltas).found())
    assert ("dL/ds1", 1, "dL/db1") in found
    assert ("dL/ds1", 1, "dL/dw11") in found
    assert ("dL/dw11", 1, "w11_new") in set(Attacker(solution, {("dL/dw11", 1)}).found())
    assert ("dL/db1", 1, "dL/ds1") in set(Attacker(solution, {("dL/db1", 1), ("b1_new", 1)}).found())


@pytest.mark.parametrize("choice", CHOICES[1:4], ids=lambda choice: choice["lines"])
def test_what_the_attacker_reads_is_what_the_pages_print(choice):
    """Every answer that is left on the pages is a number that the attacker knows, and is in the text of the pages."""
    solution = with_worksheet(solution_of(TABLE), blank=choice)
    places = blanks_of_worksheet(solution, "").places
    known = Attacker(solution, places).known
    names = solution.graph.blocks.by_name
    sheet = build(Edition.of(solution, "x", "worksheet"), style(solution.problem.style).style, locale("en"))
    text = FORMATS["html"](solution)
    printed = [one for one in within(sheet, Answer) if one.facet == "value"]
    assert printed
    for one in printed:
        assert (names[one.name], one.round) in known
        assert one.lstrip("-") in text


def test_deltas_close_over_gradients_updates_and_later_rounds():
    """In round 1 of the table's problem the forward pass and dL/df stay; all that is worked from a delta is blank."""
    solution = solution_of(TABLE)
    places = blank_places(solution, of({"lines": "deltas"}), "").places
    worked = [solution.graph.blocks.names[e.output] for e in solution.rounds[1].equations]
    stay = ["s1", "s2", "f1", "f2", "e1", "e2", "q1", "q2", "L", "dL/df1", "dL/df2"]
    assert [name for name in worked if (name, 1) not in places] == stay
    assert all((name, number) in places for name in worked for number in (2, 3, 4))
    assert {("w11", 2), ("b2", 4)} <= places


def test_one_gradient_closes_over_the_unit_that_it_changes():
    """w11 leads to unit 1 alone: the other unit's numbers stay in every round, but the loss has both."""
    solution = solution_of(TABLE)
    places = blank_places(solution, BlankChoice(names=("dL/dw11 in round 2",)), "").places
    assert ("dL/dw21", 2) not in places
    assert {("w11_new", 2), ("w11", 3), ("s1", 3), ("L", 3), ("dL/db1", 3)} <= places
    assert not {("s2", 3), ("dL/dw22", 4), ("w12_new", 4)} & places


def test_an_input_of_1_makes_a_gradient_a_delta():
    solution = derive.solve(derive.Problem.model_validate(NEURON))
    names = solution.graph.blocks.names
    sets = [{names[q] for q, _ in nodes} for nodes in equal_numbers(solution)]
    assert {"dL/ds1", "dL/db1", "dL/dw11"} in sets
    places = blank_places(solution, BlankChoice(names=("dL/dw11 in round 1",)), "").places
    assert {("dL/ds1", 1), ("dL/db1", 1), ("dL/dw21", 1)} <= places
    assert ("dL/df1", 1) not in places


def test_what_is_no_more_than_a_product_with_0_equals_nothing():
    problem = {**NEURON, "data": [{"x": [0, 0], "y": 1}], "rounds": 1}
    solution = derive.solve(derive.Problem.model_validate(problem))
    places = blank_places(solution, BlankChoice(names=("dL/dw11",)), "").places
    assert ("dL/dw11", 1) in places
    assert ("dL/dw21", 1) not in places


def test_check_values_stay_and_what_is_worked_from_them_alone():
    solution = with_worksheet(
        solution_of(TABLE), blank={"lines": "deltas"}, check_values=("w_new", "b_new in round 1", "L in round 3")
    )
    places = blanks_of_worksheet(solution, "").places
    assert not {("w11_new", 1), ("w11", 2), ("b1_new", 1), ("s1", 2), ("L", 2), ("L", 3)} & places
    assert {("dL/ds1", 1), ("dL/dw11", 2), ("b1_new", 2), ("s1", 3)} <= places


def test_check_values_may_be_patterns():
    solution = with_worksheet(
        solution_of(TABLE), blank={"lines": "deltas"}, check_values=("*_new", "dL/dw*1 in round 1")
    )
    places = blanks_of_worksheet(solution, "").places
    assert ("w11_new", 4) not in places
    assert {name for name, number in places if number == 1} == {
        "dL/ds1", "dL/ds2", "dL/db1", "dL/db2", "dL/dw12", "dL/dw22",
    }  # fmt: skip


def test_check_values_say_what_they_give_away(tmp_path, capsys):
    """w11_new gives dL/dw11, that its delta by the input 0.4, that the gradient of the bias and of w21, its update."""
    path = str(assets.examples()[TABLE])
    line = [path, "--as", "worksheet", "--blank", "deltas", "--latex", "-o", str(tmp_path)]
    assert main([*line, "--check-values", "w11_new in round 1"]) == 0
    said = capsys.readouterr().err
    assert "warning" in said
    assert (
        f"{TABLE}.yaml: worksheet: the check value w11_new in round 1 gives blanks away: "
        "dL/ds1 in round 1, dL/db1 in round 1, dL/dw11 in round 1, dL/dw21 in round 1 and" in said
    )
    assert main([*line, "--check-values", "L in round 2"]) == 0
    assert "gives blanks away" not in capsys.readouterr().err


def test_a_loss_of_one_output_gives_it_away():
    """L = (y - f)^2 / 2 of one unit: known, it gives f; f gives s by the inverse of the sigmoid."""
    solution = derive.solve(derive.Problem.model_validate(NEURON))
    found = list(check_value_warnings(with_worksheet(solution, check_values=("L in round 1",)), ""))
    assert len(found) == 1
    assert "the check value L in round 1 gives blanks away" in found[0]


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ("w11_neu", "x.yaml:8:43: 'w11_neu' is no line of the key; did you mean w11_new?"),
        ("w11", "x.yaml:8:43: 'w11' is given, and stays"),
        ("L in round 7", "x.yaml:8:43: 'L in round 7', but the problem has 1 round"),
        ("L in the end", "x.yaml:8:1: `check_values`: expected a name such as s1"),
    ],
)
def test_wrong_check_values_are_refused_where_they_stand(stated, message, tmp_path, capsys):
    path = tmp_path / "x.yaml"
    path.write_text(
        "network:\n  inputs: 1\n  layers:\n    - {units: 1, activation: sigmoid, weights: 0.5, biases: 0.1}\n"
        f"learning_rate: 1\ndata: [{{x: 0.3, y: 1}}]\nrounds: 1\nworksheet: {{blank: deltas, check_values: [{stated}]}}\n",
        encoding="utf-8",
    )
    assert main([str(path), "--latex", "-o", str(tmp_path)]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--blank", "deltas"], "--blank is for a worksheet; add --as worksheet"),
        (["--check-values", "w11_new"], "--check-values is for a worksheet; add --as worksheet"),
        (["--as", "key,marking", "--blank", "deltas", "--check-values", "L"], "--blank and --check-values are for a"),
        (["--format", "json", "--blank", "deltas"], "--blank is for a worksheet"),
        (["--format", "csv", "--form", "A"], "--form is for documents, and --format csv is none"),
    ],
)
def test_choices_for_a_worksheet_without_one_are_refused(options, message, tmp_path, capsys):
    assert main([str(assets.examples()[TABLE]), "--latex", "-o", str(tmp_path), *options]) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_check_value_of_the_command_line_says_so(tmp_path, capsys):
    path = str(assets.examples()[TABLE])
    assert main([path, "--as", "worksheet", "--check-values", "[L, nothing]", "-o", str(tmp_path)]) == 2
    assert "--check-values: 'nothing' is no line of the key" in capsys.readouterr().err


LANGUAGES = assets.names("locales")
STYLES = assets.names("styles")
EVERY = [(n, s, c, f) for n in GALLERY for s in STYLES for c in range(len(CHOICES)) for f in FORMATS]


def interferes(name, look, choice, form, language):
    """Whether a worksheet is another where its hidden numbers are; None where the style has no such worksheet."""
    solution = with_worksheet(solution_of(name), blank=CHOICES[choice])
    problem = solution.problem.model_copy(update={"style": look, "language": language})
    solution = replace(solution, problem=problem)
    other = with_other_numbers(solution, blanks_of_worksheet(solution, "").places)
    assert other.values != solution.values
    try:
        return FORMATS[form](solution) != FORMATS[form](other)
    except InputError:
        return None


@pytest.mark.parametrize("part", range(8))
def test_nothing_on_a_worksheet_depends_on_a_hidden_number(part):
    drawn = random.Random(part)
    for one in drawn.sample(EVERY, 12):
        language = drawn.choice(LANGUAGES)
        assert not interferes(*one, language), (*one, language)


def test_lines_of_matrices_do_not_say_that_hidden_numbers_are_equal():
    """Equal biases stand as one entry of the input; in round 2 they are hidden, and whether they are equal is too."""
    layer = {"units": 2, "activation": "tanh", "weights": [["0.3", "0.7"], ["0.2", "-0.4"]], "biases": "0.1"}
    tree = {"network": {"inputs": 2, "layers": [layer]}, "data": [{"x": [1, 2], "y": [0, 1]}], "learning_rate": "0.5"}
    look = {"style": "matrix", "notation": {"base": "delta", "bias": "augmented"}, "rounds": 2}
    solution = with_worksheet(derive.solve(derive.Problem.model_validate({**tree, **look})), blank=CHOICES[0])
    biases = [[solution.rounds[n][name].carried for name in ("b1", "b2")] for n in (1, 2)]
    assert [len(set(found)) for found in biases] == [1, 2]
    places = blanks_of_worksheet(solution, "").places
    values = [dict(round) for round in solution.values]
    for name in ("b1", "b2"):
        values[1][solution[name].id] = solution.rounds[1][name]
    alike = replace(solution, values=tuple(values))
    assert {("b1", 2), ("b2", 2)} <= places
    assert FORMATS["latex"](solution) == FORMATS["latex"](alike)


FIVE_PLACES = [{"quantity": "f2", "places": 5}]
IDENTITIES = [
    ({}, [], [r"s^{(2)}", r"f^{(2)}"]),
    ({}, FIVE_PLACES, [r"s^{(2)}", r"f^{(2)}"]),
    ({"bias": "augmented"}, [], [r"f^{(2)}"]),
    ({"bias": "augmented"}, FIVE_PLACES, [r"s^{(2)}", r"f^{(2)}"]),
]
"""Notations of biases, exceptions of rounding, and the lines of a layer without an activation in a forward pass."""


def lines_of_matrices(solution, kind):
    page = build(Edition.of(solution, "x", kind), style("matrix").style, locale("en"))
    return list(within(page, MatrixLine))


@pytest.mark.parametrize(
    ("notation", "exceptions", "lines"), IDENTITIES, ids=["alike", "more places", "augmented", "augmented, more places"]
)
@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: "-".join(map(str, choice.values())))
def test_an_identity_stands_on_one_line_whatever_its_numbers_are(choice, notation, exceptions, lines):
    """Pages in arrays have a line for s and one for f. With augmented vectors both are one line where they have equally
    many places; with 5 places of f each has its line, digits or not."""
    layers = [
        {"units": 2, "activation": "tanh", "weights": [["0.3", "0.7"]], "biases": "0.1"},
        {"units": 1, "weights": ["0.5", "0.25"], "biases": "0.5"},
    ]
    tree = {"network": {"inputs": 1, "layers": layers}, "data": [{"x": 2, "y": 1}], "learning_rate": "0.5"}
    look = {"style": "matrix", "rounds": 2, "rounding": {"places": 4, "carry": "rounded", "exceptions": exceptions}}
    problem = derive.Problem.model_validate({**tree, **look, "notation": notation})
    solution = with_worksheet(derive.solve(problem), blank=choice)
    other = with_other_numbers(solution, blanks_of_worksheet(solution, "").places)
    assert FORMATS["latex"](solution) == FORMATS["latex"](other)
    for kind, text in (("key", to_latex_document(solution, "x")), ("worksheet", FORMATS["latex"](solution))):
        found = [str(line.left) for line in lines_of_matrices(solution, kind)]
        assert [one for one in found if one in (r"s^{(2)}", r"f^{(2)}")] == 2 * lines
        assert r"\mathrm{identity}" not in text


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", GALLERY)
def test_nothing_on_any_worksheet_depends_on_a_hidden_number(name):
    drawn = random.Random(name)
    found = [one for one in EVERY if one[0] == name and interferes(*one, drawn.choice(LANGUAGES))]
    assert found == []


def forms(choice):
    """The sheet's lines of closed and index forms by their left side, and whether each is blank."""
    layers = [
        {"units": 2, "activation": "sigmoid", "weights": [[0.5, -1], [1, 0.5]], "biases": [0, 0.1]},
        {"units": 1, "activation": "sigmoid", "weights": [0.8, -0.4], "biases": 0.2},
    ]
    asks = ["index form", "closed form of dL/dw1_11", "closed form of s1_2"]
    tree = {**NEURON, "network": {"inputs": 2, "layers": layers}, "questions": [{"title": "Forms", "asks": asks}]}
    tree["worksheet"] = {"blank": choice}
    solution = derive.solve(derive.Problem.model_validate(tree))
    sheet = build(Edition.of(solution, "x", "worksheet"), style("table").style, locale("en"))
    lines = list(within(sheet, MatrixLine))
    assert len(lines) > 8
    return {str(line.left): any(isinstance(part, Blank) for part in line.parts) for line in lines}


@pytest.mark.parametrize(
    ("choice", "blank"),
    [
        ({"names": ["dL/ds1"]}, (True, False)),
        ({"names": ["s1_2"]}, (True, True)),
        ({"names": ["L"]}, (False, False)),
        ({"lines": "deltas"}, (True, False)),
        ({"lines": "everything"}, (True, True)),
    ],
)
def test_a_closed_form_is_blank_where_a_function_in_it_is(choice, blank):
    """dL/dw1_11 is worked by s1, s2, h and every delta, but not by L; s1_2 by itself alone."""
    found = forms(choice)
    symbols = r"\frac{\mathrm{d}L}{\mathrm{d}w^{(1)}_{11}}", "s^{(1)}_{2}"
    assert tuple(found[one] for one in symbols) == blank


def test_an_equation_in_index_form_is_blank_where_a_function_that_it_stands_for_is():
    """A function of one unit is that of every unit of its layer; the line of a closed form stands at the end."""
    delta = r"\frac{\mathrm{d}L}{\mathrm{d}s^{(2)}_{j}}"
    for name, wanted in (("L", set()), ("dL/ds2", {delta}), ("s1_2", {"s^{(1)}_{j}"})):
        found = list(forms({"names": [name]}).items())[:-2]
        assert {left for left, blank in found if blank} == wanted, name


@pytest.mark.parametrize("look", STYLES)
def test_findings_in_steps_are_of_printed_numbers(look):
    """Round 1 of this neuron: every gradient is negative, so that every parameter grows; a worksheet must not say so."""
    problem = derive.Problem.model_validate({**NEURON, "style": look, "rounds": 1})
    solution = derive.solve(problem)
    said = locale("en").steps.all_grow.partition(",")[0]
    assert (said in to_latex_document(solution, "x")) == (look in ("steps", "slides"))
    for choice in ({"lines": "everything"}, {"names": ("dL/dw21",)}):
        assert said not in FORMATS["latex"](with_worksheet(solution, blank=choice))


def test_the_small_print_of_a_worksheet_says_nothing_of_the_check():
    solution = solution_of(TABLE)
    said = "relative differences below"
    assert said in to_latex_document(solution, "x")
    assert said not in FORMATS["latex"](solution)
    assert "Made by derive" in FORMATS["latex"](solution)


def test_a_unit_that_is_off_is_not_named_beside_a_blank_delta():
    """s = 0.5 + 0.12 - 2 < 0: the key says that the unit is off; beside a blank delta that would say that it is 0."""
    layer = {"units": 1, "activation": "relu", "weights": [[0.5], [0.3]], "biases": -2}
    tree = {**NEURON, "network": {"inputs": 2, "layers": [layer]}, "style": "steps", "rounds": 1}
    solution = derive.solve(derive.Problem.model_validate(tree))
    said = "nothing flows back"
    assert said in locale("en").steps.off_unit
    assert said in to_latex_document(solution, "x")
    assert said not in FORMATS["latex"](with_worksheet(solution, blank={"lines": "deltas"}))


@pytest.mark.parametrize("form", ["latex", "html", "markdown", "fragment"])
@pytest.mark.parametrize(
    ("name", "stated"), [(TABLE, "- [0.2, 0.3]"), (MATRIX, "activation: identity, weights: 1, biases: -0.5")]
)
def test_a_given_number_changes_itself_alone(name, stated, form, tmp_path):
    """Two problems that differ in one weight: their worksheets differ where the weight is printed, nowhere else."""
    texts = []
    for number in ("0.23170529", "0.98741036"):
        text = assets.examples()[name].read_text(encoding="utf-8")
        assert text.count(stated) == 1
        path = tmp_path / "x.yaml"
        path.write_text(text.replace(stated, re.sub(r"\d\.\d+", number, stated, count=1)), encoding="utf-8")
        solution = derive.solve(derive.load(path))
        text = FORMATS[form](solution)
        assert number in text
        texts.append(re.sub(r"drawing-[0-9a-f]+", "", text.replace(number, "W")))
    assert texts[0] == texts[1]

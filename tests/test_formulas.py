"""Single formulas: names, wildcards, forms, sides; closed forms worked out by Python itself; the command line."""

import math
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import problem_of, solution_of

import derive
from derive.document.context import Context
from derive.document.formulas import FORMS, formula_context, written_formulas
from derive.document.locale import locale
from derive.document.pictures.named import PICTURES, picture
from derive.document.plain import plain_context, plain_formula
from derive.document.style import style
from derive.document.tables import working
from derive.errors import DeriveError, FormulaError, InputError
from derive.problem.detail import Detail
from derive.problem.rounding import Rounding
from derive.sources import assets

TABLE, DEEP = "fra501-homework-4-1", "two-two-two"
EXAMPLE = str(assets.examples()[TABLE])
FUNCTIONS = {name: getattr(math, name) for name in ("exp", "log", "sqrt", "tanh", "sin", "cos", "erf")}
FUNCTIONS |= {"sigmoid": lambda s: 1 / (1 + math.exp(-s)), "relu": lambda s: max(s, 0.0), "abs": abs}
FUNCTIONS |= {"int": int, "max": max, "min": min, "pi": math.pi, "floor": math.floor}


def as_python(plain):
    """A gate is 1 where what stands in its brackets holds; brackets after a list pick from it, counted from 1."""
    picked = re.sub(r"\)\[([^\[\]]+)\]", r")<int(\1) - 1>", plain.replace("^", "**"))
    return picked.translate({ord("["): "(", ord("]"): ")"}).replace("<int", "[int").replace("1>", "1]")


def formula(*arguments):
    command = [sys.executable, "-m", "derive", "formula", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=assets.templates().parent, check=False)


@pytest.fixture(scope="module")
def solved():
    return derive.solve(EXAMPLE)


def test_each_form_of_a_partial(solved):
    gradient = solved["dL/dw11"]
    partial = r"\frac{\mathrm{d}L}{\mathrm{d}%s}"
    assert gradient.latex() == rf"{partial % 's_{1}'} \times x_{{1}}"
    assert gradient.latex("chain") == rf"{partial % 's_{1}'} \times \frac{{\partial s_{{1}}}}{{\partial w_{{11}}}}"
    assert gradient.latex("substituted") == r"-0.091804 \times 0.4"
    assert gradient.latex("substituted", round=2) == r"-0.078678 \times 0.5"
    assert gradient.latex("value", 2) == "-0.039339"
    assert gradient.latex("closed").startswith(r"(\sigma(w_{11} \times x_{1} + w_{21} \times x_{2} + b_{1}) - y_{1})")
    assert gradient.latex(side="left") == partial % "w_{11}"
    assert gradient.latex("value", side="both") == rf"{partial % 'w_{11}'} = -0.036722"


def test_forms_follow_one_another_with_the_relations_of_the_key(solved):
    whole = solved["dL/dw11"].latex("chain,symbolic,substituted,value", 2, "both")
    assert whole.count(" = ") == 4
    assert solved["w11_new"].latex("symbolic,value", side="both").startswith(r"w_{11} \leftarrow w_{11} - \eta")
    written = solved.formula("w11_new", ["symbolic", "value"])
    assert repr(written) == "w11_new = w11 - eta * dL/dw11 = 0.236722"
    approximate = solution_of("gru-cell").formula("hr1@t1", "substituted,value")
    assert str(approximate) == "hr1@t1 = 0.6225 * 0.5 ~ 0.3112"
    assert r"\approx" in approximate.latex()


def test_a_side_that_says_nothing_new_is_written_once(solved):
    assert solved["e1"].latex(side="both") == "y_{1} - f_{1}"
    errors = derive.solve(str(assets.examples()[DEEP]))["e1"]
    assert errors.latex(side="both") == "y_{1} - f^{(2)}_{1}"


@pytest.mark.parametrize("name", assets.examples())
def test_closed_forms_are_worked_out_to_the_numbers_of_the_key(name):
    exact = replace_rounding(problem_of(name))
    solution = derive.solve(exact)
    plain, first = plain_context(solution), solution.rounds[1]
    names = solution.graph.blocks.names
    numbers = {q: float(value.carried) for q, value in first.values.items() if q not in first.equation_of}
    tokens = re.compile("|".join(rf"(?<!\w){re.escape(names[q])}(?![\w@])" for q in numbers))
    by_name = {names[q]: number for q, number in numbers.items()}
    worked = {names[q] for q in first.equation_of}
    checked = 0
    for one in written_formulas(plain, ["*"], ["closed"]):
        if one.name not in worked or " = " in one.right:
            continue
        python = tokens.sub(lambda match: f"({by_name[match[0]]!r})", as_python(one.right))
        found = eval(python, {"__builtins__": {}}, FUNCTIONS)
        assert found == pytest.approx(float(first[one.name].unrounded), rel=1e-9, abs=1e-12), one.name
        checked += 1
    assert checked > 2


def replace_rounding(problem):
    return problem.model_copy(update={"rounding": Rounding(places=30, carry="full"), "language": "en"})


@pytest.mark.parametrize("name", [TABLE, DEEP, "lstm-cell", "batch-norm-three-samples", "clipped-gradient"])
def test_the_chain_form_is_that_of_the_pages(name):
    solution = solution_of(name, detail=Detail(show="both", chain_rule=True))
    context = Context(solution, style("worked").style, locale("en"))
    lines = {line.symbol: line.chain for group in working(context, solution.rounds[1]).groups for line in group}
    chains = {str(one.symbol): str(one.right) for one in written_formulas(context, ["*"], ["chain"])}
    assert {symbol: chain for symbol, chain in lines.items() if chain} == chains
    assert chains


def test_wildcards_give_what_has_the_form_and_names_must_have_it(solved):
    assert [one.name for one in solved.formulas("dL/dw*")] == [f"dL/dw{i}{j}" for i in (1, 2) for j in (1, 2)]
    assert [one.name for one in solved.formulas("*", form="chain")] == list(solved.names("dL/ds*", "dL/db*", "dL/dw*"))
    assert solved.names("x1", "dL/dw1?") == ("x1", "dL/dw11", "dL/dw12")
    assert len(solved.names()) == len(solved.quantities)
    for name, form, message in (
        ("x1", "symbolic", "x1 is given"),
        ("x1", "closed", "x1 is given"),
        ("s1", "chain", "s1 has no chain rule"),
        ("x*", "symbolic", "x1 is given"),
        ("x1", "substituted", "x1 is not worked in round 1"),
    ):
        with pytest.raises(InputError, match=message):
            solved.formulas(name, form=form)


def test_names_are_what_they_were():
    """They stand in other people's slides: a name that changes breaks these."""
    for name in (TABLE, DEEP, "lstm-cell", "xor", "attention-three-tokens", "sigmoid-circuit"):
        known = (Path(__file__).parent / "names" / f"{name}.txt").read_text(encoding="utf-8").split()
        assert list(solution_of(name).names()) == known


def test_a_closed_form_that_fits_no_page_is_not_offered():
    """Tanh, softmax, cross-entropy, 2-3-2: fractions in fractions, 10,500 points wide, which no break makes narrow."""
    layers = [{"units": 3, "activation": "tanh"}, {"units": 2, "activation": "softmax"}]
    layers = [{"weights": "0.1", "biases": "0.1", **layer} for layer in layers]
    problem = {"network": {"inputs": 2, "layers": layers}, "learning_rate": "1", "loss": "cross-entropy"}
    solution = derive.solve(derive.Problem.model_validate({**problem, "data": [{"x": [1, 2], "y": [1, 0]}]}))
    with pytest.raises(FormulaError, match="the closed form of dL/dw1_11 fits no page, wherever it is broken; ask for"):
        solution.formula("dL/dw1_11", "closed")
    assert solution.formula("s2_1", "closed").latex()


def test_a_closed_form_that_is_too_long_says_how_long():
    with pytest.raises(FormulaError, match=r"would have [\d,]+ symbols, more than the 400"):
        solution_of("gru-cell").formula("dL/dwr11", "closed")


def test_folded_quantities_have_formulas_and_no_number():
    solution = solution_of("softmax-fused")
    folded = [one for one in solution.quantities if one.id not in solution.rounds[1].values]
    for one in folded:
        assert one.latex("symbolic")
        with pytest.raises(InputError, match="is not worked in round 1"):
            one.latex("value")


def test_every_form_is_written_in_the_languages_numerals():
    german = solution_of(TABLE, language="de")
    assert german["dL/dw11"].latex("substituted") == r"-0{,}091804 \times 0{,}4"
    assert str(german.formula("dL/dw11", "value")) == "dL/dw11 = -0.036722"


@pytest.mark.parametrize("name", assets.examples())
def test_every_quantity_of_the_gallery_has_plain_and_typeset_formulas(name):
    solution = solution_of(name)
    typeset, plain = formula_context(solution), plain_context(solution)
    for form in FORMS:
        try:
            found = written_formulas(typeset, ["*"], [form])
        except DeriveError:
            assert form == "chain"
            continue
        for one in found:
            text = plain_formula(plain, one.name, [form]).equation
            assert text.isascii()
            assert "\\" not in text


def test_the_pictures_have_names(solved):
    assert set(PICTURES) == {"network", "graph", "losses"}
    context = formula_context(solved)
    second = picture(context, "graph", 2)
    assert solved.figure("graph", 2).drawing == second != solved.figure("graph").drawing
    assert solved.figure().svg().startswith("<svg")
    assert solved.figure().alternative in solved.figure().svg()
    assert r"\begin{tikzpicture}" in solved.figure("losses").tikz()
    for name, round, message in (("grpah", 1, "did you mean graph"), ("graph", 9, "rounds 1 to 4")):
        with pytest.raises(InputError, match=message):
            solved.figure(name, round)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda s: s["w11"].value("1"), "a round is a whole number from 1 to 4, not '1'"),
        (lambda s: s["w11"].shown(None), "a round is a whole number from 1 to 4, not None"),
        (lambda s: s["dL/dw11"].latex("value", round=1.5), "a round is a whole number from 1 to 4, not 1.5"),
        (
            lambda s: s["dL/dw11"].formula(None),
            "expected the names of forms, such as 'closed' or 'chain,value', not None",
        ),
        (lambda s: s["dL/dw11"].formula(3), "expected the names of forms"),
        (lambda s: s["dL/dw11"].formula([]), "no form is asked for"),
        (lambda s: s["dL/dw11"].latex(side=1), "unknown side 1; known are both, right, left"),
        (lambda s: s.formulas(["dL/dw11"]), "expected names such as 'dL/dw11' or 'dL/dw*', not ['dL/dw11']"),
        (lambda s: s.names(3), "expected names such as 'dL/dw11' or 'dL/dw*', not 3"),
        (lambda s: s[3], "there is no quantity 3"),
        (lambda s: s.figure(None), "unknown figure None; known are network, graph, losses"),
        (lambda s: s.to_latex(kind=3), "unknown kind 3; known are key, worksheet, marking"),
        (lambda s: derive.solve({}), "expected a Problem or the path of a problem file, not a dict"),
    ],
)
def test_a_value_of_another_type_is_answered_in_a_sentence(solved, wrong, message):
    with pytest.raises(InputError, match=re.escape(message)):
        wrong(solved)


def test_a_solution_goes_through_its_names(solved):
    assert tuple(solved) == solved.names()
    assert "dL/dw11" in solved
    assert "dL/dz11" not in solved
    assert tuple(one.name for one in solved.formulas(form="value")) == solved.names()


def test_a_solution_is_had_from_a_file_a_problem_and_python_alone(solved):
    assert solved.source == f"{TABLE}.yaml"
    problem = derive.Problem.model_validate(
        {
            "network": {"inputs": 1, "layers": [{"units": 1, "activation": "tanh", "weights": 1, "biases": 0}]},
            "learning_rate": 1,
            "data": [{"x": [1], "y": [0]}],
        }
    )
    made = derive.solve(problem, source="tanh.yaml")
    assert made.source == "tanh.yaml"
    assert made["f1"].latex() == r"\tanh(s_{1})"
    assert derive.solve(problem).source == "problem"


def test_what_shows_itself_is_short_and_readable(solved):
    assert repr(solved["dL/dw11"]) == "dL/dw11 = dL/ds1 * x1"
    assert repr(solved["x1"]) == "x1 = 0.4"
    assert solved["dL/dw11"]._repr_latex_().startswith(r"$\displaystyle \frac")
    assert solved["dL/dw11"]._repr_markdown_().startswith("$$\n")
    assert solved["dL/dw11"]._repr_html_().count("<math ") == 1
    assert repr(solved.rounds[2]).startswith("Round 2\n")
    assert repr(solved).startswith("Homework 4.1")


def test_the_command_prints_formulas():
    done = formula(EXAMPLE, "dL/dw11", "dL/db1", "--form", "symbolic,value", "--round", "2")
    assert done.returncode == 0
    assert done.stdout.count("\n") == 2
    assert done.stdout.splitlines()[1].endswith("= -0.039339")
    assert formula(EXAMPLE, "w11", "--form", "value", "--side", "right").stdout == "0.2\n"
    assert formula(EXAMPLE, "f1", "--format", "text").stdout == "f1 = 1/(1 + exp(-s1))\n"
    assert formula(EXAMPLE, "f1", "--format", "mathml").stdout.startswith("<math xmlns=")
    assert formula(EXAMPLE, "f1", "--format", "svg").stdout.startswith("<svg xmlns=")
    assert formula(EXAMPLE, "--form", "value", "w11", "--side", "right", "w12").stdout == "0.2\n0.3\n"
    assert formula("--list", EXAMPLE, "s1", "b*1").stdout.count("\n") == 2
    listed = formula(EXAMPLE, "--list").stdout.splitlines()
    assert [line.split(" = ")[0].strip() for line in listed] == list(solution_of(TABLE).names())
    assert "dL/dw11 = dL/ds1 * x1" in listed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([EXAMPLE], "no name is given; `--list` shows the names"),
        (["missing.yaml", "w11"], "missing.yaml: cannot be read"),
        ([EXAMPLE, "dL/dz11"], "there is no quantity 'dL/dz11'; did you mean dL/dw11?"),
        ([EXAMPLE, "q*x", "zz"], "there is no quantity 'q*x'; `derive formula FILE --list` shows the names"),
        ([EXAMPLE, "s"], "there is no quantity 's': it is a block of s1, s2\n"),
        ([EXAMPLE, "dL/dw"], "there is no quantity 'dL/dw': it is a block of dL/dw11, dL/dw12, dL/dw21, dL/dw22\n"),
        ([EXAMPLE, "--list", "zz*"], "there is no quantity 'zz*'"),
        ([EXAMPLE, "w11", "--form", "clsed"], "unknown form 'clsed'; did you mean closed?"),
        ([EXAMPLE, "w11", "--form", ""], "unknown form ''"),
        ([EXAMPLE, "w11", "--round", "5", "--form", "value"], "round 5, but the solution has rounds 1 to 4"),
        ([EXAMPLE, "w11", "--round", "0", "--form", "value"], "round 0, but the solution has rounds 1 to 4"),
        ([EXAMPLE, "w11"], "w11 is given: it has a value and no formula"),
        ([EXAMPLE, "dL/dw*", "--format", "svg"], "4 formulas are asked for"),
        ([EXAMPLE, "w11", "--round", "two"], "invalid int value: 'two'"),
        ([EXAMPLE, "w11", "--notation", "detla"], "detla"),
    ],
)
def test_a_wrong_wish_is_answered_in_a_sentence(arguments, message):
    done = formula(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout

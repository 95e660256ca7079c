"""Styles, notations and locales of one's own: mistakes in them are named like those of a problem file."""

import re
import subprocess

import pytest
from conftest import TABLE, compiled, problem_of, program_or_skip
from editions import to_latex_document

import derive
from derive.document.locale import Locale, locale
from derive.document.mathematics import Math
from derive.document.style import style
from derive.document.text import rich
from derive.errors import InputError
from derive.problem.model import Problem
from derive.sources import assets
from derive.writing.notation import notation

NOTATION = (assets.templates() / "notations" / "partials.yaml").read_text(encoding="utf-8")
STYLE = (assets.templates() / "styles" / "table" / "style.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  loss: L\n", "", "expected a letter for loss too"),
        ("<by>", "", "expected a pattern that holds <by> once"),
        ("index_order: from-to", "index_order: up", "unknown index_order 'up'"),
        ("letters:", "leters:", "unknown key `leters`; did you mean letters?"),
        ("  weight: w\n", "  wait: w\n", "weight"),
    ],
)
def test_a_notation_with_a_mistake(tmp_path, old, new, message):
    path = tmp_path / "mine.yaml"
    path.write_text(NOTATION.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=r"mine\.yaml:") as caught:
        notation(str(path))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[round-table]", "[round-tabel]", "cannot have the section 'round-tabel'; did you mean round-table?"),
        ("[functions-table]", "[working]", "functions cannot have the section 'working'"),
        ("questions: [functions", "questions: [function", "unknown questions entry 1 'function'"),
        ("role: given", "role: giving", "unknown role 'giving'"),
    ],
)
def test_a_style_with_a_mistake(table, tmp_path, old, new, message):
    (tmp_path / "style.yaml").write_text(STYLE.replace(old, new, 1), encoding="utf-8")
    changed = Problem.model_validate({**dict(table.problem), "style": f"{tmp_path}/"})
    with pytest.raises(InputError) as caught:
        to_latex_document(derive.solve(changed), "x")
    assert message in str(caught.value)


def test_a_template_with_a_mistake(table, tmp_path):
    (tmp_path / "style.yaml").write_text(STYLE, encoding="utf-8")
    changed = Problem.model_validate({**dict(table.problem), "style": f"{tmp_path}/"})
    (tmp_path / "title.tex.jinja").write_text("\n<< document.titel >>", encoding="utf-8")
    with pytest.raises(InputError, match=r"title\.tex\.jinja:2.*titel"):
        to_latex_document(derive.solve(changed), "x")
    (tmp_path / "title.tex.jinja").write_text("\n<% if %>", encoding="utf-8")
    with pytest.raises(InputError, match=r"title\.tex\.jinja:2"):
        to_latex_document(derive.solve(changed), "x")


def test_a_locale_with_a_missing_phrase(tmp_path):
    path = tmp_path / "xx.yaml"
    path.write_text("language: xx\nround: Runde\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        locale(str(path))
    assert "`kinds` is missing" in str(caught.value)
    needed = [name for name, field in Locale.model_fields.items() if field.is_required()]
    assert f"and {len(needed) - 2 - 50} more mistakes" in str(caught.value)


def test_every_built_in_look_is_whole():
    assert {name: notation(name).describes for name in assets.names("notations")}
    assert {name: style(name).style.describes for name in assets.names("styles")}
    assert {"en", "th", "zh-TW", "de", "fr", "es"} <= {locale(name).language for name in assets.names("locales")}


def test_samples_start_over_after_the_last(table):
    problem = derive.loads(
        "network: {inputs: 1, layers: [{units: 1, weights: 1, biases: 0}]}\nlearning_rate: 0.1\n"
        "data: [{x: 1, y: 1}, {x: 2, y: 1}]\nrounds: 3\nfinal_forward_pass: true\n"
    )
    assert [round["x1"].shown for round in derive.solve(problem).rounds] == ["1", "2", "1", "2"]


@pytest.mark.parametrize("text", ["costs $5-$6", "$5/$10 each", "from $1 to $2", "a$b"])
def test_dollars_that_enclose_no_mathematics_stay(table, text):
    assert rich(text, lambda _: None).parts == (text,)


def test_an_updated_parameter_in_a_text(table):
    assert Math("w_{11}") in rich("the new $w11_new$", {"w11_new": "w_{11}"}.get).parts


def test_exceptions_of_every_shape_are_stated():
    text = """
network: {inputs: 1, layers: [{units: 2, weights: 1, biases: 0}, {units: 1, weights: 1, biases: 0}]}
learning_rate: 1
data: [{x: 1, y: 2}]
style: matrix
notation: delta
rounding:
  exceptions: [{kind: delta, places: 6}, {quantity: s1, places: 5}, {quantity: f1_2, round: 1, places: 7}, {round: 1, places: 8}]
"""
    tex = to_latex_document(derive.solve(derive.loads(text)), "x")
    for sentence in (
        r"With 6 decimal places: $\delta^{(1)}$ and $\delta^{(2)}$.",
        r"With 5 decimal places: $s^{(1)}$.",
        r"With 7 decimal places in pass 1: $x^{(1)}_{2}$.",
        "Pass 1 keeps 8 decimal places.",
    ):
        assert sentence in tex


def test_an_exception_for_a_step_that_is_not_worked_is_refused():
    text = """
network: {inputs: 1, layers: [{units: 1, weights: 1, biases: 0}]}
learning_rate: 1
data: [{x: 1, y: 2}]
style: matrix
notation: delta
inline: %s
rounding: {exceptions: [{kind: error, places: 6}]}
"""
    assert "With 6 decimal places: $y^{*} - x^{(1)}$." in to_latex_document(
        derive.solve(derive.loads(text % "[]")), "x"
    )
    with pytest.raises(InputError, match="the exception for 'error' rounds nothing"):
        derive.solve(derive.loads(text % "[error]"))


def test_a_symbol_with_a_superscript_takes_another(table):
    """`$s1_1^2$` in a text: the symbol has a superscript already, so it is put in braces."""
    problem = derive.load(assets.examples()["homework-2-1"])
    exercise = problem.exercise.model_copy(update={"text": "$s1_1^2$, $x_1_2$, $x^2'$, $^2$ and $f_n_1$"})
    tex = to_latex_document(derive.solve(problem.model_copy(update={"exercise": exercise})), "x")
    assert r"${s^{(1)}_{1}}^{2}$" in tex
    assert r"${x_{1}}_{2}$" in tex
    assert r"\$\char94{}2\$" in tex


WIDE = {
    "network": {
        "inputs": 6,
        "layers": [
            {"units": 2, "activation": {"name": "leaky relu", "alpha": "0.1"}, "weights": "0.12345678", "biases": 1},
            {"units": 6, "activation": "softmax", "weights": "-0.12345678", "biases": "0.5"},
        ],
    },
    "learning_rate": "0.1",
    "data": [{"x": ["0.87654321"] * 6, "y": ["0.5", "0.1", "0.1", "0.1", "0.1", "0.1"]}],
    "rounding": {"places": 8},
}


@pytest.mark.parametrize("loss", ["cross-entropy", "huber", "kl divergence", "half squared error"])
def test_worked_lines_wider_than_the_page_break(loss):
    result = compiled(
        to_latex_document(derive.solve(Problem.model_validate({**WIDE, "loss": loss, "style": "worked"})), "")
    )
    assert result.pdf, result.error
    assert result.overfull == ()


def test_local_partials_say_a_constant_once_and_name_no_node_twice():
    problem = {"equations": {"q": "x + y", "f": "x*q^2 - y*q"}, "values": {"x": -2, "y": 5}, "style": "graph"}
    text = to_latex_document(derive.solve(Problem.model_validate(problem)), "")
    constant, quantity = r"{\frac{\partial q}{\partial x}}{=}{$1$}", r"\incolumns{q^{2}}{=3.0000^{2}}}{=}{$9.0000$}"
    assert constant in text
    assert quantity in text
    assert text.count("$f$") == 2


def test_pages_in_matrices_state_the_constants_of_an_activation():
    layers = [{"units": 1, "activation": "leaky relu", "weights": 1, "biases": 0}]
    problem = {"network": {"inputs": 1, "layers": layers}, "learning_rate": 1, "data": [{"x": -1, "y": 1}]}
    solution = derive.solve(Problem.model_validate({**problem, "style": "matrix"}))
    text = to_latex_document(solution, "")
    assert r"\alpha = 0.01" in text
    assert rf"={solution.rounds[1]['f1'].shown}$" in text


@pytest.mark.parametrize(("paper", "size"), [("a4", (595.276, 841.89)), ("letter", (612, 792))])
@pytest.mark.parametrize("look", ["table", "steps", "exam", "summary"])
def test_a_page_is_as_large_as_the_paper_that_the_problem_asks_for(look, paper, size, tmp_path):
    solution = derive.solve(Problem.model_validate({**dict(problem_of(TABLE)), "paper": paper, "style": look}))
    result = compiled(to_latex_document(solution, "x"))
    assert result.overfull == ()
    (tmp_path / "x.pdf").write_bytes(result.pdf)
    done = subprocess.run([program_or_skip("pdfinfo"), tmp_path / "x.pdf"], capture_output=True, text=True, check=True)
    width, height = re.search(r"Page size: +([\d.]+) x ([\d.]+)", done.stdout).groups()
    assert (float(width), float(height)) == size

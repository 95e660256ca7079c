"""The styles steps, summary, slides and exam over the gallery; the detail of lines; styles outside the package."""

import re
import shutil
from pathlib import Path

import pytest
from conftest import engine_or_skip, program_or_skip, solution_of
from editions import to_html_document, to_latex_document

import derive
from derive.cli.main import main
from derive.document.context import Context
from derive.document.locale import locale
from derive.document.style import style
from derive.document.tables import round_table
from derive.errors import InputError
from derive.layout.tables import place_round_table
from derive.problem.detail import Detail, read_detail
from derive.problem.model import Problem
from derive.sources import assets
from derive.tex.compile import compile_latex
from derive.tex.engine import Engine

STYLES = ("steps", "summary", "slides", "exam")
NAMES = sorted(assets.examples())
PAGES = re.compile(r"Output written on document\.pdf \((\d+) page")


def compiled(tex, engine=None):
    result = compile_latex(tex, engine or engine_or_skip())
    assert result.pdf, result.error
    assert result.overfull == ()
    return result


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("chosen", STYLES)
def test_the_gallery_sets_without_an_overfull_box(chosen, name):
    result = compiled(to_latex_document(solution_of(name, style=chosen), name))
    if chosen == "summary":
        assert PAGES.search(result.log)[1] == "1"


@pytest.mark.parametrize("kind", ["worksheet", "marking"])
@pytest.mark.parametrize("chosen", STYLES)
def test_every_kind_in_every_style(chosen, kind):
    for name in ("fra501-homework-4-1", "lstm-cell"):
        compiled(to_latex_document(solution_of(name, style=chosen), name, kind))


@pytest.mark.parametrize("chosen", STYLES)
def test_every_style_as_a_web_page(chosen):
    for name in ("two-two-two", "convolution-pooling", "adam-parabola"):
        assert "<math" in to_html_document(solution_of(name, style=chosen), name)


def test_slides_are_overlays_where_tex_has_beamer():
    tex = to_latex_document(solution_of("two-two-two", style="slides"), "x")
    own = int(PAGES.search(compiled(tex).log)[1])
    pdflatex = Engine(Path(program_or_skip("pdflatex")), "PATH")
    result = compile_latex(tex, pdflatex)
    if "beamer.cls" not in result.log:
        pytest.skip("missing: beamer (texlive-latex-recommended)")
    assert result.pdf, result.error
    assert result.overfull == ()
    assert int(PAGES.search(result.log)[1]) > own


def test_a_summary_says_what_it_leaves_out():
    tex = to_latex_document(solution_of("lstm-cell", style="summary"), "x")
    assert "Left out, being too long for the rest of this page" in tex.replace(",{}", ",")


def test_what_a_summary_makes_smaller_stays_on_its_page():
    layers = (
        {"units": 2, "activation": "sigmoid", "weights": [["0.2", "0.3"], ["0.1", "0.5"]], "biases": ["0.3", "0.4"]},
        {"units": 1, "activation": "sigmoid", "weights": ["0.6", "-0.7"], "biases": "0.05"},
    )
    samples = ({"x": ["0.4", "0.8"], "y": ["1"]}, {"x": ["0.5", "0.7"], "y": ["0"]})
    head = {"title": "Two layers", "course": "A course", "exercise": {"title": "Net"}, "style": "summary"}
    problem = Problem.model_validate(
        {"network": {"inputs": 2, "layers": layers}, "learning_rate": "1", "data": samples, **head}
    )
    tex = to_latex_document(derive.solve(problem), "x")
    assert PAGES.search(compiled(tex).log)[1] == "1"


def test_the_head_of_a_round_stands_over_its_first_rows(tmp_path):
    layers = ", ".join(f"{{units: {units}, activation: tanh, weights: 0.1, biases: 0}}" for units in (16, 8))
    ones = ", ".join("1" * 8)
    text = f"network: {{inputs: 8, layers: [{layers}]}}\nlearning_rate: 1\ndata: [{{x: [{ones}], y: [{ones}]}}]\n"
    (tmp_path / "wide.yaml").write_text(text, encoding="utf-8")
    solution = derive.solve(derive.load(tmp_path / "wide.yaml"))
    chosen = style("table").style
    section = round_table(Context(solution, chosen, locale("en")), solution.rounds[1])
    placed = [row for table in place_round_table(section, chosen.page).tables for row in table.rows]
    together = next(number for number, row in enumerate(placed, 1) if not row.tied)
    tex = to_latex_document(solution, "x")
    head = tex.index(r"\question{2}{Round 1}")
    need = float(re.findall(r"\\need\{([0-9.]+)mm\}", tex[:head])[-1])
    assert together > 10
    assert need > 6.5 * together + 20


@pytest.mark.parametrize("kept", [r"\keep{\hbox{\vrule height 20mm}}", r"\need{20mm}\hbox{\vrule height 20mm}"])
def test_what_stays_together_begins_no_page_behind_a_box_that_has_just_begun_one(kept):
    head = to_latex_document(solution_of("single-neuron"), "x").split(r"\begin{document}")[0]
    boxes = r"\vbox to 0.95\textheight{}\vskip 3pt\hbox{\vrule height 40mm}\par" + kept
    result = compiled(head + r"\begin{document}" + boxes + r"\end{document}")
    assert PAGES.search(result.log)[1] == "2"


@pytest.mark.parametrize("chosen", assets.names("styles"))
def test_words_between_the_parts_of_a_question_stand_in_every_style_that_asks_it(chosen):
    question = {"title": "Both", "asks": ["functions", {"text": "Words between parts."}, "round 1"], "text": "First."}
    problem = Problem.model_validate({**dict(solution_of("single-neuron").problem), "questions": [question]})
    solution = derive.solve(problem.model_copy(update={"style": chosen}))
    asked = not style(chosen).style.own_questions
    assert ("Words between parts." in to_latex_document(solution, "x")) == asked
    assert ("Words between parts." in to_html_document(solution, "x")) == asked


FORMULA, NUMBERS, CHAIN = r"\times w_{11}", r"0.2 \times 0.4", r"\frac{\partial f_{1}}{\partial s_{1}}"
SIGMOID_FORMULA, SIGMOID_NUMBERS = r"f_{1} \times (1 - f_{1})", r"0.613014 \times (1 - 0.613014)"


@pytest.mark.parametrize("chosen", ["worked", "steps", "slides", "exam", "table"])
@pytest.mark.parametrize("chain", [True, False])
@pytest.mark.parametrize("show", ["formula", "numbers", "both"])
def test_detail_says_what_a_line_shows(chosen, show, chain):
    detail = Detail(show=show, chain_rule=chain)
    questions = ({"title": "Round", "asks": ["round 1"], "working": True},)
    changes = {"style": chosen, "detail": detail, "questions": questions, "extra": None}
    problem = Problem.model_validate({**dict(solution_of("fra501-homework-4-1").problem), **changes})
    tex = to_latex_document(derive.solve(problem), "x").split("First round", 1)[-1]
    assert (SIGMOID_FORMULA in tex) == (show != "numbers")
    assert (SIGMOID_NUMBERS in tex) == (show != "formula")
    assert (CHAIN in tex) == chain
    compiled(tex if tex.startswith(("%", "\\")) else to_latex_document(derive.solve(problem), "x"))


def test_detail_that_is_not_stated_is_the_styles():
    assert Detail(chain_rule=False).over(style("steps").style.detail) == Detail(show="both", chain_rule=False)
    assert Detail().over(style("exam").style.detail).show == "numbers"


def test_detail_on_the_command_line(tmp_path):
    example = str(assets.examples()["two-two-two"])
    assert main([example, "--latex", "--detail", "numbers,chain", "-o", str(tmp_path)]) == 0
    tex = (tmp_path / "two-two-two.tex").read_text("utf-8")
    assert r"\frac{\partial s^{(2)}_{1}}{\partial f^{(1)}_{1}}" in tex
    assert main([example, "--latex", "--detail", "chains", "-o", str(tmp_path)]) == 2
    with pytest.raises(InputError, match="unknown 'chains'; did you mean chain"):
        read_detail("chains")


@pytest.mark.parametrize("chosen", assets.names("styles"))
def test_a_style_that_lies_elsewhere_is_found_by_its_path(chosen, tmp_path):
    """A copy of any style gives the same pages."""
    if chosen == "shared":
        return
    copy = tmp_path / chosen
    shutil.copytree(assets.templates() / "styles" / chosen, copy)
    name = "homework-2-1"
    own = to_latex_document(solution_of(name, style=chosen), "x")
    assert to_latex_document(solution_of(name, style=str(copy)), "x") == own

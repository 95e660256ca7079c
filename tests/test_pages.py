"""The documents as a whole: golden text, no overfull boxes, the same bytes twice."""

import os
from pathlib import Path

import pytest
from conftest import MATRIX, TABLE, compiled, engine_or_skip, solution_of, tex_of
from documents import page_of, text_of_page
from editions import to_latex_document
from hypothesis import HealthCheck, Phase, given, settings
from nets import problems

import derive
from derive.problem.model import Problem
from derive.render.terminal import to_text
from derive.render.trace import to_json
from derive.tex.compile import compile_latex

GOLDEN = Path(__file__).parent / "golden"
WRITERS = {
    ".tex": tex_of,
    ".txt": lambda n: to_text(solution_of(n)),
    ".page.txt": lambda n: text_of_page(page_of(n)),
    ".json": lambda n: to_json(solution_of(n), f"{n}.yaml"),
}


@pytest.mark.parametrize("ending", WRITERS)
@pytest.mark.parametrize("name", [TABLE, MATRIX])
def test_golden(name, ending):
    """The whole text, in both directions. `DERIVE_GOLDEN=write pytest tests/test_pages.py` writes it anew."""
    path = GOLDEN / f"{name}{ending}"
    made = WRITERS[ending](name)
    if os.environ.get("DERIVE_GOLDEN") == "write":
        path.write_text(made, encoding="utf-8", newline="\n")
    assert made.splitlines() == path.read_text(encoding="utf-8").splitlines()


def test_every_golden_file_belongs_to_a_test():
    assert {path.name for path in GOLDEN.iterdir()} == {f"{n}{e}" for n in (TABLE, MATRIX) for e in WRITERS}


@pytest.mark.parametrize("name", [TABLE, MATRIX])
def test_no_overfull_box_and_four_pages(name):
    result = compiled(tex_of(name))
    assert result.pdf, result.error
    assert result.overfull == ()
    assert "Output written on document.pdf (4 pages" in result.log
    assert "LaTeX Font Warning" not in result.log


def test_the_same_bytes_twice():
    again = to_latex_document(derive.solve(solution_of(TABLE).problem), f"{TABLE}.yaml")
    assert again == tex_of(TABLE)
    engine = engine_or_skip()
    assert compile_latex(again, engine).pdf == compile_latex(again, engine).pdf


CROSSES = [("table", "partials"), ("table", "delta"), ("matrix", "partials"), ("matrix", "delta")]


@pytest.mark.parametrize(("style", "notation"), CROSSES)
@pytest.mark.parametrize("name", [TABLE, MATRIX])
def test_every_style_with_every_notation(name, style, notation):
    result = compiled(to_latex_document(solution_of(name, style=style, notation=notation), name))
    assert result.pdf, result.error
    assert result.overfull == ()


@pytest.mark.slow
@settings(
    max_examples=8, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(problems(most_units=4, most_layers=3))
def test_random_problems_compile_without_overfull_boxes(problem):
    for style, notation in CROSSES[::3]:
        questions = [{"title": "All", "asks": ["functions", "rounds", "losses"], "working": True}]
        changed = Problem.model_validate(
            {**dict(problem), "style": style, "notation": notation, "questions": questions}
        )
        result = compile_latex(to_latex_document(derive.solve(changed), "random.yaml"), engine_or_skip())
        assert result.pdf, result.error
        assert result.overfull == ()


UNEQUAL = """
network:
  inputs: 2
  layers:
    - {units: 2, activation: relu, weights: [[1, 0.5], [0.25, 2]], biases: [0.5, 0.5]}
    - {units: 1, weights: [1, -1], biases: 0.1}
learning_rate: 0.1
data: [{x: [1, 2], y: 1}]
rounds: 2
style: matrix
notation: delta
inline: [error, squared error, adjoint]
"""


def test_unequal_biases_are_added_as_a_vector_and_the_key_says_why():
    """Equal biases are shown as an entry of the input; once an update makes them unequal, they are not."""
    problem = derive.loads(UNEQUAL)
    solution = derive.solve(problem)
    assert len({solution.rounds[2][name].shown for name in ("b1_1", "b1_2")}) == 2
    first, second = to_latex_document(solution, "x").split(r"\passhead{Forward pass 2}")
    assert "the bias is the first entry" in first
    assert "so they are added as a vector" not in first
    assert "so they are added as a vector" in second
    assert r"\matrixrow{Input}{x^{(0)}" not in second
    assert r"\matrixrow{Input}{x^{(1)}(1)}" in second
    result = compiled(to_latex_document(solution, "x"))
    assert result.overfull == ()


def test_the_key_says_how_its_partials_were_checked():
    for name, count in ((TABLE, 40), (MATRIX, 46)):
        tex = tex_of(name)
        assert f"The {count} partial derivatives of all rounds" in tex
        assert "complex step" in tex
        assert solution_of(name).check.largest < 1e-14

"""Graphs of equations and layers of the size that exercises have, in every style and every format."""

import json
import random
import re
import subprocess
import sys
from itertools import product

import pytest
from conftest import engine_or_skip
from everyday import first_of_each

import derive
from derive.cli import jobs
from derive.cli.main import main
from derive.document.build import Edition, Solved
from derive.errors import InputError
from derive.exports.markdown import to_markdown
from derive.formats import FORMATS, imported
from derive.network import derivation
from derive.network.derivation import MOST_WORK, derived
from derive.render.html import to_html
from derive.render.latex import to_latex
from derive.render.line_length import LONGEST
from derive.sources import assets
from derive.tex.compile import compile_latex

CHANCE = random.Random(11)

pytestmark = pytest.mark.slow


def numbers(*shape):
    if not shape:
        return str(round(CHANCE.uniform(-0.9, 0.9), 2))
    return [numbers(*shape[1:]) for _ in range(shape[0])]


def equations(stated, values, **more):
    text = {"equations": stated, "values": values, "rounding": {"places": 4}, **more}
    return json.dumps({**text, "questions": [{"title": "Work it out.", "asks": ["functions", "round 1"]}]})


LETTERS = "abcdefghijklmnopqrstuv"
PROBLEMS = {
    "22 numbers": equations({"L": "*".join(LETTERS)}, {letter: numbers() for letter in LETTERS}),
    "a vector of 24": equations({"s": "sum(w*x)", "L": "(s-1)^2/2"}, {"w": numbers(24), "x": numbers(24)}),
    "matrices of 40": equations(
        {"H": "A @ X", "R": "tanh(H @ W)", "L": "sum((Y - R)^2)/2"},
        {"A": numbers(3, 3), "X": numbers(3, 5), "W": numbers(5, 2), "Y": numbers(3, 2)},
        parameters=["W"],
        learning_rate="0.1",
    ),
    "one row and one number": equations(
        {"z": "W @ x + b", "p": "sigmoid(z)", "L": "pi*norm(p - t)"},
        {"W": numbers(4, 9), "x": numbers(9), "b": numbers(4), "t": numbers(4)},
    ),
    "two rounds of values": equations(
        {"s": "w[1]*x[1] + w[2]*x[2] + sum(x)", "L": "(s-y)^2/2"},
        [{"w": ["0.1", "0.2"], "x": numbers(20), "y": 1}, {"w": ["0.1", "0.2"], "x": numbers(20), "y": 0}],
        parameters=["w"],
        learning_rate="0.5",
    ),
    "a layer of 5 by 8": json.dumps(
        {
            "network": {"inputs": 8, "layers": [{"units": 5, "weights": numbers(8, 5), "biases": numbers(5)}]},
            "learning_rate": "0.1",
            "data": [{"x": numbers(8), "y": numbers(5)}],
        }
    ),
    "equations in a network": json.dumps(
        {
            "network": {
                "inputs": 6,
                "layers": [{"layer": "equations", "equations": {"z": "T(U) @ x"}, "values": {"U": numbers(6, 4)}}],
            },
            "learning_rate": "0.1",
            "data": [{"x": numbers(6), "y": numbers(4)}],
        }
    ),
}


def solution_of(name, **changes):
    return derive.solve(derive.Problem.model_validate({**dict(derive.loads(PROBLEMS[name])), **changes}))


def edition(solution, chosen, kind="key"):
    problem = solution.problem
    return Edition((Solved(solution, "it.yaml"),), problem, chosen, problem.language, kind)


def given(solution):
    """The numbers that are put in, as they are shown."""
    first = solution.rounds[1]
    wanted = solution.problem.parameters
    blocks = [b for b in solution.graph.blocks.blocks if b.role.value == "given" and b.kind.value == "node"]
    return [first.shown[q] for block in blocks if block.name not in wanted for q in block.ids]


@pytest.mark.parametrize(("name", "chosen"), first_of_each(product(PROBLEMS, assets.names("styles"))))
def test_every_style_sets_it(name, chosen):
    solution = solution_of(name)
    texts = {kind: to_latex(edition(solution, chosen, kind)) for kind in ("key", "worksheet", "marking")}
    made = compile_latex(texts["key"], engine_or_skip(texts["key"]))
    assert made.error == ""
    assert made.overfull == ()
    to_html(edition(solution, chosen))


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_format_writes_it(name):
    solution = solution_of(name)
    one = edition(solution, "table")
    for format in FORMATS.values():
        taken = (one,) if format.is_document else (solution, "it.yaml")
        for flavour in imported(format.flavours)() if format.flavours else [""]:
            assert format.name == "pdf" or format.files(*taken, flavour=flavour).content


@pytest.mark.parametrize("name", [name for name in PROBLEMS if "equations" in json.loads(PROBLEMS[name])])
def test_no_given_number_of_a_graph_is_lost(name):
    solution = solution_of(name)
    one = edition(solution, "table")
    for text in (to_latex(one), to_html(one), to_markdown(one, "myst").content):
        counted = text.replace("−", "-").replace("<mo>-</mo><mn>", "-").replace('<mo form="prefix">-</mo><mn>', "-")
        for number in set(given(solution)):
            assert number.lstrip("-") in counted


def dense(units, rounds, **more):
    """Four inputs, one layer: 16 n + 1 equations a round of n units.

    A unit has 4 weights and a bias, each with a gradient and an update, and s, f, the error, its square, dL/df and
    dL/ds; one more is the loss.
    """
    layer = {"units": units, "weights": "0.1", "biases": "0.1", "activation": "sigmoid"}
    stated = {"network": {"inputs": 4, "layers": [layer]}, "learning_rate": "0.1", "rounds": rounds, **more}
    return derive.Problem.model_validate({**stated, "data": [{"x": [1, 2, 3, 4], "y": [0] * units}]})


def test_a_key_of_hundreds_of_pages_is_refused_and_what_is_said_fits():
    solution = derive.solve(dense(60, 12))
    for made in (solution.to_latex, solution.to_html, solution.to_markdown):
        with pytest.raises(InputError, match="lines, hundreds of pages, are the most: `rounds: ") as caught:
            made()
    fitting = int(re.search(r"`rounds: (\d+)` fits", str(caught.value))[1])
    assert 1 <= fitting < 12
    assert derive.solve(dense(60, fitting)).to_latex()
    with pytest.raises(InputError):
        derive.solve(dense(60, fitting + 1)).to_latex()
    for asks in (["round 1", "results"], ["results"]):
        assert derive.solve(dense(60, 12, questions=[{"title": "a", "asks": asks}])).to_latex()
    assert derive.solve(dense(60, 12, style="summary")).to_latex()
    assert FORMATS["json"].files(solution, "it.yaml").content


def written(folder, problem):
    path = folder / "large.yaml"
    path.write_text(derive.dumps(problem))
    return path


@pytest.mark.parametrize(
    "format", [[], *(["--format", name] for name, one in FORMATS.items() if one.is_document and not one.option)]
)
def test_what_would_be_hundreds_of_pages_is_refused_before_a_number_is_worked(tmp_path, monkeypatch, capsys, format):
    monkeypatch.setattr(jobs, "evaluated", lambda *_: pytest.fail("it was worked"))
    path = written(tmp_path, dense(60, 12))
    assert main([str(path), "-o", str(tmp_path), *format]) == InputError.exit_code
    assert f"{path}: the document would have about " in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--format", "json"], ["--format", "html", "--style", "summary"]])
def test_numbers_alone_and_a_summary_of_the_same_problem_are_made(tmp_path, options):
    path = written(tmp_path, dense(60, 12))
    assert main([str(path), "-o", str(tmp_path / "out"), *options]) == 0
    assert [*(tmp_path / "out").glob("large.*")]


def test_more_than_a_minute_of_work_is_refused_and_what_is_said_fits():
    """16 n + 1 equations a round of n units."""
    rounds = MOST_WORK // 16_001 + 1
    with pytest.raises(InputError, match=f"{rounds} rounds of 16,001 equations are too many") as caught:
        derive.solve(dense(1000, rounds))
    fitting = int(re.search(r"`rounds: (\d+)` fits", str(caught.value))[1])
    assert fitting == rounds - 1
    assert len(derived(dense(1000, fitting)).graph.schedule) == 16_001


def wide(*units):
    """Fully connected layers of these numbers of units, the first of them the inputs."""
    layers = [{"units": n, "weights": "0.01", "biases": "0.1", "activation": "sigmoid"} for n in units[1:]]
    stated = {"network": {"inputs": units[0], "layers": layers}, "learning_rate": "0.1"}
    return derive.Problem.model_validate({**stated, "data": [{"x": [1] * units[0], "y": [0] * units[-1]}]})


def test_a_network_for_handwritten_digits_is_within_the_bounds():
    assert len(derived(wide(784, 128, 64, 10)).graph.schedule) == 219_601


def test_one_round_that_is_too_large_is_refused_before_its_equations_are_made(monkeypatch):
    """Each of 2 x (1,000,000 + 1000) parameters has a gradient and an update, each of 2000 units an output."""
    monkeypatch.setattr(derivation, "lower", lambda _: pytest.fail("its equations were made"))
    with pytest.raises(InputError, match="one round has 4,006,000 equations or more"):
        derive.solve(wide(1000, 1000, 1000))


def batch(size):
    layer = {
        "units": 2,
        "weights": [["0.1", "0.2"], ["0.3", "-0.4"]],
        "biases": ["0.1", "0.2"],
        "activation": "sigmoid",
    }
    stated = {"network": {"inputs": 2, "layers": [layer]}, "learning_rate": "0.5", "batch": {"size": size}}
    data = [{"x": [f"0.{n % 9 + 1}", f"-0.{n % 7 + 1}"], "y": [n % 2, 1]} for n in range(size)]
    return derive.Problem.model_validate({**stated, "data": data})


def test_a_batch_of_eighty_samples_is_set_and_its_text_grows_no_faster_than_it():
    """Where the strut of a broken sum was the whole sum, four times the samples took sixteen times the text."""
    small, large = (derive.solve(batch(size)).to_latex() for size in (20, 80))
    assert len(large) < 4.5 * len(small)
    assert max(len(line.encode()) for line in large.splitlines()) <= LONGEST
    made = compile_latex(large, engine_or_skip())
    assert made.error == ""
    assert made.overfull == ()


def test_a_layer_that_no_language_names(tmp_path):
    """Its name in problem files stands for it in every style and language: words parted at `_`."""
    (tmp_path / "double_entries.py").write_text(
        '''
from typing import ClassVar, Literal
from derive.catalog.layers.base import Layer, Shapes, only_input
from derive.graph.views.stated import Stated


class Doubled(Layer):
    """Each entry twice."""

    describes: ClassVar[str] = "each entry twice"
    forward: ClassVar[tuple[Stated, ...]] = (Stated("f[i] = 2*x[i]"),)
    reference: ClassVar[str] = "none"
    layer: Literal["double_entries"] = "double_entries"

    def output_shape(self, inputs: Shapes):
        return only_input(inputs)
''',
        encoding="utf-8",
    )
    code = f"""
import derive.catalog.layers as layers
layers.__path__.append({str(tmp_path)!r})
import derive
from derive.sources import assets
for style in assets.names("styles"):
    for language in assets.names("locales"):
        if style != "steps" and language != "en":
            continue
        solution = derive.solve(derive.loads(f'''
network:
  inputs: 2
  layers:
    - {{{{units: 2, weights: 1, biases: 0, activation: tanh}}}}
    - {{{{layer: double_entries}}}}
    - {{{{units: 1, weights: 1, biases: 0}}}}
learning_rate: 1
data: [{{{{x: [1, 2], y: 0}}}}]
style: {{style}}
language: {{language}}
questions: [{{{{title: a, asks: [functions, round 1, results, index form, matrix form, symbols]}}}}]
'''))
        text = solution.to_latex() + solution.to_html() + solution.to_markdown()
        assert "double_entries" not in text
        assert style != "steps" or "double entries" in text
        print(style, language)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == len(assets.names("styles")) - 1 + len(assets.names("locales"))

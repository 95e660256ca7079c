"""Notebooks: whole in one file, the same every time, their cells work the printed numbers again."""

import json
import re
import sys

import nbformat
import pytest
from conftest import MATRIX, TABLE, solution_of
from editions import to_notebook_document
from justhtml import JustHTML
from material import GALLERY, HOSTILE, numbers, numbers_of_document, telling
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from derive.cli.main import main
from derive.errors import InputError
from derive.sources import assets


def notebook_of(name, kind="key", **changes):
    made = nbformat.reads(to_notebook_document(solution_of(name, **changes), f"{name}.yaml", kind), as_version=4)
    nbformat.validate(made)
    return made


def sources(made, kind):
    return [cell.source for cell in made.cells if cell.cell_type == kind]


def run(made, folder):
    NotebookClient(made, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()


@pytest.mark.parametrize("name", [TABLE, pytest.param("convolution-pooling", marks=pytest.mark.exhaustive)])
def test_a_notebook_runs_clean_and_prints_the_numbers_of_the_key(name, tmp_path):
    made, solution = notebook_of(name), solution_of(name)
    run(made, tmp_path)
    printed = "".join(one.text for cell in made.cells if cell.cell_type == "code" for one in cell.outputs)
    for round in solution.rounds:
        for equation in round.equations:
            shown = round.shown[equation.output]
            assert f"{solution.graph.blocks.names[equation.output]} = {shown}\n" in printed


def test_a_wrong_number_stops_the_notebook(tmp_path):
    made = notebook_of("single-neuron")
    cell = next(cell for cell in made.cells if cell.source.startswith("printed = "))
    name, number = re.search(r'"(\S+)": "(-?[\d.]+)"', cell.source).groups()
    cell.source = cell.source.replace(f'"{name}": "{number}"', f'"{name}": "7.77"')
    with pytest.raises(CellExecutionError, match=f"{re.escape(name)}: {re.escape(number)} != 7.77"):
        run(made, tmp_path)


@pytest.mark.parametrize("name", [TABLE, MATRIX, "two-two-two"])
def test_the_digits_are_those_of_the_document(name):
    found = re.findall(r"\$\$\n(.*?)\n\$\$|\$([^$]+)\$", "\n\n".join(sources(notebook_of(name), "markdown")), re.DOTALL)
    assert numbers("".join(one) for one in found) == numbers_of_document(name)


def test_each_round_is_worked_again_after_it_is_printed():
    made = notebook_of(TABLE)
    heads = [source.splitlines()[0] for source in sources(made, "markdown")]
    kinds = [cell.source for cell in made.cells]
    for number in range(1, 5):
        code = next(k for k, text in enumerate(kinds) if f"solution.rounds[{number}][name]" in text)
        assert re.search("^## .* round", kinds[code - 1], re.MULTILINE)
    assert heads[0] == "# Homework 4.1 (Backpropagation)"


@pytest.mark.parametrize("name", GALLERY)
def test_the_problem_is_in_it(name):
    code = next(one for one in sources(notebook_of(name), "code") if "derive.loads" in one)
    found = {}
    exec(code.replace("solution = derive.solve(problem)", ""), found)
    assert found["problem"] == solution_of(name).problem


def test_a_problem_with_quotes_and_backslashes_is_in_it():
    solution = telling([text for text in HOSTILE if "$x$" not in text] + ['three """ quotes', 'ends with "'])
    made = nbformat.reads(to_notebook_document(solution, "x.yaml"), as_version=4)
    found = {}
    exec(sources(made, "code")[0].replace("solution = derive.solve(problem)", ""), found)
    assert found["problem"] == solution.problem


def test_pictures_are_attached_to_the_cells_that_show_them():
    made = notebook_of(TABLE)
    attached = {name: data for cell in made.cells for name, data in cell.get("attachments", {}).items()}
    assert set(attached) == {f"{TABLE}-network.svg", f"{TABLE}-question-6-loss-plot.svg"}
    for cell in made.cells:
        assert set(re.findall(r"\(attachment:(.*?)\)", cell.source)) == set(cell.get("attachments", {}))
    import base64

    drawn = base64.b64decode(attached[f"{TABLE}-network.svg"]["image/svg+xml"]).decode("utf-8")
    assert JustHTML(drawn, sanitize=False).query_one("svg")


def test_a_worksheet_gives_nothing_away():
    made = notebook_of(TABLE, "worksheet")
    assert sources(made, "code") == []
    assert "0.613014" not in json.dumps(made)


def test_a_notebook_is_the_same_every_time():
    once, again = (to_notebook_document(solution_of(MATRIX), "x.yaml") for _ in range(2))
    assert once == again
    ids = [cell.id for cell in nbformat.reads(once, as_version=4).cells]
    assert len(set(ids)) == len(ids)


@pytest.mark.exhaustive
def test_a_language_is_kept_and_the_numbers_still_compared(tmp_path):
    made = notebook_of("single-neuron", language="de")
    assert "Die nächste Zelle" in "".join(sources(made, "markdown"))
    run(made, tmp_path)


def test_the_command_line_writes_a_notebook(tmp_path):
    assert main([str(assets.examples()[MATRIX]), "--format", "ipynb", "-o", str(tmp_path)]) == 0
    assert (tmp_path / f"{MATRIX}.ipynb").read_text("utf-8") == to_notebook_document(
        solution_of(MATRIX), f"{MATRIX}.yaml"
    )


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "nbformat", None)
    with pytest.raises(InputError, match=r'pip install "derive-backprop\[notebook\]"'):
        to_notebook_document(solution_of(MATRIX), "x.yaml")


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", GALLERY)
def test_the_whole_gallery_runs_clean(name, tmp_path):
    run(notebook_of(name), tmp_path)

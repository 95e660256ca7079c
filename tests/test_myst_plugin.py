"""The plugin for MyST and Jupyter Book 2: its protocol, and a book that mystmd builds with it."""

import base64
import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import TABLE, program_or_skip, solution_of
from material import nodes
from sample_books import BOOKS, CIRCUIT, laid_out, with_problems

from derive.ecosystems import answers, myst
from derive.ecosystems.request import OPTIONS, SYNONYMS
from derive.exports.displays import display

PLACE = {"start": {"line": 7, "column": 1}, "end": {"line": 9, "column": 1}}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    with_problems(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def directive(file, **options):
    stated = {name.replace("_", "-"): value for name, value in options.items()}
    return myst.answered("directive", {"arg": file, "options": stated, "node": {"position": PLACE}})


def role(text):
    return myst.answered("role", {"body": text, "options": None, "node": {"position": PLACE}})


def test_the_specification_has_the_options_of_the_directive_for_sphinx():
    (made,) = myst.specification()["directives"]
    assert made["name"] == "derive"
    assert made["options"].keys() == OPTIONS.keys()
    assert {alias for option in made["options"].values() for alias in option["alias"]} == SYNONYMS.keys()
    assert [one["name"] for one in myst.specification()["roles"]] == ["derive"]


def test_a_formula_is_a_node_of_mathematics(folder):
    formula = solution_of(TABLE).formula("dL/dw11", "chain,value", 2)
    (made,) = directive("problems/homework.yaml", formula="dL/dw11", form="chain, value", round="2", label="")
    assert made["value"] == display(formula.written, 120)
    assert made["label"] == "homework-dL-dw11-round-2"
    assert made["identifier"] == "homework-dl-dw11-round-2"
    assert made["position"] == PLACE
    (plain,) = directive("/problems/homework.yaml", formula="dL/dw11")
    assert plain == {
        "type": "math",
        "value": display(solution_of(TABLE).formula("dL/dw11").written, 120),
        "position": PLACE,
    }


def test_a_table_and_a_figure_are_containers(folder):
    figure, table = directive("circuit.yaml", figure="graph", table=True, label="it")
    assert (figure["kind"], figure["label"]) == ("figure", "it-graph")
    (image,) = figure["children"]
    kind, _, data = image["url"].partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert base64.b64decode(data).decode("utf-8").startswith("<svg ")
    assert image["alt"] == solution_of(CIRCUIT).figure("graph").alternative
    assert [one["type"] for one in table["children"]] == ["caption", "table"]
    rows = [row["children"] for row in table["children"][1]["children"]]
    wanted = solution_of(CIRCUIT).rounds[1].table()
    assert [cell["children"][0]["value"] for cell in rows[0]] == list(wanted.heads)
    assert [[cell["children"][0]["value"] if cell["children"] else "" for cell in row] for row in rows[1:]] == [
        list(row) for row in wanted.rows
    ]


def test_a_role_is_a_formula_in_its_line(folder):
    formula = solution_of(TABLE).formula("f1", "symbolic,value", 2)
    assert role("problems/homework.yaml f1 value 2")[0]["value"] == "0.652846"
    assert role("problems/homework.yaml f1 left")[0]["value"] == formula.latex("left")
    assert role("problems/homework.yaml f1 symbolic,value 2 both")[0]["value"] == formula.latex()


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: directive("circuit.yaml", formula="f", form="valu"), "form: unknown form 'valu'; did you mean value?"),
        (lambda: directive("none.yaml", table=True), "none.yaml: cannot be read: No such file or directory"),
        (lambda: directive("circuit.yaml", table=False), "nothing is asked for"),
        (lambda: role("circuit.yaml df/dw9"), "there is no quantity 'df/dw9'"),
    ],
)
def test_what_is_wrong_is_a_reference_that_myst_warns_of(made, message, folder):
    (found,) = nodes(made(), "crossReference")
    assert found["identifier"].startswith(f"derive: {message}")
    assert found["children"][0]["children"][0]["value"] == found["identifier"]
    assert found["position"] == PLACE


def test_an_answer_is_kept_until_what_it_came_from_changes(folder, monkeypatch):
    derived = []
    usual = myst.ANSWERS["directive"]
    counted = {"directive": lambda question: derived.append(question) or usual(question)}
    monkeypatch.setattr(myst, "ANSWERS", counted)
    first = directive("circuit.yaml", formula="f", form="value")
    assert directive("circuit.yaml", formula="f", form="value") == first
    assert len(derived) == 1
    directive("circuit.yaml", formula="f", form="symbolic,value")
    assert len(derived) == 2
    problem = folder / "circuit.yaml"
    text = problem.read_text("utf-8")
    problem.write_text(text.replace("0.73", "0.74").replace("places: 2", "places: 3"), encoding="utf-8")
    assert text != problem.read_text("utf-8")
    assert directive("circuit.yaml", formula="f", form="value") != first
    assert len(derived) == 3


def test_an_answer_goes_by_every_file_that_was_read(folder):
    """A notation of one's own is read from its file; so is every module and template of derive."""
    notation = folder / "mine.yaml"
    notation.write_text(
        (BOOKS.parent.parent / "templates" / "notations" / "partials.yaml").read_text("utf-8"), encoding="utf-8"
    )
    directive("circuit.yaml", formula="df/dw0", notation="./mine.yaml")
    (kept,) = (folder / answers.FOLDER).glob("*.json")
    files = json.loads(kept.read_text("utf-8"))["files"]
    assert {str(notation), str(folder / "circuit.yaml"), myst.__file__} <= files.keys()


def test_mistakes_are_not_kept(folder):
    directive("none.yaml", table=True)
    assert not (folder / answers.FOLDER).exists()


def path_with_derive(folder):
    """A PATH on which `python` is the one that runs the tests."""
    place = folder / "bin"
    place.mkdir()
    program = place / "python"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return f"{place}{os.pathsep}{os.environ['PATH']}"


def test_the_file_that_a_project_names_is_a_program(tmp_path):
    made = tmp_path / "derive-plugin.py"
    subprocess.run([sys.executable, "-c", "from derive.ecosystems.myst import run; run()", "--write", made], check=True)
    assert made.read_text("utf-8") == (BOOKS / "myst" / "derive-plugin.py").read_text("utf-8")
    if os.name == "posix":
        assert made.stat().st_mode & stat.S_IXUSR
        assert (BOOKS / "myst" / "derive-plugin.py").stat().st_mode & stat.S_IXUSR


NOTHING_ASKED = "nothing is asked for; expected the option formula, figure or table"
WRONG = """\
# Wrong

```{derive} circuit.yaml
:formula: df/dw0
:form: valu
```

```{derive} circuit.yaml
:fromula: f
```
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The trees of the sample book's pages as mystmd 1 makes them, and what it said; it asks for no theme."""
    program_or_skip("node")
    program = program_or_skip("myst")
    folder = laid_out("myst", tmp_path_factory.mktemp("myst"))
    (folder / "theme").mkdir()
    (folder / "theme" / "template.yml").write_text("jtex: v1\ntitle: none\nparts: []\n", encoding="utf-8")
    project = (folder / "myst.yml").read_text("utf-8").replace("book-theme", "./theme")
    (folder / "wrong.md").write_text(WRONG, encoding="utf-8")
    project = project.replace("circuit.md\n", "circuit.md\n    - file: wrong.md\n")
    (folder / "myst.yml").write_text(project, encoding="utf-8")
    environment = {**os.environ, "PATH": path_with_derive(tmp_path_factory.mktemp("path"))}
    done = subprocess.run(
        [program, "build", "--site", "--ci"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    said = re.findall(r"(?:⚠️|⛔️) +(.*)", done.stdout + done.stderr)
    pages = {
        path.stem: json.loads(path.read_text("utf-8"))["mdast"]
        for path in (folder / "_build/site/content").glob("*.json")
    }
    assert pages.keys() == {"index", "circuit", "wrong"}, done.stdout + done.stderr
    return pages, said


def test_mystmd_warns_of_what_is_wrong_with_page_and_line_and_of_nothing_else(book):
    _, said = book
    assert said == [
        'wrong.md:9 unexpected option "fromula" provided (in derive)',
        "wrong.md:3 Cross reference target was not found: derive: form: unknown form 'valu'; did you mean value?",
        f"wrong.md:8 Cross reference target was not found: derive: {NOTHING_ASKED}",
    ]


def test_mystmd_sets_the_formulas_of_the_solution(book):
    pages, _ = book
    index = [one["value"] for one in nodes(pages["index"], "math", "inlineMath")]
    assert index[0] == display(solution_of(TABLE).formula("dL/dw11", "chain,symbolic,value").written, 120)
    cells = [str(cell) for row in solution_of(TABLE).rounds[2].table().rows for cell in row if cell]
    assert index[1:] == cells
    assert "-0.036722" in [one["value"] for one in nodes(pages["index"], "text")]
    (displayed,) = nodes(pages["circuit"], "math")
    assert displayed["value"] == display(
        solution_of(CIRCUIT).formula("df/dw0", "chain,symbolic,substituted,value").written, 120
    )
    assert not any(one.get("error") for page in pages.values() for one in nodes(page, "math", "inlineMath"))
    assert displayed["html"].startswith('<span class="katex')


def test_mystmd_resolves_references_across_pages(book):
    pages, _ = book
    found = {
        (page, one["label"]): (one["kind"], one["enumerator"], one["html_id"])
        for page in ("index", "circuit")
        for one in nodes(pages[page], "crossReference")
    }
    assert found[("index", "net")] == ("figure", "1", "net")
    assert found[("index", "numbers")] == ("table", "1", "numbers")
    for page in ("index", "circuit"):
        assert found[(page, "homework-dL-dw11")] == ("equation", "1", "homework-dl-dw11")
    assert found[("index", "slope")][:2] == ("equation", "2")
    assert found[("circuit", "gates")][:2] == ("figure", "2")


def test_mystmd_writes_pictures_beside_the_pages(book):
    pages, _ = book
    images = [one for page in ("index", "circuit") for one in nodes(pages[page], "image")]
    assert [one["alt"] for one in images] == [
        solution_of(TABLE).figure("network").alternative,
        solution_of(CIRCUIT).figure("graph").alternative,
    ]
    assert all(Path(one["url"]).suffix == ".svg" for one in images)

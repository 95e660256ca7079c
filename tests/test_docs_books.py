"""The pages of docs/embed on books and notebooks: their examples are built and run as a reader would."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from sample_books import sphinx

from derive.document.formulas import FORMS, SIDES
from derive.document.pictures.named import PICTURES
from derive.ecosystems import myst
from derive.ecosystems.notebook import _parser
from derive.ecosystems.request import OPTIONS, SYNONYMS

ROOT = Path(__file__).resolve().parent.parent
EMBED = ROOT / "docs" / "embed"
README = (ROOT / "README.md").read_text("utf-8")
MINE = re.search(r"^```yaml\n(.*?)^```", README, re.MULTILINE | re.DOTALL)[1]


def blocks(page, language):
    text = (EMBED / page).read_text("utf-8")
    return re.findall(rf"^(`{{3,4}}){language}\n(.*?)^\1$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "mine.yaml").write_text(MINE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_the_pages_for_sphinx_are_built_and_their_references_found(folder):
    """The one in Markdown and the one in reST have the same label, so each is a book."""
    (_, configuration), *_ = blocks("sphinx.md", "text")
    ((_, markdown),), ((_, rest),) = blocks("sphinx.md", "markdown"), blocks("sphinx.md", "rst")
    for name, ending, text in (("one", "md", markdown), ("two", "rst", rest)):
        (folder / name).mkdir()
        (folder / name / "mine.yaml").write_text(MINE, encoding="utf-8")
        (folder / name / f"index.{ending}").write_text(text, encoding="utf-8")
        extensions = configuration.replace('["', '["myst_parser", "')
        (folder / name / "conf.py").write_text(extensions, encoding="utf-8")
        built = sphinx(folder / name)
        assert built.warnings == []
        assert ">(1)</a>" in built.page("index")


def test_the_page_for_myst_has_directives_that_are_answered(folder):
    ((_, text),) = blocks("myst.md", "markdown")
    (role,) = re.findall(r"\{derive\}`([^`]*)`", text)
    ((file, options),) = re.findall(r"```\{derive\} (\S+)\n(.*?)```", text, re.DOTALL)
    stated = dict(re.findall(r":(\S+): ?(.*)", options))
    place = {"node": {}}
    assert myst.answered("role", {"body": role, **place})[0]["type"] == "inlineMath"
    (made,) = myst.answered("directive", {"arg": file, "options": stated, **place})
    assert made["type"] == "math"
    assert f"[](#{made['label']})" in text


def test_the_command_for_myst_writes_the_plugin(folder):
    ((_, command),) = blocks("myst.md", "sh")
    assert command.split() == ["derive-myst", "--write", "derive-plugin.py"]
    subprocess.run([Path(sys.executable).with_name("derive-myst"), *command.split()[1:]], check=True)
    assert os.access(folder / "derive-plugin.py", os.X_OK)
    assert "path: derive-plugin.py" in (EMBED / "myst.md").read_text("utf-8")


@pytest.mark.slow
def test_the_cells_of_the_page_on_notebooks_run(folder):
    cells = [cell for _, text in blocks("notebook.md", "ipython") for cell in text.split("# %%\n")]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(made, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
    shown = [len(cell.outputs) for cell in made.cells]
    assert shown == [1, 1, 1, 0, 2, 1]


@pytest.mark.parametrize("word", [*OPTIONS, *SYNONYMS, *FORMS, *PICTURES, *sorted(set(SIDES) - {"both"})])
def test_every_option_and_its_values_are_documented(word):
    assert f"`{word}`" in (EMBED / "sphinx.md").read_text("utf-8")


def test_every_option_of_the_magic_is_documented():
    text = (EMBED / "notebook.md").read_text("utf-8")
    assert all(f"`{option}`" in text for action in _parser()._actions for option in action.option_strings)

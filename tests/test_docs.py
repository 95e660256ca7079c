"""Every snippet of the README and the docs runs, and every claim of theirs about keys is the model's."""

import io
import re
import shlex
from contextlib import redirect_stdout
from pathlib import Path

import pytest
import yaml
from conftest import MATRIX, TABLE, engine_or_skip, solution_of
from editions import to_latex_document

import derive
from derive.cli.main import main
from derive.document.locale import locale
from derive.document.sections import PROBLEM_SECTIONS, ROUND_SECTIONS
from derive.document.style import Style
from derive.errors import InputError
from derive.exports.flavour import FragmentFlavour, MarkdownFlavour
from derive.problem.model import Problem
from derive.render.scripts import Script
from derive.sources import assets
from derive.sources.marked import read
from derive.tex.compile import compile_latex
from derive.writing.notation import Notation

ROOT = Path(__file__).resolve().parent.parent
EN = ROOT / "templates" / "locales" / "en.yaml"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+(?: torch)?)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SNIPPETS = [(page.name, language, text) for page in PAGES for language, text in BLOCK.findall(page.read_text("utf-8"))]
FILE = re.compile(r"[#<]+# file: (\S+)|# file: (\S+)")


def of(language):
    return [pytest.param(text, id=f"{name}-{n}") for n, (name, kind, text) in enumerate(SNIPPETS) if kind == language]


@pytest.mark.parametrize("text", of("python"))
def test_python(text, monkeypatch):
    monkeypatch.chdir(ROOT)
    with redirect_stdout(io.StringIO()):
        exec(compile(text, "snippet", "exec"), {})


@pytest.mark.parametrize("text", of("python torch"))
def test_python_with_pytorch(text, monkeypatch):
    pytest.importorskip("torch", reason="optional: PyTorch (pip install the torch extra)")
    test_python(text, monkeypatch)


@pytest.mark.parametrize("text", of("yaml"))
def test_yaml(text):
    if not FILE.search(text):
        assert derive.solve(derive.loads(text)).check.largest < 1e-12


@pytest.mark.parametrize("text", of("console"))
def test_console(text, tmp_path, monkeypatch, capsys):
    """Every line runs, on the README's problem file."""
    engine_or_skip()
    monkeypatch.chdir(tmp_path)
    problem = next(text for name, language, text in SNIPPETS if (name, language) == ("README.md", "yaml"))
    for name in ("mine.yaml", "again.yaml"):
        (tmp_path / name).write_text(problem, encoding="utf-8")
    for line in text.splitlines():
        words = shlex.split(line, comments=True)
        assert words[:3] == ["python", "-m", "derive"]
        assert main(words[3:]) == 0


def test_the_two_commands_of_the_readme():
    commands = [text.strip() for name, language, text in SNIPPETS if (name, language) == ("README.md", "sh")]
    assert commands == ['pip install ".[pdf]" && python -m derive', 'pip install ".[test]" && python -m pytest']


def written(page, folder):
    """Write the files that a how-to page shows."""
    for name, _, text in SNIPPETS:
        match = FILE.search(text)
        if name == page and match:
            path = folder / (match[1] or match[2]).rstrip("#> ")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("example", [TABLE, MATRIX])
@pytest.mark.parametrize("style", ["table", "matrix"])
def test_the_notation_of_the_how_to(example, style, tmp_path):
    written("add-a-notation.md", tmp_path)
    problem = derive.load(assets.examples()[example])
    changes = {"notation": str(tmp_path / "mine.yaml"), "style": style}
    tex = to_latex_document(derive.solve(Problem.model_validate({**dict(problem), **changes})), "x")
    assert r"\frac{\partial E}{\partial" in tex
    assert compile_latex(tex, engine_or_skip()).pdf


def test_the_style_of_the_how_to(tmp_path):
    written("add-a-style.md", tmp_path)
    problem = derive.load(assets.examples()["homework-2-1"])
    changed = Problem.model_validate({**dict(problem), "style": str(tmp_path / "mine")})
    tex = to_latex_document(derive.solve(changed), "x")
    assert tex.count(r"\begin{wholetable}") == 3
    assert r"\noindent{\headfont Homework 02{-}1\hfill Answer key}" in tex
    assert compile_latex(tex, engine_or_skip()).pdf


def test_the_style_of_steps_of_the_how_to(tmp_path):
    written("add-a-style.md", tmp_path)
    problem = derive.load(assets.examples()["two-two-two"])
    changed = Problem.model_validate({**dict(problem), "style": str(tmp_path / "hint")})
    tex = to_latex_document(derive.solve(changed), "x")
    assert r"{\labelbold Forward pass}" in tex
    assert "feeds $s^{(2)}_{1}$ and $s^{(2)}_{2}$" in tex
    assert r"0.13849856 \times" not in tex
    assert compile_latex(tex, engine_or_skip()).pdf


def translated(tree):
    """Every phrase as a translator would leave it: other words around the same placeholders."""
    if isinstance(tree, dict):
        return {key: translated(inner) for key, inner in tree.items()}
    return f"‹{tree}›" if isinstance(tree, str) and tree else tree


def test_the_language_of_the_how_to(tmp_path):
    written("add-a-language.md", tmp_path)
    path = tmp_path / "it.yaml"
    begun, english = read(path).tree, read(EN).tree
    left = {key for key in english if key not in begun and key != "hyphenation"}
    with pytest.raises(InputError) as refused:
        locale(str(path))
    named = {d.message for d in refused.value.diagnostics[:50]}
    assert len(named) == 50
    assert named < {f"`{key}` is missing" for key in left}
    path = tmp_path / "whole.yaml"
    path.write_text(yaml.safe_dump({**translated(english), **begun}, allow_unicode=True), encoding="utf-8")
    problem = derive.load(assets.examples()[TABLE])
    tex = to_latex_document(derive.solve(problem.model_copy(update={"language": str(path)})), "x")
    assert all(begun[phrase] in tex for phrase in ("parameters", "forward_pass", "backward_pass", "updated_parameters"))
    assert "6 cifre decimali" in tex
    assert "0{,}330522" in tex
    assert "0.330522" not in tex
    assert compile_latex(tex, engine_or_skip()).pdf


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('round_title: "Iterazione"', "expected <n> in this phrase too"),
        ('round_title: "Iterazione <number> <n>"', "nothing is put in for <number>; known here are <n>"),
        ("places: {1: una cifra}", "one for `other`"),
        ('numbers: {decimal: ",", list: ","}', "another mark between numbers than within them"),
        ("script: klingon", "unknown script 'klingon'"),
    ],
)
def test_a_mistake_in_a_language_is_explained(line, message, tmp_path):
    path = tmp_path / "mine.yaml"
    key = line.split(":")[0]
    rest = [one for one in EN.read_text("utf-8").splitlines() if not one.startswith(f"{key}:")]
    path.write_text("\n".join([*rest, line]), encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(message)):
        to_latex_document(solution_of(TABLE, language=str(path)), "x")


def test_every_key_of_a_script_and_of_a_languages_head_is_documented():
    head = {"language", "name", "script", "hyphenation", "numbers", "comma", "between_sentences", "same_as_english"}
    assert head | set(Script.model_fields) <= keys_named("add-a-language.md")


def keys_named(page):
    return set(re.findall(r"`(\w+)[`.]", (ROOT / "docs" / page).read_text("utf-8")))


@pytest.mark.parametrize(
    ("page", "model"),
    [
        ("problem-file.md", Problem),
        ("add-a-notation.md", Notation),
        ("add-a-style.md", Style),
        ("embed/github.md", MarkdownFlavour),
        ("embed/latex.md", FragmentFlavour),
    ],
)
def test_every_key_is_documented(page, model):
    optional = {"describes", "template"}
    assert set(model.model_fields) - optional <= keys_named(page)


def test_every_section_is_documented():
    text = (ROOT / "docs" / "add-a-style.md").read_text("utf-8")
    assert all(f"`{name}`" in text for name in (*ROUND_SECTIONS, *PROBLEM_SECTIONS))


def test_the_worksheet_and_the_collection_of_the_how_to(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written("worksheets.md", tmp_path)
    snippet = next(text for name, kind, text in SNIPPETS if (name, kind) == ("worksheets.md", "yaml"))
    for name in ("mine.yaml", "again.yaml"):
        (tmp_path / name).write_text(snippet, encoding="utf-8")
    engine_or_skip()
    assert main(["mine.yaml", "--as", "key,worksheet,marking"]) == 0
    assert main(["final.yaml", "--as", "worksheet,marking"]) == 0
    made = sorted(path.name for path in (tmp_path / "output").glob("*.pdf"))
    names = ("final-marking", "final-worksheet", "mine", "mine-marking", "mine-worksheet")
    assert made == sorted(f"{name}-A.pdf" for name in names)

"""Tagged PDF: switched on where the LaTeX can, on no other, with the structure that a screen reader walks."""

import re
import subprocess
import zlib

import pytest
import yaml
from conftest import TABLE, program_or_skip, solution_of, tex_of
from editions import to_latex_document

from derive.document.style import style
from derive.sources import assets
from derive.tex.compile import compile_latex
from derive.tex.engine import Engine, system_engine, wheel_engine

TAGGED = sorted(name for name in assets.names("styles") if style(name).style.tagged)
PROBE = (
    r"\documentclass{article}\begin{document}\ifcsname IfFormatAtLeastTF\endcsname"
    r"\IfFormatAtLeastTF{2025-11-01}{\IfFileExists{latex-lab-testphase-latest.sty}{\typeout{it tags}}{}}{}\fi"
    r"\null\end{document}"
)
MARKS = re.compile(rb"\b(BDC|BMC|EMC|TJ|Tj)\b")


def tags(engine):
    return engine is not None and "it tags" in compile_latex(PROBE, engine).log


@pytest.fixture(scope="module")
def tagging_engine():
    for engine in (system_engine(), wheel_engine()):
        if tags(engine):
            return engine
    pytest.skip("optional: a LaTeX that tags (2025-11-01 or newer)")


@pytest.fixture(scope="module")
def older_engine():
    for engine in (wheel_engine(), system_engine()):
        if engine is not None and not tags(engine):
            return engine
    pytest.skip("optional: a LaTeX that does not tag")


def streams(pdf):
    """Every stream of a PDF that can be inflated."""
    for start in re.finditer(rb"stream\r?\n", pdf):
        try:
            yield zlib.decompressobj().decompress(pdf[start.end() :])
        except zlib.error:
            continue


def pages(pdf):
    """The content of the pages, its strings emptied."""
    return [re.sub(rb"\((?:\\.|[^\\()])*\)", b"()", one) for one in streams(pdf) if b"BDC" in one and b" Tf" in one]


def structure(pdf, folder):
    """The tags as (parent, name), in their order."""
    path = folder / "tagged.pdf"
    path.write_bytes(pdf)
    shown = subprocess.run(
        [program_or_skip("pdfinfo"), "-struct", str(path)],
        capture_output=True,
        check=True,
        encoding="utf-8",
        errors="replace",
    )
    assert "wrong type" not in shown.stderr
    found = re.findall(r"^( *)([A-Z]\w*)(?= <)", shown.stdout, re.MULTILINE)
    way, tags = [""], []
    for indent, name in found:
        del way[len(indent) // 2 + 1 :]
        tags.append((way[-1], name))
        way.append(name)
    return tags


def require_one_mark_at_a_time(pdf):
    """All text is marked, and no mark is inside another or left open."""
    for page in pages(pdf):
        depth = 0
        for mark in MARKS.findall(page):
            depth += {b"BDC": 1, b"BMC": 1, b"EMC": -1}.get(mark, 0)
            assert depth in ((0, 1) if mark in {b"BDC", b"BMC", b"EMC"} else (1,))
        assert depth == 0


@pytest.mark.parametrize("look", TAGGED)
def test_the_tags_are_a_document(look, tagging_engine, tmp_path):
    tex = to_latex_document(solution_of(TABLE, style=look), f"{TABLE}.yaml")
    result = compile_latex(tex, tagging_engine)
    assert result.pdf, result.error
    found = structure(result.pdf, tmp_path)
    parents = {name: {parent for parent, one in found if one == name} for _, name in found}
    assert parents["Document"] == {""}
    assert [name for parent, name in found if not parent] == ["Document"]
    assert parents["H1"] == {"Document"}
    assert parents["H2"] | parents["P"] <= {"Document", "Part"}
    assert parents.get("Table", {"Document"}) == {"Document"}
    assert parents.get("TR", {"Table"}) == {"Table"}
    assert {"Formula", "Figure"} <= set(parents)
    require_one_mark_at_a_time(result.pdf)
    whole = result.pdf + b"".join(streams(result.pdf))
    texts = {bytes.fromhex(one.decode()).decode("utf-16") for one in re.findall(rb"/Alt ?<([0-9A-Fa-f]+)>", whole)}
    assert any("network" in text.lower() for text in texts), "the figure has its text alternative"


def test_a_title_is_read_as_it_was_written(tagging_engine, tmp_path):
    title = "Übung 1 (50 %) & {x}_1 # ~ ^ \\ $"
    result = compile_latex(to_latex_document(solution_of(TABLE, title=title, language="de"), "x"), tagging_engine)
    (tmp_path / "x.pdf").write_bytes(result.pdf)
    told = subprocess.run(
        [program_or_skip("pdfinfo"), str(tmp_path / "x.pdf")], capture_output=True, text=True, check=True
    )
    assert dict(line.split(":", 1) for line in told.stdout.splitlines())["Title"].strip() == title
    assert "Tagged:          yes" in told.stdout


def test_an_older_tex_runs_once_and_leaves_no_tags(older_engine, tmp_path):
    counted = counting(older_engine, tmp_path)
    result = compile_latex(tex_of(TABLE), counted)
    assert result.pdf, result.error
    assert b"StructTreeRoot" not in result.pdf + b"".join(streams(result.pdf))
    assert (tmp_path / "runs").read_text().count("run") == 1


def test_tex_runs_again_only_while_the_log_asks(older_engine, tmp_path):
    counted = counting(older_engine, tmp_path)
    compile_latex(r"\documentclass{article}\pagestyle{empty}\begin{document}\label{one}\null\end{document}", counted)
    assert (tmp_path / "runs").read_text().count("run") == 2


def counting(engine, folder):
    """The engine, with a line in `runs` for each run."""
    script = folder / "counted"
    script.write_text(f'#!/bin/sh\necho run >> "{folder}/runs"\nexec "{engine.path}" "$@"\n')
    script.chmod(0o755)
    return Engine(script, "counted")


def test_a_style_says_whether_it_is_tagged():
    for name in assets.names("styles"):
        said = yaml.safe_load((style(name).folder / "style.yaml").read_text(encoding="utf-8")).get("tagged", True)
        tex = to_latex_document(solution_of(TABLE, style=name), "x")
        assert (r"\DocumentMetadata" in tex) is said

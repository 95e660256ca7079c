"""Fragments of LaTeX: in any class, beside another problem's, with the packages that they name and no others."""

import re
import shutil
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from conftest import MATRIX, TABLE, engine_or_skip, program_or_skip, solution_of, text_of
from editions import to_tex_fragment_document
from material import GALLERY, HOSTILE, numbers, numbers_of_document, telling

import derive
from derive.cli.main import main
from derive.errors import InputError
from derive.sources import assets
from derive.tex.compile import compile_latex
from derive.tex.engine import Engine

FONTS = r"\usepackage[T1]{fontenc}\usepackage{lmodern}"
"""What a document with accents has; the TeX of the tests has no other fonts."""
LEFT_ALONE = r"""
\makeatletter
\def\state{\the\parindent/\the\parskip/\arraystretch/\the\tabcolsep/\the\arraycolsep/\arabic{MaxMatrixCols}/%
  \the\interdisplaylinepenalty/\meaning\times/\meaning\cdot/\f@size/\f@series/\f@shape/\the\baselineskip}
\makeatother
"""


@cache
def fragment_of(name, flavour="lines", kind="key", **changes):
    return to_tex_fragment_document(solution_of(name, **changes), f"{name}.yaml", flavour, kind)


def document(fragments, shape="article"):
    """A document that has the fragments as files and loads what their first comments name, nothing else."""
    needed = dict.fromkeys(
        one for text in fragments for one in text.splitlines()[0].removeprefix("% Needs ").split("; ")
    )
    files = "".join(
        f"\\begin{{filecontents*}}[overwrite]{{part{number}.tex}}\n{text}\\end{{filecontents*}}\n"
        for number, text in enumerate(fragments)
    )
    inputs = "\n".join(
        rf"\edef\before{{\state}}\input{{part{number}.tex}}\edef\after{{\state}}"
        r"\ifx\before\after\else\errmessage{something is left behind}\fi"
        for number in range(len(fragments))
    )
    needs = "\n".join(needed)
    return (
        f"{files}\\documentclass{{{shape}}}\n{FONTS}\n{needs}\n{LEFT_ALONE}\\begin{{document}}\nBefore.\n\n{inputs}\n\nAfter.\n"
        "\\end{document}\n"
    )


@pytest.mark.parametrize(("shape", "flavour"), [("article", "sections"), ("book", "lines")])
def test_a_document_takes_the_fragments_of_several_problems(shape, flavour):
    tex = document([fragment_of(name, flavour) for name in (TABLE, MATRIX, "xor")], shape)
    result = compile_latex(tex, engine_or_skip())
    assert not result.error, result.error
    assert result.overfull == ()


@pytest.mark.parametrize(
    ("style", "kind"), [("steps", "key"), ("graph", "worksheet"), ("summary", "key"), ("exam", "marking")]
)
def test_every_style_and_kind_is_set(style, kind):
    result = compile_latex(document([fragment_of("two-two-two", kind=kind, style=style)]), engine_or_skip())
    assert not result.error, result.error
    assert result.overfull == ()


DECK = derive.loads("""
title: Two layers, softmax
network:
  inputs: 2
  layers:
    - {units: 3, activation: tanh, weights: [[0.2, -0.3, 0.5], [0.1, 0.4, -0.6]], biases: [0.1, 0, -0.1]}
    - {units: 2, activation: softmax, weights: [[0.3, -0.2], [0.5, 0.1], [-0.4, 0.2]], biases: [0, 0.1]}
loss: cross-entropy
learning_rate: 0.5
data: [{x: [1, 0.5], y: [1, 0]}, {x: [-0.5, 1], y: [0, 1]}]
""")


@pytest.mark.parametrize("name", ["two layers", TABLE, MATRIX, "xor"])
def test_every_line_of_a_deck_is_on_some_slide(name, tmp_path):
    """The slides have the words and numbers that the same fragment has in an article, and nothing runs off a slide."""
    program = program_or_skip("pdflatex")
    listed = (
        subprocess.run(["kpsewhich", "beamer.cls"], capture_output=True, check=False)
        if shutil.which("kpsewhich")
        else None
    )
    if listed is None or listed.returncode:
        pytest.skip("missing: beamer, which `apt install texlive-latex-recommended` brings")
    solution = derive.solve(DECK) if name == "two layers" else solution_of(name)
    found = {}
    for shape, flavour in (("beamer", "beamer"), ("article", "lines")):
        body = document([to_tex_fragment_document(solution, "it.yaml", flavour)], shape)
        body = body.replace(r"\begin{document}", r"\hyphenpenalty 10000 \begin{document}")
        if shape == "beamer":
            body = body.replace("Before.", r"\begin{frame}{One}Before.\end{frame}")
            body = body.replace("After.", r"\begin{frame}{Last}After.\end{frame}")
        made = compile_latex(body, Engine(Path(program), "PATH"))
        assert not made.error, made.error
        if shape == "beamer":
            assert [one for one in made.overfull if "vbox" in one] == []
        found[shape] = Counter(re.findall(r"-?\d+\.\d+|[^\W\d_]{4,}", text_of(made.pdf, tmp_path)))
    assert found["article"] - found["beamer"] == Counter()
    assert sum(found["article"].values()) > 100


FRAME = r"\renewenvironment{frame}[2][]{}{}\textwidth 108mm\textheight 180mm"
"""A page as wide as a slide, and frames that add nothing to what is in them."""


def slides(solution):
    """The flavour of slides on pages of a slide's width, with any TeX: what comes out too wide is named."""
    tex = document([to_tex_fragment_document(solution, "it.yaml", "beamer")])
    return compile_latex(tex.replace(LEFT_ALONE, LEFT_ALONE + FRAME), engine_or_skip())


TALL = """
equations:
  h1: tanh(a1*x1 + a2*x2 + a0)
  h2: sigmoid(b1*x1 + b2*x2 + b0)
  z: c1*h1 + c2*h2 + c0
  f: (z - t)^2/2
values: {x1: 0.5, x2: -1, a1: 0.3, a2: 0.7, a0: 0.1, b1: -0.2, b2: 0.4, b0: 0.05, c1: 1.1, c2: -0.6, c0: 0.2, t: 1}
style: graph
"""


def test_a_drawing_or_table_that_is_taller_than_a_slide_is_made_to_fit():
    made = slides(derive.solve(derive.loads(TALL)))
    assert not made.error, made.error
    assert made.overfull == ()


DEEP = """
network:
  inputs: 2
  layers:
    - {units: 2, activation: relu, weights: [[0.5, -1], [1, 0.5]], biases: [0, 0.1]}
    - {units: 1, activation: sigmoid, weights: [0.8, -0.4], biases: 0.2}
loss: binary cross-entropy
learning_rate: 0.5
data: [{x: [1, 2], y: 1}]
questions: [{title: Forms, asks: [closed form of dL/dw1_11, index form]}]
"""


@pytest.mark.parametrize("flavour", ["beamer", "sections", "lines"])
def test_a_closed_form_goes_on_over_as_many_rows_as_it_takes(flavour):
    solution = derive.solve(derive.loads(DEEP))
    if flavour == "beamer":
        made = slides(solution)
    else:
        made = compile_latex(document([to_tex_fragment_document(solution, "it.yaml", flavour)]), engine_or_skip())
    assert not made.error, made.error
    assert made.overfull == ()


@pytest.mark.parametrize("program", ["pdflatex", "xelatex", "lualatex"])
@pytest.mark.parametrize("shape", ["article", pytest.param("beamer", marks=pytest.mark.exhaustive)])
def test_references_are_found_with_every_tex_that_is_there(program, shape, tmp_path):
    """In a second run no label is missing and none is there twice."""
    found = shutil.which(program)
    listed = (
        subprocess.run(["kpsewhich", f"{shape}.cls", "lmodern.sty"], capture_output=True, text=True, check=False)
        if found
        else None
    )
    if listed is None or listed.returncode:
        pytest.skip(f"optional: {program} with {shape} and lmodern")
    body = document([fragment_of(TABLE), fragment_of("two-two-two", style="steps")], shape)
    if shape == "beamer":
        body = body.replace("Before.", r"\begin{frame}[allowframebreaks]").replace("After.", r"\end{frame}")
    (tmp_path / "book.tex").write_text(body, encoding="utf-8")
    for _ in range(2):
        command = [found, "-interaction=nonstopmode", "-halt-on-error", "book.tex"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout[-2000:]
    log = (tmp_path / "book.log").read_text("utf-8", errors="replace")
    assert not re.search(r"undefined|multiply|Overfull \\hbox|Missing character", log)


@pytest.mark.parametrize("kind", ["key", "worksheet", "marking"])
@pytest.mark.parametrize("name", [TABLE, MATRIX, "convolution-pooling"])
def test_the_digits_are_those_of_the_document(name, kind):
    text = re.sub(r"\\begin\{tikzpicture\}.*?\\end\{tikzpicture\}", "", fragment_of(name, kind=kind), flags=re.DOTALL)
    found = re.findall(
        r"\$(.*?)\$|\\\[(.*?)\\\]|\\begin\{(?:align\*|equation)\}(.*?)\\end\{(?:align|equation)", text, re.DOTALL
    )
    assert numbers("".join(one) for one in found) == numbers_of_document(name, kind)


def test_labels_are_the_problems_own_and_references_find_one():
    text = fragment_of(TABLE)
    labels, cited = re.findall(r"\\label\{(.*?)\}", text), re.findall(r"\\eqref\{(.*?)\}", text)
    assert f"eq:{TABLE}-dL-dw11" in labels
    assert all(one.startswith(f"eq:{TABLE}-") for one in labels)
    assert len(set(labels)) == len(labels)
    assert cited
    assert set(cited) <= set(labels)


def test_the_first_comment_names_what_is_needed_and_nothing_else():
    first = fragment_of(TABLE).splitlines()[0]
    assert first == (
        r"% Needs \usepackage{amsmath}; \usepackage{graphicx}; \usepackage{tikz}; \usetikzlibrary{arrows.meta}"
    )
    assert r"[T1]{fontenc}" in to_tex_fragment_document(telling(['a "quoted" word']), "x.yaml").splitlines()[0]


def test_hostile_text_is_set_as_it_is_written():
    texts = [text for text in HOSTILE if "$x$" not in text]
    made = to_tex_fragment_document(telling(texts), "x.yaml")
    assert r"\input" not in made
    assert not compile_latex(document([made]), engine_or_skip()).error


@pytest.mark.parametrize(("language", "locale"), [("th", "th"), ("zh-TW", "zh"), ("de", "")])
def test_lines_break_where_the_language_has_no_spaces(language, locale):
    """Inside the group of the fragment, under XeLaTeX, which its first comment asks for."""
    text = fragment_of(TABLE, language=language)
    assert re.findall(r'\\XeTeXlinebreaklocale "(.*?)"', text) == [locale] * bool(locale)
    assert text.index("\\begingroup") < text.find("\\XeTeXlinebreaklocale") or not locale


def test_nothing_is_defined_and_no_counter_is_set():
    for name in (TABLE, MATRIX, "convolution-pooling"):
        assert not re.search(
            r"\\(?:g?x?e?def|let|newcommand|renewcommand(?!\\arraystretch)|setcounter|global)\b", fragment_of(name)
        )


@pytest.mark.parametrize("flavour", ["lines", "sections"])
def test_a_head_stands_with_what_it_heads(flavour, tmp_path):
    """The drawing of the losses, wherever on a page it comes."""
    lines = fragment_of(TABLE, flavour).split("\n")
    first = next(number for number, line in enumerate(lines) if "Loss against" in line)
    last = next(number for number, line in enumerate(lines) if number > first and line.startswith(r"\end{center}"))
    section = "\n".join(lines[first : last + 1])
    filled = [rf"\newpage\vspace*{{{share / 50}\textheight}}Text." + "\n" + section for share in range(30, 46)]
    made = "\n".join([*lines[:2], *filled, r"\par\endgroup", ""])
    result = compile_latex(document([made]), engine_or_skip())
    assert not result.error, result.error
    pages = text_of(result.pdf, tmp_path).split("\f")
    headed = [page for page in pages if "Loss against" in page]
    assert len(headed) == len(filled)
    assert all("round" in page.replace("number of rounds", "") for page in headed)


def test_a_matrix_wider_than_amsmaths_is_an_array():
    from derive.document.mathematics import Math
    from derive.exports.tex_fragment import tex_of

    wide = " & ".join("1" * 11)
    assert (
        tex_of(Math(rf"\begin{{bmatrix}} {wide} \end{{bmatrix}}"))
        == rf"$\left[\begin{{array}}{{{'c' * 11}}} {wide} \end{{array}}\right]$"
    )
    narrow = r"\begin{bmatrix} 1 & 2 \end{bmatrix}"
    assert tex_of(Math(narrow)) == f"${narrow}$"


def test_a_flavour_of_ones_own(tmp_path):
    text = (assets.templates() / "flavours" / "tex-fragment" / "lines" / "flavour.yaml").read_text("utf-8")
    (tmp_path / "flavour.yaml").write_text(text.replace(r"\Large\bfseries", r"\Huge"), encoding="utf-8")
    assert r"{\Huge Homework" in to_tex_fragment_document(solution_of(TABLE), "x", str(tmp_path))
    with pytest.raises(InputError, match="unknown flavour 'chapters'; known are beamer, lines, sections"):
        to_tex_fragment_document(solution_of(TABLE), "x", "chapters")


def test_the_command_line_writes_a_fragment(tmp_path):
    path = str(assets.examples()[TABLE])
    assert main([path, "--format", "tex-fragment", "--flavour", "sections", "-o", str(tmp_path)]) == 0
    assert (tmp_path / f"{TABLE}-fragment.tex").read_text("utf-8") == fragment_of(TABLE, "sections")


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", GALLERY)
def test_the_whole_gallery_is_set(name):
    result = compile_latex(document([fragment_of(name)]), engine_or_skip())
    assert not result.error, result.error
    assert result.overfull == ()

"""Formulas as macros: every one is there, two files live together, in any class, under any TeX."""

import re
import shutil
import subprocess

import pytest
from conftest import engine_or_skip, solution_of

import derive
from derive.document.formulas import FORMS
from derive.exports.tex_macros import to_tex_macros
from derive.sources import assets
from derive.tex.compile import compile_latex

FIRST, SECOND = "fra501-homework-4-1", "gru-cell"
LINE = re.compile(r"^\\formula\{([^|}]+)\|(\w+)(?:\|(\d+))?\}\{(.*)\}$", re.MULTILINE)
BODY = r"""
\section{About $\deriveformula{fra501-homework-4-1}{dL/dw11}{left}$}
\begin{align}
\deriveformula{fra501-homework-4-1}{dL/dw11}{left} &= \deriveformula{fra501-homework-4-1}{dL/dw11}{chain}\\
&= \deriveformula[2]{fra501-homework-4-1}{dL/dw11}{substituted}
 = \deriveformula[2]{fra501-homework-4-1}{dL/dw11}{value}
\end{align}
Then $\deriveformula{gru-cell}{h1@t2}{left} = \deriveformula{gru-cell}{h1@t2}{value}$.
"""
ACTIVE = "".join(rf"\catcode`\{letter} 13 " for letter in ":;!?\"'<>^=-")
"""What languages such as French, Spanish, Turkish or Esperanto do to punctuation."""


def macros(name):
    return to_tex_macros(solution_of(name), f"{name}.yaml")


def document(body=BODY, before="", documentclass="article"):
    packages = r"\usepackage[T1]{fontenc}\usepackage{lmodern}\usepackage{amsmath}"
    start = rf"\documentclass{{{documentclass}}}{packages}" + "\n"
    return f"{start}{macros(FIRST)}\n\\begin{{document}}\\begingroup{before}\n{macros(SECOND)}\n\\endgroup{body}\\end{{document}}\n"


def unbroken(text):
    """A file of macros with the lines that were too long put together again."""
    return re.sub(r"\n(?!\\formula|%|\\endgroup)", " ", text.replace("}%\n", "}"))


@pytest.mark.parametrize("name", [FIRST, SECOND, "two-two-two", "leaky-units", "attention-three-tokens"])
def test_every_formula_in_every_form_is_there_with_the_content_of_the_solution(name):
    solution = solution_of(name)
    found = {
        (quantity, form, int(number or 1)): text
        for quantity, form, number, text in LINE.findall(unbroken(macros(name)))
    }
    for quantity in solution.names():
        assert found.pop((quantity, "left", 1)) == solution[quantity].latex(
            "value" if (quantity, "symbolic", 1) not in found else "symbolic", side="left"
        )
    for form in FORMS:
        for one in (round.number for round in solution.rounds):
            if form not in ("substituted", "value") and one > 1:
                continue
            for formula in solution.formulas("*", form=form, round=one):
                assert found.pop((formula.name, form, one)) == formula.latex("right")
    assert not found


@pytest.mark.parametrize("documentclass", ["article", "report"])
@pytest.mark.parametrize("before", ["", ACTIVE], ids=["plain", "active punctuation"])
def test_two_files_live_in_one_document(documentclass, before):
    made = compile_latex(document(before=before, documentclass=documentclass), engine_or_skip())
    assert made.pdf, made.error
    assert not made.overfull


@pytest.mark.parametrize("program", ["xelatex", "lualatex"])
def test_other_engines_read_it(program, tmp_path):
    if shutil.which(program) is None:
        pytest.skip(f"optional: {program}")
    (tmp_path / "a.tex").write_text(document(), encoding="utf-8")
    command = [program, "-interaction=nonstopmode", "-halt-on-error", "a.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "a.pdf").exists()


def test_slides_take_it():
    body = r"\begin{frame}{$\deriveformula{gru-cell}{h1@t2}{left}$}$\deriveformula{gru-cell}{h1@t2}{closed}$\end{frame}"
    program = shutil.which("pdflatex")
    if program is None or not shutil.which("kpsewhich"):
        pytest.skip("optional: a TeX Live with beamer")
    if not subprocess.run(["kpsewhich", "beamer.cls"], capture_output=True, check=False).stdout:
        pytest.skip("optional: beamer")
    made = compile_latex(document(body, documentclass="beamer"), engine_or_skip())
    assert made.pdf or "beamer.cls" in made.error, made.error


@pytest.mark.parametrize(
    "wrong",
    [r"{gru-cel}{h1@t2}{value}", r"{gru-cell}{h9@t2}{value}", r"{gru-cell}{h1@t2}{valu}", r"{gru-cell}{h1@t2}{chain}"],
)
def test_a_formula_that_is_not_there_is_an_error_that_names_it(wrong):
    made = compile_latex(document(rf"$\deriveformula{wrong}$"), engine_or_skip())
    problem, name, form = wrong.strip("{}").split("}{")
    assert "No formula" in made.log.replace("\n", " ")
    for word in (problem, name, form):
        assert word in made.log.replace("\n", "")


def test_a_round_that_is_not_there_is_an_error():
    made = compile_latex(document(r"$\deriveformula[9]{gru-cell}{h1@t2}{value}$"), engine_or_skip())
    assert "round 9" in made.log.replace("\n", " ")


def test_the_name_of_the_file_stays_in_its_comment():
    text = to_tex_macros(solution_of(FIRST), "a\n\\input{secret} %{.yaml")
    assert all(line.startswith("%") for line in text.splitlines() if "secret" in line and "formula" not in line)
    assert "|#1" in text
    assert r"\detokenize{a-input-secret" in text


def test_closed_forms_that_are_left_out_are_named():
    text = macros(SECOND)
    assert "% Closed forms of more than 400 symbols or that fit no page, left out (take chain or symbolic):" in text
    assert "dL/dwr11" in text.split("left out (")[1].split("\\makeatletter")[0]


def test_it_is_had_from_python():
    solution = derive.solve(assets.examples()[FIRST])
    assert solution.to_tex_macros() == macros(FIRST)

"""How a failed run of TeX is explained: errors in packages, signals, limits, logs that stop in mid-air."""

import pytest
from conftest import engine_or_skip

from derive.render.line_length import LONGEST, with_short_lines
from derive.tex.compile import compile_latex, first_error
from derive.tex.ending import Ended, how_it_ended
from derive.tex.engine import Engine

DOCUMENT = r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{lmodern}\begin{document}%s\end{document}"


def test_an_error_inside_a_package_is_found():
    log = "(/usr/x/hyperref.sty\n/usr/x/hyperref.sty:4872: Font \\a=pzdr at 0.00002pt not loadable: Metric (TFM) file\n"
    assert first_error(log) == "hyperref.sty, line 4872: Font \\a=pzdr at 0.00002pt not loadable: Metric (TFM) file"
    assert first_error("./document.tex:7: Undefined control sequence.\n") == "line 7: Undefined control sequence."
    assert first_error("! Emergency stop.\n") == "Emergency stop."
    assert first_error("LaTeX Font Info:    External font `lmex10' loaded\n") == ""


@pytest.mark.parametrize(
    ("code", "printed", "wanted"),
    [
        (-9, "", "xelatex died of SIGKILL (the system or a person killed it"),
        (-24, "", "xelatex died of SIGXCPU (it used 120 seconds of processor time, which is the limit)"),
        (-25, "", "xelatex died of SIGXFSZ (a file passed 256 MB, which is the limit)"),
        (-11, "", "xelatex died of SIGSEGV: the log stops in mid-air"),
        (1, "xdvipdfmx:fatal: Out of memory", "xelatex ended with exit code 1: out of memory: the limit is 2 GB"),
        (1, "fwrite: No space left on device", "the disk with the temporary folder is full"),
        (1, "a\n\nb\nc\nd", "the last that it printed: b / c / d"),
    ],
)
def test_how_an_engine_ended(code, printed, wanted):
    assert wanted in how_it_ended(Ended("xelatex", code, printed), "This is XeTeX\n(./document.tex")


def engine(tmp_path, script):
    path = tmp_path / "pdflatex"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return Engine(path, "a test")


def test_an_engine_that_is_killed_says_so(tmp_path):
    made = compile_latex("", engine(tmp_path, "echo almost there; echo 'This is TeX' > document.log; kill -9 $$"))
    assert made.pdf is None
    assert made.error.startswith("pdflatex died of SIGKILL")
    assert made.error.endswith("the last that it printed: almost there")
    assert made.log.startswith("This is TeX")
    assert made.log.endswith("almost there\n")


def test_an_engine_that_runs_out_of_file_size_says_which_limit(tmp_path):
    made = compile_latex("", engine(tmp_path, "exec head -c 300000000 /dev/zero > document.pdf"))
    assert "SIGXFSZ (a file passed 256 MB, which is the limit)" in made.error


def test_a_line_that_tex_cannot_read_is_named():
    made = compile_latex(DOCUMENT % ("$" + "a+" * 150_000 + "b$"), engine_or_skip())
    assert "a line of the .tex is longer than TeX can read" in made.error


@pytest.mark.parametrize(
    "text",
    [
        "x = " + " + ".join(f"{n} \\times a_{{{n}}}" for n in range(900)),
        r"\a{b}" * 900,
        "  " + r"\command {x} \\ " * 500 + "% a comment that stays " + "c " * 2000,
        "Größe ㄅ " * 900,
    ],
)
def test_long_lines_are_broken_where_tex_sees_no_difference(text):
    made = with_short_lines(text)
    code = made.partition("% a comment")[0]
    assert all(len(line.encode()) <= LONGEST for line in code.splitlines())
    assert all(line.strip() for line in made.splitlines())
    joined = made.replace("}%\n", "}").replace("\n", " ")
    assert " ".join(joined.split()) == " ".join(text.split())
    assert with_short_lines("short\n\nlines") == "short\n\nlines"

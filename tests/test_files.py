"""Files that derive writes: under safe names, in the output folder, over nothing foreign, whole or not at all.

What a system does not have (file names that are bytes, signals, process groups, a full device, pipes of a shell) cannot
go wrong on it: such a test skips there, and under `--no-skips` fails.
"""

import errno
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import engine_or_skip

from derive.cli.files import MANIFEST
from derive.cli.main import main
from derive.errors import InputError, TexError
from derive.problem.read import loads
from derive.sources.fields import LONGEST_TEXT, LONGEST_WORD
from derive.sources.file_names import safe_name
from derive.tex.compile import compile_latex
from derive.tex.engine import Engine

PROBLEM = "title: Gates\nequations: {f: x*y}\nvalues: {x: 2, y: 3}\n"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    Path("mine.yaml").write_text(PROBLEM, encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Midterm 2", "Midterm-2"),
        ("../../evil", "evil"),
        ("/etc/cron.d/evil", "etc-cron.d-evil"),
        ("..", "document"),
        ("", "document"),
        ("C:\\Windows\\x", "C-Windows-x"),
        ("CON", "document-CON"),
        ("nul.tex", "document-nul.tex"),
        ("com1", "document-com1"),
        ("console", "console"),
        (".bashrc", "bashrc"),
        ("-rf", "rf"),
        ("a\x00b\nc\x1b[31m", "a-b-c-31m"),
        ("x" * 400, "x" * 100),
        ("ก" * 200, "ก" * 33),
        ("trailing. ", "trailing"),
        ("größe 練習", "größe-練習"),
        ("a\udcffb", "a-b"),
    ],
)
def test_a_text_as_a_file_name(text, name):
    assert safe_name(text) == name


@pytest.mark.parametrize("title", ["../../evil", "{folder}/derive-evil", "..", "a/../../evil"])
@pytest.mark.parametrize("format", [["--latex"], ["--format", "html"], ["--format", "markdown"]])
def test_a_title_does_not_lead_out_of_the_output_folder(title, format, tmp_path):
    """Relative or absolute, a title becomes the name of a file in the folder."""
    before = {path for path in tmp_path.rglob("*") if "out" not in path.parts}
    assert main(["mine.yaml", "--together", title.format(folder=tmp_path.parent), *format, "-o", "out"]) == 0
    after = {path for path in tmp_path.rglob("*") if "out" not in path.parts}
    assert after == before
    assert not list(tmp_path.parent.glob("derive-evil*"))


def test_a_form_does_not_lead_out_of_the_output_folder(tmp_path):
    assert main(["mine.yaml", "--as", "worksheet", "--form", "../../../evil", "--latex", "-o", "out"]) in (0, 2)
    assert not list(tmp_path.glob("evil*")) + list(tmp_path.parent.glob("evil*"))


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("mine.tex", ["--latex"]),
        ("mine.pdf", []),
        ("mine.log", []),
        ("mine.html", ["--format", "html"]),
        ("mine.json", ["--format", "json"]),
        ("mine.txt", ["--format", "text"]),
        ("mine.csv", ["--format", "csv"]),
        ("mine.py", ["--format", "pytorch"]),
        ("mine.md", ["--format", "markdown"]),
        ("mine-fragment.tex", ["--format", "tex-fragment"]),
        ("mine-macros.tex", ["--format", "tex-macros"]),
        ("mine-worksheet.tex", ["--latex", "--as", "worksheet"]),
        ("mine-worksheet.pdf", ["--as", "worksheet"]),
        ("mine-graph.svg", ["--format", "markdown", "--style", "graph"]),
    ],
)
def test_what_derive_did_not_write_is_not_overwritten(name, arguments, capsys):
    """An instructor's own file beside the problem file, for every kind of output."""
    if name.endswith((".pdf", ".log")):
        engine_or_skip()
    if name.endswith(".svg"):
        assert main(["mine.yaml", *arguments, "-o", "probe"]) == 0
        name = next(path.name for path in Path("probe").glob("*.svg"))
    Path(name).write_bytes(b"my own work")
    assert main(["mine.yaml", *arguments, "-o", "."]) == 2
    error = capsys.readouterr().err
    assert name in error
    assert "--force" in error
    assert Path(name).read_bytes() == b"my own work"
    assert sorted(path.name for path in Path().iterdir() if path.name != "probe") == sorted(["mine.yaml", name])
    assert main(["mine.yaml", *arguments, "-o", ".", "--force"]) == 0


def test_what_derive_wrote_is_written_again(capsys):
    engine_or_skip()
    for _ in range(2):
        assert main(["mine.yaml", "-o", "."]) == 0
    Path("mine.pdf").write_bytes(b"annotated by hand")
    assert main(["mine.yaml", "-o", "."]) == 2
    assert Path("mine.pdf").read_bytes() == b"annotated by hand"


def test_an_own_log_stays(tmp_path):
    engine_or_skip()
    Path("mine.log").write_bytes(b"This is pdfTeX, of a run of mine")
    assert main(["mine.yaml", "-o", "."]) == 2
    assert Path("mine.log").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="missing: file names that are bytes")
@pytest.mark.parametrize(
    "arguments", [["--latex"], ["--format", "html"], ["--format", "json"], ["--format", "markdown"]]
)
def test_a_file_name_that_is_not_utf_8(arguments, tmp_path):
    name = os.fsdecode(b"m\xffne.yaml")
    Path(name).write_text(PROBLEM, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "derive", name, *arguments, "-o", "out"],
        capture_output=True,
        check=False,
        env=environment(),
    )
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    written = [path.read_bytes() for path in Path("out").iterdir() if path.suffix in (".tex", ".html", ".json", ".md")]
    assert written
    assert all(one.decode("utf-8") for one in written)


def environment():
    return {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}


@pytest.mark.skipif(sys.platform == "win32", reason="missing: SIGINT")
@pytest.mark.parametrize("delay", [0.02, 0.06, 0.12, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0, 1.3, 1.6, 2.0])
def test_an_interrupt_is_quiet_and_leaves_nothing(delay, tmp_path):
    """Whenever it comes: while Python or SymPy is imported, while the problem is worked, while TeX runs."""
    engine_or_skip()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command = [sys.executable, "-m", "derive", "mine.yaml", "-o", "out"]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env={**environment(), "TMPDIR": str(temporary)}
    )
    time.sleep(delay)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    if b"Traceback" in error:
        frames = re.findall(rb'File "[^"]*derive/(?:\w+/)*(\w+)\.py"', error)
        assert set(frames) <= {b"__init__"}, error  # Python itself was starting still
    else:
        assert process.returncode in (0, 130, -signal.SIGINT)
    assert not list(temporary.iterdir())
    assert not list(Path().rglob("*.tmp"))


def interrupt(*_):
    raise KeyboardInterrupt


@pytest.mark.skipif(sys.platform == "win32", reason="missing: process groups")
@pytest.mark.parametrize("ending", ["interrupt", "time"])
def test_tex_ends_with_all_that_it_started(ending, tmp_path, monkeypatch):
    pids = tmp_path / "pids"
    engine = tmp_path / "pdflatex"
    engine.write_text(f"#!/bin/sh\nsleep 300 & echo $! > {pids}; echo $$ >> {pids}; wait\n")
    engine.chmod(0o755)
    monkeypatch.setattr("derive.tex.compile.SECONDS", 60 if ending == "interrupt" else 1)
    old = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.7 if ending == "interrupt" else 0)
    try:
        with pytest.raises(KeyboardInterrupt if ending == "interrupt" else TexError):
            compile_latex("x", Engine(engine, "a test"))
    finally:
        signal.signal(signal.SIGALRM, old)
    time.sleep(0.2)
    for pid in map(int, pids.read_text().split()):
        status = Path(f"/proc/{pid}/stat")
        assert not status.exists() or status.read_text().split()[2] == "Z"


def test_a_write_that_fails_leaves_the_old_file(monkeypatch, capsys):
    assert main(["mine.yaml", "--format", "html", "-o", "out"]) == 0
    old = Path("out/mine.html").read_bytes()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert main(["mine.yaml", "--format", "html", "-o", "out", "--style", "worked"]) == 2
    assert "cannot be written: No space left on device" in capsys.readouterr().err
    assert Path("out/mine.html").read_bytes() == old
    assert sorted(path.name for path in Path("out").iterdir()) == [MANIFEST, "mine.html"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="missing: /dev/full")
def test_a_full_standard_output(tmp_path):
    command = [sys.executable, "-m", "derive", "mine.yaml", "--format", "text"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=environment(), check=False)
    assert done.returncode == 2
    assert done.stderr.decode() == "error: cannot write: No space left on device\n"


@pytest.mark.skipif(sys.platform == "win32", reason="missing: pipes of a shell")
@pytest.mark.parametrize("arguments", ["mine.yaml --format text", "list", "schema", "mine.yaml --latex -o -"])
def test_a_reader_that_stops_reading(arguments):
    command = f"{sys.executable} -m derive {arguments} | head -c 1 >/dev/null; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, env=environment(), check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("key", "line"),
    [("title: {}", 1), ("instructions: {}", 1), ("exercise: {{text: {}}}", 1), ("course: {}", 1)],
)
@pytest.mark.parametrize("text", ["word " * (LONGEST_TEXT // 5 + 1), "w" * (LONGEST_WORD + 1), "w" * 900_000])
def test_a_text_that_no_page_can_hold_is_refused_with_its_line(key, line, text):
    problem = f"{key.format(text)}\n{PROBLEM.partition(chr(10))[2]}"
    with pytest.raises(InputError) as caught:
        loads(problem, "mine.yaml")
    (message,) = caught.value.messages
    assert message.startswith(f"mine.yaml:{line}:")
    assert "at most" in message


def test_the_longest_text_and_word_set_as_a_pdf():
    engine_or_skip()
    word, text = "w" * LONGEST_WORD, ("word " * (LONGEST_TEXT // 5)).strip()
    Path("long.yaml").write_text(
        f"title: {word}\ncourse: {word}\ninstructions: {text}\nexercise: {{title: {word}, text: {text}}}\n"
        f"{PROBLEM.partition(chr(10))[2]}"
    )
    start = time.monotonic()
    assert main(["long.yaml", "-o", "out"]) == 0
    assert time.monotonic() - start < 60


def test_thai_and_chinese_have_no_spaces_and_no_limit_of_words():
    loads(f"{PROBLEM}instructions: {'คำ' * 400}{'練習' * 400}\n")

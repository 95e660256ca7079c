"""The command line as a user meets it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from conftest import MATRIX, TABLE, engine_or_skip

from derive.cli.files import MANIFEST
from derive.cli.main import main
from derive.sources import assets

EXAMPLE = assets.examples()[MATRIX]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(*arguments):
    return main([str(argument) for argument in arguments])


def test_latex_without_a_file_is_the_built_in_example(tmp_path, capsys):
    assert run("--latex") == 0
    assert (tmp_path / "output" / f"{TABLE}.tex").is_file()
    out, err = capsys.readouterr()
    assert out == ""
    assert "wrote output" in err
    assert [p.name for p in (tmp_path / "output").iterdir()] == [f"{TABLE}.tex"]


def test_the_pdf_and_its_tex(tmp_path):
    engine_or_skip()
    assert run(EXAMPLE, "-o", "keys") == 0
    assert sorted(p.name for p in (tmp_path / "keys").iterdir()) == [MANIFEST, f"{MATRIX}.pdf", f"{MATRIX}.tex"]
    assert (tmp_path / "keys" / f"{MATRIX}.pdf").read_bytes().startswith(b"%PDF")


def test_json(capsys):
    assert run(EXAMPLE, "--format", "json") == 0
    trace = json.loads(capsys.readouterr().out)
    assert trace["format"] == 1
    entries = {entry["name"]: entry for entry in trace["rounds"][1]["quantities"]}
    assert entries["dL/ds2_1"] == {
        "name": "dL/ds2_1",
        "kind": "delta",
        "role": "backward",
        "layer": 2,
        "index": [1],
        "symbolic": "dL/ds3_1 * w3_11 * [s2_1 > 0]",
        "substituted": "1.4658 * 0.9125 * 1",
        "latex": r"\delta^{(3)} \, w^{(3)}_{11} \, [s^{(2)}_{1} > 0]",
        "full": "1.3375425",
        "carried": "1.3375",
        "shown": "1.3375",
    }
    names = [entry["name"] for entry in trace["rounds"][0]["quantities"]]
    assert len(names) == len(set(names))
    assert all(name.isascii() for name in names)
    assert "L" in {entry["name"] for entry in trace["rounds"][2]["quantities"]}


def test_text_to_stdout_and_to_a_file(tmp_path, capsys):
    assert run(EXAMPLE, "--format", "text") == 0
    text = capsys.readouterr().out
    assert "dL/ds3_1 = (f3_1 - y1) * 1" in text
    assert run(EXAMPLE, "--format", "text", "-o", "out") == 0
    assert (tmp_path / "out" / f"{MATRIX}.txt").read_text(encoding="utf-8") == text


def test_a_page_for_a_browser_to_a_file_and_to_stdout(tmp_path, capsys):
    assert run(EXAMPLE, "--format", "html") == 0
    page = (tmp_path / "output" / f"{MATRIX}.html").read_text(encoding="utf-8")
    assert capsys.readouterr().out == ""
    assert run(EXAMPLE, "--format", "html", "-o", "-") == 0
    assert capsys.readouterr().out == page
    assert page.startswith("<!doctype html>")
    assert page.endswith("</html>\n")


def test_tex_to_stdout(capsys, tmp_path):
    assert run(EXAMPLE, "--latex", "-o", "-") == 0
    assert r"\begin{document}" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_another_style_and_notation(capsys):
    assert run(EXAMPLE, "--latex", "-o", "-", "--style", "table", "--notation", "partials") == 0
    assert r"\begin{wholetable}" in capsys.readouterr().out


def test_an_edited_tex_is_not_overwritten(tmp_path, capsys):
    assert run("--latex") == 0
    path = tmp_path / "output" / f"{TABLE}.tex"
    assert run("--latex") == 0
    edited = path.read_text(encoding="utf-8").replace("Answer key", "My key")
    path.write_text(edited, encoding="utf-8")
    assert run("--latex") == 2
    assert "edited by hand" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == edited
    assert run("--latex", "--force") == 0
    assert "My key" not in path.read_text(encoding="utf-8")


def test_bad_input_writes_nothing(tmp_path, capsys):
    (tmp_path / "bad.yaml").write_text("network: 3\nlearning_rate: x\n", encoding="utf-8")
    assert run(EXAMPLE, "bad.yaml", "--latex") == 2
    err = capsys.readouterr().err
    assert "error: bad.yaml:2:1: `learning_rate`" in err
    assert "Traceback" not in err
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mark"], "error: there is no command and no file 'mark'; known are new, list, schema, formula"),
        (["lst"], "error: there is no command and no file 'lst'; did you mean list?"),
        (["list", "losse"], "error: list: unknown group 'losse'; did you mean losses?"),
        (["nothing.yaml"], "nothing.yaml: cannot be read"),
        ([EXAMPLE, "--style", "tabel"], "unknown style 'tabel'"),
        ([EXAMPLE, "--notation", "nabla"], "unknown notation 'nabla'"),
        ([EXAMPLE, "--format", "text", "--latex"], "without --latex and --pdf"),
        ([EXAMPLE, "--format", "html", "--pdf"], "without --latex and --pdf"),
        ([EXAMPLE, "--pdf", "-o", "-"], "not written to standard output"),
        ([EXAMPLE, EXAMPLE, "--latex"], "would overwrite each other"),
        ([EXAMPLE, assets.examples()[TABLE], "--latex", "-o", "-"], "one problem at a time"),
    ],
)
def test_clear_refusals(arguments, message, capsys, tmp_path):
    assert run(*arguments) == 2
    err = capsys.readouterr().err
    assert message in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_an_output_folder_that_is_a_file(tmp_path, capsys):
    (tmp_path / "taken").write_text("mine")
    assert run(EXAMPLE, "--latex", "-o", "taken") == 2
    assert "is not a folder" in capsys.readouterr().err
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_failed_tex_run_leaves_tex_and_log(tmp_path, capsys, monkeypatch):
    engine_or_skip()
    broken = tmp_path / "style"
    (broken / "sections").mkdir(parents=True)
    (broken / "style.yaml").write_text((assets.templates() / "styles/matrix/style.yaml").read_text())
    (broken / "title.tex.jinja").write_text(r"\slidetitle{x}")
    assert run(EXAMPLE, "--style", "./style") == 3
    err = capsys.readouterr().err
    assert "Undefined control sequence" in err
    assert sorted(p.name for p in (tmp_path / "output").iterdir()) == [MANIFEST, f"{MATRIX}.log", f"{MATRIX}.tex"]


def test_no_tex_at_all(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("derive.tex.engine.wheel_engine", lambda: None)
    monkeypatch.setattr("derive.tex.engine.system_engine", lambda: None)
    assert run(EXAMPLE) == 3
    assert "derive-backprop[pdf]" in capsys.readouterr().err


def test_new_writes_a_starter_that_works(tmp_path, capsys):
    assert run("new", "mine.yaml") == 0
    assert run("mine.yaml", "--format", "text") == 0
    assert run("new", "mine.yaml") == 2
    assert "exists already" in capsys.readouterr().err


def test_list_names_everything(capsys):
    assert run("list") == 0
    out = capsys.readouterr().out
    for word in (TABLE, "sigmoid", "half squared error", "matrix", "delta"):
        assert word in out


def test_schema_describes_the_keys(capsys):
    assert run("schema") == 0
    schema = json.loads(capsys.readouterr().out)
    assert {"network", "learning_rate", "data"} <= set(schema["properties"])
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("path", [*assets.examples().values(), assets.templates() / "starter.yaml"], ids=str)
def test_the_schema_takes_every_file_that_derive_takes(path, capsys):
    assert run("schema") == 0
    schema = json.loads(capsys.readouterr().out)
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)
    document["exercize"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(document)


def spawn(*arguments, **environment):
    command = [sys.executable, "-m", "derive", *map(str, arguments)]
    env = {**os.environ, **environment, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    return subprocess.run(command, capture_output=True, text=True, env=env, check=False)


def test_version_and_help():
    assert spawn("--version").stdout.startswith("derive 0.")
    done = spawn("--help")
    assert done.returncode == 0
    assert "exit codes" in done.stdout


def test_what_nobody_expected_becomes_a_report(monkeypatch, capsys, tmp_path):
    def broken(*_):
        raise KeyError("w11\nand more")

    monkeypatch.setattr("derive.cli.jobs.evaluated", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert run(EXAMPLE, "--latex") == 3
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith(f"error: derive itself failed while solving {EXAMPLE}; this is a fault of the program (Key")
    report = next(tmp_path.glob("derive-fault-*.txt"))
    assert second.endswith(f"with the problem file and {report}")
    assert "Traceback" in report.read_text(encoding="utf-8")
    assert "in broken" in report.read_text(encoding="utf-8")
    assert run(EXAMPLE, "--latex", "--traceback") == 3
    assert "in broken" in capsys.readouterr().err


@pytest.mark.parametrize("format", [None, "html", "markdown", "csv"])
def test_a_report_names_the_file_that_was_written(format, monkeypatch, capsys, tmp_path):
    def broken(*_, **__):
        raise ZeroDivisionError("float division by zero")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for maker in ("render.latex.to_latex", "render.html.to_html", "exports.markdown.to_markdown"):
        monkeypatch.setattr(f"derive.{maker}", broken)
    monkeypatch.setattr("derive.exports.csv_table.to_csv", broken)
    assert run(EXAMPLE, *(["--latex"] if format is None else ["--format", format])) == 3
    message = capsys.readouterr().err
    assert message.startswith("error: derive itself failed while writing ")
    assert EXAMPLE.name in message
    assert "(ZeroDivisionError: float division by zero)" in message


def test_no_colour_in_a_pipe():
    assert "\x1b" not in spawn("nothing.yaml").stderr


def test_help_imports_nothing_heavy():
    code = "import sys; sys.argv=['derive','--help']\ntry:\n import derive.__main__ as m; m.run()\nexcept SystemExit: pass\n"
    code += "print([n for n in ('sympy','pydantic','jinja2','yaml','pylatex') if n in sys.modules])"
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True)
    assert done.stdout.rstrip().endswith("[]")


def test_a_closed_pipe_is_not_an_error():
    command = f"{sys.executable} -m derive {EXAMPLE} --format json | head -c 10"
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    done = subprocess.run(command, shell=True, capture_output=True, text=True, env=env, check=False)
    assert done.stdout.startswith("{")
    assert done.stderr == ""

"""Files for course material: where they land, what is never overwritten, which wishes are refused, how quick it is."""

import time

import pytest
from conftest import problem_of

import derive
from derive.cli.files import MANIFEST
from derive.cli.main import main
from derive.formats import FORMATS
from derive.sources import assets

TABLE = "fra501-homework-4-1"
WRITTEN = {
    "html": f"{TABLE}.html",
    "markdown": f"{TABLE}.md",
    "tex-fragment": f"{TABLE}-fragment.tex",
    "tex-macros": f"{TABLE}-macros.tex",
    "ipynb": f"{TABLE}.ipynb",
    "csv": f"{TABLE}.csv",
    "xlsx": f"{TABLE}.xlsx",
    "pytorch": f"{TABLE}.py",
}


def run(*arguments, folder):
    return main([str(assets.examples()[TABLE]), *arguments, "-o", str(folder)])


@pytest.mark.parametrize("format", WRITTEN)
def test_a_file_is_written_again_but_not_over_what_was_edited(format, tmp_path, capsys):
    target = tmp_path / WRITTEN[format]
    assert run("--format", format, folder=tmp_path) == 0
    first = target.read_bytes()
    assert run("--format", format, "--notation", "delta", folder=tmp_path) == 0
    assert target.read_bytes() != first or format in ("csv", "pytorch")
    target.write_bytes(b"my own words")
    assert run("--format", format, folder=tmp_path) == 2
    assert target.read_bytes() == b"my own words"
    assert f"{target}; --force overwrites" in capsys.readouterr().err
    assert run("--format", format, "--force", folder=tmp_path) == 0
    assert target.read_bytes() == first


def test_nothing_is_written_where_one_file_was_edited(tmp_path):
    assert run("--format", "markdown", folder=tmp_path) == 0
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    picture = next(path for path in before if path.suffix == ".svg")
    picture.write_text("<svg/>", encoding="utf-8")
    assert run("--format", "markdown", "--notation", "delta", folder=tmp_path) == 2
    assert (tmp_path / f"{TABLE}.md").read_bytes() == before[tmp_path / f"{TABLE}.md"]
    (tmp_path / MANIFEST).write_text("no ledger", encoding="utf-8")
    assert run("--format", "csv", folder=tmp_path) == 0


def test_every_format_of_the_command_line_is_tried_here():
    assert set(FORMATS) == set(WRITTEN) | {"json", "text", "pdf", "latex"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "tex-macros", "--as", "worksheet"], "is no document; give it without --as"),
        (["--format", "xlsx", "--together", "All"], "is no document"),
        (["--format", "markdown", "--flavour", "mist"], "myst"),
        (["--format", "tex-fragment", "--flavour", "nothing"], "nothing"),
        (["--format", "csv", "--flavour", "myst"], "--flavour"),
        (["--format", "csv", "--latex"], "without --latex"),
        (["--format", "markdown", "--as", "key,worksheet", "-o", "-"], "one kind of document at a time"),
    ],
)
def test_wishes_that_make_no_sense_are_refused(arguments, message, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main([str(assets.examples()[TABLE]), *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


EXPORTS = {
    "latex": lambda solution: solution.to_latex(),
    "html": lambda solution: solution.to_html(),
    "markdown github": lambda solution: solution.to_markdown("github"),
    "markdown myst": lambda solution: solution.to_markdown("myst"),
    "markdown quarto": lambda solution: solution.to_markdown("quarto"),
    "tex-fragment": lambda solution: solution.to_tex_fragment(),
    "tex-macros": lambda solution: solution.to_tex_macros(),
    "ipynb": lambda solution: solution.to_notebook(),
    "csv": lambda solution: solution.to_csv(),
    "xlsx": lambda solution: solution.to_xlsx(),
    "pytorch": lambda solution: solution.to_pytorch(),
    "json": lambda solution: solution.to_json(),
}


@pytest.mark.slow
@pytest.mark.parametrize("format", EXPORTS)
def test_exporting_takes_less_than_a_fifth_of_a_second_of_cpu(format):
    """After start-up, and after the first file of that format; the least of three goes, each on a solution of its own."""
    EXPORTS[format](derive.solve(problem_of(TABLE)))
    for name in ("causal-attention", "convolution-pooling", "lstm-cell"):
        taken = []
        for _ in range(3):
            solution = derive.solve(problem_of(name))
            start = time.process_time()
            EXPORTS[format](solution)
            taken.append(time.process_time() - start)
        assert min(taken) < 0.2, (name, taken)

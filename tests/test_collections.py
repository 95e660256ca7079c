"""Several problems in one document, and documents of several kinds, as a user meets them on the command line."""

import re

import pytest
from conftest import MATRIX, TABLE, compiled, text_of

from derive.cli.main import main
from derive.sources import assets

SMALL = """
title: {title}
network: {{inputs: 1, layers: [{{units: 1, weights: 1, biases: 0}}]}}
learning_rate: 0.5
data: [{{x: 0.3, y: 1}}]
questions:
  - {{title: Functions, asks: [functions], points: 4}}
  - {{title: Numbers, asks: [round 1], points: 6}}
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.yaml").write_text(SMALL.format(title="First problem"), encoding="utf-8")
    (tmp_path / "two.yaml").write_text(SMALL.format(title="Second problem"), encoding="utf-8")


def run(*arguments):
    return main([str(argument) for argument in arguments])


def tex(capsys, *arguments):
    assert run(*arguments, "--trust-outside", "--latex", "-o", "-") == 0
    return capsys.readouterr().out


def heads(text):
    return re.findall(r"\\question\{(.*?)\}\{(.*?)\}", text.partition(r"\begin{document}")[2])


def test_every_kind_at_once(tmp_path):
    assert run("one.yaml", "--as", "key,worksheet", "--as", "marking", "--latex") == 0
    made = sorted(path.name for path in (tmp_path / "output").iterdir())
    assert made == ["one-marking.tex", "one-worksheet.tex", "one.tex"]


def test_a_form_is_in_the_name(tmp_path):
    assert run("one.yaml", "--as", "worksheet,key", "--form", "B", "--latex") == 0
    assert sorted(path.name for path in (tmp_path / "output").iterdir()) == ["one-B.tex", "one-worksheet-B.tex"]


def test_what_is_blank_on_the_command_line(capsys):
    everything = tex(capsys, "one.yaml", "--as", "worksheet").count(r"\blank{19mm}")
    deltas = tex(capsys, "one.yaml", "--as", "worksheet", "--blank", "deltas").count(r"\blank{19mm}")
    named = tex(capsys, "one.yaml", "--as", "worksheet", "--blank", "{names: [s1, L]}").count(r"\blank{19mm}")
    assert 0 < deltas < named <= everything


def stated(tmp_path, **lines):
    """The two files with a line more each."""
    for name, line in lines.items():
        path = tmp_path / f"{name}.yaml"
        path.write_text(f"{path.read_text(encoding='utf-8')}{line}\n", encoding="utf-8")


def test_a_form_heads_the_whole_where_all_files_agree(capsys, tmp_path):
    stated(tmp_path, one="worksheet: {form: A}", two="worksheet: {form: A}")
    assert "Form A" in tex(capsys, "one.yaml", "two.yaml", "--together", "All", "--as", "worksheet")
    assert "form" not in capsys.readouterr().err


def test_forms_that_differ_are_said_and_head_nothing(capsys, tmp_path):
    stated(tmp_path, one="worksheet: {form: A}", two="worksheet: {form: B}")
    assert run("one.yaml", "two.yaml", "--together", "All", "--as", "worksheet", "--latex", "-o", "-") == 0
    said = capsys.readouterr()
    assert "Form A" not in said.out
    assert "Form B" not in said.out
    assert "one.yaml:9:13: `form`: A is not printed" in said.err
    assert "two.yaml:9:13: `form`: B is not printed" in said.err
    assert "Form C" in tex(capsys, "one.yaml", "two.yaml", "--together", "All", "--as", "worksheet", "--form", "C")


def test_what_later_files_say_for_the_head_is_named(capsys, tmp_path):
    stated(tmp_path, one="course: Learning", two="course: Vision")
    assert run("one.yaml", "two.yaml", "--together", "All", "--latex", "-o", "-") == 0
    said = capsys.readouterr()
    assert "Learning" in said.out
    assert "two.yaml:9:1: `course` is not printed: the document of all files is headed like one.yaml" in said.err


def test_a_choice_that_this_style_has_no_use_for_is_named(capsys, tmp_path):
    stated(tmp_path, one="detail: {chain_rule: true}")
    assert run("one.yaml", "--latex", "-o", "-") == 0
    assert "one.yaml:9:10: `chain_rule` has no effect on this document in the style table" in capsys.readouterr().err
    assert run("one.yaml", "--style", "worked", "--latex", "-o", "-") == 0
    assert "chain_rule" not in capsys.readouterr().err


def test_together(capsys, tmp_path):
    text = tex(capsys, "one.yaml", "two.yaml", "--together", "Midterm 2")
    assert r"pdftitle={Midterm 2}" in text
    assert heads(text) == [
        ("1", "First problem"),
        ("1", "Functions"),
        ("2", "Numbers"),
        ("2", "Second problem"),
        ("1", "Functions"),
        ("2", "Numbers"),
    ]
    assert run("one.yaml", "two.yaml", "--together", "Midterm 2", "--as", "key,marking", "--latex") == 0
    assert sorted(p.name for p in (tmp_path / "output").iterdir()) == ["Midterm-2-marking.tex", "Midterm-2.tex"]


COLLECTION = """
title: Final
course: Machine Learning
problems: [one.yaml, two.yaml]
questions: through
worksheet: {blank: backward pass, form: C, fields: [name]}
"""


def test_a_collection(capsys, tmp_path):
    (tmp_path / "exams").mkdir()
    moved = COLLECTION.replace("one.yaml", "../one.yaml").replace("two.yaml", "../two.yaml")
    (tmp_path / "exams" / "final.yaml").write_text(moved, encoding="utf-8")
    text = tex(capsys, "exams/final.yaml", "--as", "worksheet")
    assert [number for number, _ in heads(text)] == ["1", "1", "2", "2", "3", "4"]
    assert "Machine Learning" in text
    assert r"Worksheet\quad Form C" in text
    gradients = text.count(r"\blank{19mm}")
    assert (
        gradients == tex(capsys, "one.yaml", "--as", "worksheet", "--blank", "backward pass").count(r"\blank{19mm}") * 2
    )
    more = tex(capsys, "exams/final.yaml", "--as", "worksheet", "--blank", "everything").count(r"\blank{19mm}")
    assert more > gradients


@pytest.mark.slow
def test_a_collection_of_the_gallery_is_set(tmp_path):
    for name in (TABLE, MATRIX):
        (tmp_path / f"{name}.yaml").write_text(assets.examples()[name].read_text(encoding="utf-8"), encoding="utf-8")
    stated = f"title: Both\nstyle: table\nproblems: [{TABLE}.yaml, {MATRIX}.yaml]\n"
    (tmp_path / "both.yaml").write_text(stated, encoding="utf-8")
    assert run("both.yaml", "--as", "key,worksheet,marking", "--latex") == 0
    for path in sorted((tmp_path / "output").iterdir()):
        result = compiled(path.read_text(encoding="utf-8"))
        assert result.pdf, result.error
        assert result.overfull == ()
        strips = text_of(result.pdf, tmp_path).count("Final answers")
        assert strips == (2 if "marking" in path.name else 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("problems: [one.yaml, none.yaml]\n", "c.yaml:1:22: there is no problem file 'none.yaml'"),
        ("problems: [one.yaml, one.yaml]\n", "c.yaml:1:22: 'one.yaml' stands here twice"),
        ("problems: []\n", "c.yaml:1:1: `problems`: expected at least one entry"),
        (
            "problems: one.yaml\nquestions: throughout\n",
            "c.yaml:2:1: unknown questions 'throughout'; did you mean through?",
        ),
        ("problems: one.yaml\ntitel: x\n", "c.yaml:2:1: unknown key `titel`; did you mean title?"),
        ("problems: one.yaml\nworksheet: {pages: like}\n", "unknown pages 'like'; did you mean alike?"),
    ],
)
def test_mistakes_in_a_collection(text, message, tmp_path, capsys):
    (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
    assert run("c.yaml", "--latex") == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "output").exists()


def test_a_mistake_in_one_of_several_is_named_with_its_file(tmp_path, capsys):
    text = SMALL.format(title="Third").replace("points: 6", "points: six")
    (tmp_path / "three.yaml").write_text(text, encoding="utf-8")
    assert run("one.yaml", "three.yaml", "--together", "All", "--as", "marking", "--latex") == 2
    assert "three.yaml:8:39: `points`: marks add up to a number" in capsys.readouterr().err


def test_too_few_points_for_the_lines_are_named_with_their_place(tmp_path, capsys):
    (tmp_path / "few.yaml").write_text(
        SMALL.format(title="x").replace("points: 6", "points: 1, step: 1"), encoding="utf-8"
    )
    assert run("few.yaml", "--as", "marking", "--latex") == 2
    err = capsys.readouterr().err
    assert "few.yaml:8:39:" in err
    assert "11 lines cannot share 1 points in steps of 1; 11 or 12 points can; change `points` or `step`" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["one.yaml", "--as", "sheet"], "--as: unknown kind 'sheet'; did you mean worksheet?"),
        (["one.yaml", "--as", "worksheet", "--blank", "delta"], "did you mean deltas?"),
        (["one.yaml", "--as", "worksheet", "--blank", "{names: [s9]}"], "--blank: 's9' is no line of the key"),
        (["one.yaml", "--as", "worksheet", "--blank", "{names: [x1]}"], "--blank: 'x1' is given, and stays"),
        (["one.yaml", "--as", "worksheet", "--blank", "{names: [s1 in round 4]}"], "the problem has 1 round"),
        (["one.yaml", "--form", "A/B"], "--form:1:1: expected a form of up to 8 letters and digits"),
        (["one.yaml", "--as", "key,worksheet", "-o", "-"], "one kind of document at a time"),
        (["one.yaml", "--as", "worksheet", "--format", "text"], "give it without --as and --together"),
    ],
)
def test_clear_refusals(arguments, message, capsys, tmp_path):
    assert run(*arguments) == 2
    err = capsys.readouterr().err
    assert message in err
    assert "Traceback" not in err
    assert not (tmp_path / "output").exists()


def test_names_are_checked_in_the_file_too(tmp_path, capsys):
    text = SMALL.format(title="x") + "worksheet:\n  blank:\n    names: [L, s7]\n"
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    assert run("bad.yaml", "--latex") == 2
    assert "bad.yaml:11:16: 's7' is no line of the key; did you mean s?" in capsys.readouterr().err

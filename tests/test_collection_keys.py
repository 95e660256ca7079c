"""No key of a collection is lost: each, set alone, changes a document, or is refused, or is named on the terminal."""

import pytest
import yaml
from test_collections import SMALL, run
from test_keys import keys_of

from derive.problem.collection import Collection
from derive.sources import assets

KINDS = ("key", "worksheet", "marking")
VALUES = {
    ("title",): ["Final"],
    ("author",): ["Ann"],
    ("course",): ["C"],
    ("due",): ["May"],
    ("date",): ["1 May"],
    ("header",): ["H"],
    ("worth",): ["5 %"],
    ("instructions",): ["Do it."],
    ("paper",): ["letter"],
    ("worksheet", "blank"): ["deltas", {"share": "0.5", "seed": "7"}],
    ("worksheet", "blank", "lines"): ["backward pass"],
    ("worksheet", "blank", "names"): [["L"], ["f9"]],
    ("worksheet", "blank", "share"): ["0.5"],
    ("worksheet", "blank", "seed"): ["7"],
    ("worksheet", "check_values"): [["L"], ["f9"]],
    ("worksheet", "fields"): [["name"], []],
    ("worksheet", "form"): ["B"],
    ("worksheet", "working_space"): ["20"],
    ("worksheet", "pages"): ["matched"],
    ("derive",): ["2"],
    ("problems",): [["two.yaml"], ["two.yaml", "one.yaml"]],
    ("style",): ["worked", "no style"],
    ("language",): ["de", "no language"],
    ("questions",): ["through"],
}
GROUPS = {("worksheet",)}
"""Keys that only hold others."""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        write(tmp_path / f"{name}.yaml", yaml.safe_load(SMALL.format(title=f"Problem {name}")))


def write(path, tree):
    path.write_text(yaml.safe_dump(tree), encoding="utf-8")


def documents(tree, tmp_path, capsys):
    """What is written of a collection, what is said, and whether it is made at all, for each kind in turn."""
    write(tmp_path / "c.yaml", tree)
    for kind in KINDS:
        code = run("c.yaml", "--as", kind, "--latex", "-o", "-")
        yield code, *capsys.readouterr()


def with_key(tree, path, value):
    *groups, key = path
    inner = {key: value}
    for group in reversed(groups):
        inner = {group: inner}
    return {**tree, **inner}


def test_every_key_has_a_value_to_try():
    schema = Collection.model_json_schema(by_alias=True)
    assert set(keys_of(schema, schema)) - GROUPS == VALUES.keys()


@pytest.mark.parametrize("problems", [["one.yaml"], ["one.yaml", "two.yaml"]])
@pytest.mark.parametrize("path", VALUES, ids=".".join)
def test_every_key_alone_changes_something_or_is_refused(path, problems, tmp_path, capsys):
    tree = {"problems": problems}
    usual = list(documents(tree, tmp_path, capsys))
    assert [code for code, _, _ in usual] == [0, 0, 0]
    for value in VALUES[path]:
        pairs = zip(documents(with_key(tree, path, value), tmp_path, capsys), usual, strict=True)
        assert any(now != before for now, before in pairs), value


@pytest.mark.parametrize("style", assets.names("styles"))
def test_counting_questions_through_shows_or_is_named(style, tmp_path, capsys):
    for problems in (["one.yaml"], ["one.yaml", "two.yaml"]):
        tree = {"problems": problems, "style": style}
        usual = next(documents(tree, tmp_path, capsys))
        code, text, said = next(documents({**tree, "questions": "through"}, tmp_path, capsys))
        assert code == 0
        assert (text == usual[1]) == ("`questions` has no effect" in said)


OWN = {
    "course": ("C", "two.yaml:{line}:1: `course` is not printed: the document of all files is headed like c.yaml"),
    "style": ("worked", "two.yaml:{line}:1: `style` has no effect: the style of the document of all files is table"),
    "language": ("de", "two.yaml:{line}:1: `language` has no effect: the language of the document of all files is en"),
}


@pytest.mark.parametrize("key", OWN)
def test_what_a_problem_says_for_a_document_of_its_own_is_named(key, tmp_path, capsys):
    value, message = OWN[key]
    path = tmp_path / "two.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8')}{key}: {value}\n", encoding="utf-8")
    line = path.read_text(encoding="utf-8").count("\n")
    tree = {"problems": ["one.yaml", "two.yaml"]}
    _, _, said = next(documents(tree, tmp_path, capsys))
    assert message.format(line=line) in said
    _, _, said = next(documents({**tree, key: value}, tmp_path, capsys))
    assert said == ""


@pytest.mark.parametrize(
    "worksheet", [{"form": "B"}, {"fields": ["name"]}, {"working_space": 20}, {"pages": "matched"}]
)
def test_a_worksheet_of_a_problem_of_its_own_is_named(worksheet, tmp_path, capsys):
    write(tmp_path / "two.yaml", {**yaml.safe_load(SMALL.format(title="Two")), "worksheet": worksheet})
    (key,) = worksheet
    tree = {"problems": ["one.yaml", "two.yaml"]}
    _, _, said = next(documents(tree, tmp_path, capsys))
    assert f"`{key}`" in said
    _, _, said = next(documents({**tree, "worksheet": worksheet}, tmp_path, capsys))
    assert said == ""


def test_where_no_document_is_made_nothing_is_said_of_its_head(tmp_path, capsys):
    write(tmp_path / "two.yaml", {**yaml.safe_load(SMALL.format(title="Two")), "course": "C"})
    write(tmp_path / "c.yaml", {"problems": ["one.yaml", "two.yaml"]})
    assert run("c.yaml", "--format", "csv", "-o", tmp_path) == 0
    assert "warning" not in capsys.readouterr().err


def test_a_sign_that_no_font_has_is_named_at_its_place(tmp_path, capsys):
    (tmp_path / "c.yaml").write_text("problems: [one.yaml]\ntitle: Smile \U0001f600\n", encoding="utf-8")
    assert run("c.yaml", "--latex") == 2
    assert "c.yaml:2:1: no font of the PDF is known to have U+1F600" in capsys.readouterr().err

"""One registry of formats and kinds: each entry does what it says, and other packages add formats to it."""

import io
import re
import sys
import tomllib
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import TABLE, engine_or_skip

import derive
from derive.cli.main import main
from derive.document.handouts import kinds
from derive.errors import InputError
from derive.formats import FORMATS, KINDS, find, imported
from derive.sources import assets

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
PROBLEM = "title: Gates\nequations: {f: x*y}\nvalues: {x: 2, y: 3}\n"
BLOCK = re.compile(r"^```\w+\n# file: (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
HOW_TO = dict(BLOCK.findall((ROOT / "docs" / "add-a-format.md").read_text("utf-8")))
METHODS = {"pdf": "pdf", "latex": "latex", "ipynb": "notebook"}


@pytest.fixture(scope="module")
def solution():
    return derive.solve(assets.examples()[TABLE])


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_gives_what_its_entry_says(name, solution):
    format = FORMATS[name]
    if name == "pdf":
        engine_or_skip()
    method = getattr(solution, f"to_{METHODS.get(name, name.replace('-', '_'))}")
    content = method()
    assert isinstance(content, bytes if format.gives == "bytes" else str)
    assert solution.to(name) == content
    files = solution.files(name)
    assert next(iter(files.items())) == (f"{TABLE}{format.ending}", content)
    assert (len(files) > 1) == (format.gives == "files")
    assert not format.extra or format.extra in EXTRAS


@pytest.mark.parametrize("name", [name for name, one in FORMATS.items() if one.flavours])
def test_every_flavour_is_written_and_no_other(name, solution):
    flavours = imported(FORMATS[name].flavours)()
    assert FORMATS[name].flavour in flavours
    assert len({solution.to(name, flavour=flavour) for flavour in flavours}) == len(flavours)
    assert solution.to(name) == solution.to(name, flavour=FORMATS[name].flavour)
    with pytest.raises(InputError, match="unknown flavour 'nothing'"):
        solution.to(name, flavour="nothing")


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_built_by_what_its_entry_names(kind, solution, monkeypatch):
    page = solution.to_html(kind)
    assert ('class="blank"' in page) == KINDS[kind].has_blanks
    assert (page == solution.to_html()) == (kind == "key")
    monkeypatch.setattr(kinds, KINDS[kind].build.partition(":")[2], lambda draft: replace(draft.key, title="Mine"))
    assert "<h1>Mine" in solution.to_html(kind)


def test_names_of_files_tell_kind_and_form():
    solution = derive.solve(derive.loads(f"{PROBLEM}worksheet: {{form: B}}\n"), source="gates.yaml")
    assert list(solution.files("html", "worksheet")) == ["gates-worksheet-B.html"]
    assert next(iter(solution.files("markdown", flavour="quarto"))) == "gates-B.qmd"
    assert list(solution.files("csv")) == ["gates.csv"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nothing",), "unknown format 'nothing'; known are html, markdown,"),
        (("markdwon",), "did you mean markdown?"),
        (("html", "exam"), "unknown kind 'exam'; known are key, worksheet, marking"),
        (("json", "key"), "the format json is no document; it has no kinds"),
        (("html", "key", "myst"), "the format html has no flavours"),
    ],
)
def test_a_format_that_there_is_not_is_explained(arguments, message, solution):
    with pytest.raises(InputError, match=re.escape(message)):
        solution.to(*arguments)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("pdf", "a PDF is what is written without --format"),
        ("latex", "write --latex"),
        ("tex", "write --latex"),
        ("md", "write --format markdown"),
        ("py", "write --format pytorch"),
        ("beamer", "write --format tex-fragment --flavour beamer"),
        ("quarto", "write --format markdown --flavour quarto"),
    ],
)
def test_the_command_line_says_how_a_format_is_asked_for(name, advice, capsys):
    assert main([str(assets.examples()[TABLE]), "--format", name]) == 2
    assert capsys.readouterr().err == f"error: --format: unknown format {name!r}; {advice}\n"


def test_help_and_list_name_every_format():
    with redirect_stdout(io.StringIO()) as shown, pytest.raises(SystemExit):
        main(["--help"])
    for format in FORMATS.values():
        line = re.compile(rf"^  {format.option or format.name} +{re.escape(format.describes)}", re.MULTILINE)
        assert all(line.search(text) for text in (shown.getvalue(), run("list", "formats")[1]))


@pytest.fixture
def install(tmp_path, monkeypatch):
    """What makes a package that is found as an installed one is."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(PROBLEM, encoding="utf-8")

    def installed(package, module, text, entries):
        (folder / f"{module}.py").write_text(text, encoding="utf-8")
        information = folder / f"{module}-1.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n", "utf-8")
        lines = "".join(f"{name} = {reference}\n" for name, reference in entries.items())
        (information / "entry_points.txt").write_text(f"[derive.formats]\n{lines}", encoding="utf-8")
        monkeypatch.delitem(sys.modules, module, raising=False)

    return installed


def run(*arguments):
    """The exit code of a command, what it printed and what it said."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        code = main([*arguments])
    return code, out.getvalue(), err.getvalue()


def test_the_formats_of_the_how_to(install, tmp_path):
    project = tomllib.loads(HOW_TO["pyproject.toml"])["project"]
    install(project["name"], "derive_cards", HOW_TO["derive_cards.py"], project["entry-points"]["derive.formats"])
    assert run("mine.yaml", "--format", "cards", "-o", "out") == (0, "", "wrote out/mine.tsv\n")
    cards = (tmp_path / "out" / "mine.tsv").read_text("utf-8")
    assert cards.splitlines()[0] == "df/dy\tx"
    assert run("mine.yaml", "--format", "cards", "-o", "-")[1] == cards
    assert derive.solve("mine.yaml").to("cards") == cards
    assert run("mine.yaml", "--format", "outline", "--as", "worksheet", "-o", "out")[0] == 0
    outline = (tmp_path / "out" / "mine-worksheet-outline.md").read_text("utf-8")
    assert outline.startswith("Gates (Worksheet)\n- ")
    code, listed, said = run("list", "formats")
    assert (code, said) == (0, "")
    assert (
        "  cards         flash cards: a gradient on the front, its formula on the back (of the package derive-cards)"
        in (listed.splitlines())
    )
    assert "is no document; give it without --as" in run("mine.yaml", "--format", "cards", "--as", "key")[2]
    assert "--flavour is for" in run("mine.yaml", "--format", "cards", "--flavour", "x")[2]
    assert "did you mean cards?" in run("mine.yaml", "--format", "card")[2]


FORMAT = "from derive.formats import Format, Files\n"
BROKEN = [
    ("import nowhere\n", "cannot be imported: ModuleNotFoundError: No module named 'nowhere'"),
    ("1 / 0\n", "cannot be imported: ZeroDivisionError: division by zero"),
    ("", "cannot be imported: AttributeError: module 'broken' has no attribute 'MADE'"),
    ("MADE = print\n", "expected a derive.formats.Format of that name, not a builtin_function_or_method"),
    (f"{FORMAT}MADE = Format('dust', '.x', 'x', print)\n", "of that name, not one named 'dust'"),
]


@pytest.mark.parametrize(("text", "message"), BROKEN)
def test_an_entry_point_that_cannot_be_had_is_a_message(text, message, install):
    install("derive-broken", "broken", text, {"rust": "broken:MADE"})
    code, out, said = run("mine.yaml", "--format", "rust")
    assert (code, out) == (2, "")
    assert said.startswith("error: --format: the format 'rust' of derive-broken")
    assert said.endswith(f"{message}\n")
    code, listed, said = run("list", "formats")
    assert code == 0
    assert "  html " in listed
    assert said.startswith("warning: the format 'rust' of derive-broken")
    assert run("mine.yaml", "--format", "json")[0] == 0


def test_a_format_of_derive_keeps_its_name(install):
    install(
        "derive-other",
        "other",
        f"{FORMAT}MADE = Format('html', '.x', 'x', lambda edition: 'x')\n",
        {"html": "other:MADE"},
    )
    assert find("html") is FORMATS["html"]
    assert "the format 'html' of derive-other is not used: derive has one of that name" in run("list", "formats")[2]


def test_a_format_may_be_named_like_an_ending_or_a_flavour(install):
    text = f"{FORMAT}def write(solution, source):\n    return 'mine'\nMADE = Format('md', '.x', 'x', write)\n"
    install("derive-md", "mine", text, {"md": "mine:MADE"})
    assert run("mine.yaml", "--format", "md", "-o", "-")[:2] == (0, "mine")


def test_two_packages_with_one_name_are_both_named(install):
    for package in ("first", "second"):
        install(
            f"derive-{package}",
            package,
            f"{FORMAT}MADE = Format('rust', '.x', 'x', str)\n",
            {"rust": f"{package}:MADE"},
        )
    code, _, said = run("mine.yaml", "--format", "rust")
    assert code == 2
    assert re.search(r"'rust' of derive-(first|second) and derive-(first|second): only one of them", said)


AS_RUST = "as rust of the package derive-broken; this is a fault"
WRITERS = [
    ("lambda solution, source: 5", "text", "made a int, not text"),
    ("lambda solution, source: 'x'", "bytes", "made a str, not bytes"),
    ("lambda solution, source: 'x'", "files", "made a str, not files"),
    ("lambda solution, source: 1 / 0", "text", f"while writing mine.yaml {AS_RUST}"),
    ("lambda edition: 1 / 0", "text", f"while writing the key of mine.yaml {AS_RUST}"),
]


@pytest.mark.parametrize(("write", "gives", "message"), WRITERS)
def test_a_writer_that_fails_is_named_with_its_package(write, gives, message, install):
    takes = "document" if "edition" in write else "solution"
    text = f"{FORMAT}MADE = Format('rust', '.x', 'x', {write}, gives={gives!r}, takes={takes!r})\n"
    install("derive-broken", "broken", text, {"rust": "broken:MADE"})
    code, _, said = run("mine.yaml", "--format", "rust", "-o", "out")
    assert code in (2, 3)
    assert message in said
    assert not Path("out").exists()


def test_a_format_of_a_problem_and_of_several_files(install, tmp_path):
    text = (
        f"{FORMAT}def write(problem, source, flavour):\n"
        "    return Files(problem.title.encode(), f'.{flavour}', {f'{source}.{flavour}': b'beside'})\n"
        "MADE = Format('rust', '.x', 'x', write, takes='problem', gives='files', flavour='red',\n"
        "              flavours=lambda: {'red': 'r', 'blue': 'b'})\n"
    )
    install("derive-rust", "rust", text, {"rust": "rust:MADE"})
    assert run("mine.yaml", "--format", "rust", "--flavour", "blue", "-o", "out")[0] == 0
    assert (tmp_path / "out" / "mine.blue").read_bytes() == b"Gates"
    assert (tmp_path / "out" / "mine.yaml.blue").read_bytes() == b"beside"
    assert derive.solve("mine.yaml").files("rust") == {"mine.red": b"Gates", "mine.yaml.red": b"beside"}

"""Markdown as GitHub, MyST and Quarto read it: the key's digits, labels that lead somewhere, text that stays text."""

import itertools
import re
import subprocess
import sys
from pathlib import Path
from unicodedata import normalize

import pytest
from conftest import MATRIX, TABLE, problem_of, program_or_skip, solution_of
from documents import document_of
from editions import to_markdown_document, to_tex_fragment_document
from justhtml import JustHTML
from material import (
    FLAVOURS,
    GALLERY,
    HOSTILE,
    doctree,
    formulas_of_github,
    markdown_of,
    myst_book,
    nodes,
    numbers,
    numbers_of_document,
    page_of_github,
    pandoc,
    sphinx_book,
    telling,
    write,
)

import derive
from derive.cli.files import MANIFEST
from derive.cli.main import main
from derive.document.handouts.handout import Strip
from derive.document.locale import locale
from derive.document.walk import within
from derive.errors import InputError
from derive.exports.flavour import markdown_flavour
from derive.exports.labels import prefix
from derive.exports.markdown import after_mathematics, escaped
from derive.formats import KEY
from derive.sources import assets

SOME = [TABLE, MATRIX, "convolution-pooling"]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LABELS = {
    "myst": (r"^(?::label:|:name:) (.*)$|^\((.*)\)=$", r"\{(?:eq|numref)\}`([^`]*)`"),
    "quarto": (r"\{#(?:eq|fig|tbl|sec)-([^ }]*)", r"@(?:eq|fig|tbl)-([\w-]*)"),
}


def formulas(text, flavour):
    """What the ecosystem's own reader takes for mathematics."""
    if flavour == "github":
        return formulas_of_github(text)
    if flavour == "quarto":
        return [one["c"][1] for one in nodes(pandoc(text), "Math")]
    tree = doctree(text)
    return [one.astext() for one in tree.findall() if one.tagname in ("math", "math_block")]


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("name", SOME)
def test_the_digits_are_those_of_the_document(name, flavour):
    text = markdown_of(name, flavour).content
    expected = numbers_of_document(name)
    assert sum(expected.values()) > 50
    assert numbers(formulas(text, flavour)) == expected


@pytest.mark.parametrize(
    ("flavour", "kind", "style", "language"),
    [
        ("github", "worksheet", "worked", "de"),
        ("myst", "worksheet", "table", "th"),
        ("quarto", "worksheet", "steps", "zh-TW"),
        ("github", "marking", "steps", "fr"),
        ("myst", "marking", "summary", "es"),
        ("quarto", "marking", "exam", "en"),
        ("myst", "key", "graph", "fr"),
        ("quarto", "key", "slides", "th"),
    ],
)
def test_the_digits_of_every_kind_and_style(flavour, kind, style, language):
    changes = {"style": style, "language": language}
    text = markdown_of(TABLE, flavour, kind, **changes).content
    assert numbers(formulas(text, flavour)) == numbers_of_document(TABLE, kind, **changes)
    assert ("\\underline{\\hspace{" in text) == (kind == "worksheet")
    assert bool(list(within(document_of(TABLE, kind, **changes).strips, Strip))) == (kind == "marking")


def test_nothing_of_derives_own_is_left_in_formulas():
    for name, kind in itertools.product(SOME, ("key", "worksheet", "marking")):
        own = re.findall(
            r"\\(?:blank|earns|earnsapart|room|equation\w+|ensuremath)\b", markdown_of(name, "myst", kind).content
        )
        assert not own, (name, kind)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_read_as_it_was_written(text):
    """Each reader gives the text back, whatever stands in it."""
    plain = " ".join(text.split())
    characters = {name: markdown_flavour(name).stated.escaped for name in FLAVOURS}
    github = page_of_github(escaped(text, characters["github"]))
    assert github.query_one("body").to_text().strip() == plain
    assert elements(github) == ["p"]
    tree = doctree(escaped(text, characters["myst"]))
    assert tree.astext() == plain
    assert [one.tagname for one in tree.findall()] == ["document", "paragraph", "#text"]
    blocks = pandoc(escaped(text, characters["quarto"]))["blocks"]
    assert [one["t"] for one in blocks] == ["Para"]
    kinds = {one["t"] for one in blocks[0]["c"]}
    assert kinds <= {"Str", "Space"}, kinds
    assert "".join(one.get("c", " ") for one in blocks[0]["c"]) == plain


def elements(page):
    """The elements in the body of a page."""
    return [one.name for one in page.query("*")][3:]


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_hostile_problem_keeps_the_outline_of_a_tame_one(flavour):
    """As title, heading, paragraph and item: the same blocks come out, no more and no less."""
    texts = [text for text in HOSTILE if "$x$" not in text]  # that one is mathematics in a problem file
    tame = to_markdown_document(telling(["Tame"] * len(texts)), "x.yaml", flavour).content
    made = to_markdown_document(telling(texts), "x.yaml", flavour).content
    assert outline(made, flavour) == outline(tame, flavour)
    assert len(outline(tame, flavour)) > 20


def outline(text, flavour):
    """The blocks of a text, as the ecosystem's own reader has them."""
    if flavour == "github":
        return elements(page_of_github(text))
    if flavour == "quarto":
        tree = pandoc(text)
        inner = [one["t"] for one in nodes(tree["blocks"], "Para", "Plain", "Header", "BulletList", "Table", "Figure")]
        marked = [one["t"] for one in nodes(tree, "Emph", "Strong", "Cite", "Link", "Code", "RawInline", "RawBlock")]
        return [*sorted(tree["meta"]), *inner, *marked]
    return [one.tagname for one in doctree(text).findall() if one.tagname != "#text"]


def test_an_author_has_the_name_that_was_written():
    """Quarto reads Markdown in it."""
    name = r"J_Doe & *Sons* #1 @home $5 \ <b>"
    solution = solution_of(TABLE, author=name)
    (read,) = nodes(pandoc(to_markdown_document(solution, "x.yaml", "quarto").content)["meta"]["author"], "MetaInlines")
    assert "".join(one.get("c", " ") if isinstance(one.get("c", " "), str) else "?" for one in read["c"]) == name


def test_text_that_touches_a_formula_does_not_undo_it():
    assert after_mathematics("2nd") == "&#50;nd"
    assert after_mathematics(", then") == ", then"
    assert nodes_of_math("$x$" + after_mathematics("2")) == 1
    assert nodes_of_math("$x$2") == 0


def nodes_of_math(text):
    return len(list(nodes(pandoc(text), "Math")))


@pytest.mark.parametrize("flavour", sorted(LABELS))
@pytest.mark.parametrize("name", SOME)
def test_labels_are_the_problems_own_and_references_find_one(name, flavour):
    made = markdown_of(name, flavour)
    label, reference = LABELS[flavour]
    labels = ["".join(found) for found in re.findall(label, made.content, re.MULTILINE)]
    cited = re.findall(reference, made.content)
    assert len({one.lower() for one in labels}) == len(labels) > 1
    assert all(one == name or one.startswith(f"{name}-") for one in labels)
    assert set(cited) <= set(labels)
    assert cited


def test_a_label_is_the_name_that_the_trace_has():
    assert f":label: {TABLE}-dL-dw11\n" in markdown_of(TABLE, "myst").content
    assert f"$$ {{#eq-{TABLE}-dL-dw11}}\n" in markdown_of(TABLE, "quarto").content


def test_the_labels_that_the_pages_of_the_docs_name_are_there():
    readme = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
    problem = derive.loads(re.search(r"```yaml\n(.*?)```", readme, re.DOTALL)[1] + "equation_numbers: all\n")
    solution = derive.solve(problem)
    myst = to_markdown_document(solution, "mine.yaml", "myst").content
    assert ":label: mine-dL-dw11\n" in myst
    assert ":name: mine-network\n" in myst
    quarto = to_markdown_document(solution, "mine.yaml", "quarto").content
    assert "{#eq-mine-dL-dw11}\n" in quarto
    assert "{#fig-mine-network " in quarto
    assert r"\label{eq:mine-dL-dw11}" in to_tex_fragment_document(solution, "mine.yaml")


def test_keys_and_worksheets_stand_in_one_book():
    key, sheet = markdown_of(TABLE, "myst"), markdown_of(TABLE, "myst", "worksheet")
    assert f":name: {TABLE}-worksheet-network" in sheet.content
    assert not set(key.beside) & set(sheet.beside)


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("name", SOME)
def test_every_picture_is_shown_on_white_paper_and_described(name, flavour):
    made = markdown_of(name, flavour)
    assert made.beside
    for file, svg in made.beside.items():
        assert file.startswith(f"{name}-")
        assert file in made.content
        drawn = JustHTML(svg, sanitize=False).query_one("svg")
        assert drawn.attrs["style"] == "background:#fff"
        assert drawn.query_one("title").to_text() in made.content.replace("\\", "")


def test_github_gets_its_tables_headings_and_tags():
    text = markdown_of(TABLE, "github").content
    page = page_of_github(text)
    document = document_of(TABLE)
    assert [len(table.query("th")) for table in page.query("table")] == [5, 4, 4, 4, 4, 2]
    assert page.query_one("h1").to_text() == document.title
    titles = [f"{one.number}. {one.title}" for one in document.parts[0].questions]
    assert [one.to_text() for one in page.query("h2")][1:-1] == titles
    assert [int(n) for n in re.findall(r"\\tag\{(\d+)\}", text)] == list(range(1, 16))


@pytest.mark.parametrize("name", FLAVOURS)
def test_a_bar_in_a_text_ends_no_cell(name):
    made = escaped("x | y \\| z", markdown_flavour(name).stated.escaped)
    page = page_of_github(f"| a | b |\n| - | - |\n| {made} | 1 |")
    assert [one.to_text() for one in page.query("td")] == ["x | y \\| z", "1"]


def test_bars_in_a_formula_end_no_cell():
    problem = derive.Problem.model_validate({**dict(problem_of("robust-regression")), "style": "summary"})
    page = page_of_github(to_markdown_document(derive.solve(problem), "x.yaml", "github").content)
    for table in page.query("table"):
        assert len({len(row.query("th, td")) for row in table.query("tr")}) == 1


def test_sphinx_builds_a_book_of_several_and_follows_its_references(tmp_path):
    stems = [TABLE, MATRIX, "two-two-two"]
    for name in stems:
        write(markdown_of(name, "myst"), tmp_path, name)
    page = JustHTML((sphinx_book(tmp_path, stems) / f"{TABLE}.html").read_text("utf-8"), sanitize=False)
    targets = {one.attrs["id"] for one in page.query("[id]")}
    inner = [
        one.attrs["href"][1:] for one in page.query("a.reference.internal") if one.attrs["href"].startswith("#equation")
    ]
    assert len(inner) > 3
    assert set(inner) <= targets
    assert len(page.query("figure img")) == 2
    assert len(page.query("table caption")) == 6


@pytest.mark.slow
def test_mystmd_builds_a_book_of_several_and_follows_its_references(tmp_path):
    stems = [TABLE, MATRIX, "two-two-two"]
    for name in stems:
        write(markdown_of(name, "myst"), tmp_path, name)
    texts = [text for text in HOSTILE if "$x$" not in text]
    write(to_markdown_document(telling(texts), "hostile.yaml", "myst"), tmp_path, "hostile")
    pages = myst_book(tmp_path)
    assert set(pages) == {*stems, "hostile"}
    items = ["".join(one["value"] for one in nodes(item, "text")) for item in nodes(pages["hostile"], "listItem")]
    assert items[: len(texts)] == [
        f"{letter} {' '.join(text.split())}" for letter, text in zip(LETTERS, texts, strict=False)
    ]
    references = list(nodes(pages[TABLE], "crossReference"))
    assert len(references) > 5
    assert all(one.get("resolved") is not False and one["html_id"] for one in references)
    found = numbers(one["value"] for one in nodes(pages[TABLE], "math", "inlineMath", "text"))
    words = [one.astext() for one in doctree(markdown_of(TABLE, "myst").content).findall() if one.tagname == "#text"]
    assert found == numbers(words) - numbers([document_of(TABLE).title])  # which mystmd has in the page's head
    assert not list(nodes(pages[TABLE], "mystRoleError", "mystDirectiveError", "html"))


def test_quarto_finds_figures_tables_equations_and_references():
    """Pandoc is what Quarto reads with; what it hands to Quarto's cross-references has the form that they ask for."""
    tree = pandoc(markdown_of(TABLE, "quarto").content)
    figures = [one["c"][0][0] for one in nodes(tree, "Figure")]
    assert figures == [f"fig-{TABLE}-network", f"fig-{TABLE}-question-6-loss-plot"]
    tables = list(nodes(tree, "Table"))
    assert len(tables) == 6
    captions = [str(one["c"][1]) for one in tables]
    assert all("tbl-" in one for one in captions) or all(one["c"][0][0].startswith("tbl-") for one in tables)
    cited = [one["citationId"] for cite in nodes(tree, "Cite") for one in cite["c"][0]]
    assert {one.partition("-")[0] for one in cited} == {"eq", "fig", "tbl"}
    assert tree["meta"]["title"]
    assert tree["meta"]["lang"]["c"][0]["c"] == "en"


def test_a_linter_of_quarto_finds_no_mistake(tmp_path):
    program = program_or_skip(str(Path(sys.executable).with_name("panache")))
    for name in SOME:
        write(markdown_of(name, "quarto"), tmp_path, name)
    (tmp_path / "panache.toml").write_text(
        'flavor = "quarto"\n[lint]\nignore = ["citation-nonbreaking-space"]\n', encoding="utf-8"
    )
    done = subprocess.run([program, "lint", "."], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "warning" not in done.stdout + done.stderr, done.stdout
    (tmp_path / "broken.qmd").write_text("See @eq-nowhere.\n\n$$\nx\n$$ {#eq-here}\n", encoding="utf-8")
    done = subprocess.run([program, "lint", "broken.qmd"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "nowhere" in done.stdout


@pytest.mark.exhaustive
def test_the_whole_gallery_is_rendered(tmp_path):
    for name in GALLERY:
        write(markdown_of(name, "myst"), tmp_path, name)
        expected = numbers_of_document(name)
        for kind in FLAVOURS:
            assert numbers(formulas(markdown_of(name, kind).content, kind)) == expected, (name, kind)
    sphinx_book(tmp_path, GALLERY)
    (tmp_path / "index.md").unlink()
    pages = myst_book(tmp_path)
    assert set(pages) >= set(GALLERY)


def test_a_flavour_of_ones_own(tmp_path):
    source = assets.templates() / "flavours" / "markdown" / "github"
    for path in source.iterdir():
        text = path.read_text("utf-8").replace("```math", "```latex")
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    made = to_markdown_document(solution_of(MATRIX), "x.yaml", str(tmp_path))
    assert "```latex\n" in made.content
    with pytest.raises(InputError, match="unknown flavour 'gitlab'; known are github, myst, quarto"):
        to_markdown_document(solution_of(MATRIX), "x.yaml", "gitlab")


@pytest.mark.parametrize("language", assets.names("locales"))
def test_the_words_are_those_of_the_language(language):
    text = markdown_of(TABLE, "myst", language=language).content
    words = locale(language).material
    assert f"\n{words.network}\n```" in text
    assert f"```{{table}} {words.data}\n" in text
    assert words.network_shown.replace("<figure>", f"{{numref}}`{TABLE}-network`") in text


def test_the_command_line_writes_the_text_and_its_pictures(tmp_path, capsys):
    path = str(assets.examples()[TABLE])
    assert main([path, "--format", "markdown", "--flavour", "quarto", "-o", str(tmp_path)]) == 0
    written = sorted(one.name for one in tmp_path.iterdir() if one.name != MANIFEST)
    assert written == [f"{TABLE}-network.svg", f"{TABLE}-question-6-loss-plot.svg", f"{TABLE}.qmd"]
    assert (tmp_path / f"{TABLE}.qmd").read_text("utf-8") == markdown_of(TABLE, "quarto").content
    capsys.readouterr()
    assert main([path, "--format", "markdown", "-o", "-"]) == 0
    assert capsys.readouterr().out == markdown_of(TABLE, "github").content
    assert main([path, "--format", "html", "--flavour", "myst"]) == 2
    assert "--flavour is for --format markdown" in capsys.readouterr().err


def test_files_in_any_script_keep_their_own_pictures_and_labels(tmp_path):
    """Names without a Latin letter have labels of their own, the same on each system; accents are left out."""
    texts = {name: assets.examples()[name].read_text("utf-8") for name in (TABLE, "xor")}
    for file, text in zip(("การบ้าน.yaml", "ปัญหา.yaml"), texts.values(), strict=True):
        (tmp_path / file).write_text(text, encoding="utf-8")
    paths = [str(tmp_path / file) for file in ("การบ้าน.yaml", "ปัญหา.yaml")]
    assert main([*paths, "--format", "markdown", "-o", str(tmp_path)]) == 0
    for path, name in zip(paths, texts, strict=True):
        for shown in re.findall(r"\((\S+\.svg)\)", Path(path).with_suffix(".md").read_text("utf-8")):
            assert (tmp_path / shown).read_text("utf-8") in markdown_of(name, "github").beside.values()
    assert prefix("Übung 2.1 (Straße).yaml", KEY, "") == prefix(normalize("NFD", "Übung 2.1 (Straße).yaml"), KEY, "")
    assert prefix("Übung 2.1 (Straße).yaml", KEY, "") == "ubung-2-1-strasse"
    assert re.fullmatch(r"4-1-[0-9a-f]{6}-worksheet-b", prefix("แบบฝึกหัด 4.1.yaml", "worksheet", "B"))
    assert re.fullmatch(r"problem-[0-9a-f]{6}", prefix("問題.yaml", KEY, ""))
    assert prefix("%.yaml", KEY, "") == "problem"


def test_two_documents_never_write_one_file(tmp_path, capsys):
    for file, name in (("a.b.yaml", TABLE), ("a-b.yaml", "xor")):
        (tmp_path / file).write_text(assets.examples()[name].read_text("utf-8"), encoding="utf-8")
    paths = [str(tmp_path / file) for file in ("a.b.yaml", "a-b.yaml")]
    assert main([*paths, "--format", "markdown", "-o", str(tmp_path / "out")]) == 2
    assert f"two documents would both write {tmp_path / 'out' / 'a-b-network.svg'}" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_problem_file_is_not_overwritten(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(assets.examples()["xor"].read_text("utf-8"), encoding="utf-8")
    assert main(["mine.yaml", "--format", "markdown", "-o", "."]) == 0
    assert Path("mine.md").exists()

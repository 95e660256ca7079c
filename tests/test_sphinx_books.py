"""The directive and the role in books of Sphinx and Jupyter Book 1, built by those tools."""

import re
import subprocess
from html import unescape

import pytest
from conftest import TABLE, compiled, program_or_skip, solution_of
from justhtml import JustHTML
from sample_books import CIRCUIT, laid_out, sphinx, with_problems

from derive.api import reading
from derive.ecosystems.request import OPTIONS, SYNONYMS
from derive.exports.displays import display

MATH = re.compile(r"\\[\[(](?:\\begin\{split\})?(.*?)(?:\\end\{split\})?\\[\])]", re.DOTALL)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = laid_out("sphinx", tmp_path_factory.mktemp("book"))
    reading._solution.cache_clear()
    return sphinx(folder), reading._solution.cache_info().misses


def mathematics(page):
    return [unescape(one) for one in MATH.findall(page)]


def test_the_book_is_built_without_a_warning(book):
    built, _ = book
    assert built.warnings == []


def test_every_problem_file_is_solved_once(book):
    assert book[1] == 2


def test_formulas_are_those_of_the_solution(book):
    built, _ = book
    solution, circuit = solution_of(TABLE), solution_of(CIRCUIT)
    index, gates = mathematics(built.page("index")), mathematics(built.page("circuit"))
    assert index[0] == solution.formula("dL/dw11", "value").latex("right") == "-0.036722"
    assert display(solution.formula("dL/dw11", "chain,symbolic,value").written, 120) in index
    assert gates[0] == circuit.formula("df/dw0", "chain").latex("right")
    rounds = [solution.formula(f"f{unit}", "symbolic,substituted,value", n).latex() for n in (1, 2) for unit in (1, 2)]
    assert gates[-4:] == rounds


def test_a_table_holds_every_number_of_its_round(book):
    built, _ = book
    page = JustHTML(built.page("index"), sanitize=False)
    (table,) = page.query("table")
    assert [one.to_text() for one in table.query("th")] == list(solution_of(TABLE).rounds[2].table().heads)
    cells = [mathematics(one.to_html())[0] for one in table.query("td") if one.to_text().strip()]
    wanted = solution_of(TABLE).rounds[2].table().rows
    assert sorted(cells) == sorted(str(cell) for row in wanted for cell in row if cell)


def test_references_lead_across_pages(book):
    built, _ = book
    index, gates = (JustHTML(built.page(name), sanitize=False) for name in ("index", "circuit"))

    def links(page):
        return {(a.attrs["href"], a.to_text()) for a in page.query("a.reference.internal")}

    assert {("#net", "Fig. 1"), ("#equation-homework-dl-dw11", "(1)"), ("#numbers", "Table 1")} <= links(index)
    assert ("circuit.html#equation-slope", "(2)") in links(index)
    assert {("index.html#equation-homework-dl-dw11", "(1)"), ("#gates", "Fig. 2")} <= links(gates)
    assert index.query("figure#net img[alt='A network of dense layers. Inputs: 2. Units layer by layer: 2.']")


def test_pictures_stand_in_the_folder_of_images(book):
    built, _ = book
    sources = re.findall(r'src="(_images/[^"]+\.svg)"', built.page("index") + built.page("circuit"))
    assert len(sources) == 2
    assert all((built.folder / one).read_text("utf-8").startswith("<svg ") for one in sources)


def small_book(folder, **pages):
    """Pages in reST or MyST, by the ending of their names, in a book with the two problem files."""
    with_problems(folder)
    (folder / "conf.py").write_text('extensions = ["myst_parser", "derive.sphinx"]\nnumfig = True\n', encoding="utf-8")
    for name, text in pages.items():
        stem, _, ending = name.rpartition("_")
        (folder / f"{stem}.{ending}").write_text(text, encoding="utf-8")
    names = "\n".join(f"   {name.rpartition('_')[0]}" for name in pages)
    (folder / "index.rst").write_text(f"Book\n====\n\n.. toctree::\n\n{names}\n", encoding="utf-8")
    return folder


def in_rest(file, *options):
    return "\n".join(["Page", "====", "", f".. derive:: {file}", *(f"   :{one}" for one in options), ""])


def in_myst(file, *options):
    return "\n".join(["# Page", "", f"```{{derive}} {file}", *(f":{one}" for one in options), "```", ""])


def test_an_edit_of_a_problem_builds_its_pages_anew_and_no_other(tmp_path):
    one = in_rest("problems/homework.yaml", "formula: w11_new", "form: value")
    small_book(tmp_path, one_rst=one, two_rst=in_rest("circuit.yaml", "formula: f", "form: value"))
    before = sphinx(tmp_path)
    assert before.warnings == []
    assert "0.236722" in mathematics(before.page("one"))[0]
    assert sphinx(tmp_path).read == []
    problem = tmp_path / "problems" / "homework.yaml"
    problem.write_text(problem.read_text("utf-8").replace("learning_rate: 1", "learning_rate: 2"), encoding="utf-8")
    after = sphinx(tmp_path)
    assert after.read == ["one"]
    assert solution_of(TABLE, learning_rate="2")["w11_new"].shown() in mathematics(after.page("one"))[0]


WRONG = [
    (("circuit.yaml", "formula: df/dw0", "form: valu"), "form: unknown form 'valu'; did you mean value?"),
    (("circuit.yaml", "formula: df/dw9"), "there is no quantity 'df/dw9'; did you mean df/dw2?"),
    (
        ("circuit.yaml", "formula: df/dw0", "rounds: 2-1"),
        "round: expected numbers such as `2`, `1-3` or `1, 3`, or `all`",
    ),
    (("circuit.yaml", "formula: f", "form: value", "round: 7"), "round 7, but the solution has rounds 1 to 1"),
    (("circuit.yaml", "formula: df/dw0", "round: 1", "rounds: 1"), "rounds: the same as round, which is there too"),
    (("circuit.yaml", "formula:"), "formula: expected names such as `dL/dw11` or `dL/dw*`, several with commas"),
    (("circuit.yaml", "formula: f,,d"), "formula: expected names with single commas between, not 'f,,d'"),
    (("circuit.yaml", "formula: f", "side: left, right"), "side: expected one of both, right, left"),
    (("circuit.yaml", "table:", "form: value"), "form: says how a formula is written; expected the option formula"),
    (("circuit.yaml", "figure: netwrok"), "figure: unknown figure 'netwrok'; did you mean network?"),
    (("circuit.yaml", "fromula: f"), "unknown option 'fromula'; did you mean formula?"),
    (("circuit.yaml", "caption: Nothing"), "nothing is asked for; expected the option formula, figure or table"),
    (("circuit.yaml", "formula: f", "caption: A formula"), "caption: it goes with one figure or table; 0 are shown"),
    (("circuit.yaml", "formula: f", "language: xx"), "unknown language 'xx'; known are"),
    (("circuit.yaml", "formula: w0", "form: closed"), "w0 is given: it has a value and no formula"),
    (("none.yaml", "table:"), "none.yaml: cannot be read: No such file or directory"),
    (("broken.yaml", "table:"), "broken.yaml:3:13: unknown activation 'sigmod'; did you mean sigmoid?"),
    (("many.yaml", "table:"), "many.yaml: this is a collection; give one of its problem files"),
]


@pytest.fixture(scope="module")
def wrong_book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wrong")
    pages = {f"rest{n}_rst": in_rest(*wrong) for n, (wrong, _) in enumerate(WRONG)}
    pages |= {f"myst{n}_md": in_myst(*wrong) for n, (wrong, _) in enumerate(WRONG)}
    small_book(folder, **pages, roles_md=ROLES)
    (folder / "broken.yaml").write_text(BROKEN, encoding="utf-8")
    (folder / "many.yaml").write_text("problems: [circuit.yaml]\n", encoding="utf-8")
    return sphinx(folder)


BROKEN = """\
network:
  inputs: 1
  layers: [{activation: sigmod, units: 1, weights: [[1]], biases: [0]}]
learning_rate: 1
data: [{x: [1], y: [1]}]
"""
ROLES = """\
# Page

A {derive}`circuit.yaml df/dw0 valu`, a {derive}`circuit.yaml`.

A {derive}`none.yaml df/dw0`.
"""


@pytest.mark.parametrize("number", range(len(WRONG)))
@pytest.mark.parametrize(("kind", "line"), [("rest", 4), ("myst", 3)])
def test_what_is_wrong_is_a_warning_with_page_and_line(kind, line, number, wrong_book):
    ending = {"rest": "rst", "myst": "md"}[kind]
    place = f"{kind}{number}.{ending}:{line}: WARNING: derive: "
    (said,) = [one for one in wrong_book.warnings if one.startswith(f"{kind}{number}.{ending}:")]
    assert said.startswith(place + WRONG[number][1])
    assert said.endswith("[derive]")
    assert not mathematics(wrong_book.page(f"{kind}{number}"))


def test_a_wrong_role_stays_as_it_is_written_and_is_warned_of(wrong_book):
    said = [one for one in wrong_book.warnings if one.startswith("roles.md")]
    assert [one.partition(" WARNING")[0] for one in said] == ["roles.md:3:", "roles.md:3:", "roles.md:5:"]
    assert "unknown form or side 'valu'; did you mean value?" in said[0]
    assert "expected a problem file, a name and" in said[1]
    assert "circuit.yaml df/dw0 valu" in wrong_book.page("roles")


def test_every_option_and_its_synonyms_do_something(tmp_path):
    """Each option changes what the page shows; a synonym does the same."""
    usual = ["formula: f1", "form: symbolic,value"]
    asked = {
        "usual": usual,
        "formula": ["formula: f2", usual[1]],
        "form": [usual[0], "form: value"],
        "side": [*usual, "side: left"],
        "figure": [*usual, "figure: network"],
        "table": [*usual, "table:"],
        "round": [*usual, "round: 2"],
        "rounds": [*usual, "rounds: 2"],
        "caption": ["figure: network", "caption: What it is"],
        "label": [*usual, "label: mine"],
        "name": [*usual, "name: mine2"],
        "notation": ["formula: dL/df1", "notation: delta"],
        "language": [*usual, "language: de"],
    }
    assert asked.keys() - {"usual"} == OPTIONS.keys() | SYNONYMS.keys()
    pages = {f"{name}_md": in_myst("problems/homework.yaml", *options) for name, options in asked.items()}
    built = sphinx(small_book(tmp_path, **pages))
    assert built.warnings == []
    bodies = {name: built.page(name).partition('<section id="page">')[2].partition("</section>")[0] for name in asked}
    same = {"rounds": "round"}
    assert {name: body for name, body in bodies.items() if bodies["usual"] == body}.keys() == {"usual"}
    assert all(bodies[name] == bodies[other] for name, other in same.items())
    assert bodies["name"].replace("mine2", "mine").replace("(2)", "(1)") == bodies["label"].replace("(2)", "(1)")
    assert "0{,}613014" in bodies["language"]


def test_pages_are_read_in_parallel(tmp_path):
    pages = {f"page{n}_rst": in_rest("circuit.yaml", "formula: f", f"label: e{n}") for n in range(12)}
    pages["last_md"] = "# Last\n\n" + " ".join(f"{{eq}}`e{n}`" for n in range(12)) + "\n"
    built = sphinx(small_book(tmp_path, **pages), parallel=2)
    assert [one for one in built.warnings if "fork" not in one] == []
    assert sorted(re.findall(r">\((\d+)\)</a>", built.page("last")), key=int) == [str(n) for n in range(1, 13)]


def test_other_builders_write_it_too(tmp_path):
    folder = laid_out("sphinx", tmp_path)
    text = sphinx(folder, "text")
    assert text.warnings == []
    page = (text.folder / "index.txt").read_text("utf-8")
    assert solution_of(TABLE).figure("network").alternative.split()[:4] == page.partition("[image: ")[2].split()[:4]
    assert r"| w_{11} = 0.236722 " in page
    whole = sphinx(folder, "singlehtml")
    assert whole.warnings == []
    assert whole.page("index").count("_images/") == 2


def test_latex_gets_its_pictures_from_tikz(tmp_path):
    built = sphinx(laid_out("sphinx", tmp_path), "latex")
    assert built.warnings == []
    text = (built.folder / "book.tex").read_text("utf-8")
    assert text.count(r"\begin{tikzpicture}") == 2
    assert r"\eqref{equation:circuit:slope}" in text
    assert "svg" not in text
    pictures = re.findall(r"\\begin\{tikzpicture\}.*?\\end\{tikzpicture\}", text, re.DOTALL)
    needs = [line for line in text.splitlines() if "{tikz}" in line or "arrows.meta" in line]
    assert len(needs) == 2
    head = "\n".join([r"\documentclass{article}", r"\usepackage{amsmath,lmodern}", *needs, r"\begin{document}"])
    assert compiled("\n\n".join([head, *pictures, r"\end{document}"])).pdf


def test_jupyter_book_1_builds_its_book(tmp_path):
    program = program_or_skip("jupyter-book")
    folder = laid_out("jupyter-book-1", tmp_path)
    done = subprocess.run([program, "build", "-W", str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    page = (folder / "_build" / "html" / "circuit.html").read_text("utf-8")
    assert mathematics(page)[0] == solution_of(CIRCUIT).formula("df/dw0", "chain").latex("right")
    links = {(a.attrs["href"], a.to_text()) for a in JustHTML(page, sanitize=False).query("a.reference.internal")}
    assert ("index.html#equation-homework-dl-dw11", "(1)") in links
    assert page.count("<figure ") == 1

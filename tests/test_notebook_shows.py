"""What shows itself in a notebook, and the cell magic `%%derive`, in a kernel and without one."""

import re

import nbformat
import pytest
from conftest import MATRIX, TABLE, compiled
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from justhtml import JustHTML
from nbclient import NotebookClient
from web_renderers import rendered

import derive
from derive.ecosystems.notebook import load_ipython_extension, solve_cell
from derive.sources import assets

PROBLEM = """\
title: One layer
network:
  inputs: 2
  layers:
    - {units: 2, activation: sigmoid, weights: [[0.2, 0.3], [0.1, 0.5]], biases: [0.3, 0.4]}
learning_rate: 1
data: [{x: [0.4, 0.8], y: [1, 0]}]
rounds: 2
rounding: {places: 4}
"""
ASKS = """\
questions:
  - {title: Forms, asks: [closed form of dL/dw99]}
"""
IN_PLACE = "updates: in place\noptimizer: {clip_norm: 1}\n"
SHOWN = [TABLE, MATRIX, "two-two-two", "sigmoid-circuit", "rnn-three-steps", "convolution-pooling", "adam-parabola"]
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


def shown_numbers(round):
    """The numbers of the quantities that stand in the table of a round: all but learning rates, as the key has it."""
    blocks = round.solution.graph.blocks
    return sorted(value for quantity, value in round.shown.items() if blocks.of(quantity).kind.value != "learning rate")


@pytest.mark.parametrize("name", SHOWN)
def test_a_table_holds_every_number_of_its_round(name):
    solution = derive.solve(assets.examples()[name])
    for round in solution.rounds:
        table = round.table()
        cells = [str(cell) for row in table.rows for cell in row if cell]
        assert sorted(cell.rpartition(" = ")[2].strip() for cell in cells) == shown_numbers(round)
        assert all(len(row) == len(table.heads) for row in table.rows)


@pytest.mark.parametrize("name", SHOWN)
def test_a_table_is_the_same_in_every_format(name):
    table = derive.solve(assets.examples()[name]).rounds[1].table()
    page = JustHTML(table._repr_html_(), sanitize=False)
    assert [head.to_text() for head in page.query("thead th[scope=col]")] == list(table.heads)
    assert page.query("caption")[0].to_text() == table.title
    html = [[cell.to_text() for cell in row.query("td")] for row in page.query("tbody tr")]
    markdown = [line.strip("| ").split(" | ") for line in table._repr_markdown_().splitlines() if line.startswith("|")]
    plain = str(table).splitlines()
    assert len(html) == len(table.rows) == len(markdown) - 2 == len(plain) - 2
    for row, written, line, text in zip(table.rows, html, markdown[2:], plain[2:], strict=True):
        assert [bool(cell) for cell in row] == [bool(cell.strip()) for cell in written]
        assert sum(bool(cell) for cell in row) == sum(cell.strip().startswith("$") for cell in line)
        results = [cell.rpartition("=")[2].strip() for cell in row if cell]
        assert [one.rpartition("=")[2].replace(" ", "").replace("−", "-") for one in written if one.strip()] == results
        assert re.findall(r"= (\S+)(?=  |$)", text) == results


def test_katex_and_pdflatex_set_what_is_shown():
    rounds = [derive.solve(assets.examples()[name]).rounds[1] for name in SHOWN]
    formulas = [re.findall(r"\$\$\n(.*?)\n\$\$", round._repr_markdown_(), re.DOTALL) for round in rounds]
    assert formulas == [re.findall(r"\$\$\n(.*?)\n\$\$", round._repr_latex_(), re.DOTALL) for round in rounds]
    arrays = [round.table()._repr_latex_().strip().strip("$") for round in rounds]
    assert not [one.error for one in rendered("katex", [*arrays, *(one for of in formulas for one in of)]) if one.error]
    head = r"\documentclass{article}\usepackage{amsmath,lmodern}\usepackage[T1]{fontenc}\begin{document}"
    shown = [one for round in rounds for one in (round._repr_latex_(), round.table()._repr_latex_())]
    assert compiled("\n".join([head, *shown, r"\end{document}"])).pdf


def test_numbers_stay_right_where_a_notebook_is_not_trusted():
    """There the elements of MathML are dropped and its text is kept: it can still be computed."""
    solution = derive.solve(assets.examples()[TABLE])
    for formula in solution.formulas("*", form="substituted,value"):
        text = re.sub(r"<[^>]*>", "", formula._repr_html_())
        _, *sides = re.split("[=≈←]", text)
        for sign, plain in (("×", "*"), ("−", "-"), ("^", "**"), ("e", "2.718281828459045")):
            sides = [side.replace(sign, plain) for side in sides]
        worked, shown = [float(eval(side)) for side in (sides[0], sides[-1])]
        assert worked == pytest.approx(shown, abs=2e-6)


def test_what_keeps_them_right_is_not_drawn():
    html = derive.solve(assets.examples()[TABLE]).rounds[1]._repr_html_()
    unseen = re.findall(r'<mtext style="display:none">[^<]*</mtext>', html)
    assert len(unseen) > 100
    page = JustHTML(html, sanitize=False)
    assert all(len(fraction.children) == 2 for fraction in page.query("mfrac"))


def test_a_round_shows_every_worked_number():
    round = derive.solve(assets.examples()[TABLE]).rounds[2]
    text = round._repr_markdown_()
    assert all(round.shown[equation.output] in text for equation in round.equations)
    assert all(shown in text for shown in round.shown.values())
    assert round._repr_html_().count("<math") > 4
    assert repr(round).startswith("Round 2\n")


def test_a_solution_shows_its_network_and_the_tables_of_its_rounds():
    solution = derive.loads(PROBLEM)
    solution = derive.solve(solution)
    page = JustHTML(solution._repr_html_(), sanitize=False)
    assert page.query("svg title")[0].to_text() == solution.figure("network").alternative
    assert [one.to_text() for one in page.query("caption")] == ["Round 1", "Round 2"]
    assert [one for one in solution._repr_markdown_().splitlines() if one.startswith("**")] == [
        "**One layer**",
        "**Round 1**",
        "**Round 2**",
    ]


def test_the_language_of_the_problem_is_that_of_what_is_shown():
    problem = derive.loads(PROBLEM + "language: de\n")
    table = derive.solve(problem).rounds[1].table()
    assert table.title == "Runde 1"
    assert table.heads[1] == "Vorwärtsdurchlauf"
    assert "0{,}4" in table._repr_markdown_()
    assert "x1 = 0.4" in str(table)


def notebook(*cells):
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(made, timeout=60, kernel_name="python3").execute()
    return [cell.outputs for cell in made.cells]


def test_a_notebook_runs_clean():
    _, whole, formulas, table, equation, by_name = notebook(
        "%load_ext derive",
        f"%%derive\n{PROBLEM}",
        f"%%derive --name other --formula 'dL/dw*' --form chain,value --round 2 --figure network\n{PROBLEM}",
        "solution.rounds[2].table()",
        "solution['dL/dw11']",
        "print(other['dL/dw11'].shown(2))",
    )
    solution = derive.solve(derive.loads(PROBLEM))
    assert {"text/html", "text/markdown", "text/plain"} == whole[0].data.keys()
    assert whole[0].data["text/html"] == solution._repr_html_()
    latex = [one.data["text/latex"] for one in formulas if "text/latex" in one.data]
    assert latex == [one._repr_latex_() for one in solution.formulas("dL/dw*", form="chain,value", round=2)]
    assert len([one for one in formulas if "image/svg+xml" in one.data]) == 1
    assert table[0].data["text/plain"] == str(solution.rounds[2].table())
    assert equation[0].data.keys() == {"text/html", "text/latex", "text/markdown", "text/plain"}
    assert by_name[0].text == f"{solution['dL/dw11'].shown(2)}\n"


@pytest.fixture
def shell():
    made = InteractiveShell.instance()
    load_ipython_extension(made)
    yield made
    InteractiveShell.clear_instance()


@pytest.mark.parametrize(
    ("line", "cell", "message"),
    [
        ("", PROBLEM.replace("sigmoid", "sigmod"), "cell:6:18: unknown activation 'sigmod'; did you mean sigmoid?"),
        ("", PROBLEM.replace("title:", "titel:"), "cell:2:1: unknown key `titel`"),
        ("", "a: [", "cell:"),
        ("", PROBLEM + ASKS, "cell:12:27: there is no quantity 'dL/dw99'"),
        ("", PROBLEM.replace("[0.3, 0.4]", "[1e299, 0.4]").replace("sigmoid", "elu"), "cell: "),
        ("", PROBLEM + IN_PLACE, "cell: `updates: in place` has no norm"),
        ("--formula dL/dw11 --form valu", PROBLEM, "form: unknown form 'valu'; did you mean value?"),
        ("--formula dL/dw77", PROBLEM, "there is no quantity 'dL/dw77'"),
        ("--table --round 3", PROBLEM, "round 3, but the solution has rounds 1 to 2"),
        ("--form closed", PROBLEM, "nothing is asked for; expected the option formula, figure or table"),
        ("--table --form value", PROBLEM, "form: says how a formula is written; expected the option formula"),
        ("--name 3", PROBLEM, "--name: expected a name of Python, not '3'"),
        ("--colour", PROBLEM, "unrecognized arguments: --colour"),
        ("--formula 'dL", PROBLEM, "No closing quotation"),
        ("--language xx", PROBLEM, "unknown language 'xx'"),
    ],
)
def test_a_mistake_is_one_line_that_says_where(line, cell, message, shell):
    with pytest.raises(UsageError) as raised:
        solve_cell(shell, line, cell)
    assert str(raised.value).startswith(message)
    assert "solution" not in shell.user_ns


def test_the_magic_takes_a_notation_and_a_language(shell):
    solution = solve_cell(shell, "--name key --notation delta --language de", PROBLEM)
    assert shell.user_ns["key"] is solution
    assert (solution.problem.language, solution.problem.notation.base) == ("de", "delta")
    assert "%%derive [--name NAME]" in shell.find_cell_magic("derive").__doc__


def test_what_is_suspicious_is_said(shell, capsys):
    solve_cell(shell, "", PROBLEM.replace("sigmoid", "relu").replace("[0.3, 0.4]", "[-3, 0.4]"))
    assert capsys.readouterr().err.startswith("unit 1 of layer 1 (relu) is dead from the start")

"""Nothing on a page is wider than its place: the gallery in every style, long tables, wide matrices."""

import shutil

import pytest
from conftest import compiled, engine_or_skip, solution_of
from editions import to_latex_document
from fit import outside
from ugly import ugly

import derive
from derive.document.context import Context
from derive.document.locale import locale
from derive.document.mathematics import Math, Relation, Rich
from derive.document.model import Entry, LocalLine, Matrix, MatrixLine, MatrixLines, Step, Steps
from derive.document.page import Page
from derive.document.style import style
from derive.document.tables import round_table
from derive.errors import InputError
from derive.layout.matrices import place_matrix_lines
from derive.layout.matrix_lines import PlacedMatrixLine
from derive.layout.steps import place_steps
from derive.layout.tables import ending_rows, place_round_table
from derive.measure.breaking import width_of
from derive.sources import assets
from derive.tex.compile import compile_latex

STYLES = ("table", "matrix", "graph", "worked")


@pytest.mark.exhaustive
@pytest.mark.parametrize("look", STYLES)
@pytest.mark.parametrize("name", assets.examples())
def test_the_gallery_fits_in_every_style(name, look):
    try:
        tex = to_latex_document(solution_of(name, style=look), f"{name}.yaml")
    except InputError:
        if look != "matrix":
            raise
        return
    result = compile_latex(tex, engine_or_skip())
    assert result.pdf, result.error
    assert result.overfull == ()
    if shutil.which("pdftotext"):
        assert outside(result.pdf, style(look).style.page.width) == []


def line_of(rows, columns):
    matrix = Matrix(tuple(tuple(Entry(Math(f"0.{i}{j:03d}")) for j in range(columns)) for i in range(rows)))
    return MatrixLine("Weights", Math("W"), (Relation("="), matrix))


def placed(line, **page):
    section = MatrixLines("", Rich(()), (line,))
    made = place_matrix_lines(section, Page(**page), "shortened")
    (only,) = made.lines
    assert isinstance(only, PlacedMatrixLine)
    return made, only


def test_a_matrix_that_fits_is_whole():
    _, line = placed(line_of(4, 6))
    assert line.comment == ""
    assert len(line.rows) == 1
    assert line.rows[0].scale == 1.0


def test_a_wide_matrix_is_shortened_with_dots_and_says_so():
    section, line = placed(line_of(3, 40))
    assert line.comment == "shortened"
    assert not section.turned
    (matrix,) = (piece for row in line.rows for piece in row.pieces if isinstance(piece, Matrix))
    assert {row[-2].text for row in matrix.rows} == {r"\cdots"}
    assert [row[0].text for row in matrix.rows] == ["0.0000", "0.1000", "0.2000"]
    assert [row[-1].text for row in matrix.rows] == ["0.0039", "0.1039", "0.2039"]
    assert min(row.scale for row in line.rows) >= 0.85


def test_a_tall_matrix_is_shortened_with_dots():
    _, line = placed(line_of(60, 2))
    (matrix,) = (piece for row in line.rows for piece in row.pieces if isinstance(piece, Matrix))
    assert len(matrix.rows) == 20
    assert {entry.text for entry in matrix.rows[-2]} == {r"\vdots"}
    assert line.comment == "shortened"


def test_a_style_may_turn_the_page_instead():
    section, line = placed(line_of(3, 14), wide="landscape")
    assert section.turned
    assert line.comment == ""


def test_a_page_ends_at_gaps_and_leaves_no_row_alone():
    assert ending_rows(12, frozenset({1, 4, 8, 11})) == {4, 8}
    assert ending_rows(40, frozenset()) == set(range(2, 39))
    assert ending_rows(30, frozenset({20})) == {20, *range(2, 19)}


def test_a_long_round_flows_and_a_short_one_stays_together():
    for name, flows in (("fra501-homework-4-1", False), ("lstm-cell", True)):
        solution = solution_of(name, style="table")
        context = Context(solution, style("table").style, locale("en"))
        assert place_round_table(round_table(context, solution.rounds[1]), Page()).flows is flows


def test_the_lengths_of_a_row_as_they_are_written_are_no_wider_than_the_page():
    """Twelve lengths of two decimals: those of this problem came to 0.04 mm more than the page."""
    solution, page = derive.solve(ugly(256)), Page()
    context = Context(solution, style("table").style, locale("en"))
    for table in place_round_table(round_table(context, solution.rounds[1]), page).tables:
        lengths = [length for one in table.columns for length in (one.symbol, one.right, one.gap)]
        assert sum(float(f"{length:.2f}") for length in lengths) * table.scale <= page.width


@pytest.mark.parametrize("look", ["steps", "slides"])
def test_titles_of_steps_with_long_equations_fit(look):
    result = compile_latex(to_latex_document(solved_ugly(116, look), "random.yaml"), engine_or_skip())
    assert result.pdf, result.error
    assert result.overfull == ()


def test_final_answers_wider_than_a_slide_are_made_smaller():
    solution = solution_of("leaky-units", style="slides")
    result = compiled(to_latex_document(solution, "leaky-units.yaml", "marking"))
    assert result.pdf, result.error
    assert result.overfull == ()


def solved_ugly(seed, look):
    return derive.solve(ugly(seed).model_copy(update={"style": look}))


def test_a_local_partial_wider_than_its_room_is_in_rows():
    names = [f"verylongname_{number}" for number in range(1, 9)]
    partial = (Math("p"), Math(" + ".join(f"\\mathrm{{{name}}}" for name in names)), Math("="), Math("0.5000"))
    short = (Math("q"), Math("r"), Math("="), Math("0.1"))
    step = Step("1", Rich(("x",)), (LocalLine((short, partial, short)),), (Rich(("why",)),))
    (placed,) = place_steps(Steps("", (), Rich(()), (step,)), Page()).steps
    before, wide, after = placed.lines
    assert before.partials == after.partials == (short,)
    assert len(wide.rows) > 1
    assert max(part.row.indent + width_of(part.row.text) for row in wide.rows for part in row.parts) <= placed.width

"""What saves pages: lines beside one another, columns as rows, formulas once, air that shrinks on a last page."""

import re
from itertools import pairwise

import pytest
from conftest import compiled, solution_of
from documents import document_of
from test_styles import PAGES

from derive.document.model import Matrix, MatrixLine, MatrixLines, Working
from derive.document.style import style
from derive.document.walk import within
from derive.layout.lines import place_working
from derive.layout.matrices import place_matrix_lines
from derive.layout.overview import place_overview
from derive.layout.short_lines import LinesBeside
from derive.measure.breaking import width_of
from derive.render.latex import to_latex_document

PAGE = style("worked").style.page
SCALARS = ["schedule", "leaky-units", "softmax-fused", "deep-sigmoid", "two-two-two", "adam-parabola"]
ARRAYS = ["convolution-1d", "layer-norm", "batch-norm-three-samples", "dropout-mask", "kernel-turned"]


def placed_lines(row):
    return [cell.line for cell in row.cells] if isinstance(row, LinesBeside) else [row.line]


@pytest.mark.parametrize("name", SCALARS)
def test_every_line_stands_once_in_the_order_of_the_work(name):
    for section in within(document_of(name).parts, Working):
        rows = [row for group in place_working(section, PAGE).groups for row in group]
        assert [line for row in rows for line in placed_lines(row)] == [
            line for group in section.groups for line in group
        ]
        assert any(isinstance(row, LinesBeside) for row in rows)


@pytest.mark.parametrize("name", SCALARS)
def test_lines_beside_one_another_fit_their_columns_and_the_page(name):
    for section in within(document_of(name).parts, Working):
        for row in (one for group in place_working(section, PAGE).groups for one in group):
            if not isinstance(row, LinesBeside):
                continue
            ends = [start + widths.total for start, widths in zip(row.starts, row.widths, strict=True)]
            assert ends[-1] <= PAGE.width + 1e-6
            assert all(end + 5 <= start for end, start in zip(ends, row.starts[1:], strict=False))
            for cell, widths in zip(row.cells, row.widths, strict=True):
                assert width_of(cell.line.symbol) <= widths.symbol
                assert width_of(cell.sides[0]) < widths.formula
                assert width_of(cell.sides[1]) <= widths.numbers
                assert width_of(cell.result) <= widths.result
            assert len({cell.line.updated for cell in row.cells}) == 1


@pytest.mark.parametrize("name", SCALARS)
def test_a_formula_and_the_rule_of_an_update_stand_once(name):
    lines = list(within(document_of(name).parts, Working))
    lines = [line for section in lines for group in section.groups for line in group]
    stated = [(line.symbol, line.formula) for line in lines if line.formula and line.substituted]
    assert len(stated) == len(set(stated))
    assert len([line for line in lines if line.updated and r"\eta" in line.formula]) <= 1
    assert len(lines) == sum(len(round.equations) for round in solution_of(name).rounds)
    assert all(line.formula or line.substituted for line in lines)


TRANSPOSED = r"^{\mathsf T}"


def rows_in(pieces):
    return sum(isinstance(one, Matrix) and len(one.rows) == 1 and len(one.rows[0]) > 2 for one in pieces)


def texts(pieces):
    """The numbers and symbols of pieces, entry by entry, without signs of a transpose."""
    for piece in pieces:
        if isinstance(piece, Matrix):
            yield from (entry.text for row in piece.rows for entry in row)
        elif piece != TRANSPOSED:
            yield piece


@pytest.mark.parametrize("name", ARRAYS)
def test_a_column_as_a_row_keeps_its_entries_and_is_said_to_be_transposed(name):
    lying = 0
    for section in within(document_of(name).parts, MatrixLines):
        placed = place_matrix_lines(section, PAGE, "shortened")
        pieces = []
        for line in placed.lines:
            pieces.append(line.left)
            for row in line.rows:
                pieces += [*row.pieces, *(piece for cell in row.cells for piece in cell.pieces)]
        given = [piece for line in section.lines if isinstance(line, MatrixLine) for piece in (line.left, *line.parts)]
        assert [one for one in texts(pieces) if one] == list(texts(given))
        signs = [before for before, one in pairwise(pieces) if one == TRANSPOSED]
        assert all(isinstance(one, Matrix) and len(one.rows) == 1 and len(one.rows[0]) > 2 for one in signs)
        assert len(signs) == rows_in(pieces) - rows_in(given)
        lying += len(signs)
    assert lying > 0


def test_given_numbers_stand_beside_what_hangs_from_the_picture_and_not_below():
    exercise = document_of("convolution-pooling").parts[0].exercise
    nested = place_overview(exercise, PAGE)
    below = place_overview(exercise, PAGE.model_copy(update={"nests": False}))
    assert any(row.raised > 5 for row in nested)
    assert sum(row.height for row in nested) < sum(row.height for row in below)


BREAK = re.compile(r"^% t=(\d+)\..* b=(\d+) p=.*#$", re.MULTILINE)


def chosen_breaks(name):
    """The badness of the break that TeX chose on each page of some height: 0 where nothing shrinks."""
    tex = to_latex_document(solution_of(name), "x").replace(r"\begin{document}", r"\begin{document}\tracingpages1 ")
    pages = [BREAK.findall(page) for page in compiled(tex).log.split("%% goal height")]
    return [int(found[-1][1]) for found in pages if found and int(found[-1][0]) > 100]


@pytest.mark.parametrize("name", ["residual-block", "schedule", "convolution-pooling", "batch-norm-three-samples"])
def test_air_shrinks_where_a_page_is_then_the_last_one(name):
    result = compiled(to_latex_document(solution_of(name), "x"))
    assert PAGES.search(result.log)[1] == "1"
    assert result.overfull == ()
    assert chosen_breaks(name)[-1] > 0


@pytest.mark.parametrize("name", ["gated-branch", "average-pooling", "lstm-cell", "word-embedding"])
def test_no_air_shrinks_where_pages_follow(name):
    assert chosen_breaks(name)[0] == 0

"""The curve of losses, and what is said of them: only losses of the same samples are compared."""

import io
import zipfile

import pytest
from conftest import TABLE, solution_of
from editions import to_html_document, to_latex_document

import derive
from derive.document.aids.final_parameters import final_parameters
from derive.document.context import Context
from derive.document.locale import locale
from derive.document.pictures.geometry import Circle, Ink, Segment
from derive.document.pictures.plot import loss_plot
from derive.document.style import style
from derive.exports.spreadsheet.workbook import to_xlsx
from derive.network.same_data import rounds_of_same_data
from derive.sources import assets

THREE = [{"x": 0.3, "y": 1}, {"x": 0.9, "y": 0}, {"x": -0.5, "y": 1}]


def solved(data, rounds, **changes):
    layer = {"units": 1, "activation": "sigmoid", "weights": 0.5, "biases": 0.1}
    tree = {"network": {"inputs": 1, "layers": [layer]}, "learning_rate": 2, "data": data, "rounds": rounds, **changes}
    return derive.solve(derive.Problem.model_validate(tree))


def context_of(solution, language="en"):
    return Context(solution, style("table").style, locale(language))


def text_of(rich):
    return "".join(str(part) for part in rich.parts)


def curves(solution):
    """Which rounds the lines of a plot join, by where the points stand."""
    shapes = loss_plot(context_of(solution)).drawing.shapes
    points = {(one.x, one.y): number for number, one in enumerate((s for s in shapes if isinstance(s, Circle)), 1)}
    lines = [one for one in shapes if isinstance(one, Segment) and one.ink is Ink.CURVE]
    return [(points[line.x1, line.y1], points[line.x2, line.y2]) for line in lines]


def test_one_sample_makes_one_curve():
    solution = solved(THREE[:1], 4)
    assert rounds_of_same_data(solution) == ((1, 2, 3, 4),)
    assert curves(solution) == [(1, 2), (2, 3), (3, 4)]
    plot = loss_plot(context_of(solution))
    assert not plot.note
    assert plot.drawing.alternative.startswith("The loss against the round: 1: ")
    said = text_of(final_parameters(context_of(solution)).loss)
    assert (
        said
        == f"The loss L is {solution.rounds[1]['L'].shown} in round 1 and {solution.rounds[4]['L'].shown} in round 4."
    )


def test_a_line_joins_rounds_of_the_same_sample():
    """Three samples in turn for seven rounds: 1, 4, 7 and 2, 5 and 3, 6."""
    solution = solved(THREE, 7)
    assert rounds_of_same_data(solution) == ((1, 4, 7), (2, 5), (3, 6))
    assert curves(solution) == [(1, 4), (4, 7), (2, 5), (3, 6)]
    plot = loss_plot(context_of(solution))
    assert text_of(plot.note) == locale("en").losses_apart
    assert locale("en").losses_apart in plot.drawing.alternative
    assert locale("en").losses_apart in plot.drawing.covered
    said = text_of(final_parameters(context_of(solution)).loss)
    first, last = (solution.rounds[n]["L"].shown for n in (1, 7))
    assert said == f"The loss L is {first} in round 1 and {last} in round 7."


def test_the_last_round_is_compared_with_the_first_of_its_sample():
    solution = solved(THREE, 6)
    said = text_of(final_parameters(context_of(solution)).loss)
    first, last = (solution.rounds[n]["L"].shown for n in (3, 6))
    assert said == f"For the same samples, the loss L is {first} in round 3 and {last} in round 6."


@pytest.mark.parametrize("language", assets.names("locales"))
def test_rounds_of_other_samples_make_no_curve(language):
    """The table's homework takes each sample once: four points, no line, no sentence, every printed loss in its table."""
    solution = solution_of(TABLE)
    assert curves(solution) == []
    context = context_of(solution, language)
    plot = loss_plot(context)
    assert text_of(plot.note) == locale(language).losses_single
    losses = [text for column in plot.columns for _, text in column]
    assert [one.replace("{,}", ".").replace("{.}", ".").replace(",", ".") for one in losses] == [
        "0.330522",
        "0.275138",
        "0.304061",
        "0.268959",
    ]
    assert not final_parameters(context).loss


@pytest.mark.parametrize(
    ("make", "where"), [(to_latex_document, "\\remark{"), (to_html_document, '<p class="remark">')]
)
def test_the_note_stands_below_the_plot(make, where):
    assert where + locale("en").losses_single in make(solution_of(TABLE), "x").replace(",{}", ",")


def test_the_same_sample_given_twice_is_one():
    assert rounds_of_same_data(solved([THREE[0], THREE[1], THREE[0]], 3)) == ((1, 3), (2,))


def test_a_rate_that_changes_is_no_other_sample():
    solution = solved(THREE[:1], 3, learning_rate=[1, 0.5, 0.25])
    assert rounds_of_same_data(solution) == ((1, 2, 3),)


def test_batches_are_compared_whole():
    """Batches of two of four samples, in turn."""
    solution = solved([*THREE, {"x": 0.7, "y": 0}], 3, batch={"size": 2})
    assert rounds_of_same_data(solution) == ((1, 3), (2,))


def test_masks_that_change_make_other_losses():
    tree = derive.load(assets.examples()["dropout-mask"])
    solution = derive.solve(tree)
    assert sum(map(len, rounds_of_same_data(solution))) == len(solution.rounds)


def chart_of(solution):
    """The series of the chart in a workbook: their cells, and whether they have a line."""
    openpyxl = pytest.importorskip("openpyxl")
    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx(solution, "x")))["Loss"]
    (chart,) = sheet._charts
    found = []
    for one in chart.series:
        line = one.graphicalProperties.line if one.graphicalProperties is not None else None
        found.append((one.val.numRef.f, not (line is not None and line.noFill)))
    return sheet, found


def test_the_chart_of_a_workbook_joins_the_same_sample_alone():
    assert chart_of(solved(THREE[:1], 4))[1] == [("Loss!$B$2:$B$5", True)]
    sheet, found = chart_of(solved(THREE, 6))
    assert found == [
        ("Loss!$B$2:$B$7", False),
        ("Loss!$U$2:$U$7", True),
        ("Loss!$V$2:$V$7", True),
        ("Loss!$W$2:$W$7", True),
    ]
    assert [sheet.cell(row, 21).value for row in range(2, 8)] == ["=B2", None, None, "=B5", None, None]
    assert sheet.column_dimensions["U"].hidden
    with zipfile.ZipFile(io.BytesIO(to_xlsx(solved(THREE, 6), "x"))) as book:
        drawn = book.read("xl/charts/chart1.xml").decode()
    assert '<c:dispBlanksAs val="span"/>' in drawn
    assert "<c:plotVisOnly" not in drawn or '<c:plotVisOnly val="0"/>' in drawn
    assert chart_of(solution_of(TABLE))[1] == [("Loss!$B$2:$B$5", False)]

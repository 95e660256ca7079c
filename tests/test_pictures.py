"""Pictures: two painters, one geometry; labels are understood; what gives answers away can be covered."""

import os
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from conftest import TABLE, problem_of
from drawings import context_of, drawings_of, labels, mathematics

import derive
from derive.document.context import Context
from derive.document.locale import NumberMarks, locale
from derive.document.pictures.bounds import bounds
from derive.document.pictures.covering import covered
from derive.document.pictures.extent import MILLIMETRES, label_box, math_extent
from derive.document.pictures.geometry import Circle, Drawing, Ink, Label, Polyline, Rectangle, Segment
from derive.document.style import style
from derive.measure.glyphs import Glyph, glyphs
from derive.problem.model import Problem
from derive.render.svg import paint_svg
from derive.render.tikz import paint
from derive.sources import assets

EXAMPLES = sorted(assets.examples())
GOLDEN = Path(__file__).parent / "golden_pictures"
SVG = "{http://www.w3.org/2000/svg}"
KINDS = {
    "network": (TABLE, 0),
    "plot": (TABLE, 1),
    "graph": (TABLE, 2),
    "unrolled": ("rnn-truncated", 0),
    "blocks": ("residual-block", 0),
}
NUMBER = r"-?[\d.]+(?:e-?\d+)?"


def picture(kind):
    name, place = KINDS[kind]
    return drawings_of(context_of(name))[place]


@pytest.mark.parametrize("notation", ["partials", "delta"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_label_of_the_gallery_is_understood(name, notation):
    for drawing in drawings_of(context_of(name, notation)):
        for text in mathematics(drawing):
            assert glyphs(text)
        ET.fromstring(paint_svg(drawing))


CHOICES = [
    {"letters": {"pre-activation": "z", "weight": "boldW", "output": "yhat", "loss": "E", "bias": "theta"}},
    {"letters": {"activation": "net", "weight": "w'", "input": "x*"}},
    {"numbering": "through", "first_index": "0"},
    *({"layers": mark} for mark in ("parentheses", "brackets", "angles", "above", "below")),
    {"delta": "delta", "letters": {"delta": "e"}, "derivative": "straight", "products": "dot"},
    {"index_order": "to-from", "products": "plain", "update": "equals"},
]


@pytest.mark.parametrize("choice", CHOICES, ids=str)
@pytest.mark.parametrize("name", ["homework-2-1", "two-two-two"])
def test_every_notation_is_understood(name, choice):
    problem = Problem.model_validate({**dict(problem_of(name)), "notation": choice})
    for drawing in drawings_of(Context(derive.solve(problem), style("matrix").style, locale("en"))):
        ET.fromstring(paint_svg(drawing))


@pytest.mark.parametrize("mark", ["parentheses", "brackets", "angles", "above", "below"])
def test_every_mark_of_time_is_understood(mark):
    problem = Problem.model_validate({**dict(problem_of("rnn-truncated")), "notation": {"time": mark}})
    for drawing in drawings_of(Context(derive.solve(problem), style("table").style, locale("en"))):
        ET.fromstring(paint_svg(drawing))


@pytest.mark.parametrize("decimal", [".", ","])
def test_either_decimal_mark_is_understood(decimal):
    words = locale("en").model_copy(update={"numbers": NumberMarks(decimal=decimal, list=";")})
    for drawing in drawings_of(Context(context_of(TABLE).solution, style("matrix").style, words)):
        text = paint_svg(drawing)
        assert f">0{decimal}" in text
        assert text.count(">0,") == (decimal == ",") * text.count(f">0{decimal}")


FORMULAS = ["abs(x)", "exp(x)", "log(x)", "sqrt(x)", "max(x, 1)", "sin(x)/x", "tanh(x)", "relu(x)", "1/x^2", "x^(-2)"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_every_operation_is_understood(formula):
    problem = derive.loads(f'equations: {{f: "{formula}"}}\nvalues: {{x: 2}}\nstyle: graph\n')
    for drawing in drawings_of(Context(derive.solve(problem), style("graph").style, locale("en"))):
        ET.fromstring(paint_svg(drawing))


@pytest.mark.parametrize(
    ("latex", "letters"),
    [
        (r"w^{(2)}_{21}", ["w", "(", "2", ")", "21"]),
        (r"\frac{\partial L}{\partial w_{11}}", ["∂", "L", "∂", "w", "11"]),
        (r"\mathit{-0{,}25}", ["−", "0,25"]),
        (r"1{,}5 \times 10^{-9}", ["1,5", "×", "10", "−", "9"]),
        (r"\hat{y}'", ["y", "ˆ", "′"]),
        (r"\mathrm{ReLU}", ["ReLU"]),
        (r"\tanh(s)", ["tanh", "(", "s", ")"]),
        (r"\sqrt{v} + \epsilon", ["v", "+", "ϵ"]),
        (r"a = \phantom{12}", ["a", "="]),
        (r"h^{\langle 3 \rangle}", ["h", "⟨", "3", "⟩"]),
    ],
)
def test_what_labels_are_read_to(latex, letters):
    assert [mark.text for mark in glyphs(latex) if isinstance(mark, Glyph)] == letters


@pytest.mark.parametrize(
    ("latex", "named"),
    [
        (r"\smash{x}", r"'\\smash' is not understood"),
        ("x^2^3", "two scripts at one place"),
        ("x_2_3", "two scripts at one place"),
        ("{x", "a brace is not closed"),
        (r"\mathrm{x", "a brace is not closed"),
        ("x}", "'}' is not understood"),
        (r"\frac{1}", "something is missing at its end"),
        ("x^", "something is missing at its end"),
        (r"\text", "something is missing at its end"),
        ("é", "'é' is not understood"),
        (r"\widehat{x}", r"'\\widehat' is not understood"),
        (r"\mathcal{L}", "'L' is not understood"),
        (r"\operatorname{a\,b}", "is not understood"),
        (r"\left(x", r"\left has no \right"),
        (r"\left x\right)", "'x' is not understood"),
        (r"\blank{12mm}", r"'\\blank' is not understood"),
        (r"\begin{cases} 1 \end", r"'\\begin' is not understood"),
    ],
)
def test_what_labels_are_refused(latex, named):
    with pytest.raises(ValueError, match=re.escape(named)) as refused:
        glyphs(latex)
    assert repr(latex) in str(refused.value)


@pytest.mark.parametrize("kind", KINDS)
def test_labels_take_the_room_that_was_measured(kind):
    for text in mathematics(picture(kind)):
        room = math_extent(text)
        for mark in glyphs(text):
            points = [(mark.x, mark.y), (mark.x + mark.width, mark.y)] if isinstance(mark, Glyph) else mark.points
            for x, y in points:
                assert -0.01 < x * MILLIMETRES < room.width + 0.01, text
                assert -room.descent - 0.01 < y * MILLIMETRES < room.ascent, text


def expected(drawing):
    """The shapes as both painters draw them: kind, places, text or not."""
    found = []
    for shape in drawing.shapes:
        if isinstance(shape, Circle):
            found.append(("circle", (shape.x, shape.y), shape.diameter / 2))
        elif isinstance(shape, Rectangle):
            found.append(("rectangle", (shape.x, shape.y), shape.width, shape.height))
        elif isinstance(shape, Label):
            found.append(("label", shape.math))
        else:
            points = shape.points if isinstance(shape, Polyline) else ((shape.x1, shape.y1), (shape.x2, shape.y2))
            found.append(("line", points[0], points[-1], shape.arrow))
    return found


def from_tikz(text):
    for line in text.splitlines():
        places = [(float(x), float(y)) for x, y in re.findall(rf"\(({NUMBER}),({NUMBER})\)", line)]
        if line.strip().startswith(r"\fill"):
            yield "circle", places[0], float(re.search(rf"radius=({NUMBER})mm", line)[1])
        elif r"\node[circle" in line:
            yield "circle", places[0], float(re.search(rf"minimum size=({NUMBER})mm", line)[1]) / 2
        elif r"\path[" in line:
            (left, bottom), (right, top) = places
            yield "rectangle", ((left + right) / 2, (bottom + top) / 2), right - left, top - bottom
        elif r"\draw[" in line:
            yield "line", places[0], places[-1], "Stealth" in line
        elif r"\node[anchor" in line:
            yield "label", r"\derivelabel" not in line


def from_svg(text):
    root = ET.fromstring(text)
    inside = None
    for element in root:
        look, tag = element.get("class", ""), element.tag.removeprefix(SVG)
        numbers = [float(number) for number in re.findall(NUMBER, element.get("d", ""))]
        if tag == "circle":
            inside = "body" if look == "body" else None
            yield "circle", (float(element.get("cx")), -float(element.get("cy"))), float(element.get("r"))
        elif tag == "rect" and look == "body":
            x, y, width, height = (float(element.get(key)) for key in ("x", "y", "width", "height"))
            yield "rectangle", (x + width / 2, -y - height / 2), width, height
        elif look == "head":
            yield "head", (numbers[0], -numbers[1])
        elif tag == "path" and look != "rule":
            yield "line", (numbers[0], -numbers[1]), (numbers[-2], -numbers[-1])
        elif tag == "text" and inside is None:
            yield "label", "words" not in look
        inside = inside if tag == "circle" else None


def joined(shapes):
    """Lines with the heads that follow them: a line ends where its head has its tip."""
    found = []
    for shape in shapes:
        if shape[0] == "head":
            found[-1] = ("line", found[-1][1], shape[1], True)
        else:
            found.append((*shape, False) if shape[0] == "line" else shape)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_both_painters_draw_the_same_in_the_same_order(kind):
    drawing = picture(kind)
    wanted = expected(drawing)
    tikz, svg = list(from_tikz(paint(drawing))), joined(from_svg(paint_svg(drawing)))
    assert len(wanted) == len(tikz) == len(svg)
    for one, two, three in zip(wanted, tikz, svg, strict=True):
        assert one[0] == two[0] == three[0]
        for a, b, c in zip(one[1:], two[1:], three[1:], strict=True):
            assert b == pytest.approx(a, abs=0.03)
            assert c == pytest.approx(a, abs=0.03)


@pytest.mark.parametrize("kind", KINDS)
def test_an_svg_says_what_it_shows_and_needs_nothing_else(kind):
    drawing = picture(kind)
    text = paint_svg(drawing)
    root = ET.fromstring(text)
    title = root.find(f"{SVG}title")
    assert title.text == drawing.alternative
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == title.get("id")
    assert not re.search(r"<script|foreignObject|url\(|href|@import|data:", text)
    assert paint_svg(drawing, "one") != paint_svg(drawing, "two")


@pytest.mark.parametrize("kind", KINDS)
def test_everything_is_within_the_view(kind):
    drawing = picture(kind)
    left, top, width, height = map(float, ET.fromstring(paint_svg(drawing)).get("viewBox").split())
    room = bounds(drawing.shapes)
    assert left < room.left
    assert top < -room.top
    assert left + width > room.right
    assert top + height > -room.bottom


def test_labels_stand_in_their_boxes():
    drawing = picture("graph")
    texts = list(ET.fromstring(paint_svg(drawing)).iter(f"{SVG}text"))
    assert len(texts) == len(labels(drawing))
    for label, element in zip(labels(drawing), texts, strict=True):
        box = label_box(label)
        for letters in element:
            assert box.left - 0.4 <= float(letters.get("x")) <= box.right + 0.4
            assert box.bottom - 0.4 <= -float(letters.get("y")) <= box.top + 0.4


@pytest.mark.parametrize("kind", KINDS)
def test_golden_pictures(kind):
    """`DERIVE_GOLDEN=write pytest tests/test_pictures.py -k golden` writes them anew."""
    path, made = GOLDEN / f"{kind}.svg", paint_svg(picture(kind))
    if os.environ.get("DERIVE_GOLDEN") == "write":
        path.write_text(made, encoding="utf-8", newline="\n")
    assert made == path.read_text(encoding="utf-8")


def test_every_golden_picture_belongs_to_a_test():
    assert {path.name for path in GOLDEN.iterdir()} == {f"{kind}.svg" for kind in KINDS}


@pytest.mark.parametrize("kind", ["plot", "graph"])
def test_worked_numbers_can_be_covered(kind):
    context, drawing = context_of(TABLE), picture(kind)
    blind = covered(drawing, lambda _: True)
    graph = context.solution.graph
    worked = {
        context.number(round, quantity)
        for round in context.solution.rounds
        for quantity in (graph.loss, *graph.adjoint_of.values(), *(e.output for e in graph.shown_forward))
        if quantity in round.shown
    }
    shown = " ".join(re.sub(r"\\phantom\{[^}]*\}", "", text) for text in mathematics(blind)) + blind.alternative
    assert len(worked) > 3
    assert not [number for number in worked if len(number) > 3 and number in shown]
    assert bounds(blind.shapes).right <= bounds(drawing.shapes).right
    assert covered(drawing, lambda _: False) == drawing


def test_only_what_is_asked_for_is_covered():
    drawing = picture("graph")
    blind = covered(drawing, lambda places: ("dL/ds1", 1) in places)
    gone = [label.text for label in labels(drawing) if label not in blind.shapes]
    assert gone == [rf"\mathit{{{context_of(TABLE).solution['dL/ds1'].shown(1)}}}"]


def test_a_covered_plot_says_that_its_values_are_to_be_found():
    blind = covered(picture("plot"), lambda _: True)
    empty = context_of(TABLE).locale.plot_empty_alternative.replace("<rounds>", "1, 2, 3, 4")
    assert blind.alternative.startswith(empty)
    assert not any(sign.isdigit() for sign in blind.alternative.removeprefix(empty))
    assert not any(isinstance(shape, Circle) for shape in blind.shapes)
    assert not any(isinstance(shape, Segment) and shape.ink is Ink.CURVE for shape in blind.shapes)


def test_the_plot_tells_every_value():
    context = context_of(TABLE)
    for round in context.solution.rounds:
        assert context.number(round, context.solution.graph.loss) in picture("plot").alternative


def test_an_empty_drawing_is_painted():
    assert "<title" in paint_svg(Drawing((), 0, 0, "nothing & more"))
    assert "nothing &amp; more" in paint_svg(Drawing((), 0, 0, "nothing & more"))

"""Drawn graphs and block diagrams: nothing lies on anything else, everything is there, and TeX takes it."""

import re
from collections import Counter
from graphlib import CycleError
from itertools import pairwise

import pytest
from conftest import TABLE, compiled, tex_of
from drawings import bodies, crossed, labels, lines, overlaps
from graphs import GRAPHS, NETWORKS
from hypothesis import given
from hypothesis import strategies as st

from derive.document.pictures.block_drawing import draw_blocks
from derive.document.pictures.extent import label_box, math_extent, words_extent
from derive.document.pictures.geometry import Circle, Ink, Polyline, Rectangle, Segment
from derive.document.pictures.graph_drawing import MOST_NODES, GraphEdge, draw_graph
from derive.document.pictures.graph_nodes import GraphNode
from derive.render.tikz import paint

FITTING = sorted(set(GRAPHS) - {"skip", "labelled-neuron"})


def drawn(name):
    return draw_graph(*GRAPHS[name], "words")


def covered(drawing):
    """Edge labels by how many lines run below each."""
    ways = list(lines(drawing))
    backed = [label for label in labels(drawing) if label.backed]
    return [sum(any(label_box(a).crossed_by(*p) for p in pairwise(way)) for way in ways) for a in backed]


@pytest.mark.parametrize("name", GRAPHS)
def test_nothing_lies_on_anything_else(name):
    drawing = drawn(name)
    assert overlaps(drawing) == []
    assert crossed(drawing) == []
    assert set(covered(drawing)) <= {1}


@pytest.mark.parametrize("name", FITTING)
def test_it_fits_the_page(name):
    assert drawn(name).width <= 160


@pytest.mark.parametrize("name", GRAPHS)
def test_its_size_is_what_it_says(name):
    drawing = drawn(name)
    boxes = [*map(label_box, labels(drawing)), *bodies(drawing)]
    assert max(box.right for box in boxes) - min(box.left for box in boxes) <= drawing.width + 0.1
    assert max(box.top for box in boxes) - min(box.bottom for box in boxes) <= drawing.height + 0.1


@pytest.mark.parametrize("name", GRAPHS)
def test_every_node_and_edge_is_drawn_once(name):
    nodes, edges = GRAPHS[name]
    drawing = drawn(name)
    arrows = [shape for shape in drawing.shapes if isinstance(shape, Polyline)]
    assert len(arrows) == len(edges)
    assert all(arrow.arrow for arrow in arrows)
    assert all(a[0] <= b[0] for arrow in arrows for a, b in pairwise(arrow.points))
    backed = Counter(label.text for label in labels(drawing) if label.backed)
    assert backed == Counter(edge.label for edge in edges if edge.label)
    accents = Counter(label.text for label in labels(drawing) if label.ink is Ink.ACCENT)
    assert accents == Counter(rf"\mathit{{{node.gradient}}}" for node in nodes if node.gradient)
    plain = [label.text for label in labels(drawing) if label.ink is Ink.TEXT and not label.backed]
    for node in nodes:
        assert any(text.endswith(node.value) for text in plain)
        assert any(text.split(" =")[0] == (node.symbol or node.operation) for text in plain)
        assert not node.operation or node.operation in plain


@pytest.mark.parametrize("name", GRAPHS)
def test_given_quantities_left_the_output_right(name):
    drawing = drawn(name)
    ends = [shape.points[-1][0] for shape in drawing.shapes if isinstance(shape, Polyline)]
    starts = [shape.points[0][0] for shape in drawing.shapes if isinstance(shape, Polyline)]
    assert min(starts) < min(ends)
    assert max(box.right for box in bodies(drawing)) > max(ends)
    assert drawn(name) == drawing


def test_many_leaves_stand_next_to_their_first_use():
    wires = [shape for shape in drawn("network").shapes if isinstance(shape, Segment)]
    assert len({wire.x1 for wire in wires}) == 3


def test_chains_are_level():
    ways = [shape.points for shape in drawn("named-neuron").shapes if isinstance(shape, Polyline)]
    assert [len({y for _, y in way}) for way in ways[-4:]] == [1] * 4


def test_more_nodes_than_one_can_read_are_not_drawn():
    nodes = [GraphNode(str(index), f"x_{{{index}}}", value="1") for index in range(MOST_NODES + 1)]
    assert draw_graph(nodes, [], "words") is None
    assert draw_graph([], [], "words") is None
    assert draw_graph(nodes[:-1], [], "words") is not None


def test_a_graph_that_goes_round_is_refused():
    nodes = [GraphNode("a", "a"), GraphNode("b", "b")]
    with pytest.raises(CycleError):
        draw_graph(nodes, [GraphEdge("a", "b"), GraphEdge("b", "a")], "words")


@st.composite
def graphs(draw):
    count = draw(st.integers(1, 12))
    nodes = [
        GraphNode(
            str(n), f"v_{{{n}}}", draw(st.sampled_from(["", "+", "x + y"])), draw(st.sampled_from(["", "-0.3871"])), "2"
        )
        for n in range(count)
    ]
    pairs = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda pair: pair[0] < pair[1])
    links = draw(st.lists(pairs, max_size=16)) if count > 1 else []
    return nodes, [GraphEdge(str(source), str(target)) for source, target in links]


@given(graphs())
def test_any_small_graph_is_drawn_without_overlaps(graph):
    drawing = draw_graph(*graph, "words")
    assert overlaps(drawing) == []
    assert crossed(drawing) == []


@pytest.mark.parametrize("name", NETWORKS)
def test_blocks_do_not_overlap(name):
    drawing = draw_blocks(*NETWORKS[name], "words")
    assert overlaps(drawing) == []
    assert crossed(drawing) == []
    assert drawing.width <= 160
    assert draw_blocks(*NETWORKS[name], "words") == drawing


@pytest.mark.parametrize("name", NETWORKS)
def test_every_block_and_arrow_is_drawn(name):
    blocks, arrows = NETWORKS[name]
    drawing = draw_blocks(blocks, arrows, "words")
    heads = [shape for shape in drawing.shapes if isinstance(shape, (Segment, Polyline)) and shape.arrow]
    assert len(heads) == len(arrows)
    texts = Counter(label.text for label in labels(drawing))
    assert texts == Counter(text for block in blocks for text in (block.name, block.shape) if text)
    circles = [shape.label for shape in drawing.shapes if isinstance(shape, Circle)]
    assert circles == [block.symbol for block in blocks if block.symbol]
    reached = {target for _, target in arrows}
    outlined = sum(isinstance(shape, Rectangle) for shape in drawing.shapes)
    assert outlined == sum(block.id in reached and not block.symbol for block in blocks)


def test_rows_break_where_no_arrow_goes_around():
    blocks, arrows = NETWORKS["residual"]
    drawing = draw_blocks(blocks, arrows, "words")
    around = [shape for shape in drawing.shapes if isinstance(shape, Polyline) and len(shape.points) == 4]
    assert len(around) == 3


def preamble():
    return tex_of(TABLE).partition(r"\begin{document}")[0]


def test_the_drawings_compile():
    drawings = [drawn(name) for name in GRAPHS] + [draw_blocks(*network, "words") for network in NETWORKS.values()]
    pictures = "".join(rf"\figurealone{{{paint(drawing)}}}\par " for drawing in drawings)
    head = rf"{preamble()}\def\runningleft{{}}\def\runningright{{}}"
    made = compiled(rf"{head}\begin{{document}}{pictures}\end{{document}}")
    assert made.error == ""
    assert made.pdf is not None
    assert made.overfull == ()


MATHEMATICS = [
    r"w_{0} = -0.20",
    r"\tfrac{\mathrm{d}L}{\mathrm{d}q}",
    r"x^{(1)}_{2}",
    r"1/(1+e^{-s_1})",
    r"\max(0, s)",
    r"\hat{y}_1 - y",
    r"\sqrt{v}+\epsilon",
    r"4 \times 4 \times 1",
]
WORDS = ["convolution 3 by 3", "max pooling", "softmax cross-entropy", "flatten", "Dense 128", "WWMM", "illicit"]


def test_estimated_widths_are_those_of_tex():
    mathematics = sorted({*MATHEMATICS, *(label.text for name in GRAPHS for label in labels(drawn(name)))})
    boxes = [f"${text}$" for text in mathematics] + [rf"\labelfont {text}" for text in WORDS]
    typed = "".join(rf"\setbox0\hbox{{{box}}}\typeout{{width \the\wd0}}" for box in boxes)
    made = compiled(rf"{preamble()}\begin{{document}}{typed}\shipout\hbox{{}}\end{{document}}")
    widths = [float(width) * 25.4 / 72.27 for width in re.findall(r"^width ([\d.]+)pt", made.log, re.MULTILINE)]
    estimates = [math_extent(text).width for text in mathematics] + [words_extent(text).width for text in WORDS]
    assert len(widths) == len(estimates)
    for text, width, estimate in zip(mathematics + WORDS, widths, estimates, strict=True):
        assert width * 0.95 - 0.2 <= estimate <= width * 1.25 + 0.8, text

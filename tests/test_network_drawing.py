"""The network drawn: no label on another, whatever its shape; recurrent ones unrolled; what stands on edges chosen."""

from itertools import pairwise, product

import pytest
from conftest import TABLE, problem_of
from drawings import bodies, context_of, crossed, drawings_of, labels, lines, overlaps
from everyday import examples
from hypothesis import given, settings
from hypothesis import strategies as st

import derive
from derive.document.context import Context
from derive.document.locale import locale
from derive.document.pictures.figure import exercise_figure
from derive.document.pictures.geometry import Circle, Label, Segment
from derive.document.pictures.network_drawing import Column, NetworkTexts, drawn
from derive.document.pictures.network_layout import SPLIT, DenseTexts, shown_units
from derive.document.style import style
from derive.errors import InputError
from derive.problem.model import Problem

WRITTEN = {"numbers": "-0.12345", "symbols": "{letter}^{{({layer})}}_{{{index}}}"}


def network(sizes, edges, *, biases=True):
    """The texts of a network, as long as they get."""
    columns = [
        Column(
            size,
            tuple(f"f^{{({layer})}}_{{{unit}}}" for unit in shown_units(size)),
            f"hidden layer {layer}",
            "sigmoid",
            tuple(f"s^{{({layer})}}_{{{unit}}}" for unit in shown_units(size)),
            r"\sigma",
        )
        for layer, size in enumerate(sizes)
    ]
    write = WRITTEN[edges].format
    dense = tuple(
        DenseTexts(
            tuple(
                tuple(write(letter="w", layer=layer, index=f"{source}{target}") for target in range(targets))
                for source in range(sources)
            ),
            tuple(write(letter="b", layer=layer, index=target) for target in range(targets)) if biases else (),
        )
        for layer, (sources, targets) in enumerate(pairwise(sizes), 1)
    )
    numbers = (WRITTEN["numbers"],) * sizes[0] if edges == "numbers" else ()
    return NetworkTexts(tuple(columns), numbers, dense, "words")


def weights(drawing):
    return [label for label in labels(drawing) if label.backed]


def require_clear(sizes, edges, split=0.0, *, biases=True):
    drawing = drawn(network(sizes, edges, biases=biases), split)
    assert overlaps(drawing) == [], sizes
    assert len(weights(drawing)) == sum(a * b for a, b in pairwise(sizes)), sizes


@pytest.mark.parametrize("edges", WRITTEN)
@pytest.mark.parametrize("sizes", list(product(range(1, 6), repeat=2)))
def test_no_label_of_one_layer_lies_on_anything(sizes, edges):
    require_clear(sizes, edges)
    require_clear(sizes, edges, SPLIT)


@pytest.mark.parametrize("edges", WRITTEN)
@pytest.mark.parametrize("first", range(1, 6))
def test_no_label_of_two_layers_lies_on_anything(first, edges):
    for rest in product(range(1, 6), repeat=2):
        require_clear((first, *rest), edges)


@settings(max_examples=examples(40), deadline=None)
@given(
    st.lists(st.integers(1, 5), min_size=4, max_size=6), st.sampled_from(sorted(WRITTEN)), st.booleans(), st.booleans()
)
def test_no_label_of_a_deep_network_lies_on_anything(sizes, edges, biases, split):
    require_clear(tuple(sizes), edges, SPLIT if split and len(sizes) < 5 else 0.0, biases=biases)


@pytest.mark.parametrize("sizes", [(6, 2), (2, 7, 3), (10, 10), (12, 4), (784, 128, 64, 10)])
def test_a_wide_network_is_simply_drawn(sizes):
    drawing = drawn(network(tuple(min(size, 12) for size in sizes), "numbers"), 0.0)
    assert weights(drawing) == []
    units = [shape for shape in drawing.shapes if isinstance(shape, Circle)]
    assert len(units) == sum(len(shown_units(min(size, 12))) for size in sizes)
    assert drawing.width <= 160
    dots = [label for label in labels(drawing) if label.text == r"\vdots"]
    assert len(dots) == sum(size > 10 for size in sizes)


def test_every_edge_ends_at_its_units():
    drawing = drawn(network((3, 2), "numbers"), 0.0)
    units = [(shape.x, shape.y) for shape in drawing.shapes if isinstance(shape, Circle)]
    between = [points for points in lines(drawing) if points[0][0] > 0 and points[1][0] > points[0][0] + 20]
    assert len(between) == 6
    for (x1, y1), (x2, y2) in between:
        for x, y in ((x1, y1), (x2, y2)):
            assert min(abs((x - a) ** 2 + (y - b) ** 2 - 16) for a, b in units) < 0.01


def figure(look="table", **changes):
    problem = Problem.model_validate({**dict(problem_of(TABLE)), **changes})
    return exercise_figure(Context(derive.solve(problem), style(look).style, locale("en")))


def test_the_problem_chooses_what_stands_on_edges():
    assert weights(figure())[0].text == "w_{11}"
    assert weights(figure(figure={"edges": "numbers"}))[0].text == "0.2"
    assert weights(figure("matrix"))[0].text == "0.2"
    assert weights(figure("matrix", figure={"edges": "symbols"}))[0].text == "w_{11}"
    assert weights(figure(figure={"edges": "none"})) == []


def test_the_problem_chooses_how_units_are_drawn():
    def sums(drawing):
        return sum(isinstance(shape, Circle) and shape.label == r"\Sigma" for shape in drawing.shapes)

    assert [sums(figure()), sums(figure(figure={"units": "whole"}))] == [2, 0]
    assert [sums(figure("matrix")), sums(figure("matrix", figure={"units": "split"}))] == [0, 2]


def test_a_figure_of_another_kind_is_refused():
    text = "network: {inputs: 1, layers: [{units: 1, weights: 1, biases: 1}]}\nlearning_rate: 1\ndata: [{x: 1, y: 1}]\n"
    with pytest.raises(InputError, match="unknown edges 'letters'; known are symbols, numbers, none"):
        derive.loads(text + "figure: {edges: letters}\n")


UNROLLED = {
    "rnn-every-step": (3, 3, 3, 0),
    "rnn-three-steps": (3, 1, 1, 0),
    "rnn-truncated": (4, 1, 1, 1),
    "lstm-cell": (2, 1, 1, 0),
    "gru-cell": (2, 1, 1, 0),
}
"""By example: cells, arrows up to the loss, targets, arrows that no gradient goes back along."""


@pytest.mark.parametrize("name", UNROLLED)
def test_recurrent_layers_are_drawn_unrolled(name):
    drawing = drawings_of(context_of(name))[0]
    cells, _, targets, cuts = UNROLLED[name]
    assert overlaps(drawing) == []
    assert crossed(drawing) == []
    assert len(bodies(drawing)) == cells + 1
    texts = [label.text for label in labels(drawing)]
    assert [text for text in texts if text.startswith("x_")] == [f"x_{{{step}}}" for step in range(1, cells + 1)]
    assert sum(text.startswith("y_") for text in texts) == targets
    assert texts.count("no gradient") == cuts
    assert ("no gradient" in texts) == ("do not go back" in drawing.alternative)
    assert f"over {cells} steps" in drawing.alternative


def test_the_shared_weights_are_named_at_every_step():
    drawing = drawings_of(context_of("rnn-truncated"))[0]
    texts = [label.text for label in labels(drawing)]
    assert texts.count("w_{11}") == 4
    assert texts.count("u_{11}") == 3
    assert {"h_{0}", "h_{1}", r"\bar{h}_{3}", "h_{3}", "h_{4}", "L"} <= set(texts)
    slashes = [s for s in drawing.shapes if isinstance(s, Segment) and s.x1 != s.x2 and s.y1 != s.y2]
    assert len(slashes) == 2


LONG = """
network:
  inputs: [{steps}, 3]
  layers:
    - {{layer: rnn, units: 2, weights: 0.5, recurrent: 0.8, biases: 0.1, truncate: 2}}
    - {{layer: rnn, units: 2, weights: 0.5, recurrent: 0.8, biases: 0.1, returns: {returns}}}
    - {{units: 2, weights: 1, biases: 0, activation: sigmoid}}
learning_rate: 0.5
data: [{{x: {x}, y: {y}}}]
"""


@pytest.mark.parametrize("returns", ["all", "last"])
@pytest.mark.parametrize("steps", [2, 4, 9, 30])
def test_a_long_sequence_is_shortened(steps, returns):
    x, y = [[1, 2, 3]] * steps, [[0, 1]] * steps if returns == "all" else [0, 1]
    problem = derive.loads(LONG.format(steps=steps, returns=returns, x=x, y=y))
    drawing = exercise_figure(Context(derive.solve(problem), style("worked").style, locale("en")))
    assert overlaps(drawing) == []
    assert crossed(drawing) == []
    texts = [label.text for label in labels(drawing)]
    assert rf"x^{{\langle {steps} \rangle}}" in texts
    assert r"x^{\langle 1 \rangle}" in texts
    shown = sum(text.startswith("x^") for text in texts)
    assert shown >= min(steps, 3)
    assert (r"\cdots" in texts) == (shown < steps)
    assert drawing.width <= 175


def test_layers_that_mix_steps_are_drawn_as_blocks():
    drawing = drawings_of(context_of("attention-three-tokens"))[0]
    assert not any(isinstance(shape, Label) and shape.text.startswith("x_") for shape in drawing.shapes)

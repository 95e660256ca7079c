"""The network drawn: units in columns, weights on their edges, biases from above."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations

from derive.document.context import Context
from derive.document.pictures.bounds import bounds
from derive.document.pictures.edge_labels import Fan, place_on
from derive.document.pictures.extent import label_box
from derive.document.pictures.geometry import Anchor, Circle, Drawing, Ink, Label, Segment, Shape
from derive.document.pictures.network_layout import (
    BIAS,
    SPLIT,
    UNIT,
    DenseTexts,
    Layout,
    bias_labels,
    layout,
    shown_units,
)
from derive.graph.quantity import Block
from derive.network.dense_stack import DenseBlocks, dense_blocks

_MOST_SPLIT = 2
"""Layers up to which a style's split units are drawn so."""
_CAPTION = UNIT / 2 + 6
_CAPTION_LINE = 4.3
_LEAST_NAMED = 6.0
"""The least diameter of a unit in which its symbol stands."""


@dataclass(frozen=True, slots=True)
class Column:
    """A layer's units: how many, and the texts of those that are drawn, the first of them first.

    `symbols` stand in the units, or behind their sums where these are split; `signs` in the second half of split ones.
    """

    size: int
    symbols: tuple[str, ...]
    name: str
    function: str = ""
    sums: tuple[str, ...] = ()
    sign: str = ""


@dataclass(frozen=True, slots=True)
class NetworkTexts:
    """What stands in the drawing: the input first among the columns, `dense` for every layer or for none."""

    columns: tuple[Column, ...]
    numbers: tuple[str, ...]
    """The inputs' numbers, where these are shown."""
    dense: tuple[DenseTexts, ...]
    alternative: str


def draw_network(context: Context) -> Drawing:
    """The network with the problem's symbols or its starting numbers, as the problem asks, else the style."""
    chosen, wished = context.solution.problem.figure, context.style.network
    layers = tuple(dense_blocks(context.solution.lowered))
    edges = chosen.edges or wished.edges
    units = chosen.units or (wished.units if len(layers) <= _MOST_SPLIT else "whole")
    return drawn(_texts(context, layers, EDGE_TEXTS[edges]), SPLIT if units == "split" else 0.0)


def _symbol(context: Context, quantity: int) -> str:
    return context.symbol(quantity)


def _number(context: Context, quantity: int) -> str:
    return context.number(context.solution.rounds[1], quantity)


@dataclass(frozen=True, slots=True)
class EdgeTexts:
    """What is written on an edge and before an input; nothing where there is no function."""

    edge: Callable[[Context, int], str] | None
    source: Callable[[Context, int], str] | None


EDGE_TEXTS = {
    "symbols": EdgeTexts(_symbol, None),
    "numbers": EdgeTexts(_number, _number),
    "none": EdgeTexts(None, None),
}
"""By what the problem or the style asks for."""


def _texts(context: Context, layers: Sequence[DenseBlocks], write: EdgeTexts) -> NetworkTexts:
    words, signal = context.locale, layers[0].inputs
    columns = [Column(signal.size, _symbols(context, signal), words.input_layer)]
    for layer in layers:
        hidden = words.only_hidden_layer if len(layers) == 2 else words.hidden_layer.replace("<n>", str(layer.number))
        rule = layer.activation
        columns.append(
            Column(
                layer.sums.size,
                _symbols(context, layer.outputs),
                words.output_layer if layer.number == len(layers) else hidden,
                f"{words.comma}{rule.label}" if rule.label else "",
                _symbols(context, layer.sums),
                context.notation.activations.get(rule.name, r"\varphi"),
            )
        )
    sizes = words.comma.join(str(column.size) for column in columns[1:])
    counted = context.counted(words.network_alternative, signal.size, "<inputs>")
    alternative = counted.replace("<units>", sizes)
    source, edge = write.source, write.edge
    numbers = tuple(source(context, signal.ids[unit]) for unit in shown_units(signal.size)) if source else ()
    dense = tuple(_dense(context, layer, edge) for layer in layers) if edge else ()
    return NetworkTexts(tuple(columns), numbers, dense, alternative)


def _symbols(context: Context, block: Block) -> tuple[str, ...]:
    return tuple(context.symbol(block.ids[unit]) for unit in shown_units(block.size))


def _dense(context: Context, layer: DenseBlocks, write: Callable[[Context, int], str]) -> DenseTexts:
    inputs, units = layer.weights.shape
    targets = shown_units(units)
    edges = tuple(
        tuple(write(context, layer.weights.first + source * units + target) for target in targets)
        for source in shown_units(inputs)
    )
    if layer.biases is None:
        return DenseTexts(edges, ())
    ids = layer.biases.ids
    return DenseTexts(edges, tuple(write(context, ids[target if len(ids) > 1 else 0]) for target in targets))


def drawn(texts: NetworkTexts, split: float) -> Drawing:
    """The texts in their places; sums and activations `split` apart, 0 where a unit is drawn whole."""
    plan = layout([column.size for column in texts.columns], texts.dense, split)
    fans = [_fan(plan, texts, number) for number in range(1, len(texts.columns))]
    shapes = [
        *chain.from_iterable(_edges(plan, texts, number, fan) for number, fan in enumerate(fans, 1)),
        *chain.from_iterable(_units(plan, texts, number) for number in range(1, len(texts.columns))),
        *_inputs(plan, texts),
        *_captions(plan, texts.columns),
    ]
    room = bounds(shapes)
    return Drawing(tuple(shapes), room.right - room.left, room.top - room.bottom, texts.alternative)


def _fan(plan: Layout, texts: NetworkTexts, number: int) -> Fan:
    heights = [plan.heights(column.size) for column in texts.columns[number - 1 : number + 1]]
    return Fan(heights[0], heights[1], plan.diameter / 2, ())


def _edges(plan: Layout, texts: NetworkTexts, number: int, fan: Fan) -> list[Shape]:
    """The edges into a layer, then the weights on them."""
    start = plan.columns[number - 1] + (plan.split if number > 1 else 0.0)
    distance = plan.columns[number] - start
    lines: list[Shape] = []
    labels: list[Shape] = []
    for source, low in enumerate(fan.sources):
        for target, high in enumerate(fan.targets):
            cut = fan.radius / ((distance**2 + (high - low) ** 2) ** 0.5)
            ends = [place_on(fan, distance, (source, target), share) for share in (cut, 1 - cut)]
            (x1, y1), (x2, y2) = ends
            lines.append(Segment(start + x1, y1, start + x2, y2, Ink.EDGE, arrow=plan.diameter == UNIT))
            if plan.labelled:
                share = plan.shares[number - 1][source][target]
                x, y = place_on(fan, distance, (source, target), share)
                text = texts.dense[number - 1].edges[source][target]
                labels.append(Label(start + x, y, text, backed=True, small=plan.small))
    return lines + labels


def _units(plan: Layout, texts: NetworkTexts, number: int) -> list[Shape]:
    column, x = texts.columns[number], plan.columns[number]
    heights, radius = plan.heights(column.size), plan.diameter / 2
    shapes: list[Shape] = []
    for row, y in enumerate(heights):
        shapes += _split_unit(plan, column, row, x, y) if plan.split else [_unit(plan, column, row, x, y)]
        if number == len(texts.columns) - 1:
            right = x + plan.split + radius
            shapes.append(Segment(right, y, right + 7, y, Ink.EDGE, arrow=True))
            shapes.append(Label(right + 7.6, y, column.symbols[row], anchor=Anchor.RIGHT))
    if plan.labelled:
        biases = bias_labels(x, heights, radius, texts.dense[number - 1].biases, small=plan.small)
        for label, y in zip(biases, heights, strict=False):
            shapes += [Segment(x, y + radius + BIAS, x, y + radius, Ink.EDGE, arrow=True), label]
    return shapes + _dots(plan, column, x)


def _unit(plan: Layout, column: Column, row: int, x: float, y: float) -> Shape:
    return Circle(x, y, plan.diameter, column.symbols[row] if plan.diameter > _LEAST_NAMED else "")


def _split_unit(plan: Layout, column: Column, row: int, x: float, y: float) -> list[Shape]:
    radius, right = plan.diameter / 2, x + plan.split
    return [
        Circle(x, y, plan.diameter, r"\Sigma"),
        Segment(x + radius, y, right - radius, y, Ink.EDGE, arrow=True),
        Label(x + plan.split / 2, y + 0.8, column.sums[row], anchor=Anchor.ABOVE),
        Circle(right, y, plan.diameter, column.sign),
    ]


def _inputs(plan: Layout, texts: NetworkTexts) -> list[Shape]:
    column, x = texts.columns[0], plan.columns[0]
    heights, left = plan.heights(column.size), plan.columns[0] - plan.diameter / 2
    shapes: list[Shape] = []
    for row, y in enumerate(heights):
        shapes.append(_unit(plan, column, row, x, y))
        if texts.numbers and plan.labelled:
            shapes.append(Segment(left - 7, y, left, y, Ink.EDGE, arrow=True))
            shapes.append(Label(left - 7.6, y, texts.numbers[row], anchor=Anchor.LEFT))
    return shapes + _dots(plan, column, x)


def _dots(plan: Layout, column: Column, x: float) -> list[Shape]:
    heights = plan.heights(column.size)
    if len(heights) == column.size:
        return []
    return [Label(x, (heights[-2] + heights[-1]) / 2, r"\vdots")]


def _captions(plan: Layout, columns: Sequence[Column]) -> list[Label]:
    """A name below each column, with its activation where there is room; on two lines where there is little."""
    xs = [x + (plan.split / 2 if number else 0.0) for number, x in enumerate(plan.columns)]
    named = [c.name + ("" if plan.split else c.function) for c in columns]
    ways = [
        [Label(x, -_CAPTION, text, math=False, anchor=Anchor.BASE) for x, text in zip(xs, texts, strict=True)]
        for texts in (named, [column.name for column in columns])
    ]
    lowered = [replace(label, y=label.y - _CAPTION_LINE * (number % 2)) for number, label in enumerate(ways[1])]
    return next((way for way in (*ways, lowered) if not _overlap(way)), [ways[1][0], ways[1][-1]])


def _overlap(labels: Sequence[Label]) -> bool:
    return any(label_box(a).overlaps(label_box(b)) for a, b in combinations(labels, 2))

"""The network drawn: units in columns, weights on their edges, biases from above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from derive.document.context import Context
from derive.document.geometry import Anchor, Circle, Drawing, Ink, Label, Segment, Shape
from derive.graph.quantity import Block
from derive.network.matrix_forms import LayerForms, layer_forms

UNIT = 8.0
PITCH = 20.0
TALLEST = 84.0
WIDEST = 150.0
MOST_DRAWN = 6
SUM_TO_ACTIVATION = 18.0
LEAST_LABEL_SPACING = 3.5
STACKED_LABEL_SPACING = 5.2
"""Symbols with a layer above and an index below are taller."""
DISTANCES = (38.0, 45.0, 52.0)


@dataclass(frozen=True)
class Layout:
    """Where the columns of units stand and how far apart their rows are."""

    columns: tuple[float, ...]
    pitch: float
    diameter: float
    tallest: float
    labelled: bool
    split: float
    """The distance from a sum to its activation; 0 where a unit is drawn whole."""


def draw_network(context: Context) -> Drawing:
    """The network with the problem's symbols or its starting numbers."""
    forms = layer_forms(context.solution.lowered)
    layout = _layout(context, forms)
    shapes: list[Shape] = []
    for form in forms:
        shapes += _edges(context, layout, form)
    for form in forms:
        shapes += _units(context, layout, form)
    shapes += _inputs(context, layout, forms[0].signal)
    shapes += _captions(context, layout, forms)
    width = layout.columns[-1] + layout.split + 22
    units = context.locale.comma.join(str(form.sums.size) for form in forms)
    counted = context.counted(context.locale.network_alternative, forms[0].signal.size, "<inputs>")
    return Drawing(tuple(shapes), width, layout.tallest + 20, counted.replace("<units>", units))


def _layout(context: Context, forms: Sequence[LayerForms]) -> Layout:
    """The narrowest columns on which the weights can be written; the narrowest of all if they cannot."""
    sizes = [forms[0].signal.size, *(form.sums.size for form in forms)]
    tallest = max(len(shown_units(size)) for size in sizes)
    split = SUM_TO_ACTIVATION if context.style.network.units == "split" and len(forms) <= 2 else 0.0
    widest = (WIDEST - 24 - split * len(forms)) / len(forms)
    symbols_stacked = context.style.network.edges == "symbols" and len(forms) > 1
    spacing = STACKED_LABEL_SPACING if symbols_stacked else LEAST_LABEL_SPACING
    pitch = min(max(PITCH, spacing * (tallest + 1)), TALLEST / max(1, tallest - 1))
    diameter = min(UNIT, pitch * 0.55)
    room = _label_width(context, forms) + diameter / 2 + 1
    fitting = [d for d in DISTANCES if d <= widest and d / (tallest + 1) >= room]
    labelled = max(sizes) <= MOST_DRAWN and pitch / (tallest + 1) >= spacing and bool(fitting)
    distance = fitting[0] if labelled else min(DISTANCES[0], widest)
    diameter = min(diameter, distance * 0.6)
    columns = [0.0]
    for index in range(len(forms)):
        columns.append(columns[-1] + distance + (split if index else 0))
    return Layout(tuple(columns), pitch, diameter, pitch * (tallest - 1), labelled, split)


def _label_width(context: Context, forms: Sequence[LayerForms]) -> float:
    """Half the width of the widest label on an edge."""
    if context.style.network.edges == "symbols":
        return 2.6 if len(forms) == 1 else 3.2
    shown = context.solution.rounds[1].shown
    return 0.95 * max(len(shown[quantity]) for form in forms for quantity in form.weights.ids)


def shown_units(size: int) -> list[int]:
    """Which units of a layer are drawn, counted from 0: all of a small one, the first and the last of a large one."""
    return list(range(size)) if size <= MOST_DRAWN else [0, 1, 2, size - 1]


def _height(layout: Layout, size: int, row: int) -> float:
    count = len(shown_units(size))
    return layout.tallest / 2 + layout.pitch * ((count - 1) / 2 - row)


def _edges(context: Context, layout: Layout, form: LayerForms) -> list[Shape]:
    inputs, units = form.weights.shape
    shift = layout.split if form.number > 1 else 0.0
    start, end = layout.columns[form.number - 1] + shift, layout.columns[form.number]
    shapes: list[Shape] = []
    labels: list[Shape] = []
    rows, columns = shown_units(inputs), shown_units(units)
    share = 1 / (1 + len(columns)) if len(columns) > 1 or len(rows) > 1 else 0.5
    for row, source in enumerate(rows):
        for column, target in enumerate(columns):
            y1, y2 = _height(layout, inputs, row), _height(layout, units, column)
            length = ((end - start) ** 2 + (y2 - y1) ** 2) ** 0.5
            cut = layout.diameter / 2 / length
            dx, dy = (end - start) * cut, (y2 - y1) * cut
            shapes.append(Segment(start + dx, y1 + dy, end - dx, y2 - dy, Ink.EDGE, arrow=layout.labelled))
            quantity = form.weights.first + source * units + target
            place = (start + (end - start) * share, y1 + (y2 - y1) * share)
            labels.append(Label(*place, _edge_text(context, quantity), backed=True))
    return shapes + labels if layout.labelled else shapes


def _edge_text(context: Context, quantity: int) -> str:
    if context.style.network.edges == "numbers":
        return context.number(context.solution.rounds[1], quantity)
    return context.symbol(quantity)


def _units(context: Context, layout: Layout, form: LayerForms) -> list[Shape]:
    shapes: list[Shape] = []
    x, radius = layout.columns[form.number], layout.diameter / 2
    last = form.number == context.solution.lowered.layers
    for row, unit in enumerate(shown_units(form.sums.size)):
        y = _height(layout, form.sums.size, row)
        if layout.split:
            shapes += _split_unit(context, layout, form, unit, x, y)
        else:
            label = context.symbol(form.outputs.ids[unit]) if layout.diameter > 6 else ""
            shapes.append(Circle(x, y, layout.diameter, label))
        right = x + layout.split + radius
        if last:
            shapes.append(Segment(right, y, right + 7, y, Ink.EDGE, arrow=True))
            shapes.append(Label(right + 7.6, y, context.symbol(form.outputs.ids[unit]), anchor=Anchor.RIGHT))
        if form.biases is not None and layout.labelled:
            shapes.append(Segment(x, y + radius + 5, x, y + radius, Ink.EDGE, arrow=True))
            text = _edge_text(context, form.biases.ids[unit if form.biases.size > 1 else 0])
            shapes.append(Label(x, y + radius + 5.4, text, anchor=Anchor.ABOVE))
    return shapes + _dots(form.sums.size, layout, x)


def _split_unit(context: Context, layout: Layout, form: LayerForms, unit: int, x: float, y: float) -> list[Shape]:
    radius = layout.diameter / 2
    right = x + layout.split
    rule = form.slope.rule
    return [
        Circle(x, y, layout.diameter, r"\Sigma"),
        Segment(x + radius, y, right - radius, y, Ink.EDGE, arrow=True),
        Label(x + layout.split / 2, y + 0.8, context.symbol(form.sums.ids[unit]), anchor=Anchor.ABOVE),
        Circle(right, y, layout.diameter, context.notation.activations.get(rule.name, r"\varphi")),
    ]


def _inputs(context: Context, layout: Layout, block: Block) -> list[Shape]:
    shapes: list[Shape] = []
    for row, unit in enumerate(shown_units(block.size)):
        y = _height(layout, block.size, row)
        label = context.symbol(block.ids[unit]) if layout.diameter > 6 else ""
        shapes.append(Circle(layout.columns[0], y, layout.diameter, label))
        if context.style.network.edges == "numbers" and layout.labelled:
            left = layout.columns[0] - layout.diameter / 2
            shapes.append(Segment(left - 7, y, left, y, Ink.EDGE, arrow=True))
            number = context.number(context.solution.rounds[1], block.ids[unit])
            shapes.append(Label(left - 7.6, y, number, anchor=Anchor.LEFT))
    return shapes + _dots(block.size, layout, layout.columns[0])


def _dots(size: int, layout: Layout, x: float) -> list[Shape]:
    if size <= MOST_DRAWN:
        return []
    return [Label(x, (_height(layout, size, 2) + _height(layout, size, 3)) / 2, r"\vdots")]


def _captions(context: Context, layout: Layout, forms: Sequence[LayerForms]) -> list[Shape]:
    words, y = context.locale, -UNIT / 2 - 6
    shapes: list[Shape] = [Label(layout.columns[0], y, words.input_layer, math=False, anchor=Anchor.BASE)]
    for form in forms:
        last = form.number == len(forms)
        hidden = words.only_hidden_layer if len(forms) == 2 else words.hidden_layer.replace("<n>", str(form.number))
        text = words.output_layer if last else hidden
        label = form.slope.rule.label
        text += f"{words.comma}{label}" if label and not layout.split and layout.labelled else ""
        x = layout.columns[form.number] + layout.split / 2
        if layout.columns[1] - layout.columns[0] >= 20:
            shapes.append(Label(x, y, text, math=False, anchor=Anchor.BASE))
    return shapes

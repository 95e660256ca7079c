"""The loss against the round: a plot with little ink, and the same numbers in a row."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from derive.document.context import Context
from derive.document.mathematics import Math
from derive.document.model import LossPlot
from derive.document.pictures.covering import revealed
from derive.document.pictures.geometry import Anchor, Circle, Drawing, Ink, Label, Segment, Shape

WIDTH, HEIGHT = 108.0, 46.0
MOST_LABELS = 8
MOST_TICKS = 12
LONGEST = 12
"""Rows of the table of losses before it goes on in a further column."""


def loss_plot(context: Context) -> LossPlot:
    """The plot of the problem's losses."""
    solution = context.solution
    loss = solution.graph.loss
    losses = [(round.number, round.values[loss].carried, context.number(round, loss)) for round in solution.rounds]
    rows = [(str(number), text) for number, _, text in losses]
    columns = tuple(tuple(rows[start : start + LONGEST]) for start in range(0, len(rows), LONGEST))
    return LossPlot(_drawing(context, losses), context.locale.round, context.symbol(loss), columns)


def nice_step(largest: Decimal) -> Decimal:
    """A step of 1, 2 or 5 times a power of ten that divides 0 to `largest` into at most five parts."""
    if not largest:
        return Decimal("0.5")
    unit = Decimal(1).scaleb((largest / 4).adjusted())
    return next(unit * factor for factor in (1, 2, 5, 10) if unit * factor * 5 >= largest)


def _drawing(context: Context, losses: Sequence[tuple[int, Decimal, Math]]) -> Drawing:
    largest = max(value for _, value, _ in losses)
    step = nice_step(largest)
    ticks = int(largest / step) + (largest % step != 0)
    top = step * max(1, ticks)
    places = [(_across(index, len(losses)), HEIGHT * float(value / top)) for index, (_, value, _) in enumerate(losses)]
    reveals = [revealed(text) for _, _, text in losses]
    shapes: list[Shape] = []
    for tick in range(max(1, ticks) + 1):
        y = HEIGHT * tick / max(1, ticks)
        shapes.append(Segment(0, y, WIDTH, y, Ink.GRID if tick else Ink.AXIS))
        scale = context.locale.number(f"{(step * tick).normalize():f}")
        shapes.append(Label(-1.5, y, scale, math=False, anchor=Anchor.LEFT, reveals=sum(reveals, ())))
    for ((x1, y1), before), ((x2, y2), after) in pairwise(zip(places, reveals, strict=True)):
        shapes.append(Segment(x1, y1, x2, y2, Ink.CURVE, reveals=before + after))
    shapes += [Circle(x, y, 1.8, filled=True, reveals=own) for (x, y), own in zip(places, reveals, strict=True)]
    shapes += _labels(places, losses)
    every = -(-len(losses) // MOST_TICKS)
    for index, (number, _, _) in enumerate(losses):
        if index % every == 0:
            x = places[index][0]
            shapes.append(Segment(x, 0, x, -1, Ink.AXIS))
            shapes.append(Label(x, -1.6, str(number), math=False, anchor=Anchor.BELOW))
    shapes.append(Label(WIDTH + 2, 0, context.locale.round_at_axis, math=False, anchor=Anchor.RIGHT))
    shapes.append(Label(-1.5, HEIGHT + 4.2, context.symbol(context.solution.graph.loss), anchor=Anchor.LEFT))
    loss = context.solution.graph.loss
    shown = [context.locale.number(round.shown[loss]) for round in context.solution.rounds]
    values = f"{context.locale.numbers.list} ".join(f"{number}: {text}" for number, text in enumerate(shown, 1))
    words = context.locale.plot_alternative.replace("<values>", values)
    rounds = context.locale.comma.join(str(number) for number, _, _ in losses)
    empty = context.locale.plot_empty_alternative.replace("<rounds>", rounds)
    return Drawing(tuple(shapes), WIDTH + 20, HEIGHT + 12, words, covered=empty)


def _across(index: int, count: int) -> float:
    return WIDTH * (index + 0.5) / count


def _labels(places: Sequence[tuple[float, float]], losses: Sequence[tuple[int, Decimal, Math]]) -> list[Label]:
    """Each point's number: above, but below at a local minimum and at the end of a fall."""
    if len(places) > MOST_LABELS:
        return []
    found = []
    for index, (x, y) in enumerate(places):
        before = places[index - 1][1] if index else None
        after = places[index + 1][1] if index + 1 < len(places) else None
        low = before is not None and before > y and (after is None or after > y) and y > 8
        text = losses[index][2]
        anchor = Anchor.BELOW if low else Anchor.ABOVE
        found.append(Label(x, y - 1.4 if low else y + 1.4, text, anchor=anchor, backed=True, reveals=revealed(text)))
    return found

"""The loss against the round: a plot with little ink, and the same numbers in a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from derive.document.context import Context
from derive.document.mathematics import Math
from derive.document.model import LossPlot
from derive.document.pictures.covering import revealed
from derive.document.pictures.geometry import Anchor, Circle, Drawing, Ink, Label, Places, Segment, Shape
from derive.network.same_data import rounds_of_same_data

WIDTH, HEIGHT = 108.0, 46.0
MOST_LABELS = 8
MOST_TICKS = 12
LONGEST = 12
"""Rows of the table of losses before it goes on in a further column."""


@dataclass(frozen=True)
class _Point:
    """The loss of a round; without a number where that is hidden."""

    round: int
    loss: Decimal | None
    text: Math

    @property
    def reveals(self) -> Places:
        """The places whose numbers the point gives away."""
        return revealed(self.text)


def loss_plot(context: Context) -> LossPlot:
    """The plot of the problem's losses; lines join the rounds that take the same data."""
    points = tuple(_points(context))
    rows = [(str(point.round), point.text) for point in points]
    columns = tuple(tuple(rows[start : start + LONGEST]) for start in range(0, len(rows), LONGEST))
    series = rounds_of_same_data(context.solution)
    words = context.locale
    joined = any(len(rounds) > 1 for rounds in series)
    note = "" if len(series) == 1 else words.losses_apart if joined else words.losses_single
    drawing = _drawing(context, points, series, note)
    return LossPlot(
        drawing, context.locale.round, context.symbol(context.solution.graph.loss), columns, context.phrase(note)
    )


def _points(context: Context) -> Iterator[_Point]:
    loss = context.solution.graph.loss
    for round in context.solution.rounds:
        value = None if context.is_hidden(round, loss) else round.values[loss].carried
        yield _Point(round.number, value, context.number(round, loss))


def nice_step(largest: Decimal) -> Decimal:
    """A step of 1, 2 or 5 times a power of ten that divides 0 to `largest` into at most five parts."""
    if not largest:
        return Decimal("0.5")
    unit = Decimal(1).scaleb((largest / 4).adjusted())
    return next(unit * factor for factor in (1, 2, 5, 10) if unit * factor * 5 >= largest)


def _drawing(context: Context, points: Sequence[_Point], series: Sequence[Sequence[int]], note: str) -> Drawing:
    """The plot; where a loss is blank there is no scale, and with none no point has a height."""
    largest = max((point.loss for point in points if point.loss is not None), default=Decimal(0))
    step = nice_step(largest)
    ticks = max(1, int(largest / step) + (largest % step != 0))
    top = step * ticks
    places = [
        (_across(index, len(points)), HEIGHT * float((top if point.loss is None else point.loss) / top))
        for index, point in enumerate(points)
    ]
    reveals = sum((point.reveals for point in points), ())
    shapes: list[Shape] = [*_scale(context, step, ticks, reveals)]
    for rounds in series:
        shapes += _curve([places[number - 1] for number in rounds], reveals)
    shapes += [Circle(x, y, 1.8, filled=True, reveals=reveals) for x, y in places]
    shapes += _labels(places, points, reveals, joined=len(series) == 1)
    every = -(-len(points) // MOST_TICKS)
    for (x, _), point in list(zip(places, points, strict=True))[::every]:
        shapes.append(Segment(x, 0, x, -1, Ink.AXIS))
        shapes.append(Label(x, -1.6, str(point.round), math=False, anchor=Anchor.BELOW))
    shapes.append(Label(WIDTH + 2, 0, context.locale.round_at_axis, math=False, anchor=Anchor.RIGHT))
    shapes.append(Label(-1.5, HEIGHT + 4.2, context.symbol(context.solution.graph.loss), anchor=Anchor.LEFT))
    return Drawing(tuple(shapes), WIDTH + 20, HEIGHT + 12, *_alternatives(context, note))


def _scale(context: Context, step: Decimal, ticks: int, reveals: Places) -> Iterator[Shape]:
    """The grid and its numbers, from 0 up."""
    for tick in range(ticks + 1):
        y = HEIGHT * tick / ticks
        yield Segment(0, y, WIDTH, y, Ink.GRID if tick else Ink.AXIS)
        scale = context.locale.number(f"{(step * tick).normalize():f}")
        yield Label(-1.5, y, scale, math=False, anchor=Anchor.LEFT, reveals=reveals)


def _curve(points: Sequence[tuple[float, float]], reveals: Places) -> Iterator[Segment]:
    for (x1, y1), (x2, y2) in pairwise(points):
        yield Segment(x1, y1, x2, y2, Ink.CURVE, reveals=reveals)


def _alternatives(context: Context, note: str) -> tuple[str, str]:
    """What the plot says, and what is said where its numbers are to be found; `note` says what lines join."""
    words, loss = context.locale, context.solution.graph.loss
    rounds = [round for round in context.solution.rounds if not context.is_hidden(round, loss)]
    shown = [f"{round.number}: {words.number(round.shown[loss])}" for round in rounds]
    whole = words.plot_alternative.replace("<values>", f"{words.numbers.list} ".join(shown))
    numbers = words.comma.join(str(round.number) for round in context.solution.rounds)
    empty = words.plot_empty_alternative.replace("<rounds>", numbers)
    after = f"{words.between_sentences}{note}" if note else ""
    return whole + after, empty + after


def _across(index: int, count: int) -> float:
    return WIDTH * (index + 0.5) / count


def _labels(
    places: Sequence[tuple[float, float]], points: Sequence[_Point], reveals: Places, *, joined: bool
) -> list[Label]:
    """Each point's number: above, but below at a local minimum of one curve and at the end of its fall."""
    if len(places) > MOST_LABELS:
        return []
    found = []
    for index, (x, y) in enumerate(places):
        before = places[index - 1][1] if index else None
        after = places[index + 1][1] if index + 1 < len(places) else None
        low = joined and before is not None and before > y and (after is None or after > y) and y > 8
        text = points[index].text
        anchor = Anchor.BELOW if low else Anchor.ABOVE
        found.append(Label(x, y - 1.4 if low else y + 1.4, text, anchor=anchor, backed=True, reveals=reveals))
    return found

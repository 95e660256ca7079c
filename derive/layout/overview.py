"""What an exercise gives, placed on a page: the picture and the table beside or below one another, then the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from derive.document.document import Exercise
from derive.document.mathematics import Math
from derive.document.page import Page
from derive.document.pictures.bounds import shape_box
from derive.document.pictures.geometry import Drawing
from derive.layout.beside import AIR, Beside, beside
from derive.layout.results import Band, data_size, place_data
from derive.layout.sharing import shared
from derive.measure.breaking import width_of

_BETWEEN, _APART = 6.0, 10.0
"""Millimetres at least from a picture to a table, and to a column of given numbers."""
_BELOW = 3.0
_SAVED = 2.0
"""How much lower given numbers at the right of a picture must make the whole, in millimetres."""
_RIM = 1.5
"""What lines at the rim of a picture take beyond it, in millimetres."""


@dataclass(frozen=True, slots=True)
class OverviewRow:
    """A row of an overview: a picture, tables, or given numbers; `column` are given numbers at the picture's right.

    `scale` is that of the picture.
    """

    network: Drawing | None = None
    data: tuple[Band, ...] = ()
    tall: bool = False
    given: Beside | None = None
    column: tuple[Beside, ...] = ()
    scale: float = 1.0
    height: float = 0.0
    raised: float = 0.0
    """How far given numbers stand up beside what hangs at the right of the picture above, in millimetres."""


def place_overview(exercise: Exercise, page: Page) -> tuple[OverviewRow, ...]:
    """What an exercise gives, in rows."""
    return tuple(_rows(exercise, page))


def overview_leaves(exercise: Exercise, page: Page) -> tuple[tuple[OverviewRow, ...], ...]:
    """What an exercise gives, on as many leaves as it takes."""
    rows = place_overview(exercise, page)
    if not rows:
        return ()
    return tuple(rows[start:end] for start, end in shared([row.height for row in rows], page.slide_height))


def _rows(exercise: Exercise, page: Page) -> Iterator[OverviewRow]:
    stacked = tuple(_stacked(exercise, page))
    column = _with_column(exercise, page)
    below = sum(row.height for row in stacked)
    yield from (column,) if column is not None and column.height < below - _SAVED else stacked


def _stacked(exercise: Exercise, page: Page) -> Iterator[OverviewRow]:
    """The picture and the table beside or below one another, the given numbers below them."""
    network, data = exercise.network, exercise.data
    bands = () if data is None else place_data(data, page.width)
    tall = data is not None and data.tall
    sizes = [data_size(band) for band in bands]
    scale = 1.0 if network is None else _scale(network, page)
    high = 0.0 if network is None else network.height * scale + _BELOW
    if network is not None and len(bands) == 1 and network.width * scale + _BETWEEN + sizes[0][0] <= page.width:
        yield OverviewRow(network, bands, tall, scale=scale, height=max(high, sizes[0][1]))
    else:
        if network is not None:
            yield OverviewRow(network, scale=scale, height=high)
        for band, (_, height) in zip(bands, sizes, strict=True):
            yield OverviewRow(data=(band,), tall=tall, height=height + _BELOW)
    if network is not None and exercise.given and page.nests and not bands:
        yield from _nested(network, scale, exercise.given, page)
    else:
        yield from _below(beside(exercise.given, page.width, air=AIR))


def _below(rows: Sequence[Beside], raised: float = 0.0) -> Iterator[OverviewRow]:
    """Rows of given numbers, the first of them raised."""
    for place, row in enumerate(rows):
        lift = 0.0 if place else raised
        yield OverviewRow(given=row, height=row.height - lift, raised=lift)


def _nested(network: Drawing, scale: float, given: Sequence[Math], page: Page) -> tuple[OverviewRow, ...]:
    """Rows of given numbers below a centred picture, up beside what hangs at its right where this makes them lower."""
    boxes = [shape_box(shape) for shape in network.shapes]
    left, bottom = min(box.left for box in boxes), min(box.bottom for box in boxes)
    margin = (page.width - network.width * scale) / 2
    ends = [((box.left - left) * scale + margin - _BETWEEN, (box.bottom - bottom) * scale) for box in boxes]
    found = []
    for width in {page.width, *(end for end, _ in ends)}:
        free = min((height for end, height in ends if end < width), default=0.0) - _BELOW
        if width >= _widest(given):
            found.append(tuple(_below(beside(given, width, air=AIR), max(0.0, free))))
    return min(found, key=lambda rows: sum(row.height for row in rows))


def _with_column(exercise: Exercise, page: Page) -> OverviewRow | None:
    """The picture with everything else at its right; None where something is too wide for that."""
    network, data = exercise.network, exercise.data
    if network is None or not exercise.given:
        return None
    scale = _scale(network, page)
    width = page.width - network.width * scale - _APART
    bands = () if data is None else place_data(data, page.width)
    sizes = [data_size(band) for band in bands]
    if len(bands) > 1 or max([_widest(exercise.given), *(one for one, _ in sizes)]) > width:
        return None
    column = beside(exercise.given, width, air=AIR)
    height = sum(row.height for row in column) + sum(high + _BELOW for _, high in sizes)
    tall = data is not None and data.tall
    return OverviewRow(network, bands, tall, None, column, scale, max(network.height * scale + _BELOW, height))


def _widest(given: Sequence[Math]) -> float:
    return max(width_of(text) for text in given)


def _scale(network: Drawing, page: Page) -> float:
    highest = page.slide_height or page.height
    return min(1.0, (page.width - _RIM) / network.width, highest / network.height)

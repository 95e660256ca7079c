"""What an exercise gives, placed on a page: the picture and the table beside or below one another, then the numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from derive.document.document import Exercise
from derive.document.page import Page
from derive.document.pictures.geometry import Drawing
from derive.layout.beside import AIR, Beside, beside
from derive.layout.results import Band, data_size, place_data
from derive.layout.sharing import shared

_BETWEEN = 6.0
_BELOW = 3.0
_RIM = 1.5
"""What lines at the rim of a picture take beyond it, in millimetres."""


@dataclass(frozen=True, slots=True)
class OverviewRow:
    """A row of an overview: a picture, tables, or given numbers;

    `scale` is that of the picture.
    """

    network: Drawing | None = None
    data: tuple[Band, ...] = ()
    tall: bool = False
    given: Beside | None = None
    scale: float = 1.0
    height: float = 0.0


def place_overview(exercise: Exercise, page: Page) -> tuple[OverviewRow, ...]:
    """What an exercise gives, in rows."""
    return tuple(_rows(exercise, page))


def overview_leaves(exercise: Exercise, page: Page) -> tuple[tuple[OverviewRow, ...], ...]:
    """What an exercise gives, on as many leaves as it takes."""
    rows = place_overview(exercise, page)
    if not rows:
        return ()
    return tuple(rows[start:end] for start, end in shared([row.height for row in rows], page.leaf))


def _rows(exercise: Exercise, page: Page) -> Iterator[OverviewRow]:
    network, data = exercise.network, exercise.data
    bands = () if data is None else place_data(data, page.width)
    tall = data is not None and data.tall
    sizes = [data_size(band) for band in bands]
    highest = page.leaf or page.height
    scale = 1.0 if network is None else min(1.0, (page.width - _RIM) / network.width, highest / network.height)
    high = 0.0 if network is None else network.height * scale + _BELOW
    if network is not None and len(bands) == 1 and network.width * scale + _BETWEEN + sizes[0][0] <= page.width:
        yield OverviewRow(network, bands, tall, scale=scale, height=max(high, sizes[0][1]))
    else:
        if network is not None:
            yield OverviewRow(network, scale=scale, height=high)
        for band, (_, height) in zip(bands, sizes, strict=True):
            yield OverviewRow(data=(band,), tall=tall, height=height + _BELOW)
    for row in beside(exercise.given, page.width, air=AIR):
        yield OverviewRow(given=row, height=row.height)

"""The forward pass in one line placed on a page: as many rows as its results take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from derive.document.mathematics import Rich
from derive.document.model import ForwardSummary
from derive.document.page import Page
from derive.layout.beside import AIR, Beside, beside, rich_pieces, rich_width, runs
from derive.measure.breaking import POINTS
from derive.measure.words import words_box


@dataclass(frozen=True, slots=True)
class PlacedForward:
    """Results in rows, the first beside the title, and below them the numbers that they start from."""

    template: ClassVar[str] = "forward-summary"
    title: str
    results: tuple[tuple[Rich, ...], ...]
    given: tuple[Beside, ...]


def place_forward(section: ForwardSummary, page: Page) -> PlacedForward:
    """The forward pass in one line placed on a page."""
    taken = words_box(section.title, "boldlabels").width / POINTS + AIR
    pieces = [piece for result in section.results for piece in rich_pieces(result, page.width - taken)]
    rows = runs([rich_width(piece) for piece in pieces], page.width, AIR, taken)
    results = tuple(tuple(pieces[place] for place in row) for row in rows)
    return PlacedForward(section.title, results, beside(section.given, page.width))

"""The table of functions placed on a page: two sides, each with its symbols and its formulas in rows that fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from derive.document.mathematics import Math
from derive.document.model import FunctionRow, FunctionsTable
from derive.document.page import Page
from derive.layout.rows import Fitted, fitted
from derive.measure.breaking import Room, width_of

_LEAST_SYMBOL, _MOST_SYMBOL = 10.0, 34.0
_RELATION, _AIR, _MARK = 5.0, 4.0, 10.0
_USUAL_SHARE = 93 / 160
_OTHER_SHARES = (0.5, 0.42, 0.66)
_SCALED = 20.0
"""How many lines a row is worth that would be scaled to nothing."""
MOST_KEPT_HEIGHT = 14
"""Lines of a table that stays on one page."""


@dataclass(frozen=True, slots=True)
class PlacedFunction:
    """A symbol, the rows of its formula and the mark beside them; a symbol too wide for its column is scaled."""

    symbol: Math
    scale: float
    rows: tuple[Fitted, ...]
    mark: Math


@dataclass(frozen=True, slots=True)
class PlacedSide:
    """One side of the table: its title, its widths in millimetres, its functions."""

    title: str
    width: float
    symbol: float
    functions: tuple[PlacedFunction | None, ...]


@dataclass(frozen=True, slots=True)
class PlacedFunctions:
    """The functions of the forward pass beside those of the backward pass."""

    template: ClassVar[str] = "functions-table"
    sides: tuple[PlacedSide, PlacedSide]
    rows: tuple[tuple[PlacedFunction | None, PlacedFunction | None], ...]

    @property
    def lines(self) -> int:
        """How many lines the table takes."""
        return sum(max(len(one.rows) for one in row if one is not None) for row in self.rows)

    @property
    def flows(self) -> bool:
        """Whether it goes on over pages, with its heads repeated."""
        return self.lines > MOST_KEPT_HEIGHT


def place_functions(section: FunctionsTable, page: Page) -> PlacedFunctions:
    """The functions placed on a page; the sides share it so that the fewest lines are needed."""
    usual = _shared(section, page, _USUAL_SHARE)
    if _cost(usual) <= len(section.rows):
        return usual
    return min((usual, *(_shared(section, page, share) for share in _OTHER_SHARES)), key=_cost)


def _cost(placed: PlacedFunctions) -> float:
    """Lines, and more for each that is scaled."""
    rows = [row for pair in placed.rows for one in pair if one is not None for row in one.rows]
    return placed.lines + sum(_SCALED * (1 - row.scale) for row in rows)


def _shared(section: FunctionsTable, page: Page, share: float) -> PlacedFunctions:
    left, right = (tuple(row[side] for row in section.rows) for side in (0, 1))
    sides = (
        _side(section.titles[0], left, page.width * share, page.hanging_indent),
        _side(section.titles[1], right, page.width * (1 - share), page.hanging_indent),
    )
    return PlacedFunctions(sides, tuple(zip(sides[0].functions, sides[1].functions, strict=True)))


def _side(title: str, functions: tuple[FunctionRow | None, ...], width: float, hang: float) -> PlacedSide:
    natural = [width_of(one.symbol, display=True) for one in functions if one is not None]
    symbol = max([_LEAST_SYMBOL, *(one for one in natural if one <= _MOST_SYMBOL)])
    marked = any(one is not None and one.mark for one in functions)
    room = Room(width - symbol - _RELATION - _AIR - (_MARK if marked else 0.0), hang)
    placed = tuple(None if one is None else _placed(one, symbol, room) for one in functions)
    return PlacedSide(title, width, symbol, placed)


def _placed(one: FunctionRow, symbol: float, room: Room) -> PlacedFunction:
    scale = min(1.0, symbol / max(symbol, width_of(one.symbol, display=True)))
    return PlacedFunction(one.symbol, scale, fitted(one.formula, room, display=True), one.mark)

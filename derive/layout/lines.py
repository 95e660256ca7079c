"""Worked lines placed in columns: on one row where everything fits its column, else on as many as it takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import ClassVar

from derive.document.mathematics import NOTHING, Math, Rich
from derive.document.model import WorkedLine, Working
from derive.document.page import LineWidths, Page
from derive.layout.rows import NO_ROW, Fitted, fitted
from derive.layout.short_lines import LinesBeside, beside_one_another, line_cell, row_height
from derive.measure.breaking import Room, width_of

_AIR = 1.5
"""What stays free at the right of a column, in millimetres."""
LEAST_SCALE = 0.7
"""What would have to be smaller to fit stands somewhere else."""
MOST_KEPT_ROWS = 16
"""Rows of a section that stays on one page."""
TIED_ROWS = 6
"""A line of at most as many rows stays on one page."""
EQUALS = Math("=")
_WIDEST_SYMBOL, _WIDEST_RESULT = 40.0, 45.0


@dataclass(frozen=True, slots=True)
class LineRow:
    """One row of a worked line; `across` spans the columns of formula and numbers, and what is right of them."""

    symbol: Math = NOTHING
    relation: Math = NOTHING
    formula: Math = NOTHING
    numbers: Math = NOTHING
    across: Fitted = NO_ROW
    equals: Math = NOTHING
    result: Math = NOTHING
    scale: float = 1.0
    """How much the result is scaled to fit its column."""
    tied: bool = False
    """Whether no page ends before this row."""


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A worked line and the rows that it takes; one without an equals sign states something and has no result."""

    kind: ClassVar[str] = "line"
    line: WorkedLine
    rows: tuple[LineRow, ...]

    @property
    def height(self) -> float:
        """The height of its rows, in millimetres."""
        texts = ((row.symbol, row.formula, row.numbers, row.across.text, row.result) for row in self.rows)
        return sum(row_height(list(row)) for row in texts)


@dataclass(frozen=True, slots=True)
class PlacedWorking:
    """Every worked line of a section, with the columns that they share, in millimetres."""

    template: ClassVar[str] = "working"
    title: str
    note: Rich
    widths: LineWidths
    groups: tuple[tuple[PlacedLine | LinesBeside, ...], ...]

    @property
    def flows(self) -> bool:
        """Whether it is too long to stay on one page without leaving a gap before it."""
        return sum(len(line.rows) for group in self.groups for line in group) > MOST_KEPT_ROWS


def place_working(section: Working, page: Page) -> PlacedWorking:
    """The lines of a section placed on a page."""
    lines = [[_with_chain(line) for line in group] for group in section.groups]
    widths = fitted_widths([line for group in lines for line in group], page)
    groups = _placed_groups(lines, widths, page)
    for group in groups[:1] + groups[-1:]:
        group[1:] = [_held(line) if k in (1, len(group) - 1) else line for k, line in enumerate(group[1:], 1)]
    return PlacedWorking(section.title, section.note, widths, tuple(map(tuple, groups)))


def _placed_groups(
    groups: Sequence[Sequence[WorkedLine]], widths: LineWidths, page: Page
) -> list[list[PlacedLine | LinesBeside]]:
    """Lines one below the other, short ones beside one another: a row is of its first line's group."""
    placed = [[place_line(line, widths, page.hanging_indent) for line in group] for group in groups]
    if widths.most_beside < 2:
        return [[*group] for group in placed]
    alone = list(chain.from_iterable(placed))
    cells = [line_cell(line.line, widths) for line in alone]
    found: list[list[PlacedLine | LinesBeside]] = [[] for _ in groups]
    group_of = [number for number, group in enumerate(groups) for _ in group]
    first = 0
    for row in beside_one_another(cells, [line.height for line in alone], widths, page.width):
        found[group_of[first]].append(row if isinstance(row, LinesBeside) else alone[row])
        first += len(row.cells) if isinstance(row, LinesBeside) else 1
    return [group for group in found if group]


def _with_chain(line: WorkedLine) -> WorkedLine:
    """The line with the chain rule, where it is spelled out, before the formula."""
    if not line.chain:
        return line
    return replace(line, chain=NOTHING, formula=Math(f"{line.chain}={line.formula}") if line.formula else line.chain)


def _held(line: PlacedLine | LinesBeside) -> PlacedLine | LinesBeside:
    """A line that stays with the one before it."""
    if isinstance(line, LinesBeside):
        return replace(line, tied=True)
    return replace(line, rows=(replace(line.rows[0], tied=True), *line.rows[1:]))


def fitted_widths(lines: Iterable[WorkedLine], page: Page) -> LineWidths:
    """The columns of a page, those of symbols and results as wide as these lines need; the others share the rest."""
    lines = tuple(lines)
    start = page.lines
    symbol = _widest((line.symbol for line in lines), start.symbol, _WIDEST_SYMBOL)
    result = _widest((_padded(line) for line in lines if line.equals), start.result, _WIDEST_RESULT)
    rest = page.width - symbol - start.relation - start.equals - result
    formula = _formula_width(lines, rest, rest * start.formula / start.right)
    return start.model_copy(update={"symbol": symbol, "formula": formula, "numbers": rest - formula, "result": result})


def _formula_width(lines: Sequence[WorkedLine], rest: float, usual: float) -> float:
    """How wide the column of formulas is so that most lines take one row; as near as that allows to the usual."""
    pairs = [(width_of(line.formula) + _AIR, width_of(f"={line.substituted}") + _AIR) for line in lines if line.formula]
    fitting = [(formula, rest - numbers) for formula, numbers in pairs if formula + numbers <= rest]
    tried = {usual, *(edge for interval in fitting for edge in interval)}
    return max(tried, key=lambda width: (sum(low <= width <= high for low, high in fitting), -abs(width - usual)))


def _widest(texts: Iterable[str], least: float, most: float) -> float:
    fitting = [width for width in map(width_of, texts) if width <= most]
    return max([least, *fitting])


def _padded(line: WorkedLine) -> str:
    return rf"\hphantom{{-}}{line.result}" if line.padded else line.result


def place_line(line: WorkedLine, widths: LineWidths, hang: float) -> PlacedLine:
    """A line in the columns: on one row, or formula and numbers below one another with the result after the last."""
    rows = _rows(line, widths, hang)
    if width_of(line.symbol) <= widths.symbol:
        first = replace(rows[0], symbol=line.symbol, relation=line.relation)
        return PlacedLine(line, tuple(_tied([first, *rows[1:]])))
    named = _text_rows(line.symbol, Room(widths.rest, hang))
    return PlacedLine(line, tuple(_tied([*named, *_after(line.relation, rows)])))


def _tied(rows: Sequence[LineRow]) -> list[LineRow]:
    """Rows of one line: a page ends inside it only where it is long, and never next to its first or last row."""
    last = len(rows) - 1
    return [replace(row, tied=k > 0 and (len(rows) <= TIED_ROWS or k in (1, last))) for k, row in enumerate(rows)]


def _rows(line: WorkedLine, widths: LineWidths, hang: float) -> list[LineRow]:
    """The rows right of the symbol."""
    whole = Room(widths.rest, hang)
    sides = [side for side in (line.formula, line.substituted) if side]
    if not line.equals or not sides:
        return _text_rows(line.result, whole)
    over = width_of(_padded(line)) / widths.result
    ending = Room(widths.rest, hang, trailing=widths.equals + widths.result + _AIR)
    if over > 1 / LEAST_SCALE:
        below = [row for side in sides[1:] for row in _after(EQUALS, _text_rows(side, whole))]
        return [*_text_rows(sides[0], whole), *below, *_after(line.equals, _text_rows(line.result, whole))]
    if len(sides) == 1:
        alone = width_of(sides[0]) <= widths.formula - _AIR
        rows = [LineRow(formula=sides[0])] if alone else _text_rows(sides[0], ending)
    elif _fit(sides, widths):
        rows = [LineRow(formula=sides[0], numbers=Math(f"={sides[1]}"))]
    else:
        rows = [*_text_rows(sides[0], whole), *_after(EQUALS, _text_rows(sides[1], ending))]
    return [*rows[:-1], replace(rows[-1], equals=line.equals, result=line.result, scale=min(1.0, 1 / over))]


def _fit(sides: Sequence[Math], widths: LineWidths) -> bool:
    formula, numbers = width_of(sides[0]), width_of(f"={sides[1]}")
    return formula <= widths.formula - _AIR and numbers <= widths.numbers - _AIR


def _text_rows(text: Math, room: Room) -> list[LineRow]:
    return [LineRow(across=row) for row in fitted(text, room)]


def _after(relation: Math, rows: Sequence[LineRow]) -> list[LineRow]:
    """Rows that a relation leads to."""
    return [replace(rows[0], relation=relation), *rows[1:]]

"""Steps placed on a page: every worked line in rows that fit beside the column of reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from derive.document.mathematics import NOTHING, Math, Rich
from derive.document.model import LocalLine, Step, Steps, WorkedLine
from derive.document.page import Page, StepWidths
from derive.layout.beside import AIR, Beside, beside, row_height, runs
from derive.layout.lines import EQUALS, TIED_ROWS
from derive.layout.rows import Fitted, fitted
from derive.measure.breaking import POINTS, Room, width_of
from derive.measure.words import words_box

_MOST_SYMBOL = 0.45
"""Of the room for mathematics: a wider symbol has rows of its own."""
_AIR = 0.7
"""What a result keeps free after it, in millimetres."""
_HEAD_AIR = 4.0
_MARK = 7.0
"""The room of an equation's number at the end of a row."""


@dataclass(frozen=True, slots=True)
class StepPart:
    """What stands in a row after a relation."""

    relation: Math
    row: Fitted
    updated: bool = False


@dataclass(frozen=True, slots=True)
class StepRow:
    """One row of a worked line: a symbol, a relation, and what follows; no page ends before a `tied` one."""

    symbol: Math = NOTHING
    relation: Math = NOTHING
    parts: tuple[StepPart, ...] = ()
    tied: bool = False

    @property
    def height(self) -> float:
        """The height of the row with the air after it, in millimetres."""
        return row_height([Fitted(self.symbol), *(part.row for part in self.parts)])


@dataclass(frozen=True, slots=True)
class PlacedStepLine:
    """A worked line in rows; `mark` is its number as an equation."""

    kind: ClassVar[str] = "worked"
    rows: tuple[StepRow, ...]
    mark: Math

    @property
    def height(self) -> float:
        """The height of the line in millimetres."""
        return sum(row.height for row in self.rows)


@dataclass(frozen=True, slots=True)
class PlacedLocals:
    """One row of local partials side by side."""

    kind: ClassVar[str] = "local"
    partials: tuple[tuple[Math, Math, Math, Math], ...]

    @property
    def height(self) -> float:
        """The height of the row in millimetres."""
        return row_height([Fitted(part) for partial in self.partials for part in partial])


@dataclass(frozen=True, slots=True)
class PlacedStep:
    """A step: its lines, their width and that of their symbols, and its reasons, those of its numbers last."""

    number: str
    title: Rich
    width: float
    symbol: float
    lines: tuple[PlacedStepLine | PlacedLocals, ...]
    reasons: tuple[Rich, ...]


@dataclass(frozen=True, slots=True)
class PlacedSteps:
    """A pass in steps, with the numbers that it starts from in rows."""

    template: ClassVar[str] = "steps"
    flows: ClassVar[bool] = True
    title: str
    given: tuple[Beside, ...]
    note: Rich
    widths: StepWidths
    steps: tuple[PlacedStep, ...]


def place_steps(section: Steps, page: Page) -> PlacedSteps:
    """A pass in steps placed on a page."""
    taken = words_box(section.title, "boldlabels").width / POINTS + _HEAD_AIR
    given = beside(section.given, page.width, taken=taken)
    steps = tuple(_step(step, page) for step in section.steps)
    return PlacedSteps(section.title, given, section.note, page.steps, steps)


def _step(step: Step, page: Page) -> PlacedStep:
    """A step placed; one without reasons takes the whole width, where reasons have a column."""
    widths, reasons = page.steps, (*step.reasons, *step.findings)
    width = widths.mathematics if reasons or not widths.reasons else page.width
    room = width - widths.indent
    natural = [width_of(line.symbol) for line in step.lines if isinstance(line, WorkedLine)]
    symbol = max([widths.symbol, *(one for one in natural if one <= _MOST_SYMBOL * room)])
    lines: list[PlacedStepLine | PlacedLocals] = []
    for line in step.lines:
        right = Room(room - symbol - widths.relation - (_MARK if _is_marked(line) else 0.0), page.hanging_indent)
        if isinstance(line, LocalLine):
            lines += _locals(line, room, symbol, right)
        else:
            lines.append(_line(line, symbol, right))
    return PlacedStep(step.number, step.title, width, symbol, tuple(lines), reasons)


def _is_marked(line: WorkedLine | LocalLine) -> bool:
    return isinstance(line, WorkedLine) and bool(line.mark)


def _locals(line: LocalLine, room: float, symbol: float, right: Room) -> Iterator[PlacedStepLine | PlacedLocals]:
    """Local partials side by side; one that is wider than the room is a worked line of its own."""
    widths = [
        width_of(f"{symbol}={formula}" + (f"{relation}{number}" if number else ""))
        for symbol, formula, relation, number in line.partials
    ]
    for run in runs(widths, room, AIR):
        if widths[run[0]] <= room:
            yield PlacedLocals(tuple(line.partials[place] for place in run))
        else:
            yield _line(_as_worked(*line.partials[run[0]]), symbol, right)


def _as_worked(symbol: Math, formula: Math, relation: Math, number: Math) -> WorkedLine:
    result = NOTHING if number == formula else number
    return WorkedLine(symbol, EQUALS, formula, NOTHING, relation, result, updated=False, padded=False)


def _line(line: WorkedLine, symbol: float, room: Room) -> PlacedStepLine:
    """A line in rows; a symbol too wide for its column stands above."""
    rows = _rows(line, room)
    if width_of(line.symbol) <= symbol:
        rows[0] = replace(rows[0], symbol=line.symbol)
    else:
        rows = [*(StepRow(parts=(StepPart(NOTHING, row),)) for row in fitted(line.symbol, room)), *rows]
    last = len(rows) - 1
    tied = [replace(row, tied=k > 0 and (len(rows) <= TIED_ROWS or k in (1, last))) for k, row in enumerate(rows)]
    return PlacedStepLine(tuple(tied), line.mark)


def _rows(line: WorkedLine, room: Room) -> list[StepRow]:
    """The rows right of the symbol: everything side by side where it fits; else first the names, then the numbers."""
    names = [text for text in (line.chain, line.formula) if text]
    numbers = [text for text in (line.substituted,) if text]
    first = line.relation if names or numbers else line.equals
    sides = [(EQUALS if place else first, text) for place, text in enumerate([*names, *numbers])]
    result = ((line.equals if sides else first, line.result),) if line.result else ()
    spelled_out = len(names) > 1
    if not spelled_out and _fit([*sides, *result], room.width):
        return [_row([*sides, *result], line)]
    ahead, behind = sides[: len(names)], [*sides[len(names) :], *result]
    made = [_row(ahead, line)] if ahead and _fit(ahead, room.width) else _broken(ahead, (), room, line)
    if not behind:
        return made
    if not ahead or not _fit(behind, room.width):
        return [*made, *_broken(sides[len(names) :], result, room, line)]
    return [*made, _row(behind, line)]


Side = tuple[Math, Math]
"""A relation and what follows it."""


def _fit(sides: Sequence[Side], width: float) -> bool:
    texts = [f"{relation}{text}" if place else text for place, (relation, text) in enumerate(sides)]
    return width_of("{}".join(texts)) <= width - _AIR


def _row(sides: Sequence[Side], line: WorkedLine) -> StepRow:
    parts = [_part(relation if place else NOTHING, text, line) for place, (relation, text) in enumerate(sides)]
    return StepRow(relation=sides[0][0], parts=tuple(parts))


def _part(relation: Math, text: Math, line: WorkedLine) -> StepPart:
    return StepPart(relation, Fitted(text), line.updated and text is line.result)


def _broken(sides: Sequence[Side], result: Sequence[Side], room: Room, line: WorkedLine) -> list[StepRow]:
    """Each side in rows of its own; the result stands after the last where that costs no row more."""
    rows: list[StepRow] = []
    for relation, text in sides:
        rows += _cut(relation, fitted(text, room))
    if not result:
        return rows
    after = _with_result(sides[-1], result[0], room, line) if sides else []
    below = _cut(result[0][0], fitted(result[0][1], room), updated=line.updated)
    last = len(fitted(sides[-1][1], room)) if sides else 0
    return [*rows[: len(rows) - last], *after] if 0 < len(after) <= last else [*rows, *below]


def _cut(relation: Math, parts: Sequence[Fitted], *, updated: bool = False) -> list[StepRow]:
    made = [StepRow(parts=(StepPart(NOTHING, part, updated),)) for part in parts]
    return [replace(made[0], relation=relation), *made[1:]]


def _with_result(side: Side, result: Side, room: Room, line: WorkedLine) -> list[StepRow]:
    """A side in rows that leave room for the result at their end; nothing where the result is too wide for that."""
    trailing = width_of(f"{{}}{result[0]}{result[1]}") + _AIR
    if trailing > room.width / 2:
        return []
    rows = _cut(side[0], fitted(side[1], replace(room, trailing=trailing)))
    return [*rows[:-1], replace(rows[-1], parts=(*rows[-1].parts, _part(*result, line)))]

"""A network of any layers drawn as blocks: the input at the left, the loss at the right, in as many rows as it takes.

Blocks stand in the given order. An arrow from one to the next is straight; another goes around above the row, or
along the left margin where it ends in another row. A block into which no arrow goes is given, and has no outline; all
but the first of them stand below the block that takes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from derive.document.pictures.block_figures import HALF_HEIGHT, Block, BlockFigure
from derive.document.pictures.block_rows import GAP, lanes, rows_of
from derive.document.pictures.geometry import Drawing, Ink, Polyline, Segment, Shape

_FIRST_LANE = 4.0
_LANE = 3.5
_ROUNDING = 2.0
_TURN = 4.0
"""How far an arrow from row to row goes out to the sides."""
_MARGIN = 3.5
"""Between arrows along the left margin."""
_BESIDE = 2.0
"""How far from a block's middle an arrow ends above it, where another begins."""
_BETWEEN = 4.0

Arrow = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Line:
    """The blocks of the line, where they stand, and the arrows between them by their places in it."""

    figures: tuple[BlockFigure, ...]
    rows: tuple[range, ...]
    xs: tuple[float, ...]
    straight: tuple[Arrow, ...]
    around: tuple[Arrow, ...]

    def row(self, place: int) -> int:
        """The row in which a block stands."""
        return next(index for index, row in enumerate(self.rows) if place in row)

    def right(self, place: int) -> float:
        """The right end of a block."""
        return self.xs[place] + self.figures[place].half

    def left(self, place: int) -> float:
        """The left end of a block."""
        return self.xs[place] - self.figures[place].half


@dataclass(frozen=True, slots=True)
class _Run:
    """A level stretch of an arrow in the room above a row."""

    arrow: Arrow
    row: int
    left: float
    right: float


def draw_blocks(blocks: Sequence[Block], arrows: Sequence[tuple[str, str]], words: str) -> Drawing:
    """The diagram, with `words` as its text alternative; arrows go from id to id."""
    line = _line(blocks, arrows)
    runs = _runs(line)
    lane = _lanes(line, runs)
    ys = _ys(line, runs, lane)
    levels = {(run.arrow, run.row): ys[run.row] + HALF_HEIGHT + _FIRST_LANE + _LANE * lane[run] for run in runs}
    shapes: list[Shape] = [_straight(line, ys, levels, arrow) for arrow in line.straight]
    shapes += [_around(line, runs, ys, levels, arrow) for arrow in line.around]
    for place, figure in enumerate(line.figures):
        shapes += figure.shapes(line.xs[place], ys[line.row(place)])
    ends = [x for run in runs for x in (run.left, run.right)]
    left = min(*ends, *(x - figure.slot / 2 for x, figure in zip(line.xs, line.figures, strict=True)), 0.0)
    right = max(*ends, *(x + figure.slot / 2 for x, figure in zip(line.xs, line.figures, strict=True)), 0.0)
    top = max(HALF_HEIGHT, *levels.values()) if levels else HALF_HEIGHT
    bottom = ys[-1] - max(line.figures[place].depth for place in line.rows[-1])
    return Drawing(tuple(shapes), right - left, top - bottom, words)


def _line(blocks: Sequence[Block], arrows: Sequence[tuple[str, str]]) -> _Line:
    reached = {target for _, target in arrows}
    given = [block for block in blocks if block.id not in reached]
    takers = dict(reversed(arrows))
    aside = {block.id: takers[block.id] for block in given[1:] if block.id in takers}
    members = [block for block in blocks if block.id not in aside]
    place = {block.id: index for index, block in enumerate(members)}
    sides = {block.id: tuple(side for side in given if aside.get(side.id) == block.id) for block in members}
    figures = tuple(BlockFigure(block, block.id not in reached, sides[block.id]) for block in members)
    between = [(place[source], place[target]) for source, target in arrows if source in place]
    straight = tuple((source, target) for source, target in between if target == source + 1)
    around = tuple((source, target) for source, target in between if target != source + 1)
    slots = [figure.slot for figure in figures]
    rows = tuple(rows_of(slots, around))
    xs: list[float] = []
    for row in rows:
        start = _TURN + 1 if row.start else 0.0
        lefts = accumulate((slots[index] + GAP for index in row), initial=start)
        xs += [left + slots[index] / 2 for left, index in zip(lefts, row, strict=False)]
    return _Line(figures, rows, tuple(xs), straight, around)


def _runs(line: _Line) -> list[_Run]:
    """The level stretches above rows: of arrows from row to row and of those around blocks."""
    runs = []
    for arrow in line.straight:
        source, target = arrow
        if line.row(source) != line.row(target):
            runs.append(_Run(arrow, line.row(target), 0.0, line.right(source) + _TURN))
    departing, arriving = ({arrow[end] for arrow in line.around} for end in (0, 1))
    margin = 0.0
    for arrow in line.around:
        source, target = arrow
        start = line.xs[source] + (_BESIDE if source in arriving else 0.0)
        end = line.xs[target] - (_BESIDE if target in departing else 0.0)
        if line.row(source) == line.row(target):
            runs.append(_Run(arrow, line.row(source), min(start, end), max(start, end)))
            continue
        margin -= _MARGIN
        runs += [_Run(arrow, line.row(source), margin, start), _Run(arrow, line.row(target), margin, end)]
    return runs


def _lanes(line: _Line, runs: Sequence[_Run]) -> dict[_Run, int]:
    found: dict[_Run, int] = {}
    for row in range(len(line.rows)):
        here = [run for run in runs if run.row == row]
        found |= dict(zip(here, lanes([(run.left, run.right) for run in here], 1.0), strict=True))
    return found


def _ys(line: _Line, runs: Sequence[_Run], lane: Mapping[_Run, int]) -> list[float]:
    """The height of every row."""
    ys = [0.0]
    for index in range(1, len(line.rows)):
        depth = max(line.figures[place].depth for place in line.rows[index - 1])
        highest = max((lane[run] for run in runs if run.row == index), default=0)
        ys.append(ys[-1] - depth - _BETWEEN - _LANE * highest - _FIRST_LANE - HALF_HEIGHT)
    return ys


def _straight(
    line: _Line, ys: Sequence[float], levels: Mapping[tuple[Arrow, int], float], arrow: Arrow
) -> Segment | Polyline:
    """The arrow from a block to the next, which may begin the next row."""
    source, target = arrow
    y, below = ys[line.row(source)], ys[line.row(target)]
    right, left = line.right(source), line.left(target)
    if y == below:
        return Segment(right, y, left, y, Ink.EDGE, arrow=True)
    level, turn = levels[arrow, line.row(target)], right + _TURN
    points = ((right, y), (turn, y), (turn, level), (0.0, level), (0.0, below), (left, below))
    return Polyline(points, Ink.EDGE, arrow=True, rounding=_ROUNDING)


def _around(
    line: _Line,
    runs: Sequence[_Run],
    ys: Sequence[float],
    levels: Mapping[tuple[Arrow, int], float],
    arrow: Arrow,
) -> Polyline:
    """An arrow around the blocks between its ends."""
    source, target = arrow
    mine = [run for run in runs if run.arrow == arrow]
    first, last = levels[arrow, mine[0].row], levels[arrow, mine[-1].row]
    low, high = ys[mine[0].row] + line.figures[source].top, ys[mine[-1].row] + line.figures[target].top
    if len(mine) == 1:
        start, end = (mine[0].left, mine[0].right) if source < target else (mine[0].right, mine[0].left)
        turns = [(start, first), (end, first)]
    else:
        start, margin, end = mine[0].right, mine[0].left, mine[1].right
        turns = [(start, first), (margin, first), (margin, last), (end, last)]
    points = ((start, low), *turns, (end, high))
    return Polyline(points, Ink.EDGE, arrow=True, rounding=_ROUNDING)

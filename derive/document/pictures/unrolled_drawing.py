"""A recurrent network drawn unrolled: a column for each step, a row for each layer, states from left to right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from derive.document.pictures.bounds import bounds
from derive.document.pictures.extent import label_extent
from derive.document.pictures.geometry import Anchor, Drawing, Ink, Label, Rectangle, Segment, Shape

WIDEST = 160.0
MOST_STEPS = 6
_LEAST_STEPS = 3
_CELL, _HEIGHT, _ROUNDING = 14.0, 10.0, 1.5
_LOSS_HEIGHT = 7.0
_RISE = 12.0
"""The length of an arrow from row to row."""
_LEAST_GAP = 14.0
_STUB = 8.0
"""The length of the arrow from the first state, and of those to and from the dots."""
_SLASH = 1.3
_AIR = 1.4
_LINE = 3.9


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a layer: the state that enters it, whether gradients end there, and what it gives to the next row."""

    state: str
    cut: bool
    output: str


@dataclass(frozen=True, slots=True)
class Row:
    """A layer: what stands in its cells and on the arrows into them, from below and from the step before.

    One with a single step works on the last column alone; `carries` is whether its steps hand on a state, `last`
    whether only the last of them gives anything to the next row.
    """

    name: str
    weights: str
    recurrent: str
    steps: tuple[Step, ...]
    carries: bool
    last: bool


@dataclass(frozen=True, slots=True)
class Unrolled:
    """What is drawn: inputs and targets by step (or one target), rows from the input up, and the loss or nothing."""

    inputs: tuple[str, ...]
    rows: tuple[Row, ...]
    targets: tuple[str, ...]
    loss: str
    cut_words: str
    alternative: str


@dataclass(frozen=True, slots=True)
class _Grid:
    """The drawn steps, counted from 0, and where they stand; `dots` is the place where steps are left out."""

    steps: tuple[int, ...]
    pitch: float
    cell: float

    @property
    def gap(self) -> float:
        """Between the cells of two columns."""
        return self.pitch - self.cell

    def x(self, place: int) -> float:
        """The middle of a column."""
        return self.pitch * place

    def skips(self, place: int) -> bool:
        """Whether steps are left out before a column."""
        return place > 0 and self.steps[place] != self.steps[place - 1] + 1

    @staticmethod
    def y(row: int) -> float:
        """The middle of a row."""
        return row * (_HEIGHT + _RISE)


def draw_unrolled(network: Unrolled) -> Drawing:
    """The network; of a long sequence the first steps and the last, with dots between."""
    grid = _grid(network)
    shapes = [
        *_inputs(network, grid),
        *(shape for number, row in enumerate(network.rows) for shape in _row(network, grid, number, row)),
        *_loss(network, grid),
    ]
    room = bounds(shapes)
    return Drawing(tuple(shapes), room.right - room.left, room.top - room.bottom, network.alternative)


def _grid(network: Unrolled) -> _Grid:
    names = [Label(0, 0, row.name, math=False) for row in network.rows]
    cell = max(_CELL, *(label_extent(name).width + 3 for name in names))
    beside = [text for row in network.rows for text in (row.recurrent, *(step.state for step in row.steps)) if text]
    words = [Label(0, 0, network.cut_words, math=False)] if any(s.cut for r in network.rows for s in r.steps) else []
    labels = [*(_small(text) for text in beside), *words]
    gap = max([_LEAST_GAP, *(label_extent(label).width + 4.5 for label in labels)])
    rising = max((label_extent(_small(row.weights)).width for row in network.rows if row.weights), default=0.0)
    pitch = max(cell + gap, rising + 2 * _AIR + 6)
    count, room = len(network.inputs), max(_LEAST_STEPS, int((WIDEST - cell - 2 * _STUB) // pitch) + 1)
    if count <= min(MOST_STEPS, room):
        return _Grid(tuple(range(count)), pitch, cell)
    shown = min(MOST_STEPS, room) - 1
    return _Grid((*range(shown), count - 1), pitch, cell)


def _small(text: str) -> Label:
    return Label(0, 0, text, small=True)


def _inputs(network: Unrolled, grid: _Grid) -> Iterator[Shape]:
    for place, step in enumerate(grid.steps):
        y = -_HEIGHT / 2 - _RISE
        yield Label(grid.x(place), y - 0.4, network.inputs[step], anchor=Anchor.BELOW)


def _row(network: Unrolled, grid: _Grid, number: int, row: Row) -> Iterator[Shape]:
    """A layer's cells, the arrows into them and what stands on these."""
    y = grid.y(number)
    for place, step in _columns(grid, row):
        x = grid.x(place)
        yield from _rising(x, y - _HEIGHT / 2, row.weights, _given(network, number, step))
        if row.carries:
            yield from _entering(network, grid, place, y, row, row.steps[step])
        yield Rectangle(x, y, grid.cell, _HEIGHT, _ROUNDING)
        yield Label(x, y, row.name, math=False)


def _columns(grid: _Grid, row: Row) -> Iterator[tuple[int, int]]:
    """The columns in which a row has a cell, and the step of each, counted from 0."""
    if len(row.steps) > 1:
        yield from enumerate(grid.steps)
    else:
        yield len(grid.steps) - 1, 0


def _given(network: Unrolled, number: int, step: int) -> str:
    """What the row below gives a row at a step; nothing where it stands at the arrow's foot."""
    if not number:
        return ""
    return network.rows[number - 1].steps[step if len(network.rows[number].steps) > 1 else -1].output


def _rising(x: float, top: float, right: str, left: str) -> Iterator[Shape]:
    """An arrow up to a height with what stands at its sides."""
    yield Segment(x, top - _RISE, x, top, Ink.EDGE, arrow=True)
    if right:
        yield Label(x + _AIR, top - _RISE / 2, right, anchor=Anchor.RIGHT, small=True)
    if left:
        yield Label(x - _AIR, top - _RISE / 2, left, anchor=Anchor.LEFT)


def _entering(network: Unrolled, grid: _Grid, place: int, y: float, row: Row, step: Step) -> Iterator[Shape]:
    """The arrow into a cell from the step before, from the dots, or from the state before the first step."""
    end = grid.x(place) - grid.cell / 2
    if not place:
        yield Segment(end - _STUB, y, end, y, Ink.EDGE, arrow=True)
        yield Label(end - _STUB - 0.8, y, step.state, anchor=Anchor.LEFT)
        return
    start = end - grid.gap
    middle = (start + end) / 2
    if grid.skips(place):
        side = (grid.gap - 5) / 2
        yield Segment(start, y, start + side, y, Ink.EDGE, arrow=True)
        yield Label(middle, y, r"\cdots")
        yield Segment(end - side, y, end, y, Ink.EDGE, arrow=True)
    else:
        yield Segment(start, y, end, y, Ink.EDGE, arrow=True)
        yield Label(middle, y - 0.9, step.state, anchor=Anchor.BELOW, small=True)
        yield Label(middle, y + 0.9, row.recurrent, anchor=Anchor.ABOVE, small=True)
    if step.cut:
        yield from _cut(end - 3.2, y)
        yield Label(middle, y - 1.4 - _LINE, network.cut_words, math=False, anchor=Anchor.BELOW, ink=Ink.QUIET)


def _cut(x: float, y: float) -> Iterator[Shape]:
    """Two strokes through an arrow: no gradient goes back along it."""
    for aside in (-0.6, 0.6):
        yield Segment(x + aside - 0.5, y - _SLASH, x + aside + 0.5, y + _SLASH, Ink.CURVE)


def _loss(network: Unrolled, grid: _Grid) -> Iterator[Shape]:
    """The outputs, and above them the loss with its targets."""
    last = network.rows[-1]
    columns = list(_columns(grid, last))[-1 if last.last else 0 :]
    top = grid.y(len(network.rows)) - _HEIGHT / 2
    for place, step in columns:
        yield from _rising(grid.x(place), top, "", last.steps[step].output)
    if not network.loss:
        return
    left, right = grid.x(columns[0][0]) - grid.cell / 2, grid.x(columns[-1][0]) + grid.cell / 2
    yield Rectangle((left + right) / 2, top + _LOSS_HEIGHT / 2, right - left, _LOSS_HEIGHT, _ROUNDING)
    yield Label((left + right) / 2, top + _LOSS_HEIGHT / 2, network.loss)
    yield from _targets(network, grid, columns, top + _LOSS_HEIGHT)


def _targets(network: Unrolled, grid: _Grid, columns: Sequence[tuple[int, int]], y: float) -> Iterator[Shape]:
    each = len(network.targets) > 1
    for place, step in columns if each else columns[-1:]:
        x = grid.x(place)
        yield Segment(x, y + _RISE * 0.6, x, y, Ink.EDGE, arrow=True)
        yield Label(x, y + _RISE * 0.6 + 0.4, network.targets[step if each else 0], anchor=Anchor.ABOVE)

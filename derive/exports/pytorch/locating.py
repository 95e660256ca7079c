"""Where quantities lie: an array of them as an expression over the variables of a script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise, product
from math import prod

from derive.errors import FormulaError
from derive.exports.pytorch.pieces import Axes, Piece, exactly
from derive.graph.tensor import Shape, Tensor


@dataclass(frozen=True, eq=False)
class Variable:
    """A name of the script, or an expression such as `w.grad`, and the quantities that it holds.

    `pattern` is how the trace names its entries, the parts of an index (from 1) put in. A `number` is one of
    Python's, not a tensor.
    """

    name: str
    tensor: Tensor
    pattern: str = ""
    number: bool = False


class Locator:
    """The variables known so far."""

    def __init__(self, variables: Iterable[Variable] = ()) -> None:
        self._home: dict[int, tuple[Variable, int]] = {}
        for variable in variables:
            self.add(variable)

    def add(self, variable: Variable) -> None:
        """A new variable; where its quantities were known already, they are taken from it from now on."""
        self._home.update((quantity, (variable, place)) for place, quantity in enumerate(variable.tensor.ids))

    def variable(self, quantity: int) -> Variable:
        """The variable that holds a quantity. Raises `FormulaError` if there is none yet."""
        return self._place(quantity)[0]

    def _place(self, quantity: int) -> tuple[Variable, int]:
        try:
            return self._home[quantity]
        except KeyError as error:
            raise FormulaError("it rests on a number that is worked after it, or together with it") from error

    def find(self, wanted: Tensor, single: Axes | None = None) -> Piece:
        """An expression for an array of quantities; its axes are those of the array along which it changes.

        Axes of length 1 are the same throughout and may be had all the same: `single` says which, the first one
        first; without it, all in their order. Raises `FormulaError` for what no variable holds yet.
        """
        homes = [self._place(quantity) for quantity in wanted.ids]
        variables = dict.fromkeys(variable for variable, _ in homes)
        if len(variables) == 1:
            free = [axis for axis in single or range(len(wanted.shape)) if wanted.shape[axis] == 1]
            return _indexed(next(iter(variables)), [place for _, place in homes], wanted.shape, free)
        return self._joined(wanted, [variable for variable, _ in homes])

    def _joined(self, wanted: Tensor, variables: Sequence[Variable]) -> Piece:
        """Parts that lie in several variables, joined along the first axis along which these change."""
        axis = next(a for a in range(len(wanted.shape)) if len(set(_slices(variables, wanted.shape, a))) > 1)
        keys = list(_slices(variables, wanted.shape, axis))
        runs = [len(list(run)) for _, run in groupby(keys)]
        stacks = all(length == 1 for length in runs)
        parts, start = [], 0
        for length in runs:
            part = part_of(wanted, axis, start, length)
            if stacks:
                part = Tensor(part.ids, (*wanted.shape[:axis], *wanted.shape[axis + 1 :]))
            parts.append(self._whole(part))
            start += length
        join = "stack" if stacks else "cat"
        place = "" if axis == 0 else f", dim={axis}"
        return Piece(f"torch.{join}([{', '.join(parts)}]{place})", axes=tuple(range(len(wanted.shape))))

    def _whole(self, wanted: Tensor) -> str:
        found = self.find(wanted)
        every = tuple(range(len(wanted.shape)))
        text = exactly(found, every, dict(enumerate(wanted.shape))).text
        return f"torch.tensor(float({text}))" if found.number and not every else text


def part_of(wanted: Tensor, axis: int, start: int, length: int) -> Tensor:
    """A stretch of an array along one axis."""
    inner = prod(wanted.shape[axis + 1 :])
    step = wanted.shape[axis] * inner
    ids = [
        quantity
        for outer in range(0, len(wanted.ids), step)
        for quantity in wanted.ids[outer + start * inner : outer + (start + length) * inner]
    ]
    return Tensor(ids, (*wanted.shape[:axis], length, *wanted.shape[axis + 1 :]))


def _slices(entries: Sequence[Variable], shape: Shape, axis: int) -> Iterator[tuple[Variable, ...]]:
    inner = prod(shape[axis + 1 :])
    step = shape[axis] * inner
    for start in range(0, step, inner):
        yield tuple(one for outer in range(0, len(entries), step) for one in entries[outer + start :][:inner])


@dataclass(frozen=True)
class _Run:
    """Neighbouring axes of a variable, read as one: their length, and the place in it for each entry wanted."""

    first: int
    last: int
    length: int
    places: tuple[int, ...]
    along: Axes
    """The axes of what is wanted along which the place changes."""


def _indexed(variable: Variable, offsets: Sequence[int], shape: Shape, free: list[int]) -> Piece:
    """Entries of one variable; its axes of length 1 stand for the axes that are `free`."""
    if variable.number or not variable.tensor.shape:
        return Piece(variable.name, number=variable.number)
    runs = _runs(variable.tensor.shape, offsets, shape)
    used = [axis for run in runs for axis in run.along]
    if any(len(run.along) > 1 for run in runs):
        return _gathered(variable, offsets, shape)
    if len(set(used)) < len(used):
        turned = _turned(variable, offsets, [run for run in runs for _ in range(run.first, run.last + 1)])
        return _indexed(*turned, shape, free) if turned else _gathered(variable, offsets, shape)
    if len(shape) == 1 and len(runs) > 1 and list(offsets) == list(range(len(variable.tensor.ids))):
        return Piece(f"{variable.name}.flatten()", axes=(0,))
    text, removed = variable.name, 0
    for run in runs:
        if run.last > run.first:
            whole = run.last - run.first + 1 == len(variable.tensor.shape)
            last = "" if run is runs[-1] else f", {run.last - removed}"
            text += ".flatten()" if whole else f".flatten({run.first - removed}{last})"
            removed += run.last - run.first
    items, axes = [], []
    for run in runs:
        axis = run.along[0] if run.along else free.pop(0) if run.length == 1 and free else None
        items.append(str(run.places[0]) if axis is None else _slice(_along(run, shape, axis), run.length))
        axes += [] if axis is None else [axis]
    if any(item.startswith("[") for item in items) and any(not item.startswith(":") for item in items[:-1]):
        return _gathered(variable, offsets, shape)
    while items and items[-1] == ":":
        items.pop()
    return Piece(text + (f"[{', '.join(items)}]" if items else ""), axes=tuple(axes))


def _turned(variable: Variable, offsets: Sequence[int], runs: Sequence[_Run]) -> tuple[Variable, list[int]] | None:
    """The variable with the axes side by side that one axis of what is wanted runs through; None where they are."""
    own = variable.tensor.shape
    first = {run.along: place for place, run in reversed(list(enumerate(runs)))}
    order = sorted(range(len(own)), key=lambda axis: (-len(runs[axis].along), -first[runs[axis].along], axis))
    if order == list(range(len(own))) or any(not run.along for run in runs):
        return None
    sizes = [prod(own[axis + 1 :]) for axis in range(len(own))]
    shape = tuple(own[axis] for axis in order)
    name = f"{variable.name}.permute({', '.join(map(str, order))})"
    places = [
        sum(offset // sizes[axis] % own[axis] * prod(shape[k + 1 :]) for k, axis in enumerate(order))
        for offset in offsets
    ]
    return Variable(name, Tensor(range(prod(shape)), shape)), places


def _runs(own: Shape, offsets: Sequence[int], shape: Shape) -> list[_Run]:
    """The axes of a variable, those that only one axis of what is wanted runs through taken together."""
    single = [_run(own, offsets, shape, axis, axis) for axis in range(len(own))]
    found: list[_Run] = []
    for run in single:
        before = found[-1] if found else None
        if before is not None and len(run.along) == 1 and before.along == run.along:
            found[-1] = _run(own, offsets, shape, before.first, run.last)
        else:
            found.append(run)
    return found


def _run(own: Shape, offsets: Sequence[int], shape: Shape, first: int, last: int) -> _Run:
    inner, length = prod(own[last + 1 :]), prod(own[first : last + 1])
    places = tuple(offset // inner % length for offset in offsets)
    along = tuple(axis for axis in range(len(shape)) if _changes(places, shape, axis))
    return _Run(first, last, length, places, along)


def _changes(places: Sequence[int], shape: Shape, axis: int) -> bool:
    """Whether entries change along an axis."""
    inner = prod(shape[axis + 1 :])
    step = shape[axis] * inner
    return any(
        places[outer + place] != places[outer + place % inner]
        for outer in range(0, len(places), step)
        for place in range(inner, step)
    )


def _along(run: _Run, shape: Shape, axis: int) -> list[int]:
    inner = prod(shape[axis + 1 :])
    return [run.places[place * inner] for place in range(shape[axis])]


def _slice(places: Sequence[int], length: int) -> str:
    """An index that takes these places of an axis, in their order."""
    if len(places) == 1:
        return ":" if length == 1 else f"{places[0]}:{places[0] + 1}"
    step = places[1] - places[0]
    if step < 1 or any(b - a != step for a, b in pairwise(places)):
        return f"[{', '.join(map(str, places))}]"
    first = str(places[0]) if places[0] else ""
    last = str(places[-1] + 1) if places[-1] + step < length else ""
    return f"{first}:{last}" + (f":{step}" if step > 1 else "") if first or last or step > 1 else ":"


def _gathered(variable: Variable, offsets: Sequence[int], shape: Shape) -> Piece:
    """Entries picked one by one out of a variable laid flat."""
    along = tuple(axis for axis in range(len(shape)) if _changes(offsets, shape, axis))
    inner = [prod(shape[axis + 1 :]) for axis in range(len(shape))]
    ranges = [range(length) if axis in along else range(1) for axis, length in enumerate(shape)]
    places = [sum(i * size for i, size in zip(index, inner, strict=True)) for index in product(*ranges)]
    kept = tuple(shape[axis] for axis in along)
    flat = variable.name if len(variable.tensor.shape) == 1 else f"{variable.name}.flatten()"
    index = nested([str(offsets[place]) for place in places], kept)
    return Piece(f"{flat}[{index if len(kept) == 1 else f'torch.tensor({index})'}]", axes=along)


def nested(texts: Sequence[str], shape: Shape) -> str:
    """Texts as nested lists of a shape."""
    if not shape:
        return texts[0]
    size = len(texts) // shape[0]
    parts = [nested(texts[start : start + size], shape[1:]) for start in range(0, len(texts), size)]
    return f"[{', '.join(parts)}]"

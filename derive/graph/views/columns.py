"""The operands of every entry that an equation gives, by arithmetic on indices: strides, offsets, what is in range."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, product
from math import prod

from derive.errors import FormulaError
from derive.graph.formula import Formula, Negative, Number, Power, Product, Quotient, Slot
from derive.graph.tensor import Tensor
from derive.graph.views.affine import Affine, affine
from derive.graph.views.language import Entry, Over
from derive.graph.views.scheme import Scheme

Ranges = tuple[tuple[str, range], ...]


@dataclass(frozen=True)
class Grid:
    """The arrays and numbers that an equation names, how far its indices run, and over what its left side goes."""

    tensors: Mapping[str, Tensor]
    numbers: Mapping[str, str]
    lengths: Mapping[str, int]
    free: Ranges

    def places(self) -> Iterator[Mapping[str, int]]:
        """The indices of each entry of the left side, row by row."""
        names = [name for name, _ in self.free]
        return (dict(zip(names, one, strict=True)) for one in product(*(places for _, places in self.free)))

    def at(self, place: Mapping[str, int]) -> Grid:
        """The grid of one entry, whose indices are then numbers that the ends of other indices may rest on."""
        numbers = {**self.numbers, **{name: str(number) for name, number in place.items()}}
        return Grid(self.tensors, numbers, self.lengths, ())


Operands = tuple[int, Sequence[int]]
"""How many members the groups have, and the quantities."""


def operands(scheme: Scheme, grid: Grid) -> Iterator[Operands | None]:
    """The operands of each entry of the left side; None where one of them lies outside its array."""
    free = [name for name, _ in grid.free]
    ends = [end for run in scheme.runs for over in run for span in over.spans for end in (span.first, span.last)]
    if any(affine(end, grid.numbers).rests_on(free) for end in ends if end is not None):
        return (one for place in grid.places() for one in _operands(scheme, grid.at(place)))
    return _operands(scheme, grid)


def _operands(scheme: Scheme, grid: Grid) -> Iterator[Operands | None]:
    if not any(source.repeats for source in scheme.sources):
        columns = [_column(grid, source.entries[0]) for source in scheme.sources]
        if not any(None in column for column in columns):
            return ((1, one) for one in (zip(*columns, strict=True) if columns else [()] * _size(grid)))
        return ((None if None in one else (1, one)) for one in zip(*columns, strict=True))
    return _grouped(scheme, grid)


def _size(grid: Grid) -> int:
    return prod(len(places) for _, places in grid.free)


def _column(grid: Grid, entry: Slot) -> list[int | None]:
    """The quantity of an entry at each place of the left side; None where there is none."""
    reading = _read(grid, entry, ())
    ids = grid.tensors[entry.name].ids
    starts = reading.starts(grid)
    outside = [any(one) for one in zip(*reading.missing(grid), strict=True)] if reading.limits else []
    if outside:
        return [None if out else ids[start] for start, out in zip(starts, outside, strict=True)]
    return [ids[start] for start in starts]


@dataclass(frozen=True)
class _Read:
    """Where in its array an entry lies, counted from 0, and what must be at least 0 for it to lie inside."""

    offset: Affine
    limits: tuple[Affine, ...]

    def starts(self, grid: Grid) -> list[int]:
        """The part of the place that the left side's indices and the constant make."""
        return [self.offset.constant + one for one in self.offset.over(grid.free)]

    def missing(self, grid: Grid) -> list[list[bool]]:
        """For each limit, whether an entry of the left side fails it."""
        return [[limit.constant + one < 0 for one in limit.over(grid.free)] for limit in self.limits]


def _read(grid: Grid, entry: Slot, spans: Ranges) -> _Read:
    shape = grid.tensors[entry.name].shape
    indices = entry.indices if isinstance(entry, Entry) else ()
    if not indices and prod(shape) != 1:
        raise FormulaError(f"{entry.name} has {len(shape)} axes, so it needs indices")
    offset, limits = Affine(0, {}), []
    for index, length in zip(indices, shape if indices else (), strict=True):
        place = affine(index, grid.numbers).plus(Affine(-1, {}))
        offset = Affine(0, {}).plus(offset, length).plus(place)
        for limit in (place, Affine(length - 1, {}).plus(place, -1)):
            limits += [limit] if _least(limit, (*grid.free, *spans)) < 0 else []
    return _Read(offset, tuple(limits))


def _least(limit: Affine, ranges: Ranges) -> int:
    """The smallest that it becomes."""
    found = limit.constant
    for name, places in ranges:
        factor = limit.factors.get(name, 0)
        found += min(factor * places[0], factor * places[-1]) if places else 0
    return found


@dataclass(frozen=True)
class _Run:
    """One reduction: over what it goes, and what must be at least 0 for a member to be one."""

    spans: Ranges
    limits: tuple[Affine, ...]
    grid: Grid

    def kept(self) -> Iterator[Sequence[int] | None]:
        """The members that are there, for each entry of the left side; None for all of them."""
        if not self.limits:
            yield from [None] * _size(self.grid)
            return
        whole = range(prod(len(places) for _, places in self.spans))
        inner = [limit.over(self.spans) for limit in self.limits]
        least = [min(one, default=0) for one in inner]
        outer = ([limit.constant + one for one in limit.over(self.grid.free)] for limit in self.limits)
        for bases in zip(*outer, strict=True):
            near = [(base, one) for base, low, one in zip(bases, least, inner, strict=True) if base + low < 0]
            yield [m for m in whole if all(base + one[m] >= 0 for base, one in near)] if near else None


@dataclass(frozen=True)
class _Part:
    """The entries that a group reads at the members of one reduction."""

    ids: Sequence[int]
    starts: Sequence[int]
    offsets: Sequence[int]
    step: int
    """Between one member and the next where it is always the same and goes on; else 0."""

    def at(self, place: int, kept: Sequence[int] | None) -> Sequence[int]:
        """The quantities for one entry of the left side."""
        ids, start = self.ids, self.starts[place]
        if kept is not None:
            return [ids[start + self.offsets[member]] for member in kept]
        if not self.step:
            return [ids[start + offset] for offset in self.offsets]
        first = start + self.offsets[0]
        return ids[first : first + self.step * len(self.offsets) : self.step]


def _part(grid: Grid, entry: Slot, spans: Ranges) -> _Part:
    reading = _read(grid, entry, spans)
    offsets = reading.offset.over(spans)
    steps = {after - before for before, after in pairwise(offsets)}
    step = steps.pop() if len(steps) == 1 else 1 if len(offsets) == 1 else 0
    return _Part(grid.tensors[entry.name].ids, reading.starts(grid), offsets, max(step, 0))


def _grouped(scheme: Scheme, grid: Grid) -> Iterator[Operands | None]:
    """The operands of a rule with groups."""
    runs = _reductions(scheme, grid)
    if runs is None:
        yield from [None] * _size(grid)
        return
    singles = {source: _column(grid, source.entries[0]) for source in scheme.sources if not source.repeats}
    parts = {
        source: [_part(grid, entry, run.spans) for entry, run in zip(source.entries, runs, strict=True)]
        for source in scheme.sources
        if source.repeats
    }
    for place, kept in enumerate(zip(*(run.kept() for run in runs), strict=True)):
        found: list[Sequence[int] | None] = []
        for source in scheme.sources:
            if source.repeats:
                found += [part.at(place, members) for part, members in zip(parts[source], kept, strict=True)]
            else:
                own = singles[source][place]
                found.append(None if own is None else (own,))
        given = [one for one in found if one is not None]
        size = sum(
            len(members) if members is not None else len(part.offsets)
            for part, members in zip(next(iter(parts.values())), kept, strict=True)
        )
        yield (size, tuple(chain.from_iterable(given))) if size and len(given) == len(found) else None


def counted(over: Over, grid: Grid) -> list[int]:
    """Over how many members a reduction goes, for each entry of the left side."""
    run = _Run(_spans(over, grid), _limits(over, grid), grid)
    whole = prod(len(places) for _, places in run.spans)
    return [whole if kept is None else len(kept) for kept in run.kept()]


def _reductions(scheme: Scheme, grid: Grid) -> list[_Run] | None:
    """The reductions of the groups; None where a term outside an array does not fall away as a whole."""
    found = []
    for number, over in enumerate(scheme.runs[0]):
        spans, limits = _spans(over, grid), _limits(over, grid)
        for source in scheme.sources:
            own = _read(grid, source.entries[number], spans).limits if source.repeats else ()
            if own and (len(scheme.runs) > 1 or not _is_a_factor(source.entries[number], over)):
                return None
            limits += own
        found.append(_Run(spans, limits, grid))
    return found


def _spans(over: Over, grid: Grid) -> Ranges:
    return tuple((span.name, _range(span.name, span.first, span.last, grid)) for span in over.spans)


def _limits(over: Over, grid: Grid) -> tuple[Affine, ...]:
    """What the bounds of a reduction ask to be at least 0."""
    pairs = [pair for bound in over.bounds for pair in ((bound.index, bound.least), (bound.most, bound.index))]
    return tuple(affine(more, grid.numbers).plus(affine(less, grid.numbers), -1) for more, less in pairs)


def _range(name: str, first: Formula | None, last: Formula | None, grid: Grid) -> range:
    if first is None or last is None:
        if name not in grid.lengths:
            raise FormulaError(f"nothing says how far {name} runs")
        return range(1, grid.lengths[name] + 1)
    start, end = (affine(one, grid.numbers) for one in (first, last))
    if any(start.factors.values()) or any(end.factors.values()):
        raise FormulaError(f"{name} runs between indices")
    return range(start.constant, end.constant + 1)


def _is_a_factor(entry: Slot, over: Over) -> bool:
    """Whether a term of a reduction is 0, or no member of a largest, where an entry of it is."""

    def rests(formula: Formula) -> bool:
        match formula:
            case Negative(argument):
                return rests(argument)
            case Product(factors):
                return any(map(rests, factors))
            case Quotient(above, _):
                return rests(above)
            case Power(base, Number()):
                return rests(base)
            case _:
                return formula == entry

    return rests(over.body)

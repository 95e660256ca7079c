"""Where the operands of each entry of an equation lie, by arithmetic on indices: strides, offsets, what is in range."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, repeat
from math import prod

from derive.errors import FormulaError
from derive.graph.formula import Formula, Negative, Number, Power, Product, Quotient, Slot
from derive.graph.tensor import Shape, Tensor
from derive.graph.views.affine import Affine, Ranges, affine, least, most
from derive.graph.views.language import Entry, Over, Span
from derive.graph.views.scheme import Scheme

Kept = Sequence[int] | None
"""The members of a reduction that are there; None for all of them."""


@dataclass(frozen=True)
class Grid:
    """The shapes of the arrays and the numbers that an equation names, how far its indices run, those of its left."""

    shapes: Mapping[str, Shape]
    numbers: Mapping[str, str]
    lengths: Mapping[str, int]
    free: Ranges

    @property
    def size(self) -> int:
        """How many entries the left side has."""
        return prod(len(places) for _, places in self.free)


@dataclass(frozen=True)
class Column:
    """An entry of an array for each entry of the left side."""

    array: str
    places: Sequence[int]


@dataclass(frozen=True)
class Part:
    """The entries of an array at the members of one reduction."""

    array: str
    starts: Sequence[int]
    offsets: Sequence[int]
    step: int
    """Between one member and the next where it is always the same and goes on; else 0."""

    def read(self, ids: Sequence[int], place: int, kept: Kept) -> Sequence[int]:
        """The quantities for one entry of the left side."""
        start = self.starts[place]
        if kept is not None:
            return [ids[start + self.offsets[member]] for member in kept]
        if not self.step:
            return [ids[start + offset] for offset in self.offsets]
        first = start + self.offsets[0]
        return ids[first : first + self.step * len(self.offsets) : self.step]


@dataclass(frozen=True)
class Columns:
    """Where the operands lie: for each slot a column, or for a group a part for each reduction.

    `sizes` is how many members the groups have, for each entry of the left side; `missing` are the entries one of
    whose operands lies outside its array.
    """

    slots: tuple[Column | tuple[Part, ...], ...]
    kept: tuple[tuple[Kept, ...], ...]
    sizes: Sequence[int]
    missing: frozenset[int]

    def operands(self, tensors: Mapping[str, Tensor]) -> Iterator[tuple[int, ...]]:
        """The quantities for each entry of the left side; anything for those that are missing."""
        if not self.kept:
            columns = [_read(one, tensors) for one in self.slots if isinstance(one, Column)]
            yield from zip(*columns, strict=True) if columns else repeat((), len(self.sizes))
            return
        read = [(_read(one, tensors), ()) if isinstance(one, Column) else ((), one) for one in self.slots]
        for place, members in enumerate(self.kept):
            found: list[int] = []
            for column, parts in read:
                if not parts:
                    found.append(column[place])
                for part, kept in zip(parts, members, strict=False):
                    found += part.read(tensors[part.array].ids, place, kept)
            yield tuple(found)


def _read(column: Column, tensors: Mapping[str, Tensor]) -> Sequence[int]:
    ids = tensors[column.array].ids
    return ids if column.places == range(len(ids)) else [ids[place] for place in column.places]


def columns(scheme: Scheme, grid: Grid) -> Columns | None:
    """Where the operands of a scheme lie; None where a term outside its array does not fall away as a whole."""
    missing: set[int] = set()
    runs = _runs(scheme, grid)
    if runs is None:
        return None
    slots: list[Column | tuple[Part, ...]] = []
    for source in scheme.sources:
        if source.repeats:
            slots.append(
                tuple(_operand_part(grid, entry, run) for entry, run in zip(source.entries, runs, strict=True))
            )
        else:
            slots.append(_column(grid, source.entries[0], missing))
    kept = tuple(zip(*(run.kept(grid) for run in runs), strict=True)) if runs else ()
    whole = [run.size for run in runs]
    sizes = [sum(n if k is None else len(k) for n, k in zip(whole, one, strict=True)) for one in kept]
    missing |= {place for place, size in enumerate(sizes) if not size}
    return Columns(tuple(slots), kept, sizes or [1] * grid.size, frozenset(missing))


def counted(over: Over, grid: Grid) -> list[int]:
    """Over how many members a reduction goes, for each entry of the left side."""
    run = _Run(*_spans(over, grid))
    return [run.size if kept is None else len(kept) for kept in run.kept(grid)]


def _column(grid: Grid, entry: Slot, missing: set[int]) -> Column:
    offset, limits = _flat_index(grid, entry, ())
    outside = {place for limit in limits for place, one in enumerate(limit.at(grid.free)) if one < 0}
    missing |= outside
    places = [0 if place in outside else start for place, start in enumerate(offset.at(grid.free))]
    return Column(entry.name, range(len(places)) if places == list(range(len(places))) else places)


def _operand_part(grid: Grid, entry: Slot, run: _Run) -> Part:
    offset, _ = _flat_index(grid, entry, run.spans)
    offsets = offset.over(run.spans)
    steps = {after - before for before, after in pairwise(offsets)} or {1}
    step = steps.pop() if len(steps) == 1 and offsets else 0
    return Part(entry.name, offset.at(grid.free), offsets, max(step, 0))


def _flat_index(grid: Grid, entry: Slot, spans: Ranges) -> tuple[Affine, tuple[Affine, ...]]:
    """Where in its array an entry lies, counted from 0, and what must be at least 0 for it to lie inside."""
    shape = grid.shapes[entry.name]
    indices = entry.indices if isinstance(entry, Entry) else ()
    if not indices and prod(shape) != 1:
        raise FormulaError(f"{entry.name} has {len(shape)} axes, so it needs indices")
    offset, limits = Affine(0, {}), []
    for index, length in zip(indices, shape if indices else (), strict=True):
        place = affine(index, grid.numbers).plus(Affine(-1, {}))
        offset = Affine(0, {}).plus(offset, length).plus(place)
        limits += [place, Affine(length - 1, {}).plus(place, -1)]
    ranges = (*grid.free, *spans)
    return offset, tuple(limit for limit in limits if least(limit, ranges) < 0)


@dataclass(frozen=True)
class _Run:
    """One reduction: over what it goes, and what must be at least 0 for a member to be one."""

    spans: Ranges
    limits: tuple[Affine, ...]

    @property
    def size(self) -> int:
        """How many members there are where nothing limits them."""
        return prod(len(places) for _, places in self.spans)

    def kept(self, grid: Grid) -> Iterator[Kept]:
        """The members that are there, for each entry of the left side."""
        if not self.limits:
            yield from repeat(None, grid.size)
            return
        inner = [limit.over(self.spans) for limit in self.limits]
        lowest = [min(one, default=0) for one in inner]
        for bases in zip(*(limit.at(grid.free) for limit in self.limits), strict=True):
            near = [(base, one) for base, low, one in zip(bases, lowest, inner, strict=True) if base + low < 0]
            members = range(self.size)
            yield [m for m in members if all(base + one[m] >= 0 for base, one in near)] if near else None


def _runs(scheme: Scheme, grid: Grid) -> list[_Run] | None:
    """The reductions that the groups go over; None where a term outside an array does not fall away as a whole."""
    found = []
    for number, over in enumerate(scheme.runs[0] if scheme.runs else ()):
        spans, limits = _spans(over, grid)
        for source in scheme.sources:
            own = _flat_index(grid, source.entries[number], spans)[1] if source.repeats else ()
            if own and (len(scheme.runs) > 1 or not _is_a_factor(source.entries[number], over)):
                return None
            limits += own
        found.append(_Run(spans, limits))
    return found


def _spans(over: Over, grid: Grid) -> tuple[Ranges, tuple[Affine, ...]]:
    """Over what a reduction goes, and what its bounds, and ends that rest on other indices, ask to be at least 0."""
    spans: Ranges = ()
    pairs = [pair for bound in over.bounds for pair in ((bound.index, bound.least), (bound.most, bound.index))]
    limits = [affine(more, grid.numbers).plus(affine(less, grid.numbers), -1) for more, less in pairs]
    for span in over.spans:
        first, last = _ends(span, grid)
        ranges = (*grid.free, *spans)
        own = Affine(0, {span.name: 1})
        limits += [own.plus(first, -1)] if any(first.factors.values()) else []
        limits += [last.plus(own, -1)] if any(last.factors.values()) else []
        spans = (*spans, (span.name, range(least(first, ranges), most(last, ranges) + 1)))
    return spans, tuple(limits)


def _ends(span: Span, grid: Grid) -> tuple[Affine, Affine]:
    if span.first is not None and span.last is not None:
        return affine(span.first, grid.numbers), affine(span.last, grid.numbers)
    if span.name not in grid.lengths:
        raise FormulaError(f"nothing says how far {span.name} runs")
    return Affine(1, {}), Affine(grid.lengths[span.name], {})


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
            case Power(base, Number(text)):
                return text != "0" and rests(base)
            case _:
                return formula == entry

    return rests(over.body)

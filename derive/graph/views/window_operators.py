"""Sums over windows that move over a grid, found in index form: correlation, convolution, pooling, and their adjoints.

A grid has one axis or two. `corr(x, k)` adds up the entries of x under k, `conv(d, k)` is the full convolution.
Where the windows move otherwise, the array that the result is shaped like follows, and for each axis four numbers,
`a, b, c, g`: in a correlation `b*(place in x) = a*(place in the result) + c*(place in k) + g`, in a convolution
`a*(place in the result) = b*(place in d) + c*(place in k) + g`. Of a pooling the numbers are `n, a, b, g`: a window of
n entries, the u-th of which is the one at `a*(place in the result) + b*u + g`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from derive.errors import FormulaError
from derive.graph.formula import Call, Formula, Negative, Number, Product, Quotient, Slot, leaves, multiply, negate
from derive.graph.views.affine import multiples
from derive.graph.views.application import Application
from derive.graph.views.language import Bounds, Entry, Over, Span

CORRELATION, CONVOLUTION = "corr", "conv"
MAX_POOL, MEAN_POOL, MAX_UNPOOL, MEAN_UNPOOL = "maxpool", "meanpool", "maxunpool", "meanunpool"
USUAL = (1, 1, 1, -1)
"""The numbers of an axis along which nothing is skipped and nothing padded."""

Axis = tuple[int, int, int, int]


@dataclass(frozen=True)
class Result:
    """What an operator gives: the array, and the index of each of its axes."""

    array: Slot
    indices: tuple[str, ...]


@dataclass(frozen=True)
class _Grids:
    result: Result
    application: Application

    def shape(self, array: Slot) -> tuple[int, ...]:
        found = self.application.find(array.name)
        return () if found is None else found[0].shape

    def multiples(self, index: Formula) -> dict[str, int]:
        return {name: count for name, count in multiples(index, self.application.numbers).items() if count}

    def along(self, entry: Entry, outer: Sequence[str], inner: Sequence[str]) -> list[tuple[int, int, int]] | None:
        """For each axis of an entry the multiples of an outer and an inner index and what is added; None if others."""
        if not len(entry.indices) == len(outer) == len(inner):
            return None
        found = []
        for index, first, second in zip(entry.indices, outer, inner, strict=True):
            parts = self.multiples(index)
            if first not in parts or second not in parts or parts.keys() - {first, second, ""}:
                return None
            found.append((parts[first], parts[second], parts.get("", 0)))
        return found


def windows(formula: Formula, result: Result, application: Application) -> Formula | None:
    """The operator that a formula is; None where no window moves in it, or one that has no name."""
    grids = _Grids(result, application)
    match formula:
        case Over(body, "sum", spans, bounds) if all(span.first is None for span in spans):
            factors = body.factors if isinstance(body, Product) else (body,)
            return (
                _correlation(factors, spans, bounds, grids)
                or _routed(factors, spans, bounds, grids)
                or _spread(body, spans, bounds, grids)
            )
        case Over(Entry() as entry, "max", spans, ()):
            return _pooled(MAX_POOL, entry, spans, grids)
        case Quotient(Over(Entry() as entry, "sum", spans, ()), below):
            return _mean(entry, spans, below, grids)
        case Quotient(Over(body, "sum", spans, bounds), below) if all(span.first is None for span in spans):
            return _spread(Quotient(body, below), spans, bounds, grids)
    return None


def _correlation(
    factors: Sequence[Formula], spans: Sequence[Span], bounds: Sequence[Bounds], grids: _Grids
) -> Formula | None:
    """A product of two grids, one of them at places that move with the result, over all places of the other."""
    entries = [one for one in factors if isinstance(one, Entry)]
    names = {span.name for span in spans}
    others = tuple(one for one in factors if not isinstance(one, Entry))
    if len(entries) != 2 or any(isinstance(leaf, Entry) for one in others for leaf in leaves(one)):
        return None
    for still, moving in (entries, entries[::-1]):
        inner = [index.name for index in still.indices if isinstance(index, Slot)]
        along = grids.along(moving, grids.result.indices, inner) if set(inner) == names else None
        if along is None or len(inner) != len(names):
            continue
        made = _operator(still, moving, along, grids)
        if made is not None and _says_nothing(bounds, moving, grids):
            return multiply((*others, made))
    return None


def _operator(still: Entry, moving: Entry, along: Sequence[tuple[int, int, int]], grids: _Grids) -> Formula | None:
    """The place q in what moves is a*(place in the result) + b*(place in the other) + g: by their signs."""
    signs = {(a > 0, b > 0) for a, b, _ in along}
    if signs == {(True, True)}:
        return _call(CORRELATION, moving, still, [(a, 1, b, g) for a, b, g in along], grids)
    if signs == {(False, True)}:
        return _call(CORRELATION, still, moving, [(-a, b, 1, -g) for a, b, g in along], grids)
    if signs != {(True, False)}:
        return None
    found = grids.application.find(moving.name)
    if found is not None and found[1]:
        return _call(CONVOLUTION, moving, still, [(a, 1, -b, -g) for a, b, g in along], grids)
    given = grids.application.find(still.name)
    if (given is not None and given[1]) or any(b < -1 for _, b, _ in along):
        return _call(CONVOLUTION, still, moving, [(a, -b, 1, -g) for a, b, g in along], grids)
    return _call(CONVOLUTION, moving, still, [(a, 1, -b, -g) for a, b, g in along], grids)


def _call(function: str, first: Entry, second: Entry, axes: Sequence[Axis], grids: _Grids) -> Formula:
    arrays = (Slot(first.name), Slot(second.name))
    sign = -1 if function == CORRELATION else 1
    whole = zip(grids.shape(arrays[0]), grids.shape(arrays[1]), grids.shape(grids.result.array), strict=True)
    if all(one == USUAL for one in axes) and all(a + sign * b - sign == c for a, b, c in whole):
        return Call(function, arrays)
    return Call(function, (*arrays, grids.result.array, *_numbers(axes)))


def _numbers(axes: Sequence[Axis]) -> tuple[Formula, ...]:
    numbers = [Number(str(abs(one))) if one >= 0 else Negative(Number(str(-one))) for axis in axes for one in axis]
    return tuple(numbers)


def _says_nothing(bounds: Sequence[Bounds], moving: Entry, grids: _Grids) -> bool:
    """Whether bounds only keep an entry inside its array, where it is 0 anyway."""
    inside = [(grids.multiples(index), size) for index, size in zip(moving.indices, grids.shape(moving), strict=True)]
    return all(
        grids.multiples(one.least) == {"": 1}
        and (grids.multiples(one.index), grids.multiples(one.most).get("", 0)) in inside
        for one in bounds
    )


def _axes(entry: Entry, outer: Sequence[str], spans: Sequence[Span], grids: _Grids) -> list[Axis] | None:
    """The numbers of windows whose entries are counted by spans from 1 on."""
    along = grids.along(entry, outer, [span.name for span in spans])
    if along is None or any(span.first is None or span.last is None for span in spans):
        return None
    sizes = [(grids.multiples(span.first or Number("1")), grids.multiples(span.last or Number("1"))) for span in spans]
    if any(first != {"": 1} or set(last) != {""} for first, last in sizes) or any(abs(b) != 1 for _, b, _ in along):
        return None
    return [(last[""], a, b, g) for (a, b, g), (_, last) in zip(along, sizes, strict=True)]


def _pooled(function: str, entry: Entry, spans: Sequence[Span], grids: _Grids, *more: Formula) -> Formula | None:
    axes = _axes(entry, grids.result.indices, spans, grids)
    return None if axes is None else Call(function, (Slot(entry.name), grids.result.array, *more, *_numbers(axes)))


def _mean(entry: Entry, spans: Sequence[Span], below: Formula, grids: _Grids) -> Formula | None:
    """The mean of windows: over all their entries, or over those that are no padding."""
    axes = _axes(entry, grids.result.indices, spans, grids)
    counted = None if axes is None else _counted(below, entry, grids.result.indices, axes, grids)
    return None if counted is None else _pooled(MEAN_POOL, entry, spans, grids, counted)


def _counted(below: Formula, entry: Slot, outer: Sequence[str], axes: Sequence[Axis], grids: _Grids) -> Formula | None:
    """1 where what windows are divided by counts their padding, 0 where it does not; None where it is neither."""
    if isinstance(below, Over):
        inside = Entry(entry.name, tuple(bound.index for bound in below.bounds))
        lengths = [grids.multiples(bound.most).get("", 0) for bound in below.bounds]
        if below.body != Number("1") or lengths != list(grids.shape(entry)):
            return None
        return Number("0") if _axes(inside, outer, below.spans, grids) == list(axes) else None
    try:
        size = multiples(below, grids.application.numbers)
    except FormulaError:
        return None
    return Number("1") if size == {"": prod(n for n, *_ in axes)} else None


def _within(bounds: Sequence[Bounds], axes: Sequence[Axis], inner: Sequence[str], grids: _Grids) -> bool:
    """Whether bounds say for each axis that the place of the result lies in the window."""
    said = []
    for one in bounds:
        if grids.multiples(one.least) != {"": 1}:
            return False
        said.append((grids.multiples(one.index), grids.multiples(one.most).get("", 0)))
    for (n, a, b, g), outer, name in zip(axes, grids.result.indices, inner, strict=True):
        place = {outer: b, name: -a * b, "": -g * b}
        turned = {outer: -b, name: a * b, "": n + 1 + g * b}
        both = [({key: count for key, count in one.items() if count}, n) for one in (place, turned)]
        said = [one for one in said if one not in both]
    return not said


def _routed(
    factors: Sequence[Formula], spans: Sequence[Span], bounds: Sequence[Bounds], grids: _Grids
) -> Formula | None:
    """What reaches the entries that windows took: each window's adjoint to its largest entry."""
    inner = [span.name for span in spans]
    wanted = tuple(map(Slot, grids.result.indices)), tuple(map(Slot, inner))
    won = [one for one in factors if isinstance(one, Call) and one.function == "is_argmax"]
    others = [one for one in factors if one not in won]
    match won, others:
        case (
            [Call(_, (Entry(name, own), Entry(largest, at), Over(Entry() as entry, "all", covered, ())))],
            [Entry(adjoint, reaching)],
        ) if (own, at, reaching) == (wanted[0], wanted[1], wanted[1]) and name == entry.name:
            axes = _axes(entry, inner, covered, grids)
            if axes is None or not _within(bounds, axes, inner, grids):
                return None
            return Call(MAX_UNPOOL, (Slot(adjoint), Slot(largest), Slot(name), *_numbers(axes)))
    return None


def _spread(body: Formula, spans: Sequence[Span], bounds: Sequence[Bounds], grids: _Grids) -> Formula | None:
    """What reaches the entries of windows whose mean was taken: each the same part of its window's adjoint."""
    inner = [span.name for span in spans]
    match body:
        case Negative(argument):
            found = _spread(argument, spans, bounds, grids)
            return None if found is None else negate(found)
        case Quotient(Entry(adjoint, reaching), below) if reaching == tuple(map(Slot, inner)):
            axes = _bounded(bounds, inner, grids)
        case _:
            return None
    if axes is None:
        return None
    counted = _counted(below, grids.result.array, inner, axes, grids)
    return None if counted is None else Call(MEAN_UNPOOL, (Slot(adjoint), grids.result.array, counted, *_numbers(axes)))


def _bounded(bounds: Sequence[Bounds], inner: Sequence[str], grids: _Grids) -> list[Axis] | None:
    """The numbers of windows from the bounds that say which of them a place lies in, an axis after the other."""
    if not len(bounds) == len(inner) == len(grids.result.indices):
        return None
    axes = []
    for one, outer, name in zip(bounds, grids.result.indices, inner, strict=True):
        parts, most = grids.multiples(one.index), grids.multiples(one.most)
        if grids.multiples(one.least) != {"": 1} or set(most) != {""} or parts.keys() - {outer, name, ""}:
            return None
        if parts.get(outer) != 1 or parts.get(name, 0) >= 0:
            return None
        axes.append((most[""], -parts[name], 1, -parts.get("", 0)))
    return axes

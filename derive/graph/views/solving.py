"""A use of an array solved for the indices of its adjoint: which indices the entry fixes, which are summed over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from derive.errors import FormulaError
from derive.graph.formula import Call, Formula, Negative, Number, Product, Slot, add, multiply, negate
from derive.graph.views.affine import affine, multiples
from derive.graph.views.indices import Index, apart, free, put, terms_of, with_index
from derive.graph.views.language import Bounds, Entry
from derive.graph.views.partials import Known, Path, Use


@dataclass(frozen=True)
class Contribution:
    """What one use adds to the adjoint of an array: the indices of the adjoint, and the path whose spans are summed."""

    left: tuple[Index, ...]
    path: Path
    place: int
    """Which of the layer's equations has the use."""


def contribution(use: Use, known: Known, place: int) -> Contribution:
    """A use in an equation with its entry's indices solved for those of the adjoint."""
    shape = known.shape_of[use.array]
    if len(shape) != len(use.indices):
        raise FormulaError(f"{use.array} has {len(shape)} axes, not {len(use.indices)}")
    state = _Solving(use.indices, use.path, (None,) * len(shape))
    for axis, length in enumerate(shape):
        state = _alone(state, axis, length, known)
    for axis, length in enumerate(shape):
        if state.left[axis] is None:
            state = _composed(state, axis, length, known)
    return Contribution(tuple(one for one in state.left if one is not None), state.path, place)


@dataclass(frozen=True)
class _Solving:
    indices: tuple[Formula, ...]
    path: Path
    left: tuple[Index | None, ...]

    def fixed(self, axis: int, index: Index) -> _Solving:
        """With the index of an axis of the adjoint, over which nothing is summed."""
        left = (*self.left[:axis], index, *self.left[axis + 1 :])
        spans = tuple(one for one in self.path.spans if one.name != index.name)
        return _Solving(self.indices, replace(self.path, spans=spans), left)

    def put(self, name: str, index: Formula) -> _Solving:
        """With an index in place of one that was summed over."""
        places = {name: index}
        spans = tuple(one for one in self.path.spans if one.name != name)
        path = replace(self.path, spans=spans).put(places)
        return _Solving(tuple(put(one, places) for one in self.indices), path, self.left)

    def only(self, *bounds: Bounds) -> _Solving:
        """With further bounds."""
        return replace(self, path=replace(self.path, bounds=(*self.path.bounds, *bounds)))

    def known_as(self, target: Formula, composed: Formula) -> _Solving:
        """With the adjoint's own index wherever an entry has the composed one."""
        return replace(self, path=self.path.changed(lambda one: with_index(one, composed, target)))


def _alone(state: _Solving, axis: int, length: int, known: Known) -> _Solving:
    """An index that stands alone at its axis is that of the adjoint, wherever its range lets it."""
    own = state.indices[axis]
    found = next((one for one in state.path.spans if own == Slot(one.name)), None)
    if found is None:
        return state
    least, most = found.ends
    state = state.fixed(axis, Index(found.name, length))
    return state if runs_over(found, length, known) else state.only(Bounds(least, own, most))


def _composed(state: _Solving, axis: int, length: int, known: Known) -> _Solving:
    """An index of several: one of them follows from the others and from that of the adjoint."""
    name = apart("", axis + 1)
    target, composed = Slot(name), state.indices[axis]
    state = state.fixed(axis, Index(name, length)).known_as(target, composed)
    solved = _solved(composed, target, state.path.spans, known)
    if solved is not None:
        index, expression = solved
        bounds = [] if _is_inside(index, state.path, known) else [_upright(*index.ends, expression, target)]
        return state.put(index.name, expression).only(*bounds)
    if {one.name for one in state.path.spans}.intersection(free(composed)):
        return state.only(Bounds(target, composed, target))
    return replace(state, path=state.path.times(Call("equals", (target, composed))))


def _solved(composed: Formula, target: Slot, spans: tuple[Index, ...], known: Known) -> tuple[Index, Formula] | None:
    """An index that a composed one is solved for, and what it is; those of the right side's own sums before others."""
    for index in sorted(spans, key=lambda one: not one.is_inner):
        own = Slot(index.name)
        terms = list(terms_of(composed))
        places = [place for place, term in enumerate(terms) if own in (term, negate(term))]
        if len(places) == 1 and sum(index.name in free(term) for term in terms) == 1:
            term = terms.pop(places[0])
            if term == own:
                return index, add((target, *map(negate, terms)))
            return index, add((*terms, Negative(target)))
    return next(_solved_by_numbers(composed, target, spans, known), None)


def _solved_by_numbers(
    composed: Formula, target: Slot, spans: tuple[Index, ...], known: Known
) -> Iterator[tuple[Index, Formula]]:
    """The same where an index is a multiple by an option that is 1."""
    found = affine(composed, known.number_of)
    start, counts = found.constant, found.factors
    for index in sorted(spans, key=lambda one: not one.is_inner):
        count = counts.get(index.name, 0)
        if abs(count) == 1:
            others = {name: -count * other for name, other in counts.items() if name != index.name and other}
            rest = (_multiple(other, Slot(name)) for name, other in others.items())
            yield index, add((_multiple(count, target), *rest, *_constant(-count * start)))


def _multiple(count: int, name: Slot) -> Formula:
    size = name if abs(count) == 1 else multiply((Number(str(abs(count))), name))
    return negate(size) if count < 0 else size


def _constant(number: int) -> tuple[Formula, ...]:
    size = Number(str(abs(number)))
    return () if not number else (negate(size) if number < 0 else size,)


def runs_over(index: Index, length: int, known: Known) -> bool:
    """Whether an index runs over all of an axis."""
    if index.first is None or index.last is None:
        return True
    ends = [multiples(end, known.number_of) for end in (index.first, index.last)]
    return ends == [{"": 1}, {"": length}]


def _is_inside(index: Index, path: Path, known: Known) -> bool:
    """Whether a factor is 0 wherever an index is out of its range: an entry at whose axis it stands alone."""
    reaching = path.reaching.factors if isinstance(path.reaching, Product) else (path.reaching,)
    entries = [one for one in (*path.factors, *reaching) if isinstance(one, Entry)]
    axes = (
        length
        for one in entries
        for place, length in zip(one.indices, known.shape(one.name), strict=True)
        if place == Slot(index.name)
    )
    return any(runs_over(index, length, known) for length in axes)


def _upright(least: Formula, most: Formula, index: Formula, target: Slot) -> Bounds:
    """Bounds in which the adjoint's own index is not subtracted: `1 <= n+1-r <= n` is `1 <= r <= n`."""
    if Negative(target) not in terms_of(index):
        return Bounds(least, index, most)
    mirrored = [*terms_of(least), *terms_of(most), *(negate(term) for term in terms_of(index))]
    for term in list(mirrored):
        if term in mirrored and negate(term) in mirrored:
            mirrored.remove(term)
            mirrored.remove(negate(term))
    rest = [term for term in mirrored if term != target]
    return Bounds(least, add((target, *rest)), most)

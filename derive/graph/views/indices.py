"""Indices of index forms: which are free in a formula, what is put for them, letters that are not taken."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from string import ascii_lowercase

from derive.graph.formula import ONE, Call, Formula, Negative, Number, Slot, Sum, children, nodes, rebuild
from derive.graph.views.language import Bounds, Entry, Over, Span

_MARK = "#"
"""Stands in no name that is written: an index with it is free in no formula that a layer states."""


@dataclass(frozen=True, slots=True)
class Index:
    """An index that runs: over an axis of some length, or from a first number to a last."""

    name: str
    length: int | None = None
    first: Formula | None = None
    last: Formula | None = None

    @property
    def origin(self) -> str:
        """The name that the layer gave it; empty for one that has none."""
        return origin(self.name)

    @property
    def ends(self) -> tuple[Formula, Formula]:
        """The first and the last number."""
        return self.first or ONE, self.last or Number(str(self.length))

    @property
    def is_inner(self) -> bool:
        """Whether a reduction of the right side binds it."""
        return not self.name.endswith(f"{_MARK}0")

    def put(self, places: Mapping[str, Formula], reserved: Collection[str] = ()) -> Index:
        """The index with others put into its range."""
        ends = (end if end is None else put(end, places, reserved) for end in (self.first, self.last))
        return Index(self.name, self.length, *ends)


def apart(name: str, number: int) -> str:
    """An index's name in a scope, unlike that of every other scope and every name that is written."""
    return f"{name}{_MARK}{number}"


def origin(name: str) -> str:
    """The name of an index as the layer writes it."""
    return name.partition(_MARK)[0]


def free(formula: Formula) -> tuple[str, ...]:
    """The names that stand alone or in an index and that no reduction inside binds; `count(i)` mentions no index."""
    return tuple(dict.fromkeys(_free(formula)))


def _free(formula: Formula) -> Iterator[str]:
    match formula:
        case Entry(_, indices):
            yield from (name for index in indices for name in _free(index))
        case Slot(name):
            yield name
        case Over(body, _, spans, bounds):
            own = {span.name for span in spans}
            ends = (end for span in spans for end in (span.first, span.last) if end is not None)
            parts = (body, *(part for one in bounds for part in one.parts), *ends)
            yield from (name for part in parts for name in _free(part) if name not in own)
        case Call("count", _):
            return
        case _:
            yield from (name for part in children(formula) for name in _free(part))


def bound(formula: Formula) -> tuple[Span, ...]:
    """The indices that reductions inside run over."""
    return tuple(span for node in nodes(formula) if isinstance(node, Over) for span in node.spans)


def put(formula: Formula, places: Mapping[str, Formula], reserved: Collection[str] = ()) -> Formula:
    """The formula with other indices in place of free ones.

    A bound index of the name of one of those is renamed, to a letter that is not reserved.
    """

    def special(node: Formula) -> Formula | None:
        match node:
            case Entry(name, indices):
                return Entry(name, tuple(put(one, places, reserved) for one in indices))
            case Slot(name):
                return places.get(name)
            case Over():
                return _put_inside(node, places, reserved)
            case Call("count", _):
                return node
            case _:
                return None

    return rebuild(formula, special) if places else formula


def put_bounds(bounds: Bounds, places: Mapping[str, Formula], reserved: Collection[str] = ()) -> Bounds:
    """Bounds with other indices in place of free ones."""
    return Bounds(*(put(one, places, reserved) for one in bounds.parts))


def with_index(formula: Formula, composed: Formula, index: Formula) -> Formula:
    """The formula with one index in place of a composed one, wherever an entry has that."""

    def special(node: Formula) -> Formula | None:
        if not isinstance(node, Entry):
            return None
        return Entry(node.name, tuple(index if one == composed else one for one in node.indices))

    return rebuild(formula, special)


def _put_inside(node: Over, places: Mapping[str, Formula], reserved: Collection[str]) -> Over:
    own = {span.name for span in node.spans}
    taken = {name for place in places.values() for name in free(place)}
    others = {*taken, *free(node), *reserved}
    names = {name: letter_after(name, others | own - {name}) for name in own}
    inner = {name: one for name, one in places.items() if name not in own}
    inner |= {name: Slot(other) for name, other in names.items() if name in taken}
    spans = tuple(
        Index(names[one.name] if one.name in taken else one.name, None, one.first, one.last).put(inner, reserved)
        for one in node.spans
    )
    return replace(
        node,
        body=put(node.body, inner, reserved),
        spans=tuple(Span(one.name, one.first, one.last) for one in spans),
        bounds=tuple(put_bounds(one, inner, reserved) for one in node.bounds),
    )


def letter_after(name: str, taken: Collection[str]) -> str:
    """The name itself, or the first letter behind it in the alphabet that is not taken."""
    start = ascii_lowercase.find(name[:1]) + 1
    letters: tuple[str, ...] = (name, *ascii_lowercase[start:], *ascii_lowercase[:start])
    return next(letter for letter in letters if letter and letter not in taken)


def terms_of(index: Formula) -> tuple[Formula, ...]:
    """The terms that an index adds up."""
    match index:
        case Sum(terms):
            return terms
        case Negative(Sum(terms)):
            return tuple(one.argument if isinstance(one, Negative) else Negative(one) for one in terms)
        case _:
            return (index,)

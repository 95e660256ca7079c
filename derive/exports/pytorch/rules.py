"""Rules as operations of PyTorch: one expression for all the equations that a rule gives a block."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, product

from derive.errors import FormulaError
from derive.exports.pytorch.formulas import FormulaPrinter
from derive.exports.pytorch.locating import Locator, part_of
from derive.exports.pytorch.pieces import (
    ATOM,
    PRODUCT,
    SIGN,
    SUM,
    Axes,
    Piece,
    combined,
    number,
    ordered,
    reduced,
    renamed,
)
from derive.graph.formula import Count, Each, Formula, Product, Quotient, Slot, slot_names
from derive.graph.rule import Rule
from derive.graph.tensor import Shape, Tensor

_FIRST = -1
"""The number of the axis of a group's members where they come first; where they come last, it is the highest."""
_WORD = re.compile(r"(?<![\w.])[A-Za-z]\w*(?![\w(=])")
_LOG = re.compile(r"(?<![\w.])log\(")
_CALL = re.compile(r"[\w.]+\([^()]*\)")


@dataclass(frozen=True)
class Use:
    """A rule applied to arrays: for each slot an array like the result, for each group one with its members last.

    A group's slot in `own` is the member that belongs to the entry. No gradient flows through `detached` slots.
    """

    rule: Rule
    shape: Shape
    size: int
    own: Mapping[str, Tensor]
    members: Mapping[str, Tensor]
    detached: frozenset[str] = field(default_factory=frozenset)


def expression(use: Use, locator: Locator, at_zero: int) -> Piece:
    """The result of a rule; its axes are those of the result along which it changes.

    The shorter of the two ways to lay out what is summed. Raises `FormulaError` for what PyTorch has no operation for.
    """
    stated = _Printer(use, locator, at_zero, len(use.shape)).stated()
    if stated is not None:
        return stated
    places = (len(use.shape), _FIRST) if use.members else (len(use.shape),)
    found = [_Printer(use, locator, at_zero, place).piece(use.rule.formula) for place in places]
    return min(found, key=lambda piece: len(ordered(piece).text))


class _Printer(FormulaPrinter):
    """Prints a rule with the axis of its groups' members numbered `group`."""

    def __init__(self, use: Use, locator: Locator, at_zero: int, group: int) -> None:
        super().__init__(at_zero)
        self.use, self.locator, self.group = use, locator, group
        self.inside, self.laid_flat = False, True

    def stated(self) -> Piece | None:
        """The rule as PyTorch's own function, if the rule says one and its arrays lie as the function takes them."""
        use = self.use
        if not use.rule.torch or not self._has_members_beside():
            return None
        every = tuple(range(len(use.shape)))
        names = [name for name in use.own if re.search(rf"\b{name}\b", use.rule.torch)]
        found = {name: self.slot(name) for name in names}
        if any(one.axes not in ((), every) for one in found.values()):
            return None
        text = _WORD.sub(lambda match: found[match[0]].text if match[0] in found else match[0], use.rule.torch)
        return Piece(_LOG.sub("math.log(", text), ATOM if _CALL.fullmatch(text) else SUM, every)

    def _has_members_beside(self) -> bool:
        """Whether the members of each entry are the entries along the last axis, as functions of vectors take them."""
        use = self.use
        return all(
            use.shape[-1:] == (use.size,)
            and all(
                list(one.ids[start * use.size :][: use.size])
                == list(use.own[name].ids[start // use.size * use.size :][: use.size])
                for start in range(len(use.own[name].ids))
            )
            for name, one in use.members.items()
            if name in use.own
        )

    def leaf(self, node: Formula) -> Piece:
        match node:
            case Slot(name):
                return self.slot(name)
            case Count():
                return number(str(self.use.size))
            case Each(body, "sum"):
                return self._total(body)
            case Each(body, "max" | "min" as function):
                return self._extreme_member(body, function)
            case _:
                raise FormulaError(f"the script has no operation for {type(node).__name__.lower()}")

    def piece(self, node: Formula) -> Piece:
        match node:
            case Quotient(Each(body, "sum"), Count()):
                return self._mean(body)
            case Quotient(above, Count()) if self.use.size == 1:
                return self.piece(above)
            case _:
                return super().piece(node)

    def call(self, function: str, arguments: Sequence[Formula]) -> Piece:
        match function, arguments:
            case "take", [Slot(chooser), Each(Slot(table), "all")]:
                return self._picked(chooser, table)
            case _:
                return super().call(function, arguments)

    def slot(self, name: str) -> Piece:
        """An array; of a group within a sum, that of its members."""
        if self.inside and name in self.use.members:
            return ordered(self._member(name))
        return self._detached(name, ordered(self.locator.find(self.use.own[name])))

    def _detached(self, name: str, found: Piece) -> Piece:
        return found.then(".detach()", found.axes) if name in self.use.detached else found

    def _within(self, body: Formula, *, laid_flat: bool = True) -> Piece:
        inner = _Printer(self.use, self.locator, self.at_zero, self.group)
        inner.inside, inner.laid_flat = True, laid_flat
        return inner.piece(body)

    def _parts(self, body: Formula) -> list[_Printer]:
        """A printer for each stretch of members that lies in one variable for every group."""
        size = self.use.size
        places: set[int] = set()
        for name in self._groups(body):
            ids = self.use.members[name].ids
            for start in range(0, len(ids), size):
                own = [self.locator.variable(quantity) for quantity in ids[start : start + size]]
                places.update(k for k, (one, other) in enumerate(pairwise(own), 1) if one is not other)
        edges = [0, *sorted(places), size]
        return [self._stretch(start, end - start) for start, end in pairwise(edges)]

    def _groups(self, body: Formula) -> list[str]:
        return [name for name in slot_names(body) if name in self.use.members]

    def _stretch(self, start: int, length: int) -> _Printer:
        axis = len(self.use.shape)
        members = {name: part_of(one, axis, start, length) for name, one in self.use.members.items()}
        return _Printer(replace(self.use, members=members, size=length), self.locator, self.at_zero, self.group)

    def _total(self, body: Formula) -> Piece:
        """A sum over the members; one term for each variable that they lie in."""
        parts = [printer.over_members(body, "sum") for printer in self._parts(body)]
        if len(parts) == 1:
            return parts[0]
        return combined(parts, lambda found: " + ".join(one.within(PRODUCT) for one in found), SUM)

    def _mean(self, body: Formula) -> Piece:
        if len(self._parts(body)) == 1 and self._product(body) is None:
            return self.over_members(body, "mean")
        size = self.use.size
        return combined([self._total(body)], lambda one: f"{one[0].within(PRODUCT)} / {size}", PRODUCT)

    def over_members(self, body: Formula, method: str) -> Piece:
        """The `sum` or `mean` over members that lie in one variable; a product of matrices where it is one.

        Where it is one over all entries of a variable, they need not be laid flat for it.
        """
        multiplied = self._product(body)
        if multiplied is not None:
            return multiplied
        found = self._within(body)
        if self.group not in found.axes:
            return found if self.use.size == 1 or method == "mean" else self._repeated(found)
        if found.axes == (self.group,) and len(set(self._groups(body))) == 1:
            found = self._within(body, laid_flat=False)
        return reduced(found, method, self.group)

    def _repeated(self, found: Piece) -> Piece:
        count = number(str(self.use.size))
        return combined([count, found], lambda both: f"{both[0].text} * {both[1].within(SIGN)}", PRODUCT)

    def _product(self, body: Formula) -> Piece | None:
        """A sum of products of two arrays as a product of matrices, where they share no other axis."""
        match body:
            case Product((Slot(first), Slot(second))) if {first, second} <= self.use.members.keys() and first != second:
                pass
            case _:
                return None
        last = (len(self.use.shape),)
        found = [
            self._product_of((self._member(first, one), self._member(second, other)))
            for one, other in product((None, last), repeat=2)
        ]
        fitting = [one for one in found if one is not None]
        return min(fitting, key=lambda one: (-len(one.axes), len(one.text)), default=None)

    def _member(self, name: str, single: Axes | None = None) -> Piece:
        """A group's array; `single` says which axes of length 1 it takes, those of its members first where all."""
        axes = single or (len(self.use.shape), *range(len(self.use.shape)))
        found = renamed(self.locator.find(self.use.members[name], axes), {len(self.use.shape): self.group})
        if not self.laid_flat:
            found = replace(found, text=found.text.removesuffix(".flatten()"))
        return self._detached(name, found)

    def _product_of(self, pair: tuple[Piece, Piece]) -> Piece | None:
        if any(self.group not in one.axes for one in pair):
            return None
        outer = [tuple(axis for axis in one.axes if axis != self.group) for one in pair]
        if set(outer[0]) & set(outer[1]):
            return self._einsum(pair)
        ways = [self._multiplied(pair[k], pair[1 - k], outer[k], outer[1 - k]) for k in (0, 1)]
        fitting = [one for one in ways if one is not None]
        return min(fitting, key=lambda one: len(one.text)) if fitting else self._einsum(pair)

    def _multiplied(self, left: Piece, right: Piece, rows: Axes, columns: Axes) -> Piece | None:
        if len(columns) > 1 or list(rows + columns) != sorted(rows + columns):
            return None
        ends = _arranged(left, (*rows, self.group)), _arranged(right, (self.group, *columns))
        return Piece(f"{ends[0].within(PRODUCT)} @ {ends[1].within(SIGN)}", PRODUCT, (*rows, *columns))

    def _einsum(self, pair: tuple[Piece, Piece]) -> Piece:
        letters = "ijklmnop"
        every = sorted({axis for one in pair for axis in one.axes})
        name = {axis: letters[place] for place, axis in enumerate(every)}
        left = [axis for axis in every if axis != self.group]
        inputs = ", ".join("".join(name[axis] for axis in one.axes) for one in pair)
        text = f'torch.einsum("{inputs} -> {"".join(name[axis] for axis in left)}", {pair[0].text}, {pair[1].text})'
        return Piece(text, ATOM, tuple(left))

    def _extreme_member(self, body: Formula, function: str) -> Piece:
        """The largest or smallest member; `max(dim)` gives the gradient to one of equal ones, `amax` to all."""
        found = self._within(body)
        if self.group not in found.axes:
            return found
        place = found.axes.index(self.group)
        dim = -1 if place == len(found.axes) - 1 else place
        left = tuple(axis for axis in found.axes if axis != self.group)
        return found.then(f".{function}({dim}).values", left)

    def _picked(self, chooser: str, table: str) -> Piece:
        """Rows of a table by their numbers, counted from 1."""
        rows = self.locator.find(self.use.own[chooser])
        members = renamed(self.locator.find(self.use.members[table]), {len(self.use.shape): _FIRST})
        columns = tuple(axis for axis in members.axes if axis != _FIRST)
        if set(rows.axes) & set(columns) or list(rows.axes + columns) != sorted(rows.axes + columns):
            raise FormulaError("the script has no operation for this choice from a table")
        whole = members if members.axes[:1] == (_FIRST,) else _arranged(members, (_FIRST, *columns))
        return Piece(f"{whole.within(ATOM)}[{rows.within(ATOM)}.long() - 1]", ATOM, (*rows.axes, *columns))


def _arranged(piece: Piece, axes: Axes) -> Piece:
    """The piece with its axes in the order of `axes`."""
    numbers = {axis: place for place, axis in enumerate(axes)}
    found = ordered(renamed(piece, numbers))
    return renamed(found, dict(enumerate(axes)))

"""Formulas in index form as operations of PyTorch, over arrays with an axis for each sample and step in front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from derive.errors import FormulaError
from derive.exports.pytorch.formulas import FormulaPrinter
from derive.exports.pytorch.pieces import ATOM, PRODUCT, SUM, Axes, Piece, combined, number, ordered, reduced, renamed
from derive.exports.pytorch.reductions import extreme, product, total
from derive.exports.pytorch.variables import Variables, entry_of, part_of
from derive.graph.formula import Call, Formula, Number, Product, Quotient, Slot, leaves
from derive.graph.tensor import Shape, Tensor
from derive.graph.views.language import Entry, Over, Span

_BEFORE, _AFTER = -1000, 1000
"""Where the axes of members are numbered from: before all others, or after them."""


@dataclass(frozen=True)
class IndexForm:
    """The formula of an array's entries.

    `batch` are the axes that every array has in front, `indices` the names of those of the result behind them.
    `tensors` are the arrays by name, `lengths` says how far each index runs. No gradient flows through `detached`
    arrays.
    """

    formula: Formula
    batch: Shape
    indices: tuple[str, ...]
    tensors: Mapping[str, Tensor]
    lengths: Mapping[str, int]
    numbers: Mapping[str, str] = field(default_factory=dict)
    detached: frozenset[str] = frozenset()

    @property
    def is_single(self) -> bool:
        """Whether the result is one number."""
        return not self.batch and not self.indices

    def part(self, index: str, start: int, length: int) -> IndexForm:
        """The form with a stretch of an index."""
        axes = {e.name: e.indices.index(Slot(index)) for e in entries(self.formula) if Slot(index) in e.indices}
        own = {name: part_of(self.tensors[name], axis, start, length) for name, axis in axes.items()}
        return replace(self, tensors={**self.tensors, **own}, lengths={**self.lengths, index: length})


def entries(formula: Formula) -> list[Entry]:
    """The entries of arrays in a formula."""
    return [leaf for leaf in leaves(formula) if isinstance(leaf, Entry)]


def index_value(form: IndexForm, variables: Variables, at_zero: int) -> Piece:
    """The array; its axes are those along which it changes. The shorter of the two ways to lay out what is summed.

    Raises `FormulaError` for what PyTorch has no operation for.
    """
    ways = [_Printer(form, variables, at_zero, first) for first in (_AFTER, _BEFORE)]
    return min((ordered(way.piece(form.formula)) for way in ways), key=lambda piece: len(piece.text))


class _Printer(FormulaPrinter):
    """Prints a form with the axes of what is summed numbered from `first` on."""

    def __init__(self, form: IndexForm, variables: Variables, at_zero: int, first: int) -> None:
        super().__init__(at_zero)
        self.form, self.variables, self.first = form, variables, first
        self.axes = {name: len(form.batch) + axis for axis, name in enumerate(form.indices)}
        self.undivided: dict[str, Piece] = {}
        """The arrays that need not be laid flat, as all of their entries are added."""

    def leaf(self, node: Formula) -> Piece:
        match node:
            case Entry(name, indices):
                return self.undivided.get(name) or self.array(name, indices)
            case Slot(name) if name in self.form.tensors:
                return self.array(name, ())
            case Slot(name) if name in self.form.numbers:
                return number(self.form.numbers[name])
            case Over(body, function, spans, ()) if all(span.first is None for span in spans):
                return self.over(body, function, spans)
            case _:
                raise FormulaError("the script has no operation for this equation")

    def piece(self, node: Formula) -> Piece:
        match node:
            case Quotient(Over(body, "sum", (Span(name, None),), ()), Call("count", (Slot(other),))) if (
                name == other and len(self.stretches(name, body)) == 1
            ):
                (axis,) = self.numbered((name,))
                found = self.piece(body)
                return reduced(found, "mean", axis) if axis in found.axes else found
            case _:
                return super().piece(node)

    def call(self, function: str, arguments: Sequence[Formula]) -> Piece:
        match function, arguments:
            case "count", [Slot(name)]:
                return number(str(self.form.lengths[name]))
            case _:
                return super().call(function, arguments)

    def array(self, name: str, indices: Sequence[Formula]) -> Piece:
        """An array with its axes numbered after the indices that stand at them."""
        tensor, batch = self.form.tensors[name], len(self.form.batch)
        own = tensor.shape[batch:]
        if not indices and own == (1,):
            indices = (Number("1"),)
        if len(indices) != len(own):
            raise FormulaError(f"{name} has {len(own)} axes")
        numbers: list[int] = list(range(batch))
        for index in indices:
            match index:
                case Slot(named) if named in self.axes and self.axes[named] not in numbers:
                    numbers.append(self.axes[named])
                case Number(text):
                    tensor = entry_of(tensor, len(numbers), int(text) - 1)
                case _:
                    raise FormulaError("the script has no operation for this index")
        found = renamed(self.variables.varying(tensor, range(batch)), dict(enumerate(numbers)))
        return found.then(".detach()", found.axes) if name in self.form.detached else found

    def over(self, body: Formula, function: str, spans: Sequence[Span]) -> Piece:
        """A reduction over whole axes."""
        names = tuple(span.name for span in spans)
        match body, function:
            case Product((Call("equals", (chosen, Slot(row))), Entry(table, (Slot(other), *_)) as entry)), "sum" if (
                names == (row,) == (other,)
            ):
                return self.row(chosen, table, entry)
            case _, "sum":
                edges = self.stretches(names[0], body) if len(names) == 1 else []
                if len(edges) > 1:
                    return combined([self.stretch(names[0], *edge).sum(body, names) for edge in edges], _added, SUM)
                return self.sum(body, names)
            case _, "max" | "min":
                axes = self.numbered(names)
                return extreme(self.piece(body), function, axes)
            case _:
                raise FormulaError("the script has no operation for this reduction")

    def sum(self, body: Formula, names: Sequence[str]) -> Piece:
        """A sum; a product of matrices where it is one."""
        axes = self.numbered(names)
        match body:
            case Product((Entry() | Slot() as first, Entry() | Slot() as second)) if first != second:
                found = product(self.piece(first), self.piece(second), axes)
                if found is not None:
                    return found
        self.undivided = self.wholes(body, axes)
        found = total(self.piece(body), axes, [self.form.lengths[name] for name in names])
        self.undivided = {}
        return found

    def stretches(self, index: str, body: Formula) -> list[tuple[int, int]]:
        """For a single number, the stretches of an index along which each vector lies in one variable."""
        length = self.form.lengths.get(index, 1)
        vectors = [self.form.tensors[one.name] for one in entries(body) if one.indices == (Slot(index),)]
        if not self.form.is_single or length == 1:
            return [(0, length)]
        edges = {0, length}
        for vector in vectors:
            holders = [self.variables.holder(quantity) for quantity in vector.ids]
            edges.update(k for k, (one, other) in enumerate(pairwise(holders), 1) if one is not other)
        return [(start, end - start) for start, end in pairwise(sorted(edges))]

    def stretch(self, index: str, start: int, length: int) -> _Printer:
        """A printer of a stretch of an index."""
        return _Printer(self.form.part(index, start, length), self.variables, self.at_zero, self.first)

    def wholes(self, body: Formula, axes: Axes) -> dict[str, Piece]:
        """The variable that the only vector of a sum is all of."""
        names = {one.name for one in entries(body)}
        if not self.form.is_single or len(names) != 1 or len(axes) != 1 or names & self.form.detached:
            return {}
        (name,) = names
        ids = self.form.tensors[name].ids
        variable = self.variables.holder(ids[0])
        is_whole = list(ids) == list(variable.tensor.ids) and len(variable.tensor.shape) > 1
        return {name: Piece(variable.name, axes=axes)} if is_whole else {}

    def row(self, chosen: Formula, table: str, entry: Entry) -> Piece:
        """Rows of a table by their numbers, counted from 1."""
        rows = self.piece(chosen)
        whole = self.variables.varying(self.form.tensors[table], range(len(self.form.batch)))
        columns = tuple(self.axes[one.name] for one in entry.indices[1:] if isinstance(one, Slot))
        return Piece(f"{whole.within(ATOM)}[{rows.within(ATOM)}.long() - 1]", ATOM, (*rows.axes, *columns))

    def numbered(self, names: Sequence[str]) -> Axes:
        """New axes for indices that are summed over."""
        if any(name not in self.form.lengths for name in names):
            raise FormulaError("the script has no operation for this reduction")
        start = self.first + len(self.axes)
        self.axes |= {name: start + k for k, name in enumerate(names)}
        return tuple(self.axes[name] for name in names)


def _added(parts: Sequence[Piece]) -> str:
    return " + ".join(one.within(PRODUCT) for one in parts)

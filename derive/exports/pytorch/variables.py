"""The variables of a script: an array of quantities as an expression over those that hold them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise, product
from math import prod

from derive.errors import FormulaError
from derive.exports.pytorch.pieces import Axes, Piece, exactly, renamed
from derive.graph.tensor import Shape, Tensor


@dataclass(frozen=True, eq=False)
class Variable:
    """A name of the script, or an expression such as `w.grad`, and the quantities that it holds.

    A `number` is one of Python's, not a tensor.
    """

    name: str
    tensor: Tensor
    number: bool = False


class Variables:
    """The variables known so far, and the arrays that lie in them: as a whole, in part, transposed or side by side."""

    def __init__(self) -> None:
        self._home: dict[int, tuple[Variable, int]] = {}

    def add(self, variable: Variable) -> None:
        """A new variable; where its quantities were known already, they are taken from it from now on."""
        self._home.update((quantity, (variable, offset)) for offset, quantity in enumerate(variable.tensor.ids))

    def holder(self, quantity: int) -> Variable:
        """The variable that holds a quantity. Raises `FormulaError` if there is none yet."""
        return self._place(quantity)[0]

    def _place(self, quantity: int) -> tuple[Variable, int]:
        try:
            return self._home[quantity]
        except KeyError as error:
            raise FormulaError("it rests on a number that is worked after it, or together with it") from error

    def array(self, wanted: Tensor) -> Piece:
        """An array of quantities, with all of its axes but those of length 1 of a single number."""
        places = [self._place(quantity) for quantity in wanted.ids]
        variables = [variable for variable, _ in places]
        if any(one is not variables[0] for one in variables):
            return self._joined(wanted, variables)
        variable, offsets = variables[0], [offset for _, offset in places]
        return _selected(variable, offsets, wanted.shape) or self._stacked(wanted)

    def varying(self, wanted: Tensor, axes: Sequence[int]) -> Piece:
        """The array without those of `axes` along which it is the same throughout; the others keep their numbers."""
        shape = wanted.shape
        dropped = [axis for axis in axes if shape[axis] > 1 and not _changes(wanted.ids, shape, axis)]
        kept = [axis for axis in range(len(shape)) if axis not in dropped]
        for axis in reversed(dropped):
            wanted = entry_of(wanted, axis, 0)
        return renamed(self.array(wanted), dict(enumerate(kept)))

    def whole(self, wanted: Tensor) -> Piece:
        """The array with each of its axes, as functions of whole arrays take it; a single number as it is."""
        found = self.array(wanted)
        every = tuple(range(len(wanted.shape)))
        return found if found.number and not every else exactly(found, every, dict(enumerate(wanted.shape)))

    def _stacked(self, wanted: Tensor) -> Piece:
        """Entries that lie scattered in a variable, one by one."""
        parts = ", ".join(as_tensor(self.whole(part)) for part in wanted)
        return Piece(f"torch.stack([{parts}])", axes=tuple(range(len(wanted.shape))))

    def _joined(self, wanted: Tensor, variables: Sequence[Variable]) -> Piece:
        """Parts that lie in several variables, joined along the first axis along which these change."""
        axis = next(a for a in range(len(wanted.shape)) if _changes(variables, wanted.shape, a))
        parts = [part_of(wanted, axis, start, 1) for start in range(wanted.shape[axis])]
        runs = [list(run) for _, run in groupby(parts, lambda part: [id(self.holder(q)) for q in part.ids])]
        stacks = all(len(run) == 1 for run in runs)
        texts, start = [], 0
        for run in runs:
            part = entry_of(wanted, axis, start) if stacks else part_of(wanted, axis, start, len(run))
            texts.append(as_tensor(self.whole(part)))
            start += len(run)
        dim = f", dim={axis}" if axis else ""
        text = f"torch.{'stack' if stacks else 'cat'}([{', '.join(texts)}]{dim})"
        return Piece(text, axes=tuple(range(len(wanted.shape))))


def as_tensor(piece: Piece) -> str:
    """The text of a tensor, whether or not the piece is one."""
    return f"torch.tensor(float({piece.text}))" if piece.number else piece.text


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


def entry_of(wanted: Tensor, axis: int, place: int) -> Tensor:
    """The entries of an array at one place of an axis. Raises `FormulaError` outside of it."""
    if not 0 <= place < wanted.shape[axis]:
        raise FormulaError("there is no entry outside an array")
    shape = (*wanted.shape[:axis], *wanted.shape[axis + 1 :])
    return part_of(wanted, axis, place, 1).reshaped(shape)


def _changes(entries: Sequence[object], shape: Shape, axis: int) -> bool:
    """Whether the entries of an array change along an axis."""
    inner = prod(shape[axis + 1 :])
    step = shape[axis] * inner
    return any(
        entries[outer + offset] != entries[outer + offset % inner]
        for outer in range(0, len(entries), step)
        for offset in range(inner, step)
    )


def _selected(variable: Variable, offsets: Sequence[int], shape: Shape) -> Piece | None:
    """Entries of one variable: all of it or a box of it, transposed where they lie so; None where they do not."""
    own = variable.tensor.shape
    if variable.number or not own:
        return Piece(variable.name, number=variable.number) if prod(shape) == 1 else None
    rows = _rows(offsets, own)
    order = _order(offsets, shape)
    if _transposed(offsets, shape, order) != [sum(row) for row in product(*rows)]:
        return _permuted(variable, offsets, shape)
    sizes = _sizes(own)
    taken = [[start // size for start in row] for row, size in zip(rows, sizes, strict=True)]
    if sum(not _is_regular(row) for row in taken) > 1:
        return None
    return _indexed(variable.name, taken, own, {axis: shape[axis] for axis in order})


def _sizes(shape: Shape) -> list[int]:
    """How far apart neighbours along each axis lie."""
    return [prod(shape[axis + 1 :]) for axis in range(len(shape))]


def _rows(offsets: Sequence[int], own: Shape) -> list[list[int]]:
    """Where along each axis entries lie, as offsets."""
    return [sorted({offset // size % n * size for offset in offsets}) for size, n in zip(_sizes(own), own, strict=True)]


def _permuted(variable: Variable, offsets: Sequence[int], shape: Shape) -> Piece | None:
    """All of a variable with its axes in another order, several of them laid out as one; None where it is not that."""
    own = variable.tensor.shape
    along = [
        [axis for axis in range(len(shape)) if _changes([offset // size % n for offset in offsets], shape, axis)]
        for size, n in zip(_sizes(own), own, strict=True)
    ]
    order = sorted(range(len(own)), key=lambda axis: along[axis])
    lengths = tuple(own[axis] for axis in order)
    whole = Tensor(_transposed(range(prod(own)), own, order), lengths)
    if list(whole.ids) != list(offsets):
        return None
    text = f"{variable.name}.permute({', '.join(map(str, order))}){reshaping(lengths, shape)}"
    return Piece(text, axes=tuple(range(len(shape))))


def _order(offsets: Sequence[int], shape: Shape) -> list[int]:
    """The axes of an array as its variable has them, those of one entry where they stand."""
    steps = [offsets[prod(shape[axis + 1 :])] - offsets[0] if n > 1 else 0 for axis, n in enumerate(shape)]
    long = iter(sorted((axis for axis, n in enumerate(shape) if n > 1), key=lambda axis: -steps[axis]))
    return [next(long) if n > 1 else axis for axis, n in enumerate(shape)]


def _transposed(offsets: Sequence[int], shape: Shape, order: Axes | list[int]) -> list[int]:
    whole = Tensor(offsets, shape)
    back = [order.index(axis) for axis in range(len(shape))]
    return [whole.at(*(row[axis] for axis in back)) for row in product(*(range(shape[axis]) for axis in order))]


def _indexed(name: str, rows: Sequence[Sequence[int]], own: Shape, wanted: Mapping[int, int]) -> Piece:
    """Some rows of each axis of a variable, along the wanted axes of these lengths.

    Axes of length 1 that the variable does not have are left out.
    """
    items, axes, left, surplus = [], [], list(wanted), len(own) - len(wanted)
    for taken, length in zip(rows, own, strict=True):
        if len(taken) == 1 and length > 1 and surplus > 0:
            items.append(str(taken[0]))
            surplus -= 1
            continue
        while left and wanted[left[0]] == 1 != len(taken):
            left.pop(0)
        if left and wanted[left[0]] == len(taken):
            items.append(_slice(taken, length))
            axes.append(left.pop(0))
        elif len(taken) == 1:
            items.append(str(taken[0]))
        else:
            slices = _bracketed([_slice(*one) for one in zip(rows, own, strict=True)])
            shape = reshaping(tuple(map(len, rows)), tuple(wanted.values()))
            return Piece(name + slices + shape, axes=tuple(wanted))
    return Piece(name + _bracketed(items), axes=tuple(axes))


def _bracketed(items: list[str]) -> str:
    while items and items[-1] == ":":
        items = items[:-1]
    return f"[{', '.join(items)}]" if items else ""


def _slice(taken: Sequence[int], length: int) -> str:
    """An index that takes some rows of an axis, in their order."""
    if not _is_regular(taken):
        return f"[{', '.join(map(str, taken))}]"
    step = taken[1] - taken[0] if len(taken) > 1 else 1
    first, last = taken[0], taken[-1] + 1
    ends = f"{first or ''}:{last if last < length else ''}"
    return ends if step == 1 else f"{ends}:{step}"


def _is_regular(taken: Sequence[int]) -> bool:
    return len({after - before for before, after in pairwise(taken)}) < 2


def reshaping(own: Shape, wanted: Shape) -> str:
    """The method that gives an array another shape."""
    if own == wanted:
        return ""
    first = next((axis for axis, (n, m) in enumerate(zip(own, wanted, strict=False)) if n != m), len(wanted) - 1)
    if len(wanted) == first + 1 < len(own):
        return f".flatten({first or ''})"
    return f".reshape({', '.join(map(str, wanted))})"


def nested(texts: Sequence[str], shape: Shape) -> str:
    """Texts as nested lists of a shape."""
    if not shape:
        return texts[0]
    size = len(texts) // shape[0]
    parts: Iterator[str] = (nested(texts[k : k + size], shape[1:]) for k in range(0, len(texts), size))
    return f"[{', '.join(parts)}]"

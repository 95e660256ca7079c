"""Given arrays as the lines of rounds in arrays write them: `W = [..]`, a letter and its matrix."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from types import MappingProxyType

from derive.document.context import Context
from derive.document.mathematics import Math
from derive.document.views.index import symbols_of
from derive.graph.quantity import Block, Kind
from derive.graph.tensor import Tensor, stacked
from derive.graph.views.application import Application
from derive.network.solution import Round

_NAME = "given"


def as_arrays(context: Context, round: Round, tensors: Sequence[Tensor]) -> Iterator[Math]:
    """Each array as an equation, vectors of several samples as the rows of one, more than two axes in matrices."""
    blocks = context.solution.graph.blocks
    used = {
        tuple(one.ids) for views in context.layer_views for use in views.applications for one in use.tensors.values()
    }
    for tensor in _with_samples_as_rows(context, tensors):
        one_block = tensor.ids[-1] in blocks.of(tensor.ids[0]).ids
        for part in _matrices_of(tensor, used if one_block else {tuple(tensor.ids)}):
            application = Application(MappingProxyType({_NAME: part}), MappingProxyType({}))
            symbol = symbols_of(context, application, generic=False).whole(_NAME)
            named = f" = {_matrix(part, context.symbol)}" if _has_other_indices(context, part) else ""
            yield Math(f"{symbol}{named} = {_numbers(context, round, part)}")


def _with_samples_as_rows(context: Context, tensors: Sequence[Tensor]) -> Iterator[Tensor]:
    blocks = context.solution.graph.blocks
    runs: dict[tuple[object, ...], list[Tensor]] = {}
    for tensor in tensors:
        block = blocks.of(tensor.ids[0])
        runs.setdefault(_what(block) if len(tensor.shape) == 1 else (block.first,), []).append(tensor)
    for run in runs.values():
        yield run[0] if len(run) == 1 else stacked(run)


def _what(block: Block) -> tuple[object, ...]:
    """What blocks have in common that differ in their sample alone."""
    return block.role, block.kind, block.own_letter, block.tag, block.layer, block.time, block.shape


def _matrices_of(tensor: Tensor, used: Collection[tuple[int, ...]]) -> Iterator[Tensor]:
    """The matrices that an array of more axes has along its first ones; its rows where layers take these alone."""
    rows = list(tensor) if len(tensor.shape) > 1 else []
    by_row = tuple(tensor.ids) not in used and all(tuple(row.ids) in used for row in rows)
    if len(tensor.shape) > 2 or (rows and by_row):
        for row in rows:
            yield from _matrices_of(row, used)
    else:
        yield tensor


def _has_other_indices(context: Context, tensor: Tensor) -> bool:
    """Whether weights are written by other indices than their row and their column."""
    notation = context.notation
    is_weights = context.solution.graph.blocks.of(tensor.ids[0]).kind is Kind.WEIGHT and len(tensor.ids) > 1
    return is_weights and (notation.index_order == "to-from" or notation.numbering == "through")


def _numbers(context: Context, round: Round, tensor: Tensor) -> str:
    """The numbers of an array, a column that is too tall for the style as a row."""
    write, tallest = partial(context.number, round), context.style.page.matrices.tallest
    if not tallest or len(tensor.ids) <= tallest or max(tensor.shape) < len(tensor.ids):
        return _matrix(tensor, write)
    row = " & ".join(map(write, tensor.ids))
    return context.notation.transpose % rf"\begin{{bmatrix}} {row} \end{{bmatrix}}"


def _matrix(tensor: Tensor, write: Callable[[int], Math]) -> str:
    """A vector is a column; what is alone has no brackets."""
    if len(tensor.ids) == 1:
        return write(tensor.ids[0])
    rows = [[one] for one in tensor.ids] if len(tensor.shape) == 1 else [row.ids for row in tensor]
    written = r" \\ ".join(" & ".join(map(write, row)) for row in rows)
    return rf"\begin{{bmatrix}} {written} \end{{bmatrix}}"

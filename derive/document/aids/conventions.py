"""What a key says about the conventions that its problem file chose: a sentence for each that changes what is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from derive.document.context import Context
from derive.document.mathematics import Math, Rich
from derive.document.views.index import block_symbol
from derive.graph.quantity import Block, Blocks, Kind, Role
from derive.writing.notation import fill
from derive.writing.symbols import delta_letter, loss_letter, old_beside_new

_PRODUCTS: Mapping[str, str] = MappingProxyType({"W^T x": "<turned> <x>", "W x": "<w> <x>", "x W": "<x> <w>"})


def convention_remarks(context: Context) -> Iterator[Rich]:
    """The conventions stated in the problem file that the key needs, in one remark."""
    problem = context.solution.problem
    stated = dict(problem.notation.stated)
    if context.writes_matrices:
        stated |= {"product": context.notation.product, "layout": context.notation.layout}
    stated |= {key: value for key, value in _of_derivation(context).items() if value}
    parts = _parts(context)
    sentences = []
    for key, value in stated.items():
        phrase = context.locale.conventions[key][value]
        if phrase and _concerns(context, key):
            sentences.append(context.phrase(phrase, **parts))
    if sentences:
        yield context.sentences(*sentences)


def _of_derivation(context: Context) -> dict[str, str]:
    """The choices that change the derivation itself, where they are not the usual ones."""
    problem = context.solution.problem
    in_place = bool(old_beside_new(context.solution.graph))
    return {
        "update_form": problem.update_form if problem.update_form == "ascent" else "",
        "updates": problem.updates if in_place else "",
    }


def _concerns(context: Context, key: str) -> bool:
    """Whether a choice shows on the pages of this key."""
    solution = context.solution
    blocks = solution.graph.blocks
    matrices = context.shows_arrays
    numbered = context.notation.numbering == "through"
    shows = {
        "index_order": _weights(blocks) is not None and not numbered,
        "numbering": _weights(blocks) is not None,
        "layers": solution.lowered.layers > 1 or context.notation.layer_numbers == "always",
        "time": any(block.time for block in blocks.blocks),
        "samples": any(block.sample for block in blocks.blocks),
        "delta": any(not block.negative for block in blocks.select(Kind.DELTA)),
        "product": matrices,
        "layout": matrices,
        "update_form": bool(blocks.select(Kind.DELTA)),
    }
    return shows.get(key, True)


def _weights(blocks: Blocks) -> Block | None:
    found = (b for b in blocks.select(Kind.WEIGHT, Role.GIVEN) if len(b.shape) == 2)
    return max(found, key=lambda block: block.size, default=None)


def _new_in_use(context: Context) -> Block | None:
    """An updated parameter that a gradient is worked from, where updates are in place."""
    graph = context.solution.graph
    beside = old_beside_new(graph)
    mentioned = {operand for equation in graph.backward for operand in equation.operands} if beside else set()
    return next((b for b in graph.blocks.blocks if b in beside and not mentioned.isdisjoint(b.ids)), None)


def _parts(context: Context) -> dict[str, object]:
    """What the sentences may mention."""
    notation = context.notation
    blocks = context.solution.graph.blocks
    turned = notation.transpose % f"({notation.matrices.get(Kind.WEIGHT, notation.letters[Kind.WEIGHT])})"
    product = fill(
        _PRODUCTS[notation.product],
        turned=turned,
        w=notation.matrices.get(Kind.WEIGHT, notation.letters[Kind.WEIGHT]),
        x=notation.letters[Kind.INPUT],
    )
    parts: dict[str, object] = {"product": Math(product)}
    weights = _weights(blocks)
    if weights is not None:
        rows, columns = weights.shape
        row, column = (2, 1) if rows > 1 else (1, min(2, columns))
        shift = notation.first_index - 1
        parts |= {
            "weight": context.symbol(weights.first + (row - 1) * columns + column - 1),
            "input": str(row + shift),
            "unit": str(column + shift),
        }
        every = [b for b in blocks.select(Kind.WEIGHT, Role.GIVEN) if b.size]
        parts |= {"first": context.symbol(every[0].first), "last": context.symbol(every[-1].ids[-1])}
    new = _new_in_use(context)
    if new is not None:
        parts["new"] = block_symbol(context, new, 1) if context.writes_matrices else context.symbol(new.first)
    deltas = blocks.select(Kind.DELTA)
    if deltas and deltas[0].of is not None:
        delta = deltas[0]
        sums = context.symbol(deltas[0].of.first)
        partial = fill(notation.derivative, of=loss_letter(context.solution.lowered.graph, notation, delta), by=sums)
        letter = delta_letter(notation, delta)
        symbol = context.symbol(delta.first) if letter else Math(partial)
        parts |= {"delta": symbol, "partial": Math(f"-{partial}" if delta.negative else partial)}
    return parts

"""Families of symbols: the letters of a key, each with the blocks whose entries it writes, in general form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from derive.catalog.layers.equations import Equations as EquationsLayer
from derive.document.context import Context
from derive.document.views.index import block_symbol
from derive.graph.quantity import Block, Kind, Role
from derive.writing.notation import Notation, fill
from derive.writing.scripts import capital, marked
from derive.writing.symbols import delta_letter, has_several_layers, loss_letter, marks, old_beside_new

_LETTERS = "ijkpqruvz"
_NUMBERED_THROUGH = (Kind.WEIGHT, Kind.BIAS, Kind.KERNEL)
_ENOUGH = 400
"""Entries of a block that are looked for at most."""
LAYER, TIME, SAMPLE = "l", "t", "n"
PLACEHOLDER = r"\dots"
"""What stands for any parameter below a partial derivative, or in the index of what an optimizer keeps."""


@dataclass(frozen=True)
class Member:
    """A block: how any of its entries (or all together) are written, in general and in fact, and what they are.

    `meanings` are keys of the locale's meanings, the most particular first; `indices` are the letters in `symbol`.
    `loss` is what an adjoint is a partial derivative of.
    """

    block: Block
    letter: str
    symbol: str
    written: tuple[str, ...]
    meanings: tuple[str, ...]
    indices: tuple[str, ...] = ()
    loss: str = ""


def members(context: Context) -> Iterator[Member]:
    """What writes each block of the key that has a letter: its entries, and the whole where that is written too."""
    beside = old_beside_new(context.solution.graph)
    letters = index_letters(context)
    for block in context.solution.graph.blocks.blocks:
        if block.of is None:
            yield from _own(context, block, letters)
        elif block.role is Role.BACKWARD:
            yield from _adjoint(context, block, letters)
        elif block.role is not Role.UPDATED:
            yield _kept(context, block)
        elif block in beside:
            for own in _own(context, block.of, letters):
                new = marked(own.symbol, [context.notation.updated])
                yield Member(block, own.letter, new, _entries(context, block), ("updated",), own.indices)


def index_letters(context: Context) -> tuple[str, str, str, str]:
    """Four letters for indices, none of which writes a quantity."""
    taken = {context.notation.letter(block) for block in context.solution.graph.blocks.blocks if block.of is None}
    free = [letter for letter in _LETTERS if letter not in taken]
    return free[0], free[1], free[2], free[3]


def _own(context: Context, block: Block, letters: tuple[str, ...]) -> Iterator[Member]:
    notation = context.notation
    letter = notation.letter(block)
    if not letter:
        return
    first = ("counter",) if block == context.solution.lowered.counter else ()
    indices = _indices(notation, block, letter, letters)
    entry = marked(letter, [*_marks(context, block), *_index(notation, block, indices)])
    meanings = (*first, *_meanings(context, block, len(indices)))
    yield Member(block, letter, entry, _entries(context, block), meanings, indices)
    together = (*first, *_meanings(context, block, 0))
    whole = Member(block, letter, entry, (), together, indices)
    yield from _whole(context, whole, block)
    yield from _stacked(context, whole, notation.matrix_letter(block), block)


def _whole(context: Context, one: Member, marks_of: Block) -> Iterator[Member]:
    """The whole of a block, where it is written in another way than an entry."""
    block = one.block
    letter = one.letter if block.of is not None else context.notation.matrix_letter(block)
    symbol = marked(letter, _marks(context, marks_of))
    whole = block_symbol(context, block)
    if one.indices and symbol != one.symbol and letter in whole:
        yield replace(one, letter=letter, symbol=symbol, written=(whole,), indices=())


def _stacked(context: Context, one: Member, letter: str, block: Block) -> Iterator[Member]:
    """The matrices that a block is written in by a capital: it by itself, or with those of other samples and steps."""
    large = capital(letter)
    for array in _stacks(context, block) if large != letter else ():
        symbol = marked(large, _marks(context, array))
        written = marked(large, _numbered_marks(context, array))
        yield replace(one, block=array, letter=large, symbol=symbol, written=(written,), indices=())


def _stacks(context: Context, block: Block) -> Iterator[Block]:
    """A block of rows and columns, and the arrays whose rows are those of a vector in every sample, step or both."""
    if len(block.shape) > 1:
        yield block
    if not block.shape:
        return
    found = [one for one in context.solution.graph.blocks.blocks if one.of is None and _are_alike(one, block)]
    for time, sample in product({block.time, 0}, {block.sample, 0}):
        rows = {(one.time, one.sample) for one in found if time in (one.time, 0) and sample in (one.sample, 0)}
        if len(rows) > 1:
            yield replace(block, time=time, sample=sample, shape=(len(rows), *block.shape))


def _are_alike(one: Block, other: Block) -> bool:
    return (one.kind, one.layer, one.letter, one.tag) == (other.kind, other.layer, other.letter, other.tag)


def _numbered_marks(context: Context, block: Block) -> list[str]:
    lowered = context.solution.lowered
    return marks(block, context.notation, several=has_several_layers(lowered.graph, lowered.layers))


def _entries(context: Context, block: Block) -> tuple[str, ...]:
    return tuple(dict.fromkeys(context.symbol(quantity) for quantity in block.ids[:_ENOUGH]))


def _meanings(context: Context, block: Block, indices: int) -> tuple[str, ...]:
    """The keys under which a locale may say what a block is, the most particular first."""
    lowered = context.solution.lowered
    layer = lowered.placed[block.layer - 1].layer if 0 < block.layer <= lowered.layers else None
    own = () if layer is None or isinstance(layer, EquationsLayer) else (block.letter, block.tag)
    kind = f"{block.kind.value} {block.role.value}" if block.kind is Kind.NODE else block.kind.value
    kinds = (*(f"{kind} {name}" for name in own if name), kind)
    return tuple(key for one in kinds for key in (f"{one} with {indices} indices", one))


def _adjoint(context: Context, block: Block, letters: tuple[str, ...]) -> Iterator[Member]:
    """A delta by its letter; any other adjoint as a partial derivative by whatever stands below."""
    notation, of = context.notation, block.of
    letter = delta_letter(notation, block)
    if letter and of is not None:
        indices = _indices(notation, of, letter, letters)
        entry = marked(letter, [*_marks(context, of), *_index(notation, of, indices)])
        meanings = ("minus delta" if block.negative else "delta",)
        every = _loss(context, block)
        own = Member(block, letter, entry, _entries(context, block), meanings, indices, every)
        yield own
        yield from _whole(context, own, of)
        yield from _stacked(context, own, letter, of)
        return
    loss = _loss(context, block)
    symbol = fill(notation.derivative, of=loss, by=PLACEHOLDER)
    written = (*_entries(context, block), block_symbol(context, block), *_by_arrays(context, block))
    yield Member(block, symbol, symbol, written, ("partial derivative",), loss=loss)


def _by_arrays(context: Context, block: Block) -> Iterator[str]:
    """The partial derivatives by the matrices that a block is a part of."""
    notation, of = context.notation, block.of
    if of is None:
        return
    losses = {loss_letter(context.solution.lowered.graph, notation, block), notation.letters[Kind.LOSS]}
    for array, loss in product(_stacks(context, of), sorted(losses)):
        by = marked(capital(notation.matrix_letter(of)), _numbered_marks(context, array))
        yield fill(notation.derivative, of=loss, by=by)


def _loss(context: Context, block: Block) -> str:
    """What a block is the adjoint of, the sample as a letter."""
    graph, notation = context.solution.lowered.graph, context.notation
    if graph.is_by_total(block) or not block.sample:
        return loss_letter(graph, notation, block)
    return marked(notation.letters[Kind.LOSS], [fill(notation.sample, sample=SAMPLE)])


def _kept(context: Context, block: Block) -> Member:
    """What an optimizer keeps or works for each parameter."""
    letter = context.notation.letter(block)
    symbol = marked(letter, [f"_{{{PLACEHOLDER}}}"])
    kind = block.kind.value
    return Member(block, letter, symbol, _entries(context, block), (f"{kind} {block.letter}", kind))


def places(context: Context, block: Block) -> dict[str, int]:
    """The numbers of layer, time step and sample that a block's symbols carry, by the letter that stands for them."""
    notation, graph = context.notation, context.solution.lowered.graph
    several = context.solution.lowered.layers > 1 and len({b.layer for b in graph.blocks.blocks if b.layer}) > 1
    layered = notation.carries_layer(block, several=several) and not is_through(notation, block)
    found = {LAYER: block.layer} if layered else {}
    return found | {letter: number for letter, number in ((TIME, block.time), (SAMPLE, block.sample)) if number}


def _marks(context: Context, block: Block) -> list[str]:
    """Tag, layer, time step and sample of any block of a family, numbers as letters."""
    notation = context.notation
    found = [fill(notation.tag, tag=block.tag)] if block.tag and not notation.names_whole(block) else []
    patterns = {LAYER: ("layer", notation.layer), TIME: ("time", notation.time), SAMPLE: ("sample", notation.sample)}
    for letter in places(context, block):
        name, pattern = patterns[letter]
        found.append(fill(pattern, **{name: letter}))
    return found


def is_through(notation: Notation, block: Block) -> bool:
    """Whether the entries of a block are counted over all layers."""
    return notation.numbering == "through" and block.kind in _NUMBERED_THROUGH


def _indices(notation: Notation, block: Block, letter: str, letters: tuple[str, ...]) -> tuple[str, ...]:
    """The letters of the indices that the entries of a block carry."""
    if is_through(notation, block):
        return letters[2:3]
    stepped = bool(block.time) or "_" in letter
    alone = not notation.single_index or (stepped and notation.time.startswith("_"))
    if not block.shape or (block.size == 1 and alone):
        return ()
    vector = letters[:1] if block.kind is Kind.INPUT else letters[1:2]
    return vector if len(block.shape) == 1 else letters[: len(block.shape)]


def _index(notation: Notation, block: Block, indices: tuple[str, ...]) -> list[str]:
    turned = len(indices) == 2 and block.kind is Kind.WEIGHT and notation.index_order == "to-from"
    written = "".join(reversed(indices) if turned else indices)
    return [fill(notation.index, index=written)] if written else []

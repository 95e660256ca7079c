"""The update with the gradient written inside: `w_ij <- w_ij + eta delta_j x_i`, an equation for each parameter block.

Keys of the ascent form have no line `dL/dw`; what they work is stated by the indices of an entry (Mitchell, Machine
Learning (1997), table 4.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from derive.document.aids.symbol_families import index_letters, is_through
from derive.document.context import Context
from derive.document.mathematics import Math
from derive.graph.equations import Equation
from derive.graph.quantity import Block, Kind, Role
from derive.writing.notation import fill
from derive.writing.places import PARENTHESES, Shape, Texts
from derive.writing.places import Context as Surroundings
from derive.writing.scripts import marked
from derive.writing.symbols import delta_letter, has_several_layers, loss_letter, marks
from derive.writing.template import template

_MOST_OPERANDS = 8
"""An update of more operands, as from many samples, is stated by its gradient."""


def folds_gradients(context: Context) -> bool:
    """Whether the gradients of the parameters are no lines of the key."""
    worked = {equation.output for equation in context.solution.graph.backward}
    gradients = context.solution.lowered.graph.blocks.select(Kind.GRADIENT, Role.BACKWARD)
    return bool(gradients) and not any(block.first in worked for block in gradients)


def indexed_updates(context: Context, updated: Sequence[Block]) -> tuple[Math, ...]:
    """The update of each block, by indices; none where some block's entries have no form in common."""
    graph = context.solution.graph
    lines: dict[Block, list[Equation]] = {}
    for equation in graph.update:
        lines.setdefault(graph.blocks.of(equation.output), []).append(equation)
    found = [_line(context, block, equations) for block, equations in lines.items() if block.of in updated]
    return tuple(line for line in found if line is not None) if all(found) else ()


@dataclass(frozen=True)
class _Texts:
    """The texts of one equation's operands in a context: by indices where the entries of a block vary."""

    indexed: Mapping[int, str]
    plain: Texts
    grouped: Mapping[int, str]

    def __getitem__(self, quantity: int) -> str:
        return self.grouped.get(quantity) or self.indexed.get(quantity) or self.plain[quantity]


@dataclass(frozen=True)
class _Table:
    """What the template of an update is filled with."""

    context: Context
    indexed: Mapping[int, str]

    def texts(self, context: Surroundings) -> Texts:
        writer = self.context.inline_writer
        tall = Shape.TALL in PARENTHESES[context]
        grouped = {q: writer.dialects.names.grouped(text) for q, text in self.indexed.items() if tall and "^" in text}
        return _Texts(self.indexed, writer.symbols.texts(context), grouped)

    def carried(self, quantity: int) -> Decimal:
        raise LookupError(f"the number of quantity {quantity}")


def _line(context: Context, block: Block, equations: Sequence[Equation]) -> Math | None:
    first = equations[0]
    if len(first.operands) > _MOST_OPERANDS or any(equation.rule != first.rule for equation in equations):
        return None
    texts: dict[int, str] = {}
    for column in zip(*((e.output, *e.operands) for e in equations), strict=True):
        text = _common(context, block, equations, column)
        if text is None or texts.setdefault(column[0], text) != text:
            return None
    notation = context.notation
    relation = r"\leftarrow" if notation.update == "arrow" else "="
    dialect = replace(context.inline_writer.dialects.names, unit_factors=False)
    right = template(first.rule, dialect).fill(first.operands, _Table(context, texts))
    return Math(f"{texts[first.output]} {relation} {right}")


def _common(context: Context, block: Block, equations: Sequence[Equation], column: Sequence[int]) -> str | None:
    """The symbol of the operand of a position in all entries; None where the indices of the output do not give it."""
    blocks = context.solution.lowered.graph.blocks
    of = blocks.of(column[0])
    if len(set(column)) == 1:
        return context.symbol(column[0])
    if any(quantity not in of.ids for quantity in column):
        return None
    outputs = [blocks.index(equation.output) for equation in equations]
    letters = dict(zip(range(len(block.shape)), _letters(context, block), strict=True))
    index = []
    shift = context.notation.first_index - 1
    for parts in zip(*map(blocks.index, column), strict=True):
        same = [one for one in letters if [place[one] for place in outputs] == list(parts) and block.shape[one] > 1]
        if len(set(parts)) > 1 and not same:
            return None
        index.append(letters[same[0]] if len(set(parts)) > 1 else str(parts[0] + shift))
    return _symbol(context, of, index)


def _letters(context: Context, block: Block) -> tuple[str, ...]:
    """The letters of the indices of a parameter: i and j; of a vector, j."""
    letters = index_letters(context)
    return letters[1:2] if len(block.shape) == 1 else letters[: len(block.shape)]


def _symbol(context: Context, block: Block, index: Sequence[str]) -> str | None:
    """The symbol of an entry of a block by its indices; None where it has no letter or is counted over layers."""
    notation, graph = context.notation, context.solution.lowered.graph
    letter = delta_letter(notation, block)
    if block.of is not None and not letter:
        return _derived(context, block, block.of, index)
    named = block.of if letter and block.of is not None else block
    letter = letter or notation.letter(block)
    if not letter or is_through(notation, named):
        return None
    turned = named.kind is Kind.WEIGHT and len(index) == 2 and notation.index_order == "to-from"
    written = "".join(reversed(index) if turned else index)
    several = has_several_layers(graph, context.solution.lowered.layers)
    return marked(letter, [*marks(named, notation, several=several), fill(notation.index, index=written)])


def _derived(context: Context, block: Block, of: Block, index: Sequence[str]) -> str | None:
    """The symbol of what is worked for each entry of another block: its adjoint, its new value."""
    notation = context.notation
    inner = _symbol(context, of, index)
    if inner is None:
        return None
    if block.role is Role.UPDATED:
        return inner if notation.update == "arrow" else marked(inner, [notation.updated])
    loss = loss_letter(context.solution.lowered.graph, notation, block)
    return fill(notation.derivative, of=loss, by=inner)

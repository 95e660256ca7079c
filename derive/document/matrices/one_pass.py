"""One pass as matrices: symbols of whole blocks, their numbers, and the bias as an entry of an augmented input.

The bias of a layer may be shown as the first entry of an augmented input, with a first row of ones in the weights,
while the biases of the layer are equal; otherwise it is added as a vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from derive.document.aids.citations import Stating
from derive.document.context import Context
from derive.document.mathematics import Math, Relation, Symbols
from derive.document.matrices.entries import block_matrix, block_rows, bracketed, padded, plain_part, transposed
from derive.document.model import Entry, Matrix, MatrixLine, Piece
from derive.graph.quantity import Block, Kind, Role
from derive.network.matrix_forms import LayerForms
from derive.network.solution import Round
from derive.writing.lines import cut
from derive.writing.notation import Notation, fill
from derive.writing.scripts import marked
from derive.writing.symbols import delta_letter, has_several_layers, marks

EQUALS, DOTTED, APPROXIMATELY = Relation("="), Relation(r"\doteq"), Relation(r"\approx")


@dataclass(frozen=True)
class Pass:
    """One round as matrices: what every line of it needs."""

    context: Context
    round: Round
    forms: tuple[LayerForms, ...]

    @property
    def first(self) -> bool:
        """Whether this is the first pass, the one that states every rule in symbols."""
        return self.round.number == 1

    def augmented(self, form: LayerForms) -> bool:
        """Whether the layer's bias is shown as an entry of its input."""
        return augmented(self.context, self.round, form)

    def mark(self, block: Block) -> Stating:
        """What numbers or cites the equation of a block: the first pass writes it out, later ones go by it."""
        return self.context.stating(*block.ids) if self.first else self.context.citing(*block.ids)

    def symbol(self, block: Block, iteration: int | None = None) -> Symbols:
        """The symbol of a whole block in this pass; `iteration` where it is not the pass's own."""
        number = self.round.number - 1 if iteration is None else iteration
        return block_symbol(self.context, block, number, always=iteration is not None)

    def matrix(self, block: Block) -> Matrix:
        """The shown numbers of a block, the way round that it is written."""
        return turned(block_matrix(self.context, self.round, block), self.is_turned(block))

    def is_turned(self, block: Block) -> bool:
        """Whether a block is written transposed: vectors are kept as columns, weights with a row for each input."""
        return is_turned(self.context.notation, block)

    def factor(self, block: Block, way: bool, matrix: Matrix | None = None) -> tuple[str, Matrix]:  # noqa: FBT001
        """A block as a factor, transposed or not (`way`): in symbols and in numbers, `matrix` where given."""
        symbol = self.symbol(block, self.round.number if block.role is Role.UPDATED else None)
        if self.is_turned(block) != way:
            symbol = Symbols(self.transposed_symbol(symbol))
        whole = block_matrix(self.context, self.round, block) if matrix is None else matrix
        return symbol, turned(whole, way)

    def transposed_symbol(self, symbol: str) -> str:
        """A symbol transposed, in parentheses."""
        return self.context.notation.transpose % self.context.writer.dialects.names.grouped(symbol)

    def outer(self, form: LayerForms, signal: Matrix) -> tuple[tuple[str, str], list[Piece]]:
        """The signal times the delta, as large as the weights, the way round that the gradient is written."""
        way = self.is_turned(form.weight_gradient)
        left, right = self.factor(form.signal, way, signal), self.factor(form.delta, not way)
        (first, matrix), (second, other) = (right, left) if way else (left, right)
        return (first, second), [plain_part(matrix), *times_single(self, other)]


def is_turned(notation: Notation, block: Block) -> bool:
    """Whether a notation writes a block transposed."""
    of = block.of if block.of is not None else block
    adjoint = block.role is Role.BACKWARD and notation.layout == "numerator"
    matrix = len(of.shape) == 2
    return adjoint != (notation.product == ("W x" if matrix else "x W"))


def turned(matrix: Matrix, way: bool) -> Matrix:  # noqa: FBT001 - which of the two it is
    """A matrix, transposed where `way` says so."""
    return transposed(matrix) if way else matrix


def augmented(context: Context, round: Round, form: LayerForms) -> bool:
    """Whether a layer's bias is shown as an entry of its input in a round: only while its biases are equal."""
    if context.notation.bias != "augmented" or form.biases is None:
        return False
    return context.are_equal(round, form.biases.ids)


def block_symbol(context: Context, block: Block, iteration: int, *, always: bool = False) -> Symbols:
    """The symbol of a whole block at an iteration; iteration 0 is written only on request."""
    notation = context.notation
    of = block.of if block.of is not None and block.role is Role.UPDATED else block
    mark = fill(notation.iteration, iteration=iteration) if iteration or always else ""
    letter = delta_letter(notation, of)
    if of.of is not None and not letter:
        inner = block_symbol(context, of.of, iteration, always=always)
        return Symbols(fill(notation.derivative, of=notation.letters[Kind.LOSS], by=inner))
    lowered = context.solution.lowered
    several = has_several_layers(lowered.graph, lowered.layers)
    if of.of is not None:
        delta_mark = fill(notation.delta_iteration, iteration=iteration) if iteration or always else ""
        return Symbols(marked(letter, [*marks(of.of, notation, several=several), delta_mark]))
    new = [notation.updated] if block.role is Role.UPDATED and not mark and context.solution.graph.interleaved else []
    return Symbols(marked(notation.matrix_letter(of), [*marks(of, notation, several=several), *new]) + mark)


def matrix_line(
    label: str, left: Math, parts: Sequence[Piece], comment: str = "", relation: Relation = EQUALS
) -> MatrixLine:
    """A line `left relation parts`; the relation is an equals sign unless another is given."""
    return MatrixLine(label, left, (relation, *parts), comment)


def augmented_rows(this: Pass, form: LayerForms) -> list[list[Entry]]:
    """A layer's input with its bias as the first entry."""
    biases = form.biases
    first = [Entry(this.context.number(this.round, biases.first))] if biases is not None else []
    return [first, *block_rows(this.context, this.round, form.signal)]


def weight_matrix(this: Pass, form: LayerForms, weights: Block | None = None) -> Matrix:
    """The weights of a layer, with the row of ones that multiplies an augmented bias; updated ones where given."""
    rows = block_rows(this.context, this.round, weights or form.weights)
    if not this.augmented(form):
        return padded(rows)
    ones = [Entry(Math("1")) for _ in rows[0]]
    return padded([ones, *rows], row_rule=True)


def times_single(this: Pass, matrix: Matrix) -> list[Piece]:
    """A factor: a matrix, or the single number after the sign that numbers are multiplied with."""
    part, sign = bracketed(plain_part(matrix)), this.context.notation.products.numbers.strip()
    if not isinstance(part, Matrix):
        return [Math(f"{sign} "), part]
    return [Math(f"{sign} "), part] if len(part.rows) == len(part.rows[0]) == 1 else [part]


def result_parts(this: Pass, block: Block, kind: Kind | None = None) -> list[Piece]:
    """`= numbers`, with the unrounded numbers and a dotted equals sign first where the notation wants them.

    `kind` is what the numbers count as, where it is not the block's own.
    """
    shown = plain_part(this.matrix(block))
    if (kind or block.kind) not in this.context.notation.dotted_equals:
        return [result_sign(this, block), shown]
    values = [this.round.values[quantity] for quantity in block.ids]
    if all(value.unrounded == Decimal(value.shown) for value in values):
        return [result_sign(this, block), shown]
    way = this.is_turned(block)
    columns = block.shape[1] if len(block.shape) == 2 else 1
    write = this.context.writer.number
    entries = [
        Entry(Math(write(text) + (r"\ldots" if more else ""))) for text, more in (cut(v.unrounded) for v in values)
    ]
    rows = [entries[start : start + columns] for start in range(0, len(entries), columns)]
    fully = all(this.round.shows_operands_fully(quantity) for quantity in block.ids)
    return [EQUALS if fully else APPROXIMATELY, plain_part(turned(padded(rows), way)), DOTTED, shown]


def result_sign(this: Pass, block: Block) -> Relation:
    """An equals sign, or an approximate one where the shown numbers miss a shown result of the block."""
    return EQUALS if all(this.round.is_exact(quantity) for quantity in block.ids) else APPROXIMATELY

"""One pass as matrices: symbols of whole blocks, their numbers, and the bias as an entry of an augmented input.

The bias of a layer may be shown as the first entry of an augmented input, with a first row of ones in the weights,
while the biases of the layer are equal; otherwise it is added as a vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from derive.document.context import Context
from derive.document.matrix_entries import block_matrix, block_rows, bracketed, padded, plain_part
from derive.document.model import Entry, Math, Matrix, MatrixLine, Part, Relation
from derive.graph.quantity import Block, Kind, Role
from derive.network.matrix_forms import LayerForms
from derive.network.solution import Round
from derive.writing.lines import cut
from derive.writing.notation import fill
from derive.writing.scripts import marked
from derive.writing.symbols import marks

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

    def symbol(self, block: Block, iteration: int | None = None) -> Math:
        """The symbol of a whole block in this pass; `iteration` where it is not the pass's own."""
        number = self.round.number - 1 if iteration is None else iteration
        return block_symbol(self.context, block, number, always=iteration is not None)

    def matrix(self, block: Block) -> Matrix:
        """The shown numbers of a block."""
        return block_matrix(self.context, self.round, block)


def augmented(context: Context, round: Round, form: LayerForms) -> bool:
    """Whether a layer's bias is shown as an entry of its input in a round: only while its biases are equal."""
    if context.notation.bias != "augmented" or form.biases is None:
        return False
    return len({round.values[quantity].carried for quantity in form.biases.ids}) == 1


def block_symbol(context: Context, block: Block, iteration: int, *, always: bool = False) -> Math:
    """The symbol of a whole block at an iteration; iteration 0 is written only on request."""
    notation = context.notation
    of = block.of if block.of is not None and block.role is Role.UPDATED else block
    mark = fill(notation.iteration, iteration=iteration) if iteration or always else ""
    if of.of is not None and not (of.kind is Kind.DELTA and notation.delta):
        inner = block_symbol(context, of.of, iteration, always=always)
        return Math(fill(notation.derivative, of=notation.letters[Kind.LOSS], by=inner))
    several = context.solution.lowered.layers > 1
    if of.of is not None:
        delta_mark = fill(notation.delta_iteration, iteration=iteration) if iteration or always else ""
        return Math(marked(notation.delta, marks(of.of, notation, several=several)) + delta_mark)
    return Math(marked(notation.matrix_letter(of), marks(of, notation, several=several)) + mark)


def matrix_line(
    label: str, left: Math, parts: Sequence[Part], comment: str = "", relation: Relation = EQUALS
) -> MatrixLine:
    """A line `left relation parts`; the relation is an equals sign unless another is given."""
    return MatrixLine(label, left, (relation, *parts), comment)


def augmented_rows(this: Pass, form: LayerForms) -> list[list[Entry]]:
    """A layer's input with its bias as the first entry."""
    biases = form.biases
    first = [Entry(this.context.number(this.round, biases.first))] if biases is not None else []
    return [first, *block_rows(this.context, this.round, form.signal)]


def weight_matrix(this: Pass, form: LayerForms) -> Matrix:
    """The weights of a layer, with the row of ones that multiplies an augmented bias."""
    rows = block_rows(this.context, this.round, form.weights)
    if not this.augmented(form):
        return padded(rows)
    ones = [Entry(Math("1")) for _ in rows[0]]
    return padded([ones, *rows], row_rule=True)


def times_single(this: Pass, matrix: Matrix) -> Part:
    """A factor: a column, or the single number after the sign that numbers are multiplied with."""
    part = plain_part(matrix)
    if isinstance(part, Matrix):
        return part
    number = bracketed(part)
    return Math(f"{this.context.notation.products.numbers.strip()} {number}")


def result_parts(this: Pass, block: Block, kind: Kind | None = None) -> list[Part]:
    """`= numbers`, with the unrounded numbers and a dotted equals sign first where the notation wants them.

    `kind` is what the numbers count as, where it is not the block's own.
    """
    shown = plain_part(this.matrix(block))
    if (kind or block.kind) not in this.context.notation.dotted_equals:
        return [result_sign(this, block), shown]
    values = [this.round.values[quantity] for quantity in block.ids]
    if all(value.unrounded == Decimal(value.shown) for value in values):
        return [result_sign(this, block), shown]
    columns = block.shape[1] if len(block.shape) == 2 else 1
    entries = [Entry(Math(text + (r"\ldots" if more else ""))) for text, more in (cut(v.unrounded) for v in values)]
    rows = [entries[start : start + columns] for start in range(0, len(entries), columns)]
    fully = all(this.round.shows_operands_fully(quantity) for quantity in block.ids)
    return [EQUALS if fully else APPROXIMATELY, plain_part(padded(rows)), DOTTED, shown]


def result_sign(this: Pass, block: Block) -> Relation:
    """An equals sign, or an approximate one where the shown numbers miss a shown result of the block."""
    return EQUALS if all(this.round.is_exact(quantity) for quantity in block.ids) else APPROXIMATELY

"""The update of a round in matrices: weights, then biases."""

from __future__ import annotations

from derive.document.context import Context
from derive.document.matrix_entries import block_rows, bracketed, padded, plain_part
from derive.document.matrix_pass import EQUALS, Pass, matrix_line, result_parts, result_sign, weight_matrix
from derive.document.model import Entry, Math, Matrix, MatrixLine, MatrixLines, Note, Part, Relation
from derive.graph.quantity import Block, Kind, Role
from derive.network.matrix_forms import LayerForms, layer_forms
from derive.network.solution import Round
from derive.writing.notation import fill

ARROW = Relation(r"\leftarrow")


def update_lines(context: Context, round: Round) -> MatrixLines:
    """The update of a round in matrices: weights, then biases."""
    this = Pass(context, round, layer_forms(context.solution.lowered))
    words, rate_block = context.locale, context.solution.lowered.rate
    if rate_block is None:
        raise LookupError("an update has a learning rate")
    rate = context.number(round, rate_block.first)
    lines: list[MatrixLine | Note] = []
    if context.notation.update == "equals":
        lines.append(_rule_line(this))
    label = words.weights
    for form in this.forms:
        lines.append(_weight_update(this, form, rate, label))
        label = ""
    label = words.biases
    for form in this.forms:
        if form.biases is not None:
            lines.append(_bias_update(this, form, rate, label))
            label = ""
    symbol = context.symbol(rate_block.first)
    aside = context.phrase(words.learning_rate, rate=Math(f"{symbol} = {rate}"))
    return MatrixLines(words.update_title.replace("<n>", str(round.number)), aside, tuple(lines))


def _rule_line(this: Pass) -> MatrixLine:
    notation, number = this.context.notation, this.round.number
    letter = notation.matrices.get(Kind.WEIGHT, notation.letters[Kind.WEIGHT]) + fill(notation.layer, layer="l")
    before, after = (letter + fill(notation.iteration, iteration=k) for k in (number - 1, number))
    of = letter if number == 1 else before
    slope = fill(notation.derivative, of=notation.letters[Kind.LOSS], by=of)
    rate = notation.letters[Kind.LEARNING_RATE]
    comment = this.context.locale.iteration_number if this.first else ""
    return matrix_line(this.context.locale.rule, Math(after), [Math(f"{before} - {rate} \\, {slope}")], comment)


def _relation(this: Pass) -> Relation:
    """An arrow where old and new are written with the same symbol."""
    return ARROW if this.context.notation.update == "arrow" else EQUALS


def _updated(this: Pass, block: Block) -> Block:
    found = this.context.solution.graph.blocks.derived(block, Role.UPDATED)
    if found is None:
        raise LookupError(f"{block.name} has no updated block")
    return found


def _weight_update(this: Pass, form: LayerForms, rate: Math, label: str) -> MatrixLine:
    context, augmented = this.context, this.augmented(form)
    gradient = block_rows(context, this.round, form.weight_gradient)
    updated_block = _updated(this, form.weights)
    updated = block_rows(context, this.round, updated_block)
    if augmented:
        width = len(gradient[0])
        gradient = [[Entry(Math(r"\text{--}"), quiet=True)] * width, *gradient]
        updated = [[Entry(Math("1"))] * width, *updated]
    comment = context.locale.dashes if this.first and augmented and form.number == 1 else ""
    weights = plain_part(weight_matrix(this, form))
    step = _times_rate(this, rate, plain_part(padded(gradient, row_rule=augmented)))
    result = plain_part(padded(updated, row_rule=augmented))
    left = this.symbol(form.weights, this.round.number)
    sign = result_sign(this, updated_block)
    return matrix_line(label, left, [weights, *step, sign, result], comment, _relation(this))


def _times_rate(this: Pass, rate: Math, gradient: Part) -> list[Part]:
    factor = bracketed(rate)
    if isinstance(gradient, Matrix):
        return [Math(f"- {factor}"), gradient]
    number = bracketed(gradient)
    return [Math(f"- {factor}{this.context.notation.products.numbers}{number}")]


def _bias_update(this: Pass, form: LayerForms, rate: Math, label: str) -> MatrixLine:
    context = this.context
    biases, gradient = form.biases, form.bias_gradient
    if biases is None or gradient is None:
        raise LookupError(f"layer {form.number} has no biases")
    updated = _updated(this, biases)
    comment = ""
    if this.first and form.number == 1 and context.notation.delta:
        comment = context.locale.own_bias.replace("<delta>", "δ")
    left = this.symbol(biases, this.round.number)
    alike = this.augmented(form) and len({this.round.values[q].carried for q in gradient.ids}) == 1
    if not alike:
        step = _times_rate(this, rate, plain_part(this.matrix(gradient)))
        parts = [plain_part(this.matrix(biases)), *step, *result_parts(this, updated)]
        return matrix_line(label, left, parts, comment, _relation(this))
    old, slope = (context.number(this.round, block.first) for block in (biases, gradient))
    single = _single_results(this, updated)
    return matrix_line(label, left, [old, *_times_rate(this, rate, slope), *single], comment, _relation(this))


def _single_results(this: Pass, block: Block) -> list[Part]:
    """The result of a block whose entries are all alike, written once."""
    results = result_parts(this, block)
    return [_first_entry(part) if isinstance(part, Matrix) else part for part in results]


def _first_entry(matrix: Matrix) -> Part:
    return Matrix(((matrix.rows[0][0],),))

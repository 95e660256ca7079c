"""The update of a round in matrices: weights, then biases."""

from __future__ import annotations

from derive.document.context import Context
from derive.document.mathematics import Math, Relation, Symbols
from derive.document.matrices.entries import block_matrix, block_rows, bracketed, padded, plain_part
from derive.document.matrices.one_pass import (
    EQUALS,
    Pass,
    matrix_line,
    result_parts,
    result_sign,
    times_single,
    turned,
    weight_matrix,
)
from derive.document.model import Entry, Matrix, MatrixLine, MatrixLines, Note, Piece
from derive.graph.quantity import Block, Kind, Role
from derive.network.matrix_forms import LayerForms, layer_forms
from derive.network.solution import Round
from derive.writing.notation import DELTA, fill
from derive.writing.scripts import marked

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
        if form.biases is not None and form.bias_gradient is not None:
            lines.append(_bias_update(this, form, rate, label))
            label = ""
    symbol = context.symbol(rate_block.first)
    aside = context.phrase(words.learning_rate, rate=Math(f"{symbol} = {rate}"))
    return MatrixLines(words.update_title.replace("<n>", str(round.number)), aside, tuple(lines))


def _rule_line(this: Pass) -> MatrixLine:
    notation, number = this.context.notation, this.round.number
    weight = notation.matrices.get(Kind.WEIGHT, notation.letters[Kind.WEIGHT])
    letter = marked(weight, [fill(notation.layer, layer="l")])
    before, after = (letter + fill(notation.iteration, iteration=k) for k in (number - 1, number))
    of = letter if number == 1 else before
    slope = fill(notation.derivative, of=notation.letters[Kind.LOSS], by=of)
    rate = notation.letters[Kind.LEARNING_RATE]
    first = this.forms[0]
    if notation.layout == "numerator":
        slope = this.transposed_symbol(slope)
    step = f"- {rate} \\, {slope}"
    if first.weight_gradient.first not in this.round.values:
        signal = marked(notation.letters[Kind.ACTIVATION], [fill(notation.layer, layer="l-1")])
        delta = marked(notation.delta or DELTA, [fill(notation.layer, layer="l")])
        way, vectors = this.is_turned(first.weights), this.is_turned(first.sums)
        names = [signal if vectors == way else this.transposed_symbol(signal)]
        names.append(delta if this.is_turned(first.delta) != way else this.transposed_symbol(delta))
        step = f"+ {rate} \\, " + " \\, ".join(names[::-1] if way else names)
    comment = this.context.locale.iteration_number if this.first and notation.iteration else ""
    return matrix_line(this.context.locale.rule, Math(after), [Symbols(f"{before} {step}")], comment)


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
    if form.weight_gradient.first not in this.round.values:
        return _ascent(this, form, rate, label)
    way = this.is_turned(form.weights)
    gradient = block_rows(context, this.round, form.weight_gradient)
    updated_block = _updated(this, form.weights)
    updated = block_rows(context, this.round, updated_block)
    if augmented:
        width = len(gradient[0])
        gradient = [[Entry(Math("\\text{\N{EN DASH}}"), quiet=True)] * width, *gradient]
        updated = [[Entry(Math("1"))] * width, *updated]
    dashes = context.locale.dashes_column if way else context.locale.dashes
    comment = dashes if this.first and augmented and form.number == 1 else ""
    weights = plain_part(turned(weight_matrix(this, form), way))
    step = _times_rate(this, rate, plain_part(turned(padded(gradient, row_rule=augmented), way)))
    result = plain_part(turned(padded(updated, row_rule=augmented), way))
    left = this.symbol(updated_block, this.round.number)
    sign = result_sign(this, updated_block)
    return matrix_line(label, left, [weights, *step, sign, result], comment, _relation(this))


def _ascent(this: Pass, form: LayerForms, rate: Math, label: str) -> MatrixLine:
    """Weights plus the rate times the signal times the delta, where gradients are not worked on their own."""
    way = this.is_turned(form.weights)
    signal = this.factor(form.signal, way)
    delta = this.factor(form.delta, not way)
    (_, first), (_, second) = (delta, signal) if way else (signal, delta)
    updated = _updated(this, form.weights)
    parts = [
        plain_part(this.matrix(form.weights)),
        *_plus_rate(this, rate, first),
        *times_single(this, second),
        *result_parts(this, updated),
    ]
    return matrix_line(label, this.symbol(updated, this.round.number), parts, "", _relation(this))


def _plus_rate(this: Pass, rate: Math, matrix: Matrix) -> list[Piece]:
    factor = bracketed(rate)
    part = plain_part(matrix)
    if isinstance(part, Matrix):
        return [Math(f"+ {factor}"), part]
    return [Math(f"+ {factor}{this.context.notation.products.numbers}"), bracketed(part)]


def _times_rate(this: Pass, rate: Math, gradient: Piece) -> list[Piece]:
    factor = bracketed(rate)
    if isinstance(gradient, Matrix):
        return [Math(f"- {factor}"), gradient]
    number = bracketed(gradient)
    return [Math(f"- {factor}{this.context.notation.products.numbers}"), number]


def _bias_update(this: Pass, form: LayerForms, rate: Math, label: str) -> MatrixLine:
    context = this.context
    biases, gradient = form.biases, form.bias_gradient
    if biases is None or gradient is None:
        raise LookupError(f"layer {form.number} has no biases")
    updated = _updated(this, biases)
    comment = ""
    if form.delta.negative:
        step = _plus_rate(this, rate, turned(block_matrix(context, this.round, form.delta), this.is_turned(biases)))
        parts = [plain_part(this.matrix(biases)), *step, *result_parts(this, updated)]
        return matrix_line(label, this.symbol(updated, this.round.number), parts, "", _relation(this))
    if this.first and form.number == 1 and context.notation.delta:
        comment = context.locale.own_bias.replace("<delta>", "δ")
    left = this.symbol(updated, this.round.number)
    alike = this.augmented(form) and context.are_equal(this.round, gradient.ids)
    if not alike:
        step = _times_rate(
            this, rate, plain_part(turned(block_matrix(context, this.round, gradient), this.is_turned(biases)))
        )
        parts = [plain_part(this.matrix(biases)), *step, *result_parts(this, updated)]
        return matrix_line(label, left, parts, comment, _relation(this))
    old, slope = (context.number(this.round, block.first) for block in (biases, gradient))
    single = _single_results(this, updated)
    return matrix_line(label, left, [old, *_times_rate(this, rate, slope), *single], comment, _relation(this))


def _single_results(this: Pass, block: Block) -> list[Piece]:
    """The result of a block whose entries are all alike, written once."""
    results = result_parts(this, block)
    return [_first_entry(part) if isinstance(part, Matrix) else part for part in results]


def _first_entry(matrix: Matrix) -> Piece:
    return Matrix(((matrix.rows[0][0],),))

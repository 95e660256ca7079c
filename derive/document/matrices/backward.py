"""The backward pass of a round in matrices: sensitivities from the last layer on, then gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.rounding import Value
from derive.document.context import Context
from derive.document.mathematics import Answer, Math, Rich, Symbols
from derive.document.matrices.entries import (
    block_matrix,
    block_rows,
    bracketed,
    exact_rows,
    padded,
    plain_part,
    slope_rows,
)
from derive.document.matrices.one_pass import (
    APPROXIMATELY,
    EQUALS,
    Pass,
    augmented_rows,
    block_symbol,
    matrix_line,
    result_parts,
    result_sign,
    times_single,
    turned,
    weight_matrix,
)
from derive.document.model import Entry, Matrix, MatrixLine, MatrixLines, Note, Piece
from derive.graph.matrix import Entries, MatrixProduct
from derive.graph.quantity import Block, Kind, Role
from derive.network.matrix_forms import LayerForms, layer_forms
from derive.network.solution import Round
from derive.network.work import LADDER
from derive.writing.lines import cut
from derive.writing.notation import fill
from derive.writing.scripts import marked
from derive.writing.symbols import delta_letter

OPENING = Math(r"\left[")
"""What begins a product whose bias row is left out."""


def backward_lines(context: Context, round: Round) -> MatrixLines:
    """The backward pass of a round in matrices: sensitivities from the last layer on, then gradients."""
    this = Pass(context, round, layer_forms(context.solution.lowered))
    words = context.locale
    lines: list[MatrixLine | Note] = []
    has_letter = bool(delta_letter(context.notation, this.forms[0].delta))
    label = words.sensitivity if has_letter else words.adjoint
    for form in reversed(this.forms):
        for line in _sensitivity(this, form):
            lines.append(replace(line, label=label))
            label = ""
    if this.first:
        lines.append(Note(_explanation(this)))
    label = words.gradient
    for form in this.forms:
        if form.weight_gradient.first in round.values:
            lines.append(_gradient(this, form, label))
            label = ""
    title = words.back_title.replace("<n>", str(round.number))
    return MatrixLines(title, Rich(()), tuple(lines))


def _slope_symbol(this: Pass, form: LayerForms) -> str:
    symbol = f"{this.context.notation.activation}'({this.symbol(form.sums)})"
    return symbol if this.is_turned(form.sums) == this.is_turned(form.delta) else this.transposed_symbol(symbol)


def _sensitivity(this: Pass, form: LayerForms) -> list[MatrixLine]:
    """The delta of a layer, after the adjoint of its outputs where that is worked on its own."""
    worked = form.adjoint.first in this.round.values
    slopes = plain_part(turned(padded(slope_rows(this.context, this.round, form.slope)), this.is_turned(form.delta)))
    back_symbols, back_parts = _back_signal(this, form)
    found = []
    if worked:
        symbols = [back_symbols, EQUALS] if this.first else []
        parts = [*symbols, *back_parts, *result_parts(this, form.adjoint)]
        found.append(replace(matrix_line("", this.symbol(form.adjoint), parts), mark=this.mark(form.adjoint)))
        back_symbols, back_parts = this.symbol(form.adjoint), [plain_part(this.matrix(form.adjoint))]
    elif back_parts[0] != OPENING:
        enclosed = back_symbols if _is_transposed(this, form) else Symbols(f"({back_symbols})")
        back_symbols, back_parts = enclosed, _enclosed(back_parts)
    single = form.sums.size == 1
    sign = Symbols(this.context.notation.products.numbers if single else this.context.notation.elementwise)
    slope_symbol = Symbols(_slope_symbol(this, form))
    if form.number == len(this.forms):
        symbols, numbers = [back_symbols, sign, slope_symbol], [*back_parts, sign, slopes]
    else:
        symbols, numbers = [slope_symbol, sign, back_symbols], [slopes, sign, bracketed(back_parts[0]), *back_parts[1:]]
    parts = [*symbols, EQUALS, *numbers, *_middle_step(this, form, slopes, sign)] if this.first else numbers
    left = this.symbol(form.delta)
    if this.first and delta_letter(this.context.notation, form.delta) and form.number == len(this.forms):
        loss, sums = this.context.notation.letters[Kind.LOSS], this.symbol(form.sums)
        partial = fill(this.context.notation.derivative, of=loss, by=sums)
        parts = [Symbols(f"-{partial}" if form.delta.negative else partial), EQUALS, *parts]
    found.append(replace(matrix_line("", left, [*parts, *result_parts(this, form.delta)]), mark=this.mark(form.delta)))
    return found


def _middle_step(this: Pass, form: LayerForms, slopes: Piece, sign: Math) -> list[Piece]:
    """`= slopes x numbers` with the back signal multiplied out, where it is not worked and short enough to write."""
    if form.number == len(this.forms) or form.adjoint.first in this.round.values:
        return []
    following = this.forms[form.number]
    back = MatrixProduct(Entries(_back_weights(this, following)), Entries(following.delta))
    written = [cut(row[0]) for row in exact_rows(this.round, back)]
    fully = all(this.round.shows_operands_fully(quantity) for quantity in form.delta.ids)
    if not fully or any(more for _, more in written):
        return []
    write = this.context.writer.number
    column = plain_part(turned(padded([[Entry(Math(write(text)))] for text, _ in written]), this.is_turned(form.delta)))
    return [EQUALS, slopes, sign, bracketed(column)]


def _enclosed(parts: Sequence[Piece]) -> list[Piece]:
    matrices = any(isinstance(part, Matrix) for part in parts)
    opening, closing = (r"\left(", r"\right)") if matrices else ("(", ")")
    return [Math(opening), *parts, Math(closing)]


def _back_signal(this: Pass, form: LayerForms) -> tuple[Math, list[Piece]]:
    """What comes back to a layer's outputs, in symbols and in numbers."""
    if form.number == len(this.forms):
        return _difference(this, form)
    following, way = this.forms[form.number], this.is_turned(form.delta)
    back = _back_weights(this, following)
    weights = this.factor(back, way, weight_matrix(this, following, back))
    delta = this.factor(following.delta, way)
    (first, matrix), (second, other) = (delta, weights) if way else (weights, delta)
    product = f"{first} {second}"
    numbers: list[Piece] = [plain_part(matrix) if way else matrix, *times_single(this, other)]
    if not this.augmented(following):
        return Symbols(product), numbers
    bounds = rf"_{{1}}^{{{form.sums.size}}}"
    symbols = Symbols(rf"\left[ {product} \right]{bounds}")
    return symbols, [OPENING, *numbers, Math(rf"\right]{bounds}")]


def _is_transposed(this: Pass, form: LayerForms) -> bool:
    """Whether the difference at the outputs is written transposed, in parentheses of its own."""
    return form.number == len(this.forms) and this.is_turned(form.delta) != this.is_turned(form.outputs)


def _difference(this: Pass, form: LayerForms) -> tuple[Math, list[Piece]]:
    """What the loss sends back to the outputs: outputs less targets; the other way round for a negative delta."""
    context, way = this.context, this.is_turned(form.delta)
    targets = context.solution.graph.blocks.of(context.solution.lowered.targets[0].ids[0])
    symbols = [this.symbol(form.outputs), block_symbol(context, targets, 0)]
    matrices = [block_matrix(context, this.round, block) for block in (form.outputs, targets)]
    if form.delta.negative:
        symbols, matrices = symbols[::-1], matrices[::-1]
    difference = f"{symbols[0]} - {symbols[1]}"
    turning = _is_transposed(this, form)
    left, right = (plain_part(turned(matrix, way)) for matrix in matrices)
    return Symbols(this.transposed_symbol(difference) if turning else difference), [left, Math("-"), bracketed(right)]


def _back_weights(this: Pass, following: LayerForms) -> Block:
    """The weights that a delta comes back through: the updated ones where updates are in place."""
    graph = this.context.solution.graph
    new = graph.blocks.derived(following.weights, Role.UPDATED) if graph.interleaved else None
    return new or following.weights


def _explanation(this: Pass) -> Rich:
    context, words, notation = this.context, this.context.locale, this.context.notation
    delta = delta_letter(notation, this.forms[0].delta)
    if not delta:
        return Rich(())
    layer = [fill(notation.layer, layer="l")]
    explained = context.phrase(
        words.symbols_explained_ascent if this.forms[0].delta.negative else words.symbols_explained,
        theta=Math(notation.activation),
        slope=Math(f"{notation.activation}'"),
        product=Math(notation.elementwise.strip()),
        delta=Math(marked(delta, layer)),
        loss=Math(notation.letters[Kind.LOSS]),
        signal=Math(marked(notation.letters[Kind.PRE_ACTIVATION], layer)),
    )
    if not any(this.augmented(form) for form in this.forms[1:]):
        return explained
    bracket = Math(r"[\,\cdot\,]_1^n")
    left_out = words.bias_column_left_out if this.is_turned(this.forms[0].delta) else words.bias_row_left_out
    return context.sentences(explained, context.phrase(left_out, bracket=bracket, n=Math("n")))


def _gradient(this: Pass, form: LayerForms, label: str) -> MatrixLine:
    context = this.context
    rows = block_rows(context, this.round, form.weight_gradient)
    augmented = this.augmented(form)
    if augmented:
        rows = [_phantom_row(this, form, lambda value: value.carried), *rows]
    way = this.is_turned(form.weight_gradient)
    signal = padded(
        augmented_rows(this, form) if augmented else block_rows(context, this.round, form.signal), row_rule=augmented
    )
    symbols, factors = this.outer(form, signal)
    unused = context.locale.bias_column_unused if way else context.locale.bias_row_unused
    comment = unused if this.first and augmented and form.number == 1 else ""
    exact = not augmented or _phantom_row(this, form, lambda value: Decimal(value.shown)) == rows[0]
    sign = result_sign(this, form.weight_gradient) if exact else APPROXIMATELY
    result = plain_part(turned(padded(rows, row_rule=augmented), way))
    parts = [Symbols(" \\, ".join(symbols)), EQUALS, *factors, sign, result]
    line = matrix_line(label, this.symbol(form.weight_gradient), parts, comment)
    return replace(line, mark=context.stating(*form.weight_gradient.ids))


def _phantom_row(this: Pass, form: LayerForms, number_of: Callable[[Value], Decimal]) -> list[Entry]:
    """The gradient of the augmented bias row, which no update uses: bias times delta, rounded like a gradient.

    `number_of` says which of a value's numbers is multiplied: the carried one, or the shown one.
    """
    solution, round = this.context.solution, this.round
    if form.biases is None:
        return []
    arithmetic = DecimalArithmetic(LADDER[0])
    bias = number_of(round.values[form.biases.first])
    gradient = form.weight_gradient
    precision = solution.policy.precision_of(gradient, gradient.name, round.number)
    entries = []
    for quantity in form.delta.ids:
        product = arithmetic.multiply([bias, number_of(round.values[quantity])])
        shown = solution.policy.finish(product, precision, arithmetic.noise).shown
        place = (solution.graph.blocks.names[quantity], round.number)
        answer = Answer(this.context.writer.number(shown), round=round.number, mentions=(place,))
        entries.append(Entry(answer, quiet=True))
    return entries

"""The backward pass of a round in matrices: sensitivities from the last layer on, then gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.rounding import Value
from derive.document.context import Context
from derive.document.matrix_entries import block_rows, bracketed, exact_rows, padded, plain_part, slope_rows, transposed
from derive.document.matrix_pass import (
    APPROXIMATELY,
    EQUALS,
    Pass,
    augmented_rows,
    block_symbol,
    matrix_line,
    result_parts,
    result_sign,
    times_single,
    weight_matrix,
)
from derive.document.model import Entry, Math, Matrix, MatrixLine, MatrixLines, Note, Part, Rich
from derive.document.text import join
from derive.graph.quantity import Kind
from derive.network.matrix_forms import LayerForms, layer_forms
from derive.network.solution import Round
from derive.network.work import LADDER
from derive.writing.lines import cut
from derive.writing.notation import fill

OPENING = Math(r"\left[")
"""What begins a product whose bias row is left out."""


def backward_lines(context: Context, round: Round) -> MatrixLines:
    """The backward pass of a round in matrices: sensitivities from the last layer on, then gradients."""
    this = Pass(context, round, layer_forms(context.solution.lowered))
    words = context.locale
    lines: list[MatrixLine | Note] = []
    label = words.sensitivity if context.notation.delta else words.adjoint
    for form in reversed(this.forms):
        for line in _sensitivity(this, form):
            lines.append(MatrixLine(label, line.left, line.parts, line.comment))
            label = ""
    if this.first:
        lines.append(Note(_explanation(this)))
    label = words.gradient
    for form in this.forms:
        lines.append(_gradient(this, form, label))
        label = ""
    title = words.back_title.replace("<n>", str(round.number))
    return MatrixLines(title, Rich(()), tuple(lines))


def _slope_symbol(this: Pass, form: LayerForms) -> str:
    return f"{this.context.notation.activation}'({this.symbol(form.sums)})"


def _sensitivity(this: Pass, form: LayerForms) -> list[MatrixLine]:
    """The delta of a layer, after the adjoint of its outputs where that is worked on its own."""
    worked = form.adjoint.first in this.round.values
    slopes = plain_part(padded(slope_rows(this.context, this.round, form.slope)))
    back_symbols, back_parts = _back_signal(this, form)
    found = []
    if worked:
        symbols = [back_symbols, EQUALS] if this.first else []
        parts = [*symbols, *back_parts, *result_parts(this, form.adjoint)]
        found.append(matrix_line("", this.symbol(form.adjoint), parts))
        back_symbols, back_parts = this.symbol(form.adjoint), [plain_part(this.matrix(form.adjoint))]
    elif back_parts[0] != OPENING:
        back_symbols, back_parts = Math(f"({back_symbols})"), _enclosed(back_parts)
    single = form.sums.size == 1
    sign = Math(this.context.notation.products.numbers if single else this.context.notation.elementwise)
    slope_symbol = Math(_slope_symbol(this, form))
    if form.number == len(this.forms):
        symbols, numbers = [back_symbols, sign, slope_symbol], [*back_parts, sign, slopes]
    else:
        symbols, numbers = [slope_symbol, sign, back_symbols], [slopes, sign, bracketed(back_parts[0]), *back_parts[1:]]
    parts = [*symbols, EQUALS, *numbers, *_middle_step(this, form, slopes, sign)] if this.first else numbers
    left = this.symbol(form.delta)
    if this.first and this.context.notation.delta and form.number == len(this.forms):
        loss, sums = this.context.notation.letters[Kind.LOSS], this.symbol(form.sums)
        parts = [Math(fill(this.context.notation.derivative, of=loss, by=sums)), EQUALS, *parts]
    found.append(matrix_line("", left, [*parts, *result_parts(this, form.delta)]))
    return found


def _middle_step(this: Pass, form: LayerForms, slopes: Part, sign: Math) -> list[Part]:
    """`= slopes x numbers` with the back signal multiplied out, where it is not worked and short enough to write."""
    if form.number == len(this.forms) or form.adjoint.first in this.round.values:
        return []
    written = [cut(row[0]) for row in exact_rows(this.round, form.back_signal)]
    fully = all(this.round.shows_operands_fully(quantity) for quantity in form.delta.ids)
    if not fully or any(more for _, more in written):
        return []
    column = plain_part(padded([[Entry(Math(text))] for text, _ in written]))
    return [EQUALS, slopes, sign, bracketed(column)]


def _enclosed(parts: Sequence[Part]) -> list[Part]:
    matrices = any(isinstance(part, Matrix) for part in parts)
    opening, closing = (r"\left(", r"\right)") if matrices else ("(", ")")
    return [Math(opening), *parts, Math(closing)]


def _back_signal(this: Pass, form: LayerForms) -> tuple[Math, list[Part]]:
    """What comes back to a layer's outputs, in symbols and in numbers."""
    context = this.context
    if form.number == len(this.forms):
        targets = context.solution.graph.blocks.of(context.solution.lowered.targets[0].ids[0])
        symbols = Math(f"{this.symbol(form.outputs)} - {block_symbol(context, targets, 0)}")
        outputs, wanted = plain_part(this.matrix(form.outputs)), plain_part(this.matrix(targets))
        return symbols, [outputs, Math("-"), bracketed(wanted)]
    following = this.forms[form.number]
    product = f"{this.symbol(following.weights)} {this.symbol(following.delta)}"
    weights = weight_matrix(this, following)
    numbers: list[Part] = [weights, times_single(this, this.matrix(following.delta))]
    if not this.augmented(following):
        return Math(product), numbers
    bounds = rf"_{{1}}^{{{form.sums.size}}}"
    symbols = Math(rf"\left[ {product} \right]{bounds}")
    return symbols, [OPENING, *numbers, Math(rf"\right]{bounds}")]


def _explanation(this: Pass) -> Rich:
    context, words, notation = this.context, this.context.locale, this.context.notation
    if not notation.delta:
        return Rich(())
    layer = fill(notation.layer, layer="l")
    explained = context.phrase(
        words.symbols_explained,
        theta=Math(notation.activation),
        slope=Math(f"{notation.activation}'"),
        product=Math(notation.elementwise.strip()),
        delta=Math(notation.delta + layer),
        loss=Math(notation.letters[Kind.LOSS]),
        signal=Math(notation.letters[Kind.PRE_ACTIVATION] + layer),
    )
    if not any(this.augmented(form) for form in this.forms[1:]):
        return explained
    bracket = Math(r"[\,\cdot\,]_1^n")
    return join(explained, context.phrase(words.bias_row_left_out, bracket=bracket, n=Math("n")))


def _gradient(this: Pass, form: LayerForms, label: str) -> MatrixLine:
    context = this.context
    delta = context.solution.writer.dialects.names.grouped(this.symbol(form.delta))
    symbols = Math(f"{this.symbol(form.signal)} \\, {context.notation.transpose % delta}")
    row = transposed(this.matrix(form.delta))
    rows = block_rows(context, this.round, form.weight_gradient)
    augmented = this.augmented(form)
    if augmented:
        rows = [_phantom_row(this, form, lambda value: value.carried), *rows]
    signal = padded(augmented_rows(this, form), row_rule=True) if augmented else this.matrix(form.signal)
    comment = context.locale.bias_row_unused if this.first and augmented and form.number == 1 else ""
    exact = not augmented or _phantom_row(this, form, lambda value: Decimal(value.shown)) == rows[0]
    sign = result_sign(this, form.weight_gradient) if exact else APPROXIMATELY
    parts = [symbols, EQUALS, plain_part(signal), times_single(this, row), sign]
    return matrix_line(
        label, this.symbol(form.weight_gradient), [*parts, plain_part(padded(rows, row_rule=augmented))], comment
    )


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
        entries.append(Entry(Math(solution.writer.number(shown)), quiet=True))
    return entries

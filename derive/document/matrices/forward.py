"""The forward pass of a round in matrices, layer by layer, and its loss."""

from __future__ import annotations

from dataclasses import replace

from derive.document.context import Context
from derive.document.given import all_equal
from derive.document.mathematics import Math, Relation, Rich, Symbols
from derive.document.matrices.entries import bracketed, padded, plain_part
from derive.document.matrices.one_pass import (
    APPROXIMATELY,
    EQUALS,
    Pass,
    augmented_rows,
    matrix_line,
    result_parts,
    times_single,
    turned,
    weight_matrix,
)
from derive.document.model import MatrixLine, MatrixLines, Note, Piece
from derive.graph.equations import Equation
from derive.graph.formula import Slot
from derive.network.matrix_forms import LayerForms, layer_forms
from derive.network.solution import Round

MOST_STACKED = 6
"""Numbers of a loss up to which its fractions are stacked; a longer one is written with slashes, so that it breaks."""


def forward_lines(context: Context, round: Round) -> MatrixLines:
    """The forward pass of a round in matrices, the loss included."""
    this = Pass(context, round, layer_forms(context.solution.lowered))
    lines: list[MatrixLine | Note] = []
    for form in this.forms:
        if this.augmented(form):
            lines.append(_augmented_input(this, form))
        elif form.number == 1:
            lines.append(matrix_line(context.locale.input, this.symbol(form.signal), [this.matrix(form.signal)]))
        lines.extend(_forward_layer(this, form))
    lines.extend(_loss_lines(this))
    title = context.locale.pass_title.replace("<n>", str(round.number))
    return MatrixLines(title, all_equal(context) if this.first else Rich(()), tuple(lines))


def _augmented_input(this: Pass, form: LayerForms) -> MatrixLine:
    words = this.context.locale
    matrix = turned(padded(augmented_rows(this, form), row_rule=True), this.is_turned(form.signal))
    return matrix_line(
        words.input, this.symbol(form.signal), [matrix], words.bias_first if this.first and form.number == 1 else ""
    )


def _forward_layer(this: Pass, form: LayerForms) -> list[MatrixLine]:
    context, words = this.context, this.context.locale
    last = form.number == len(this.forms)
    label = words.output if last else words.layer.replace("<n>", str(form.number))
    augmented = this.augmented(form)
    way = this.is_turned(form.sums)
    whole = padded(augmented_rows(this, form), row_rule=True) if augmented else None
    weights, signal = (
        this.factor(form.weights, not way, weight_matrix(this, form)),
        this.factor(form.signal, way, whole),
    )
    (first, matrix), (second, other) = (signal, weights) if way else (weights, signal)
    symbols = f"{first} {second}"
    parts: list[Piece] = [matrix, *times_single(this, other)]
    comment = ""
    if form.biases is not None and not augmented:
        symbols += f" + {this.symbol(form.biases)}"
        parts += [Math("+"), bracketed(plain_part(this.matrix(form.biases)))]
        comment = words.biases_differ if context.notation.bias == "augmented" else ""
    function = form.slope.rule
    shown = [Symbols(symbols), EQUALS] if this.first else []
    if _passes_through(this, form):
        results = result_parts(this, form.sums, form.outputs.kind)
        line = matrix_line(label, this.symbol(form.outputs), [*shown, *parts, *results], comment)
        return [replace(line, mark=this.mark(form.outputs))]
    arrow = Relation(rf"\xrightarrow{{\;\mathrm{{{function.label or function.name}}}\;}}")
    results = [*result_parts(this, form.sums), arrow, *result_parts(this, form.outputs)[1:]]
    line = matrix_line(label, this.symbol(form.sums), [*shown, *parts, *results], comment)
    return [replace(line, mark=this.mark(form.sums))]


def _passes_through(this: Pass, form: LayerForms) -> bool:
    """Whether the layer's outputs are its pre-activations, to as many digits, so that one line holds both.

    The rule and the precisions say so, whatever the numbers are: a worksheet's lines are then those of its key.
    """
    if form.slope.rule.formula != Slot(form.slope.rule.slots[0]):
        return False
    pairs = zip(form.sums.ids, form.outputs.ids, strict=True)
    return all(this.round.precision_of(a) == this.round.precision_of(b) for a, b in pairs)


def _loss_lines(this: Pass) -> list[MatrixLine]:
    """The loss, after the steps that it is worked in, entry by entry."""
    graph = this.context.solution.graph
    steps = [_step_line(this, equation) for equation in graph.working[:-1]]
    equation = graph.working[-1] if graph.working else graph.forward[-1]
    few = len(equation.operands) <= MOST_STACKED
    writer = this.context.writer if few else this.context.inline_writer
    symbols = [Symbols(writer.formula(graph.forward[-1])), EQUALS] if this.first else []
    block = graph.blocks.of(graph.loss)
    parts = [*symbols, this.context.substituted(this.round, equation, writer), *result_parts(this, block)]
    lines = [*steps, replace(matrix_line("", this.symbol(block), parts), mark=this.mark(block))]
    return [replace(lines[0], label=this.context.locale.loss), *lines[1:]]


def _step_line(this: Pass, equation: Equation) -> MatrixLine:
    context, output = this.context, equation.output
    sign = EQUALS if this.round.is_exact(output) else APPROXIMATELY
    parts = [context.substituted(this.round, equation), sign, context.number(this.round, output)]
    return matrix_line("", context.symbol(output), parts)

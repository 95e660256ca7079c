"""The passes of a round in arrays: forward, backward and update, each line with its symbols, numbers and result."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from derive.document.context import Context
from derive.document.given import all_equal
from derive.document.mathematics import NOTHING, Math, Rich, Symbols
from derive.document.model import MatrixLine, MatrixLines, Note
from derive.document.views.activation_arrows import with_arrows
from derive.document.views.array_lines import BECOMES, ArrayLines, has_symbol
from derive.document.views.bias_rows import augmented_inputs, comment, delta_notes, with_definition
from derive.document.views.index import EQUALS, symbols_of
from derive.document.views.labels import (
    NO_PARAMETER,
    LabelledLine,
    defined_block,
    label,
    parameter_kind,
    update_label,
    with_labels,
)
from derive.document.views.laid_out import augmented_maps, in_order, laid_out, with_equal_biases
from derive.document.views.line_rules import rule_of
from derive.document.views.numbers import Numbers
from derive.graph.quantity import Kind
from derive.network.array_statements import Stated, update_statements
from derive.network.inlined import inlined
from derive.network.solution import Round
from derive.network.statements import Statement
from derive.problem.question import Ask
from derive.writing.matrix_views import matrix_latex


def matrix_form_lines(context: Context, asked: Ask) -> tuple[MatrixLines, ...]:
    """Two runs of lines for a round: forward from the first layer on and, where it updates, backward from the last."""
    round, words = context.solution.rounds[asked.round or 1], context.locale
    runs = [(words.matrix_title_forward, array_forward(context, round, in_symbols=True))]
    if not context.solution.plan.is_final(round.number):
        runs.append((words.matrix_title_backward, array_backward(context, round, in_symbols=True)))
    return tuple(replace(run, title=title.replace("<n>", str(round.number))) for title, run in runs)


def array_forward(context: Context, round: Round, *, in_symbols: bool) -> MatrixLines:
    """The forward pass of a round in arrays, the loss included."""
    augments = bool(augmented_maps(context, round))
    lines: list[LabelledLine] = []
    worked = _lines(context, round, context.array_pass.forward, in_symbols=in_symbols)
    for item, line in with_arrows(worked, named=not augments):
        lines += augmented_inputs(context, Numbers(context, round), item)
        lines.append((label(context, item), comment(context, round, item), line))
    aside = all_equal(context) if augments and round.number == 1 else Rich(())
    return replace(_pass(context.locale.pass_title, round, with_labels(lines)), aside=aside)


def array_backward(context: Context, round: Round, *, in_symbols: bool) -> MatrixLines:
    """The backward pass of a round in arrays."""
    both = context.array_pass
    worked = list(_lines(context, round, both.backward, both.forward, in_symbols=in_symbols))
    if in_symbols:
        worked = [(item, with_definition(context, item, line)) for item, line in worked]
    lines = list(with_labels((label(context, item), comment(context, round, item), line) for item, line in worked))
    items = [item for item, _ in worked]
    notes = delta_notes(context, items) if in_symbols else ()
    end = sum(parameter_kind(context, item) == NO_PARAMETER for item in items)
    return _pass(context.locale.back_title, round, (*lines[:end], *notes, *lines[end:]))


def array_update(context: Context, round: Round, *, in_symbols: bool) -> MatrixLines:
    """The update of a round in arrays, whatever the optimizer: the rate, gradients, states, parameters."""
    updates, words = update_statements(context.solution.graph), context.locale
    rule = _rule_of_layers(context, round, updates) if in_symbols else None
    lines: list[LabelledLine] = []
    if rule:
        lines.append((words.rule, words.iteration_number if context.notation.iteration else "", rule[0]))
    for item, line in _lines(context, round, updates, known=rule[1:] if rule else (), in_symbols=in_symbols):
        goes_by_it = rule is not None and isinstance(item, Statement) and _rule(context, item) == rule[1]
        own = replace(line, mark=NOTHING) if goes_by_it else line
        lines.append((update_label(context, item), comment(context, round, item), own))
    return replace(_pass(words.update_title, round, with_labels(lines)), aside=_rate(context, round))


def _pass(title: str, round: Round, lines: Iterable[MatrixLine | Note]) -> MatrixLines:
    return MatrixLines(title.replace("<n>", str(round.number)), Rich(()), tuple(lines), side_by_side=True)


def _rule_of_layers(context: Context, round: Round, items: Sequence[Stated]) -> tuple[MatrixLine, Hashable] | None:
    """The rule that the weights of all layers are updated by, for layer l in symbols; None where they have several.

    It reads as for the layers of most units: of a single number no transpose is written.
    """
    laid = laid_out(context, round, in_order(context, round, items))
    found = [item for item in laid if parameter_kind(context, item) != NO_PARAMETER and isinstance(item, Statement)]
    weights = [one for one in found if defined_block(context, one).kind is Kind.WEIGHT]
    most = max((min(defined_block(context, one).shape) for one in weights), default=0)
    largest = [one for one in weights if min(defined_block(context, one).shape) == most]
    if len({_rule(context, one) for one in largest}) != 1:
        return None
    equation, application = largest[0].contributions[0]
    layer = defined_block(context, largest[0]).layer
    iteration = str(round.number - 1) if context.notation.iteration or round.number > 1 else ""
    symbols = symbols_of(context, application, generic=False, iteration=iteration)
    left, right = matrix_latex(
        equation,
        application,
        replace(symbols, layer_l=layer),
        context.notation.dialects(stacked=True).names,
    )
    relation = BECOMES if context.notation.update == "arrow" else EQUALS
    targets = [quantity for one in weights for quantity in one.defined]
    line = MatrixLine("", Math(left), (relation, Symbols(right)), mark=context.stating(*targets))
    return line, _rule(context, largest[0])


def _rate(context: Context, round: Round) -> Rich:
    """The learning rate, where no line works it."""
    block = context.solution.lowered.rate
    if block is None or block.first in round.equation_of:
        return Rich(())
    rate = Math(f"{context.symbol(block.first)} = {context.number(round, block.first)}")
    return context.phrase(context.locale.learning_rate, rate=rate)


def _lines(
    context: Context,
    round: Round,
    items: Sequence[Stated],
    before: Sequence[Stated] = (),
    known: Iterable[Hashable] = (),
    *,
    in_symbols: bool,
) -> Iterator[tuple[Stated, MatrixLine]]:
    """The statements of a pass as they are laid out, with their lines; labels are not there yet.

    Symbols know the formulas of what was worked `before`. Rules that are `known` are not stated again.
    """
    ordered = in_order(context, round, items)
    written = inlined(context.solution.lowered.graph.blocks, [*before, *ordered], partial(has_symbol, context))
    symbols = laid_out(context, round, written[len(before) :])
    laid = list(laid_out(context, round, ordered))
    single = (with_equal_biases(context, round, item) for item in laid)
    lines = ArrayLines(context, Numbers(context, round), in_symbols).lines(single, symbols, known)
    return zip(laid, lines, strict=True)


def _rule(context: Context, statement: Statement) -> Hashable:
    return rule_of(defined_block(context, statement), statement)

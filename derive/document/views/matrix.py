"""A pass in arrays: symbols, the numbers of a round, and the result, forward and backward."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby

from derive.document.context import Context
from derive.document.given import all_equal
from derive.document.mathematics import Math, Rich, Symbols
from derive.document.model import MatrixLine, MatrixLines
from derive.document.views.activation_arrows import with_arrows
from derive.document.views.bias_rows import augmented_inputs, comment, delta_notes
from derive.document.views.entry_lines import BECOMES, EntryLines, update_rule
from derive.document.views.index import EQUALS, symbols_of
from derive.document.views.labels import (
    NO_PARAMETER,
    LabelledLine,
    defined_block,
    label,
    parameter_kind,
    subjects,
    update_label,
    with_labels,
)
from derive.document.views.laid_out import augmented_maps, laid_out, with_equal_biases
from derive.document.views.numbers import Numbers
from derive.document.views.statement_lines import StatementLines
from derive.graph.formula import Formula, Slot, rebuild
from derive.graph.quantity import Kind, Role
from derive.graph.views import matrix_form
from derive.graph.views.language import ADJOINT, ViewEquation
from derive.network.array_pass import Item
from derive.network.array_statements import update_statements
from derive.network.solution import Round
from derive.network.statements import Statement
from derive.problem.asks import Ask
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
    items = tuple(laid_out(context, round, context.array_pass.forward))
    augments = bool(augmented_maps(context, round))
    made = with_arrows(
        zip(items, _lines(context, round, items, in_symbols=in_symbols), strict=True), named=not augments
    )
    lines: list[LabelledLine] = []
    for item, line in made:
        lines += augmented_inputs(context, Numbers(context, round), item)
        lines.append((label(context, item), comment(context, round, item), line))
    title = context.locale.pass_title.replace("<n>", str(round.number))
    aside = all_equal(context) if augments and round.number == 1 else Rich(())
    return MatrixLines(title, aside, tuple(with_labels(lines)), side_by_side=True)


def array_backward(context: Context, round: Round, *, in_symbols: bool) -> MatrixLines:
    """The backward pass of a round in arrays."""
    items = tuple(laid_out(context, round, context.array_pass.backward))
    made = zip(items, _lines(context, round, items, in_symbols=in_symbols), strict=True)
    lines = [(label(context, item), comment(context, round, item), line) for item, line in made]
    notes = delta_notes(context, items) if in_symbols else []
    place = sum(parameter_kind(context, item) == NO_PARAMETER for item in items)
    labelled = list(with_labels(lines))
    title = context.locale.back_title.replace("<n>", str(round.number))
    return MatrixLines(title, Rich(()), (*labelled[:place], *notes, *labelled[place:]), side_by_side=True)


def array_update(context: Context, round: Round, *, in_symbols: bool) -> MatrixLines:
    """The update of a round in arrays, whatever the optimizer: the rate, gradients, states, parameters."""
    items = tuple(laid_out(context, round, update_statements(context.solution.graph)))
    rule, words = _rule_of_layers(context, round, items) if in_symbols else None, context.locale
    single = [with_equal_biases(context, round, item) for item in items]
    made = EntryLines(context, Numbers(context, round), in_symbols).lines(single, items, rule[1:] if rule else ())
    lines: list[LabelledLine] = []
    if rule:
        lines.append((words.rule, words.iteration_number if context.notation.iteration else "", rule[0]))
    for item, line in zip(items, made, strict=True):
        lines.append((update_label(context, item), comment(context, round, item), line))
    title = words.update_title.replace("<n>", str(round.number))
    return MatrixLines(title, _rate(context, round), tuple(with_labels(lines)), side_by_side=True)


def _rule_of_layers(context: Context, round: Round, items: Sequence[Item]) -> tuple[MatrixLine, Hashable] | None:
    """The rule that the weights of all layers are updated by, for layer l in symbols; None where they have several.

    It reads as for the layers of most units: of a single number no transpose is written.
    """
    found = [item for item in items if parameter_kind(context, item) != NO_PARAMETER and isinstance(item, Statement)]
    weights = [one for one in found if defined_block(context, one).kind is Kind.WEIGHT]
    most = max((min(defined_block(context, one).shape) for one in weights), default=0)
    largest = [one for one in weights if min(defined_block(context, one).shape) == most]
    if len({update_rule(one) for one in largest}) != 1:
        return None
    equation, application = largest[0].contributions[0]
    update, layer = round.number - 1, context.solution.lowered.graph.blocks.of
    symbols = symbols_of(context, application, generic=False, iteration=str(update) if update else "")
    left, right = matrix_latex(
        equation,
        application,
        replace(symbols, layer_l=layer(application.tensors[equation.of].ids[0]).layer),
        context.notation.dialects(stacked=True).names,
    )
    relation = BECOMES if context.notation.update == "arrow" else EQUALS
    targets = [q for one in weights for row in matrix_form.targets(*one.contributions[0]) for q in row if q]
    line = MatrixLine("", Math(left), (relation, Symbols(right)), mark=context.stating(*targets))
    return line, update_rule(largest[0])


def _rate(context: Context, round: Round) -> Rich:
    """The learning rate, where no line works it."""
    block = context.solution.lowered.rate
    if block is None or block.first in round.equation_of:
        return Rich(())
    rate = Math(f"{context.symbol(block.first)} = {context.number(round, block.first)}")
    return context.phrase(context.locale.learning_rate, rate=rate)


def _lines(context: Context, round: Round, items: Sequence[Item], *, in_symbols: bool) -> Iterator[MatrixLine]:
    """The lines of a pass, without labels."""
    lines = StatementLines(context, Numbers(context, round), in_symbols)
    stated = set[Hashable]()
    for is_of_layer, run in groupby(items, key=partial(_is_of_layer, context)):
        found = list(run)
        if is_of_layer:
            yield from _stated(context, lines, found, stated)
        else:
            yield from EntryLines(context, lines.numbers, in_symbols).lines(found, found)


def _is_of_layer(context: Context, item: Item) -> bool:
    """Whether a layer works what a line is of, and not the loss or the update."""
    block = subjects(context, item)[0]
    return bool(block.layer) and block.role not in (Role.UPDATED, Role.OPTIMIZER)


def _stated(
    context: Context, lines: StatementLines, items: Sequence[Item], stated: set[Hashable]
) -> Iterator[MatrixLine]:
    """Lines of layers; a rule that is `stated` already is not stated again."""
    for item in items:
        if not isinstance(item, Statement):
            yield lines.scalar(item)
            continue
        rule = _rule(context, item)
        yield replace(lines, in_symbols=lines.in_symbols and rule not in stated).line(item)
        stated.add(rule)


def _rule(context: Context, statement: Statement) -> Hashable:
    """What a statement has in common with those of other steps, which need no symbols of their own.

    Adjoints go by one rule for all gates of a layer.
    """
    equations = tuple(equation for equation, _ in statement.all_contributions)
    equation, application = statement.contributions[0]
    found = application.find(equation.of)
    if found is not None and found[1]:
        equations = tuple(_without_tag(one) for one in equations)
    block = subjects(context, statement)[0]
    return block.layer, equations, "" if "_" in equation.of else block.tag


def _without_tag(equation: ViewEquation) -> ViewEquation:
    """An equation of a gate as that of any gate: `ds_o = do .* o .* (1 - o)` as `ds_ = d .* ...`."""
    tag = equation.of.partition("_")[2]
    if not tag:
        return equation

    def plain(node: Formula) -> Formula | None:
        if not isinstance(node, Slot):
            return None
        stem, _, own = node.name.partition("_")
        if own == tag:
            return Slot(f"{stem}_")
        return Slot(node.name.removesuffix(tag) + "_") if node.name in (tag, ADJOINT + tag) else node

    return ViewEquation(Slot(equation.of.removesuffix(tag)), rebuild(equation.right, plain))

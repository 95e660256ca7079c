"""A pass in arrays: symbols, the numbers of a round, and the result, forward and backward."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby

from derive.document.context import Context
from derive.document.mathematics import Rich
from derive.document.model import MatrixLine, MatrixLines
from derive.document.pictures.layer_names import block_name
from derive.document.views.entry_lines import EntryLines
from derive.document.views.laid_out import laid_out
from derive.document.views.numbers import Numbers
from derive.document.views.statement_lines import StatementLines
from derive.graph.formula import Formula, Slot, rebuild
from derive.graph.quantity import Block, Role
from derive.graph.tensor import HOLE
from derive.graph.views.language import ADJOINT, ViewEquation
from derive.network.array_pass import Item
from derive.network.solution import Round
from derive.network.statements import Statement
from derive.problem.question import Ask


def matrix_form_lines(context: Context, asked: Ask) -> tuple[MatrixLines, ...]:
    """Two runs of lines for a round: forward from the first layer on and, where it updates, backward from the last."""
    round, words = context.solution.rounds[asked.round or 1], context.locale
    runs = [(words.matrix_title_forward, array_forward(context, round, in_symbols=True))]
    if not context.solution.plan.is_final(round.number):
        runs.append((words.matrix_title_backward, array_backward(context, round, in_symbols=True)))
    return tuple(replace(run, title=title.replace("<n>", str(round.number))) for title, run in runs)


def array_forward(context: Context, round: Round, *, in_symbols: bool) -> MatrixLines:
    """The forward pass of a round in arrays, the loss included."""
    title = context.locale.pass_title.replace("<n>", str(round.number))
    return MatrixLines(
        title,
        Rich(()),
        tuple(_lines(context, round, context.array_pass.forward, in_symbols=in_symbols)),
        side_by_side=True,
    )


def array_backward(context: Context, round: Round, *, in_symbols: bool) -> MatrixLines:
    """The backward pass of a round in arrays."""
    title = context.locale.back_title.replace("<n>", str(round.number))
    return MatrixLines(
        title,
        Rich(()),
        tuple(_lines(context, round, context.array_pass.backward, in_symbols=in_symbols)),
        side_by_side=True,
    )


def _lines(context: Context, round: Round, items: Sequence[Item], *, in_symbols: bool) -> Iterator[MatrixLine]:
    """The lines of a pass; a label wherever another layer or another step begins."""
    lines = StatementLines(context, Numbers(context, round), in_symbols)
    stepwise = _stepwise(context)
    before, stated = "", set[Hashable]()
    for is_of_layer, run in groupby(laid_out(context, items), key=partial(_is_of_layer, context)):
        found = list(run)
        labels = [_label(context, item, stepwise) for item in found]
        if is_of_layer:
            made: Iterable[MatrixLine] = _stated(context, lines, found, stated)
        else:
            made = EntryLines(context, lines.numbers, in_symbols).lines(found)
        for label, line in zip(labels, made, strict=True):
            yield replace(line, label=label if label != before else "")
            before = label


def _is_of_layer(context: Context, item: Item) -> bool:
    """Whether a layer works what a line is of, and not the loss or the update."""
    block = _subjects(context, item)[0]
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
    block = _subjects(context, statement)[0]
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


def _stepwise(context: Context) -> frozenset[int]:
    """The layers that are worked step by step: recurrent ones, by their numbers."""
    times: dict[int, set[frozenset[int]]] = {}
    for item in context.array_pass.forward:
        blocks = _subjects(context, item)
        times.setdefault(blocks[0].layer, set()).add(frozenset(block.time for block in blocks))
    return frozenset(layer for layer, found in times.items() if len(found) > 1 and max(map(len, found)) == 1)


def _label(context: Context, item: Item, stepwise: frozenset[int]) -> str:
    """What a line belongs to: its layer, with the step where the layer is worked step by step; or the loss."""
    blocks = _subjects(context, item)
    number, words = blocks[0].layer, context.locale
    if not number:
        return words.loss
    names = [block_name(context, placed) for placed in context.solution.lowered.placed]
    name = names[number - 1]
    label = name[:1].upper() + name[1:] if names.count(name) == 1 else words.layer_number.replace("<n>", str(number))
    if number not in stepwise or not blocks[0].time:
        return label
    return words.steps.at_step.replace("<title>", label).replace("<t>", str(blocks[0].time))


def _subjects(context: Context, item: Item) -> list[Block]:
    """The blocks that a line is of; for an adjoint those which it is the adjoint of."""
    graph = context.solution.lowered.graph
    if isinstance(item, Statement):
        equation, application = item.contributions[0]
        found = application.find(equation.of)
        if found is None:
            raise LookupError(f"no array {equation.of!r}")
        return [graph.blocks.of(quantity) for quantity in found[0].ids if quantity != HOLE]
    block = graph.blocks.of(item.output)
    return [block if block.of is None else block.of]

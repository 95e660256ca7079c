"""The statement of a problem in sentences: the given constants, the equations, the loss and the update in symbols."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.document.context import Context
from derive.document.mathematics import Math, Rich
from derive.document.statement.constants import given_constants, rates
from derive.document.statement.loss import activation_formulas, loss_formulas, upstream_formula
from derive.document.statement.update import frozen_symbols, update_rule


def statement(context: Context) -> Rich:
    """What is needed to work a problem beside its data and its parameters, as one paragraph."""
    return context.sentences(*_sentences(context))


def _sentences(context: Context) -> Iterator[Rich]:
    words = context.locale.statement
    for pattern, formulas in (
        (words.given, given_constants(context)),
        (words.equations, _equations(context)),
        (words.activation, activation_formulas(context)),
        (words.loss, loss_formulas(context)),
        (words.upstream, upstream_formula(context)),
    ):
        if formulas:
            yield context.phrase(pattern, formulas=_listed(context, formulas))
    yield from _update(context)


def _update(context: Context) -> Iterator[Rich]:
    """The rates of the rounds, the lines of the update, what its states start from, what its counter counts."""
    words, rule, counter = context.locale.statement, update_rule(context), context.solution.lowered.counter
    numbers = rates(context)
    if numbers and context.solution.lowered.rate is not None:
        rate = context.symbol(context.solution.lowered.rate.first)
        yield context.phrase(words.rates, rate=rate, numbers=_listed(context, numbers))
    if rule is not None:
        pattern = words.update if rule.stands_for_all else words.update_of_one
        yield context.phrase(pattern, parameter=rule.parameter, formulas=_listed(context, rule.lines))
        if rule.starts:
            yield context.phrase(words.start, formulas=_listed(context, rule.starts))
        fixed = frozen_symbols(context)
        if fixed:
            yield context.phrase(words.fixed, symbols=_listed(context, fixed))
    if counter is not None:
        yield context.phrase(words.counter, counter=context.symbol(counter.first))


def _equations(context: Context) -> tuple[Math, ...]:
    """The equations of a problem that is stated in equations."""
    lowered = context.solution.lowered
    if lowered.placed:
        return ()
    writer = context.inline_writer
    return tuple(Math(f"{writer.symbol(e.output)} = {writer.formula(e)}") for e in lowered.graph.shown_forward)


def _listed(context: Context, formulas: Sequence[Math]) -> Rich:
    """Formulas with what stands between the parts of a list."""
    return Rich(tuple(part for formula in formulas for part in (context.locale.comma, formula))[1:])

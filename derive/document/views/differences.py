"""Central differences beside chosen partials."""

from __future__ import annotations

from decimal import Decimal

from derive.arithmetic.rounding import Policy, Precision
from derive.document.context import Context
from derive.document.mathematics import Answer, Math, Rich
from derive.document.model import NumberTable
from derive.graph.quantity import Role
from derive.network.check import relative_difference
from derive.network.differences import central_difference
from derive.network.work import exact_plan, work
from derive.problem.question import Ask
from derive.writing.symbols import loss_letter

STEP = "1e-4"
_SHOWN = Policy(Precision(10, significant=True))
"""How the losses and the difference are shown: with enough digits to see where they part."""


def central_differences(context: Context, asked: Ask) -> tuple[NumberTable, ...]:
    """A table for each loss: for a partial its number, the loss above and below, the difference, how far apart."""
    solution, words = context.solution, context.locale
    graph = solution.lowered.graph
    round = solution.rounds[asked.round or 1]
    start = {q: v.carried for q, v in round.values.items() if graph.blocks.of(q).role is Role.GIVEN}
    (exact,) = work(exact_plan(solution.plan, graph, start))
    moved = {adjoint: quantity for quantity, adjoint in graph.adjoint_of.items()}
    step = Decimal(asked.step or STEP)
    rows: dict[str, list[tuple[Math, ...]]] = {}
    for name in asked.names:
        partial = solution[name].id
        found = central_difference(graph, start, moved[partial], step)
        numbers = (exact[partial].unrounded, found.above, found.below, found.quotient)
        apart = relative_difference(exact[partial].unrounded, found.quotient)
        worked = context.answer(_text(context, numbers[0]), partial, round)
        shown = (Answer(_text(context, number), round=round.number) for number in numbers[1:])
        loss = loss_letter(graph, solution.notation, graph.blocks.of(partial))
        row = (context.symbol(partial), worked, *shown, Answer(_power(apart), round=round.number))
        rows.setdefault(loss, []).append(row)
    note = context.phrase(
        words.differences_note,
        n=str(round.number),
        step=Math(f"h = {context.writer.number(asked.step or STEP)}"),
    )
    return tuple(
        NumberTable(_titles(context, loss), tuple(found), note if number == len(rows) else Rich(()))
        for number, (loss, found) in enumerate(rows.items(), 1)
    )


def _titles(context: Context, loss: str) -> tuple[Math | str, ...]:
    """The heads of the columns for partials of one loss."""
    words = context.locale
    losses = (Math(f"{loss}(+h)"), Math(f"{loss}(-h)"))
    quotient = Math(rf"\frac{{{loss}(+h) - {loss}(-h)}}{{2h}}")
    return (words.partial, words.value, *losses, quotient, words.relative_difference)


def _text(context: Context, number: Decimal) -> str:
    shown = _SHOWN.finish(number, _SHOWN.precision, Decimal(0)).shown
    return context.writer.number(shown)


def _power(number: float) -> str:
    """A small number as one digit times a power of ten."""
    if not number:
        return "0"
    digit, _, exponent = f"{number:.0e}".partition("e")
    return rf"{digit} \times 10^{{{int(exponent)}}}"

"""What a key says about its numbers: how they are rounded, what is marked, which side a kink takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.arithmetic.rounding import Mode, Override
from derive.catalog.activations import SWITCHES
from derive.document.aids.tie_remarks import tie_remarks
from derive.document.context import Context
from derive.document.document import Question
from derive.document.mathematics import Math, Rich
from derive.document.model import Entry, LocalLine, Matrix, Working
from derive.document.views.index import block_symbol
from derive.document.walk import within
from derive.graph.equations import Equation
from derive.graph.quantity import Role
from derive.network.solution import Round

APPROXIMATELY = r"\approx"
"""Stands before a result that the shown numbers miss."""
_RESULTS = frozenset({"round-table", "computation-graph"})
"""Sections of a round that show results without the lines that give them."""


def number_remarks(context: Context, questions: Sequence[Question]) -> Iterator[Rich]:
    """The conventions that a reader of these questions must know: rounding, marks, the derivative at a kink."""
    solution, words = context.solution, context.locale
    policy = solution.policy
    shown = context.shown_precision(policy.precision)
    modes = {
        Mode.HALF_UP: words.rounding_half_up,
        Mode.HALF_EVEN: words.rounding_half_even,
        Mode.CUT: words.rounding_cut,
    }
    found = [context.phrase(modes[policy.mode] if policy.carries_rounded else words.rounding_full, shown=shown)]
    if _marks_approximate_lines(context, questions):
        found.append(context.phrase(words.approximate))
    if policy.carries_rounded and _prints_local_partials(context, questions):
        found.append(context.phrase(words.local_partials_rounded))
        found += [context.phrase(words.local_partials_cut)] if _prints_approximately(questions) else []
    found += _exceptions(context)
    if context.notation.dotted_equals:
        found.append(context.phrase(words.dotted, sign=Math(r"\doteq")))
    if any(entry.updated for entry in within(questions, Entry)):
        found.append(context.phrase(words.underlined))
    found += _bias_remarks(context, questions)
    yield context.sentences(*found)
    kinked = solution.lowered.kinked
    if kinked:
        value = solution.problem.relu_at_zero
        pattern = words.at_zero if kinked <= SWITCHES else words.counted(words.at_kink, str(value))
        yield context.phrase(pattern, value=Math(value))
    yield from tie_remarks(context)


def _is_approximate(context: Context, round: Round, equation: Equation) -> bool:
    """Whether a line whose numbers are shown does not give its shown result."""
    hidden = context.is_hidden(round, equation.output, *equation.operands)
    return not hidden and not round.is_exact(equation.output)


def _shows_lines(context: Context, number: int) -> bool:
    """Whether the key writes a round's lines out, and not its results alone."""
    if set(context.round_sections) - _RESULTS:
        return True
    asked = (question.asks for question in context.solution.problem.questions if question.working)
    return any(part in ("rounds", f"round {number}") for asks in asked for part in asks)


def _marks_approximate_lines(context: Context, questions: Sequence[Question]) -> bool:
    """Whether lines miss their shown results, and the questions print the sign that marks such a line."""
    worked = [round for round in context.solution.rounds if _shows_lines(context, round.number)]
    misses = any(_is_approximate(context, round, equation) for round in worked for equation in round.equations)
    return misses and _prints_approximately(questions)


def _prints_approximately(questions: Sequence[Question]) -> bool:
    return any(APPROXIMATELY in one for one in within(questions, Math))


def _prints_local_partials(context: Context, questions: Sequence[Question]) -> bool:
    """Whether some question has local partials: those of a graph, or in a step of a quantity with several uses."""
    title = context.locale.local_partials
    parts = within(questions, LocalLine, Working)
    return any(isinstance(one, LocalLine) or one.title == title for one in parts)


def _bias_remarks(context: Context, questions: Sequence[Question]) -> Iterator[Rich]:
    """What sets biases off in matrices."""
    matrices = within(questions, Matrix)
    if any(one.row_rule or one.column_rule for one in matrices):
        columns = context.notation.product == "x W"
        yield context.phrase(context.locale.bias_line_column if columns else context.locale.bias_line)


def _exceptions(context: Context) -> Iterator[Rich]:
    """One sentence for the exceptions of each round (or of all rounds) and precision."""
    words = context.locale
    overrides = context.solution.policy.overrides
    grouped: dict[tuple[int | None, str], list[Math]] = {}
    for override in overrides:
        symbols = grouped.setdefault((override.round, context.shown_precision(override.precision)), [])
        symbols += _overridden(context, override)
    for (number, shown), symbols in grouped.items():
        names = Rich(tuple(part for symbol in symbols for part in (words.and_, symbol))[1:])
        if symbols and number is None:
            yield context.phrase(words.rounding_exception_always, symbols=names, shown=shown)
        elif symbols:
            yield context.phrase(words.rounding_exception, symbols=names, n=str(number), shown=shown)
    for override in overrides:
        if override.kind is None and override.quantity is None:
            shown = context.shown_precision(override.precision)
            yield context.phrase(words.rounding_exception_round, n=str(override.round), shown=shown)
    policy = context.solution.policy
    if policy.states:
        yield context.phrase(words.rounding_states, shown=context.shown_precision(policy.state_precision))


def _overridden(context: Context, override: Override) -> list[Math]:
    """The symbols of what an exception names: a block, an entry, or the blocks of a kind."""
    blocks = context.solution.graph.blocks
    by_name = {block.name: block for block in blocks.blocks}
    if override.quantity in by_name:
        return [block_symbol(context, by_name[override.quantity])]
    if override.quantity is not None:
        return [Math(context.lookup(override.quantity) or "")]
    worked = context.solution.rounds[1].values
    kinds = [b for b in blocks.blocks if b.kind.value == override.kind and b.role is not Role.UPDATED]
    ordered = sorted((block for block in kinds if block.first in worked), key=lambda block: block.layer)
    named = [block for block in ordered if block.of is not None or block.kind in context.notation.letters]
    return [block_symbol(context, block) for block in named] or [context.symbol(q) for b in ordered for q in b.ids]

"""A round in steps: each with its worked lines and with the reason for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from derive.document.context import Context
from derive.document.given import round_given
from derive.document.local_partials import LocalPartial, local_partials
from derive.document.mathematics import NOTHING, Math, Rich
from derive.document.model import LocalLine, Step, Steps, WorkedLine
from derive.document.steps.chain_rule import chain_rule
from derive.document.steps.findings import backward_findings, update_findings
from derive.document.steps.groups import backward_steps, forward_steps
from derive.document.steps.reasons import Reason, adjoint_of, backward_reasons, forward_reasons
from derive.document.steps.titles import backward_title, forward_title
from derive.document.tables import worked_line
from derive.graph.equations import Equation
from derive.graph.quantity import Kind, Role
from derive.network.solution import Round
from derive.problem.question import asked_parts, read_ask

MOST_WRITTEN = 6
"""In a step of more lines, those that are alike one that is written put their numbers in without the formula."""
MOST_OPERANDS = 10
"""So do those of more operands."""
MOST_LOCAL = 4
"""So many local partials are written out under a chain rule."""
LONGEST_LOCAL = 44
"""Characters of LaTeX of a local partial that is written out by itself."""
MOST_REASONS = 3
FORWARD = "forward-steps"
Lines = tuple[WorkedLine | LocalLine, ...]


@dataclass(frozen=True)
class _Draft:
    """A step before it has a number: its reasons still have their names."""

    title: Rich
    lines: Lines
    reasons: tuple[Reason, ...]
    findings: tuple[Reason, ...] = ()


def forward_section(context: Context, round: Round) -> tuple[Steps, ...]:
    """The forward pass in steps, after what the round is given."""
    drafts = [_forward_draft(context, round, step) for step in _forward(context, round)]
    title, note = context.locale.forward_pass, _note(context, round)
    return (Steps(title, round_given(context, round), note, _numbered(context, round, drafts, 1)),)


def backward_section(context: Context, round: Round) -> tuple[Steps, ...]:
    """The walk back and the update in steps; numbered on from the forward pass where that is in steps too."""
    blocks = context.solution.graph.blocks
    behind = [e for e in round.equations if blocks.of(e.output).role is not Role.FORWARD]
    if not behind:
        return ()
    drafts = [_backward_draft(context, round, step) for step in backward_steps(context, behind)]
    begun = FORWARD in context.round_sections
    first = len(_forward(context, round)) + 1 if begun else 1
    note = Rich(()) if begun else _note(context, round)
    return (Steps(context.locale.backward_pass, (), note, _numbered(context, round, drafts, first)),)


def _forward(context: Context, round: Round) -> tuple[tuple[Equation, ...], ...]:
    blocks = context.solution.graph.blocks
    return forward_steps(context, [e for e in round.equations if blocks.of(e.output).role is Role.FORWARD])


def _note(context: Context, round: Round) -> Rich:
    """That the steps are those of an earlier round, where the document has one."""
    first = first_round(context)
    if round.number == first:
        return Rich(())
    return context.phrase(context.locale.steps.as_in_round, n=str(first))


def first_round(context: Context) -> int:
    """The first round that the document works: the one whose steps have every reason."""
    parts = [part for question in context.solution.problem.questions for part in asked_parts(question.asks)]
    asked = [ask for ask in map(read_ask, parts) if ask is not None]
    stated = [ask.round for ask in asked if ask.kind == "round" and ask.round is not None]
    return min(stated) if stated and not any(ask.kind == "rounds" for ask in asked) else 1


def _numbered(context: Context, round: Round, drafts: Sequence[_Draft], first: int) -> tuple[Step, ...]:
    """The steps with their numbers; a reason that was given before is referred to."""
    said: dict[str, int] = {}
    steps = []
    for number, draft in enumerate(drafts, first):
        reasons = draft.reasons[:MOST_REASONS] if round.number == first_round(context) else ()
        new = [reason for reason in reasons if reason.name not in said or reason.about]
        old = [said[reason.name] for reason in reasons if reason.name in said]
        texts = [reason.text for reason in new]
        if not texts and old:
            texts = [context.phrase(context.locale.steps.as_in_step, n=str(old[0]))]
        said |= {reason.name: number for reason in reasons if reason.name not in said}
        findings = tuple(finding.text for finding in draft.findings)
        steps.append(Step(str(number), draft.title, draft.lines, tuple(texts), findings))
    return tuple(steps)


def _forward_draft(context: Context, round: Round, step: Sequence[Equation]) -> _Draft:
    reasons = list(forward_reasons(context, step))
    blocks = context.solution.graph.blocks
    if any(blocks.of(equation.output).kind is Kind.LOSS for equation in step) and context.solution.problem.has_loss:
        reasons.append(Reason("loss", context.phrase(context.locale.steps.loss)))
    return _Draft(forward_title(context, step), _lines(context, round, step), _once(reasons))


def _backward_draft(context: Context, round: Round, step: Sequence[Equation]) -> _Draft:
    found = [one for one in (adjoint_of(context, equation) for equation in step) if one is not None]
    reasons = list(backward_reasons(context, found))
    findings = list(backward_findings(context, round, found))
    if _is_update(context, step):
        reasons += _update_reasons(context)
        findings += update_findings(context, round)
    return _Draft(backward_title(context, step), _lines(context, round, step), _once(reasons), _once(findings))


def _is_update(context: Context, step: Sequence[Equation]) -> bool:
    return context.solution.graph.blocks.of(step[0].output).role is not Role.BACKWARD


def _update_reasons(context: Context) -> Iterator[Reason]:
    """What the optimizer does."""
    rate = context.solution.lowered.rate
    pattern = context.locale.steps.optimizers.get(context.solution.problem.optimizer.name)
    if pattern is not None and rate is not None:
        yield Reason("optimizer", context.phrase(pattern, rate=context.symbol(rate.first)))


def _once(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    """The reasons without those of a name that is there already."""
    found: dict[str, Reason] = {}
    for reason in reasons:
        found.setdefault(reason.name, reason)
    return tuple(found.values())


def _lines(context: Context, round: Round, step: Sequence[Equation]) -> Lines:
    """The lines of a step: in full the first one, and the first with each other number of terms.

    Of the others only the formula and the numbers are written; where there are many or they are long, the numbers
    alone.
    """
    first = round.number == first_round(context)
    chained: set[int] = set()
    written: set[Likeness] = set()
    lines: list[WorkedLine | LocalLine] = []
    for equation in step:
        line = worked_line(context, round, equation)
        terms = _terms(context, equation) if line.chain and first else 0
        if not terms or terms in chained:
            line = replace(line, chain=NOTHING)
        elif not chained:
            lines += _local_lines(context, round, equation)
        chained |= {terms} if terms else set()
        likeness = _likeness(context, equation)
        many = len(step) > MOST_WRITTEN or len(equation.operands) > MOST_OPERANDS
        brief = many and likeness in written and context.detail.has_numbers
        lines.append(replace(line, formula=NOTHING) if brief else line)
        written.add(likeness)
    return tuple(lines)


Likeness = tuple[frozenset[str], int]
"""The rules that a line goes by, and of how many operands it is."""


def _likeness(context: Context, equation: Equation) -> Likeness:
    """What lines have in common that one example explains."""
    adjoint = adjoint_of(context, equation)
    rules = {use.rule.name for use in adjoint.uses} if adjoint is not None else {equation.rule.name}
    return frozenset(rules), len(equation.operands)


def _terms(context: Context, equation: Equation) -> int:
    rule = chain_rule(context, context.ways, equation)
    return 0 if rule is None else len((*rule.terms, *rule.more))


def _local_lines(context: Context, round: Round, equation: Equation) -> Iterator[LocalLine]:
    """The local partials of a chain rule of a few terms, where they are short and say something."""
    rule = chain_rule(context, context.ways, equation)
    if rule is None or not 1 < len(rule.terms) <= MOST_LOCAL or rule.more:
        return
    found = []
    for term in rule.terms:
        own = [one for one in local_partials(round, term.use) if one.operand == term.quantity]
        if len(own) != 1 or term.inner is not None or len(own[0].formula(context)) > LONGEST_LOCAL:
            return
        found += own
    if not all(one.is_constant for one in found):
        yield LocalLine(tuple(_local(context, round, one) for one in found))


def _local(context: Context, round: Round, partial: LocalPartial) -> tuple[Math, Math, Math, Math]:
    shown = NOTHING if partial.is_constant else _local_number(context, round, partial)
    return partial.symbol(context), partial.formula(context), partial.relation, shown


def _local_number(context: Context, round: Round, partial: LocalPartial) -> Math:
    """The number of a local partial; as it is shown elsewhere, where the partial is nothing but another quantity."""
    if partial.is_one_quantity:
        return context.number(round, partial.equation.operands[0])
    return partial.shown(context, round)

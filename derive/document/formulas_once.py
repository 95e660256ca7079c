"""Formulas stated once: a line whose formula stands further up already gives its numbers alone."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

from derive.document.aids.citations import Stating
from derive.document.context import Context
from derive.document.document import Question
from derive.document.handouts.handout import Handout
from derive.document.mathematics import NOTHING
from derive.document.model import Section, WorkedLine, Working
from derive.graph.quantity import Role

_BY_RULE = frozenset({Role.UPDATED, Role.OPTIMIZER})
"""The lines that go by one rule for all parameters."""


def formulas_once(context: Context, questions: Sequence[Question]) -> tuple[Question, ...]:
    """The questions with each formula of a worked line where it comes first, and the rule of an update once."""
    stated: set[Hashable] = set()

    def shortened(line: WorkedLine) -> WorkedLine:
        rules = {_rule(context, name) for name in line.mark.names} if isinstance(line.mark, Stating) else set()
        is_known = bool(rules) and rules <= stated
        stated.update(rules)
        return replace(line, chain=NOTHING, formula=NOTHING) if is_known and line.substituted else line

    def changed(section: Section | Handout) -> Section | Handout:
        if not isinstance(section, Working):
            return section
        return replace(section, groups=tuple(tuple(map(shortened, group)) for group in section.groups))

    return tuple(replace(question, sections=tuple(map(changed, question.sections))) for question in questions)


def _rule(context: Context, name: str) -> Hashable:
    """What lines of one formula have in common: the rule of an update, or the quantity that is worked."""
    graph = context.solution.graph
    quantity = graph.blocks.by_name[name]
    by_rule = graph.blocks.of(quantity).role in _BY_RULE
    return graph.equation_of[quantity].rule if by_rule else quantity

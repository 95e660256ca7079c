"""The questions of a problem, answered by the sections that its style names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from derive.document.asked_questions import asked_questions, expanded
from derive.document.context import Context
from derive.document.document import Question
from derive.document.exercise import points
from derive.document.handouts.handout import Handout, Paragraph, RoundHead
from derive.document.model import MatrixLines, Section
from derive.document.sections import PROBLEM_SECTIONS, ROUND_SECTIONS
from derive.errors import InputError
from derive.problem.question import FreeText, asked_parts, read_ask, unknown_part
from derive.problem.question import Question as Asked
from derive.sources.validate import suggestion


def questions(context: Context) -> Iterator[Question]:
    """Every question with its answers. Raises `InputError` for what the style does not have."""
    extra = context.solution.problem.extra
    asked = asked_questions(context)
    for number, question in enumerate(asked, 1):
        first_extra = extra is not None and extra.from_question == number
        yield Question(
            number=str(number) if question.title else "",
            title=question.title,
            points=_question_points(context, question),
            note=context.rich(question.note),
            text=context.rich(question.text),
            sections=tuple(_sections(context, question)),
            before=context.rich(extra.text) if extra is not None and first_extra else None,
            before_worth=points(context, "", extra.worth) if extra is not None and first_extra else "",
            score=points(context, question.points, ""),
        )


def _question_points(context: Context, question: Asked) -> str:
    parts = [read_ask(part) for ask in asked_parts(question.asks) for part in expanded(context, ask)]
    rounds = any(part is not None and part.kind == "round" for part in parts)
    shown = context.shown_precision(context.solution.policy.precision) if rounds and question.title else ""
    return "\N{EM SPACE}".join(part for part in (shown, points(context, question.points, "")) if part)


def _sections(context: Context, question: Asked) -> Iterator[Section | Handout]:
    """The answers to the parts of a question, each part and each section once.

    Rounds say their number where there are several.
    """
    parts = [part for ask in asked_parts(question.asks) for part in expanded(context, ask)]
    rounds = {part for part in parts if _round_of(part)}
    answered: set[str] = set()
    shown: list[Section | Handout] = []
    for ask in question.asks:
        if isinstance(ask, FreeText):
            yield Paragraph(context.rich(ask.text))
            continue
        for part in (one for one in expanded(context, ask) if one not in answered):
            answered.add(part)
            sections = tuple(one for one in _answered(context, part, question) if one not in shown)
            shown += sections
            says_round = any(isinstance(section, MatrixLines) for section in sections)
            if part in rounds and len(rounds) > 1 and not says_round:
                yield RoundHead(context.locale.round_title.replace("<n>", str(_round_of(part))))
            yield from sections


def _round_of(part: str) -> int | None:
    """The round that a part is, if it is one."""
    asked = read_ask(part)
    return asked.round if asked is not None and asked.kind == "round" else None


def _answered(context: Context, part: str, question: Asked) -> Iterator[Section]:
    """The sections that answer one part. Raises `InputError` for what is none."""
    asked = read_ask(part)
    if asked is None:
        raise InputError.single(unknown_part(part))
    if asked.kind != "round" or asked.round is None:
        for name in _section_names(context, asked.kind, PROBLEM_SECTIONS):
            yield from PROBLEM_SECTIONS[name](context, asked)
        return
    round = context.solution.rounds[asked.round]
    kinds = ("round", "working") if question.working else ("round",)
    names = dict.fromkeys(name for kind in kinds for name in _section_names(context, kind, ROUND_SECTIONS))
    for name in names:
        yield from ROUND_SECTIONS[name](context, round)


def _section_names(context: Context, part: str, known: Mapping[str, object]) -> tuple[str, ...]:
    """The sections by which the style answers a part. Raises `InputError` if it names one that does not fit."""
    names = context.sections_of(part)
    if names is None:
        raise InputError.single(f"style {context.solution.problem.style!r} has no sections for {part!r}")
    for name in names:
        if name not in known:
            where = f"style {context.solution.problem.style!r}: {part}"
            raise InputError.single(f"{where} cannot have the section {name!r}{suggestion(name, known)}")
    return names

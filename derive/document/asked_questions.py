"""Which questions a document answers: those of the problem, or those of its style."""

from __future__ import annotations

from collections.abc import Iterator

from derive.document.aids.final_parameters import writes_final_parameters
from derive.document.context import Outline
from derive.document.results import writes_formulas_by_indices
from derive.problem.question import Question as Asked
from derive.problem.question import asked_parts, read_ask

_ANSWERED_BY_RESULTS = frozenset({"functions", "round", "rounds", "losses", "results", "final parameters"})
"""The parts that a style with questions of its own answers by its functions, results and losses."""

_FORMULAS = frozenset({"functions", "index form", "matrix form"})
"""The parts whose answers hold the formulas of every layer."""


def asked_questions(context: Outline) -> tuple[Asked, ...]:
    """The questions as the problem states them, or the style's own."""
    problem = context.solution.problem
    if problem.questions and not context.style.own_questions:
        return problem.questions
    return (*_style_questions(context), *_further_questions(context))


def _further_questions(context: Outline) -> Iterator[Asked]:
    """What a problem asks beyond the questions of a style that has its own: forms, differences, sizes, symbols."""
    answered = _ANSWERED_BY_RESULTS | ({"index form"} if writes_formulas_by_indices(context) else set())
    for question in context.solution.problem.questions:
        asked = [ask for ask in question.asks if isinstance(ask, str)]
        further = tuple(part for part in asked if _kind_of(part) not in answered)
        if further:
            yield Asked(title=question.title, asks=further)


def _kind_of(part: str) -> str:
    asked = read_ask(part)
    return "" if asked is None else asked.kind


def _style_questions(context: Outline) -> tuple[Asked, ...]:
    """The questions that a style asks."""
    problem, words = context.solution.problem, context.locale
    several = problem.has_loss and context.solution.round_count > 1
    named = {part for question in problem.questions for part in asked_parts(question.asks)}
    left_out = {"losses": not several, "final parameters": not writes_final_parameters(context)}
    asks = [ask for ask in context.style.questions if ask in named or not left_out.get(ask)]
    parts = [part for ask in asks for part in expanded(context, ask)]
    if context.style.one_question:
        return (Asked(title="", asks=tuple(parts)),)
    titles = {
        "functions": words.functions,
        "losses": words.losses,
        "results": words.results,
        "final parameters": words.final_parameters.replace("<n>", str(problem.round_count)),
    }
    return tuple(Asked(title=titles.get(part) or _round_heading(context, part), asks=(part,)) for part in parts)


def _round_heading(context: Outline, part: str) -> str:
    """The heading of a round; that of its passes where nothing is updated, so that there is one round and no more."""
    words, solution = context.locale, context.solution
    if solution.graph.update or solution.round_count > 1:
        return words.round_title.replace("<n>", part.rsplit(maxsplit=1)[-1])
    return words.both_passes if solution.graph.backward else words.forward_pass


def expanded(context: Outline, ask: str) -> list[str]:
    """The parts that a part stands for: `rounds` for one each."""
    return [f"round {number}" for number in range(1, context.solution.round_count + 1)] if ask == "rounds" else [ask]


def asks_for(context: Outline, wanted: str) -> bool:
    """Whether a question asks for a part, by itself or among those that one of its parts stands for."""
    asks = (part for question in asked_questions(context) for part in asked_parts(question.asks))
    return any(wanted in expanded(context, ask) for ask in asks)


def asks_for_formulas(context: Outline) -> bool:
    """Whether a question asks for the formulas of the forward pass, which nothing before it should then state."""
    asks = [part for question in asked_questions(context) for part in asked_parts(question.asks)]
    return any(_kind_of(part) in _FORMULAS for part in asks)

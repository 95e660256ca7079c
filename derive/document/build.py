"""A solution assembled into a document, as its style and its questions ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePath
from types import MappingProxyType

from derive.arithmetic.rounding import Mode, Override
from derive.document.computation_graph import graph_sections
from derive.document.context import Context
from derive.document.conventions import convention_remarks
from derive.document.data_table import data_table
from derive.document.figure import exercise_figure
from derive.document.given import given_numbers
from derive.document.locale import locale
from derive.document.matrix_backward import backward_lines
from derive.document.matrix_forward import forward_lines
from derive.document.matrix_pass import augmented, block_symbol, is_turned
from derive.document.matrix_update import update_lines
from derive.document.model import Document, Exercise, Math, Question, Rich, Section
from derive.document.plot import loss_plot
from derive.document.style import Style
from derive.document.tables import functions_tables, round_tables, working
from derive.document.text import join
from derive.document.tie_remarks import tie_remarks
from derive.document.views_closed import closed_forms
from derive.document.views_differences import central_differences
from derive.document.views_index import index_form_lines
from derive.document.views_matrix import matrix_form_lines
from derive.document.views_sizes import gradient_sizes
from derive.errors import InputError
from derive.graph.quantity import Role
from derive.network.matrix_forms import layer_forms
from derive.network.solution import Round, Solution
from derive.problem.asks import Ask, read_ask, unknown_part
from derive.problem.model import Question as Asked
from derive.sources.validate import suggestion

_RELU = "relu"
OnRound = Callable[[Context, Round], tuple[Section, ...]]
OnProblem = Callable[[Context, Ask], tuple[Section, ...]]


def _always(build: Callable[[Context, Round], Section]) -> OnRound:
    """A section that every round has."""
    return lambda context, number: (build(context, number),)


def _updating(build: Callable[[Context, Round], Section]) -> OnRound:
    """A section that a final forward pass does not have."""

    def section(context: Context, round: Round) -> tuple[Section, ...]:
        return () if context.solution.plan.is_final(round.number) else (build(context, round),)

    return section


ROUND_SECTIONS: Mapping[str, OnRound] = MappingProxyType(
    {
        "round-table": round_tables,
        "working": _always(working),
        "forward-matrices": _always(forward_lines),
        "backward-matrices": _updating(backward_lines),
        "update-matrices": _updating(update_lines),
        "computation-graph": graph_sections,
    }
)
PROBLEM_SECTIONS: Mapping[str, OnProblem] = MappingProxyType(
    {
        "functions-table": lambda context, _: functions_tables(context),
        "loss-plot": lambda context, _: (loss_plot(context),),
        "index-form": lambda context, _: index_form_lines(context),
        "matrix-form": matrix_form_lines,
        "gradient-sizes": gradient_sizes,
        "central-differences": central_differences,
        "closed-forms": closed_forms,
    }
)


def build(solution: Solution, style: Style, source: str) -> Document:
    """The answer key of a solution. `source` is the name of the problem file, for the small print."""
    problem = solution.problem
    context = Context(solution, style, locale(problem.language))
    due = context.locale.due.replace("<due>", problem.due) if problem.due else ""
    return Document(
        language=context.locale.language,
        title=problem.title or context.locale.untitled,
        above=tuple(line for line in (problem.course, due) if line),
        header=problem.header or problem.course,
        worth=problem.worth,
        kind=context.locale.answer_key,
        instructions=context.rich(problem.instructions),
        exercise=_exercise(context),
        questions=tuple(_questions(context)),
        provenance=_provenance(context, source),
    )


def _exercise(context: Context) -> Exercise:
    stated = context.solution.problem.exercise
    conditions = tuple((letter(k), context.rich(text)) for k, text in enumerate(stated.conditions))
    general = tuple(_remarks(context)) if context.style.remarks else ()
    remarks = (*general, *convention_remarks(context))
    return Exercise(
        number=stated.number,
        title=stated.title,
        points=_points(context, stated.points, stated.worth),
        text=context.rich(stated.text),
        conditions=conditions,
        network=exercise_figure(context),
        data=data_table(context) if context.style.data_table else None,
        given=given_numbers(context) if context.style.given_numbers else (),
        remarks=remarks,
    )


def letter(number: int) -> str:
    """A, B, ..., Z, AA, AB, ... for 0, 1, ..."""
    before, last = divmod(number, 26)
    return (letter(before - 1) if before else "") + chr(ord("A") + last)


def _points(context: Context, points: str, worth: str) -> str:
    words = context.locale
    parts = [words.points.replace("<points>", points)] if points else []
    return ", ".join([*parts, words.worth.replace("<worth>", worth)] if worth else parts)


def _asked(context: Context) -> tuple[Asked, ...]:
    """The questions as the problem states them, or the style's own."""
    problem, words = context.solution.problem, context.locale
    if problem.questions:
        return problem.questions
    asks = [ask for ask in context.style.questions if ask != "losses" or problem.has_loss]
    parts = [part for ask in asks for part in _expand(context, ask)]
    if context.style.one_question:
        return (Asked(title="", asks=tuple(parts)),)
    titles = {"functions": words.functions, "losses": words.losses}
    return tuple(
        Asked(title=titles.get(part) or words.round_title.replace("<n>", part.split()[-1]), asks=(part,))
        for part in parts
    )


def _expand(context: Context, ask: str) -> list[str]:
    return [f"round {round.number}" for round in context.solution.rounds] if ask == "rounds" else [ask]


def _questions(context: Context) -> Iterator[Question]:
    extra = context.solution.problem.extra
    asked = _asked(context)
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
            before_worth=_points(context, "", extra.worth) if extra is not None and first_extra else "",
        )


def _question_points(context: Context, question: Asked) -> str:
    parts = [read_ask(part) for ask in question.asks for part in _expand(context, ask)]
    rounds = any(part is not None and part.kind == "round" for part in parts)
    shown = context.shown_precision(context.solution.policy.precision) if rounds and question.title else ""
    return "\N{EM SPACE}".join(part for part in (shown, _points(context, question.points, "")) if part)


def _sections(context: Context, question: Asked) -> Iterator[Section]:
    for part in (one for ask in question.asks for one in _expand(context, ask)):
        asked = read_ask(part)
        if asked is None:
            raise InputError.single(unknown_part(part))
        if asked.kind != "round" or asked.round is None:
            for name in _section_names(context, asked.kind, PROBLEM_SECTIONS):
                yield from PROBLEM_SECTIONS[name](context, asked)
            continue
        round = context.solution.rounds[asked.round]
        for kind in ("round", "working") if question.working else ("round",):
            for name in _section_names(context, kind, ROUND_SECTIONS):
                yield from ROUND_SECTIONS[name](context, round)


def _section_names(context: Context, part: str, known: Mapping[str, object]) -> tuple[str, ...]:
    """The sections by which the style answers a part. Raises `InputError` if it names one that does not fit."""
    names = next((names for kind, names in context.style.parts.items() if kind == part), ())
    if not names:
        raise InputError.single(f"style {context.solution.problem.style!r} has no sections for {part!r}")
    for name in names:
        if name not in known:
            where = f"style {context.solution.problem.style!r}: {part}"
            raise InputError.single(f"{where} cannot have the section {name!r}{suggestion(name, known)}")
    return names


def _remarks(context: Context) -> Iterator[Rich]:
    """The conventions that a reader must know: rounding, marks, the derivative at a kink."""
    solution, words = context.solution, context.locale
    policy = solution.policy
    shown = context.shown_precision(policy.precision)
    modes = {
        Mode.HALF_UP: words.rounding_half_up,
        Mode.HALF_EVEN: words.rounding_half_even,
        Mode.CUT: words.rounding_cut,
    }
    found = [context.phrase(modes[policy.mode] if policy.carries_rounded else words.rounding_full, shown=shown)]
    if any(not round.is_exact(e.output) for round in solution.rounds for e in round.equations):
        found.append(context.phrase(words.approximate))
    found += _exceptions(context)
    if context.notation.dotted_equals:
        found.append(context.phrase(words.dotted, sign=Math(r"\doteq")))
    if "update-matrices" in context.style.parts["round"]:
        found += _matrix_remarks(context)
    yield join(*found)
    kinked = solution.lowered.kinked
    if kinked:
        pattern = words.at_zero if kinked == {_RELU} else words.at_kink
        yield context.phrase(pattern, value=Math(solution.problem.relu_at_zero))
    yield from tie_remarks(context)


def _matrix_remarks(context: Context) -> Iterator[Rich]:
    """What is marked in matrices."""
    solution, words = context.solution, context.locale
    yield context.phrase(words.underlined)
    forms = layer_forms(solution.lowered)
    if any(augmented(context, round, form) for round in solution.rounds for form in forms):
        columns = any(is_turned(context.notation, form.signal) for form in forms)
        yield context.phrase(words.bias_line_column if columns else words.bias_line)


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


def _overridden(context: Context, override: Override) -> list[Math]:
    """The symbols of what an exception names: a block, an entry, or the blocks of a kind."""
    blocks = context.solution.graph.blocks
    by_name = {block.name: block for block in blocks.blocks}
    if override.quantity in by_name:
        return [block_symbol(context, by_name[override.quantity], 0)]
    if override.quantity is not None:
        return [Math(context.lookup(override.quantity) or "")]
    worked = context.solution.rounds[1].values
    kinds = [b for b in blocks.blocks if b.kind.value == override.kind and b.role is not Role.UPDATED]
    ordered = sorted((block for block in kinds if block.first in worked), key=lambda block: block.layer)
    named = [block for block in ordered if block.of is not None or block.kind in context.notation.letters]
    return [block_symbol(context, block, 0) for block in named] or [context.symbol(q) for b in ordered for q in b.ids]


def _provenance(context: Context, source: str) -> Rich:
    check, words = context.solution.check, context.locale
    pattern = words.provenance if check.checked == check.total else words.provenance_part
    return context.phrase(
        pattern,
        source=PurePath(source).name,
        checked=str(check.checked),
        total=str(check.total),
        bound=Math(rf"10^{{{check.bound}}}"),
    )

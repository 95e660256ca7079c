"""Solutions assembled into a document, as their style and their questions ask."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from derive.document.aids.numbering import numbered
from derive.document.aids.small_print import small_print
from derive.document.aids.symbol_list import with_symbols
from derive.document.context import Context
from derive.document.document import Conventions, Document, Part
from derive.document.exercise import exercise, general_remarks
from derive.document.formulas_once import formulas_once
from derive.document.handouts.kinds import Draft
from derive.document.length import require_printable_length
from derive.document.locale import Locale, locale
from derive.document.mathematics import Rich
from derive.document.questions import questions
from derive.document.style import Style, style
from derive.document.text import phrase
from derive.errors import InputError
from derive.formats import KEY, KINDS, imported
from derive.network.solution import Solution
from derive.problem.heading import Heading
from derive.sources.validate import suggestion


@dataclass(frozen=True)
class Solved:
    """A solution and the name of the problem file that it is of, for the small print."""

    solution: Solution
    source: str


@dataclass(frozen=True)
class Edition:
    """What a document is to be: of one problem, or of several under one heading; its style, language and kind.

    `through` counts the questions of several problems through. A style or flavour of the author's own says what it
    wants to TeX and to browsers only where `trusts_style`.
    """

    solved: tuple[Solved, ...]
    heading: Heading
    style: str
    language: str
    kind: str = KEY
    through: bool = False
    trusts_style: bool = False

    @classmethod
    def of(cls, solution: Solution, source: str, kind: str = KEY) -> Edition:
        """One problem's, as its file says; `source` names that file in the small print."""
        problem = solution.problem
        return cls((Solved(solution, source),), problem, problem.style, problem.language, kind)


def document_of(edition: Edition) -> Document:
    """The document of an edition as a value. Raises as `build` does."""
    return build(edition, style(edition.style).style, locale(edition.language))


def build(edition: Edition, style: Style, words: Locale) -> Document:
    """The document of an edition, in its style and the words of its language.

    Raises `InputError` for an unknown kind, and `UnplacedError` where the marks of a marking scheme do not add up.
    """
    kind, solved, heading = edition.kind, edition.solved, edition.heading
    if kind not in KINDS:
        raise InputError.single(f"unknown kind {kind!r}{suggestion(kind, KINDS)}")
    contexts = tuple(Context(one.solution, style, words) for one in solved)
    require_printable_length(contexts)

    def parts_of(contexts: Sequence[Context]) -> tuple[Part, ...]:
        parts = tuple(_parts(contexts, tuple(one.source for one in solved), _reproduction(heading, words)))
        return _counted(parts, contexts, through=edition.through) if len(parts) > 1 else parts

    due = words.due.replace("<due>", heading.due) if heading.due else ""
    form = heading.worksheet.form
    document = Document(
        language=words.language,
        title=heading.title or words.untitled,
        author=heading.author,
        above=tuple(line for line in (heading.course, due, heading.date) if line),
        header=heading.header or heading.course,
        worth=heading.worth,
        kind=words.kinds["key"],
        instructions=contexts[0].rich(heading.instructions),
        parts=(),
        form=words.form.replace("<form>", form) if form else "",
        left_out=_around(words.left_out),
    )
    built: Document = imported(KINDS[kind].build)(Draft(document, contexts, heading.worksheet, words, parts_of))
    return built


def _counted(parts: Sequence[Part], contexts: Sequence[Context], *, through: bool) -> tuple[Part, ...]:
    """The exercises of several problems numbered, each with a title; their questions counted through if wanted."""
    found, before = [], 0
    for number, (part, context) in enumerate(zip(parts, contexts, strict=True), 1):
        title = part.exercise.title or context.solution.problem.title or context.locale.untitled
        exercise = replace(part.exercise, number=str(number), title=title)
        start = before if through else 0
        questions = tuple(
            replace(one, number=str(start + place)) if one.number else one
            for place, one in enumerate(part.questions, 1)
        )
        before += len(questions)
        found.append(replace(part, exercise=exercise, questions=questions))
    return tuple(found)


def _around(pattern: str) -> tuple[str, str]:
    """What stands before and after the only placeholder of a phrase."""
    before, _, after = pattern.partition("<titles>")
    return before, after


def _reproduction(heading: Heading, words: Locale) -> tuple[Rich, ...]:
    """What else must be said to make the same pages again: what the blanks of a worksheet are drawn by."""
    blank = heading.worksheet.blank
    seed = (blank.seed or heading.worksheet.form) if blank.share is not None else ""
    return (phrase(words.drawn_by, seed=seed),) if seed else ()


def _parts(contexts: Sequence[Context], sources: Sequence[str], reproduction: tuple[Rich, ...]) -> Iterator[Part]:
    """Each problem's part; equations are numbered through all of them."""
    first = 1
    for context, source in zip(contexts, sources, strict=True):
        which = context.solution.problem.equation_numbers or context.style.equation_numbers
        asked = tuple(questions(context))
        if context.style.formulas == "once":
            asked = formulas_once(context, asked)
        stated = exercise(context, asked)
        asked, first = numbered(with_symbols(context, asked, (stated,)), which, first)
        below = general_remarks(context, asked) if context.style.remarks == "end" else ()
        conventions = Conventions(context.locale.conventions_title, below)
        yield Part(stated, asked, conventions, small_print(context, source, reproduction))

"""Solutions assembled into a document, as their style and their questions ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from derive.document.context import Context
from derive.document.document import Document, Part
from derive.document.exercise import exercise
from derive.document.kinds import KINDS, Made
from derive.document.locale import Locale
from derive.document.model import Math, Rich
from derive.document.questions import questions
from derive.document.style import Style
from derive.document.text import phrase
from derive.errors import InputError
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

    `through` counts the questions of several problems through.
    """

    solved: tuple[Solved, ...]
    heading: Heading
    style: str
    language: str
    kind: str = "key"
    through: bool = False

    @classmethod
    def of(cls, solution: Solution, source: str, kind: str = "key") -> Edition:
        """One problem's, as its file says; `source` names that file in the small print."""
        problem = solution.problem
        return cls((Solved(solution, source),), problem, problem.style, problem.language, kind)


def build(edition: Edition, style: Style, words: Locale) -> Document:
    """The document of an edition, in its style and the words of its language.

    Raises `InputError` for an unknown kind, and `UnplacedError` where the marks of a marking scheme do not add up.
    """
    kind, solved, heading = edition.kind, edition.solved, edition.heading
    if kind not in KINDS:
        raise InputError.single(f"unknown kind {kind!r}{suggestion(kind, KINDS)}")
    contexts = tuple(Context(one.solution, style, words) for one in solved)
    parts = tuple(_part(*pair) for pair in zip(contexts, (one.source for one in solved), strict=True))
    if len(parts) > 1:
        parts = _counted(parts, contexts, through=edition.through)
    due = words.due.replace("<due>", heading.due) if heading.due else ""
    form = heading.worksheet.form
    document = Document(
        language=words.language,
        title=heading.title or words.untitled,
        author=heading.author,
        above=tuple(line for line in (heading.course, due) if line),
        header=heading.header or heading.course,
        worth=heading.worth,
        kind=words.kinds["key"],
        instructions=contexts[0].rich(heading.instructions),
        parts=parts,
        form=words.form.replace("<form>", form) if form else "",
        left_out=_around(words.left_out),
    )
    return KINDS[kind](Made(document, contexts, heading.worksheet, words))


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


def _part(context: Context, source: str) -> Part:
    return Part(exercise(context), tuple(questions(context)), _provenance(context, source))


def _provenance(context: Context, source: str) -> Rich:
    check, words = context.solution.check, context.locale
    pattern = words.provenance if check.checked == check.total else words.provenance_part
    return phrase(
        pattern,
        source=PurePath(source).name,
        checked=str(check.checked),
        total=str(check.total),
        bound=Math(rf"10^{{{check.bound}}}"),
    )

"""Solutions assembled into a document, as their style and their questions ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from derive.document.context import Context
from derive.document.document import Document, Part
from derive.document.exercise import exercise
from derive.document.locale import Locale
from derive.document.model import Math, Rich
from derive.document.questions import questions
from derive.document.style import Style
from derive.document.text import phrase
from derive.network.solution import Solution
from derive.problem.heading import Heading


@dataclass(frozen=True)
class Solved:
    """A solution and the name of the problem file that it is of, for the small print."""

    solution: Solution
    source: str


def build(solved: Sequence[Solved], heading: Heading, style: Style, words: Locale) -> Document:
    """The answer key of one problem, or of several under one heading."""
    parts = tuple(_part(Context(one.solution, style, words), one.source) for one in solved)
    due = words.due.replace("<due>", heading.due) if heading.due else ""
    return Document(
        language=words.language,
        title=heading.title or words.untitled,
        author=heading.author,
        above=tuple(line for line in (heading.course, due) if line),
        header=heading.header or heading.course,
        worth=heading.worth,
        kind=words.kinds["key"],
        instructions=Context(solved[0].solution, style, words).rich(heading.instructions),
        parts=parts,
        left_out=_around(words.left_out),
    )


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

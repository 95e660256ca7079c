"""Solutions assembled into a document, as their style and their questions ask."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from derive.document.context import Context
from derive.document.document import Conventions, Document, Part
from derive.document.exercise import exercise, general_remarks
from derive.document.locale import Locale
from derive.document.numbering import numbered
from derive.document.questions import questions
from derive.document.small_print import small_print
from derive.document.style import Style
from derive.document.symbol_list import with_symbols
from derive.network.solution import Solution
from derive.problem.heading import Heading


@dataclass(frozen=True)
class Solved:
    """A solution and the name of the problem file that it is of, for the small print."""

    solution: Solution
    source: str


def build(solved: Sequence[Solved], heading: Heading, style: Style, words: Locale) -> Document:
    """The answer key of one problem, or of several under one heading."""
    due = words.due.replace("<due>", heading.due) if heading.due else ""
    return Document(
        language=words.language,
        title=heading.title or words.untitled,
        author=heading.author,
        above=tuple(line for line in (heading.course, due, heading.date) if line),
        header=heading.header or heading.course,
        worth=heading.worth,
        kind=words.kinds["key"],
        instructions=Context(solved[0].solution, style, words).rich(heading.instructions),
        parts=tuple(_parts(solved, style, words)),
    )


def _parts(solved: Sequence[Solved], style: Style, words: Locale) -> Iterator[Part]:
    """Each problem's part; equations are numbered through all of them."""
    first = 1
    for one in solved:
        context = Context(one.solution, style, words)
        which = one.solution.problem.equation_numbers or style.equation_numbers
        stated, asked = exercise(context), tuple(questions(context))
        asked, first = numbered(with_symbols(context, asked, (stated,)), which, first)
        below = general_remarks(context) if style.remarks == "end" else ()
        yield Part(stated, asked, Conventions(words.conventions_title, below), small_print(context, one.source))

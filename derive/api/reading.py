"""Solutions of problem files and of problem texts, their mistakes at their places in the file."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from derive.api.solution import Solution, solve
from derive.errors import DeriveError, Diagnostic, InputError, UnplacedError
from derive.network.work import Progress
from derive.problem.collection import is_collection
from derive.problem.model import Problem
from derive.problem.read import problem_of
from derive.problem.spellings import written_out
from derive.sources import assets
from derive.sources.file_names import shown_name
from derive.sources.marked import parse, read_text

_MOST = 64


def solve_text(
    text: str,
    source: str,
    notation: str = "",
    language: str = "",
    progress: Progress | None = None,
    *,
    trusts_outside: bool = False,
) -> Solution:
    """The solution of the problem that a text describes, in another notation or language if one is named.

    `source` is the path or the name that messages give; `progress` is called as `solve` calls it. Raises `InputError`
    with the line and column of every mistake, and what `solve` raises.
    """
    marked = parse(text, source)
    if is_collection(marked):
        raise InputError([Diagnostic("this is a collection; give one of its problem files", marked.source)])
    marked = written_out(marked)
    problem = problem_of(marked, trusts_outside=trusts_outside)
    changes = dict(_changes(problem, notation, language))
    changed = Problem.model_validate({**dict(problem), **changes}) if changes else problem
    try:
        return solve(changed, progress, source=shown_name(marked.source))
    except UnplacedError as error:
        raise InputError([marked.diagnostic(*mistake) for mistake in error.mistakes]) from error
    except InputError as error:
        raise InputError([_of(one, marked.source) for one in error.diagnostics]) from error
    except DeriveError as error:
        raise type(error)(f"{marked.source}: {error}") from error


def _changes(problem: Problem, notation: str, language: str) -> Iterator[tuple[str, object]]:
    if notation:
        assets.find("notations", notation)
        yield "notation", problem.notation.model_copy(update={"base": notation})
    if language:
        assets.find("locales", language)
        yield "language", language


def _of(mistake: Diagnostic, source: str) -> Diagnostic:
    return Diagnostic(mistake.message, mistake.source or source, mistake.line, mistake.column)


def solution_of(path: Path, shown: str, notation: str = "", language: str = "") -> Solution:
    """The solution of a problem file; `shown` is how messages name it.

    Raises `InputError` for a file that cannot be read, and with the line and column of every mistake in it.
    """
    return _solution(read_text(path), shown, notation, language)


@lru_cache(maxsize=_MOST)
def _solution(text: str, shown: str, notation: str, language: str) -> Solution:
    return solve_text(text, shown, notation, language)

"""Reading a problem file."""

from __future__ import annotations

from pathlib import Path

from derive.errors import Diagnostic, InputError
from derive.problem.check import check
from derive.problem.location import located
from derive.problem.model import Problem
from derive.problem.spellings import written_out
from derive.problem.unused import unused_keys
from derive.sources.marked import Marked, parse, read
from derive.sources.validate import mistakes_in, validate


def load(path: str | Path, *, trusts_outside: bool = False) -> Problem:
    """The problem that a file describes; it names files outside its own folder only where it `trusts_outside`.

    Raises `InputError` with every mistake in the file, each with its line and what was expected.
    """
    return problem_of(read(Path(path)), trusts_outside=trusts_outside)


def loads(text: str, source: str = "text") -> Problem:
    """The problem that a text describes; `source` names it in messages. Raises `InputError`."""
    return problem_of(parse(text, source))


def require_valid(problem: Problem) -> None:
    """Raise `InputError` if a problem made in Python has parts that do not fit each other."""
    mistakes = [*mistakes_in(problem), *check(problem)] or [*unused_keys(problem)]
    if mistakes:
        raise InputError([Diagnostic(f"{'.'.join(map(str, path))}: {message}") for path, message in mistakes])


def problem_of(marked: Marked, *, trusts_outside: bool = False) -> Problem:
    """The problem that a marked tree describes, with the files that it names. Raises `InputError`."""
    found, mistakes = located(written_out(marked), trusts_outside=trusts_outside)
    problem = validate(Problem, found, mistakes, check)
    unused = [found.diagnostic(path, message) for path, message in unused_keys(problem)]
    if unused:
        raise InputError(unused)
    return problem

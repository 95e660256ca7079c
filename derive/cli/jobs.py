"""What a command line asks for: documents to be made, each of one problem or of several, read and solved."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from derive.cli import console
from derive.cli.faults import working_on
from derive.errors import DeriveError, Diagnostic, InputError, UnplacedError
from derive.network.derivation import Derivation, derived
from derive.network.solution import Solution, evaluated
from derive.problem.collection import Collection, is_collection, read_collection
from derive.problem.detail import read_detail
from derive.problem.heading import Heading
from derive.problem.model import Problem
from derive.problem.notices import notices
from derive.problem.read import problem_of
from derive.problem.spellings import written_out
from derive.problem.tree import keys
from derive.problem.worksheet import BLANK, CHECK_VALUES, Worksheet, read_choices
from derive.sources import assets
from derive.sources.file_names import safe_name
from derive.sources.marked import Marked, Path_, read

_OF_PROBLEMS = ("title", "paper", "worksheet")
"""Keys of a heading that each problem has a use for, or that are looked into."""


@dataclass(frozen=True)
class Solved:
    """One problem file, its text with its places, and its solution."""

    path: Path
    marked: Marked
    solution: Solution


@dataclass(frozen=True)
class Job:
    """One document: its file name without ending, its problems, its heading and what holds for all of it."""

    stem: str
    path: Path
    solved: tuple[Solved, ...]
    heading: Heading
    style: str
    language: str
    through: bool = False
    collection: Marked | None = None
    """The file of the collection that the document is of, where it is of one."""

    @property
    def texts(self) -> tuple[Marked, ...]:
        """The texts of every file that was read for it."""
        own = () if self.collection is None else (self.collection,)
        return (*own, *(one.marked for one in self.solved))

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every file that was read for it."""
        return (self.path, *(one.path for one in self.solved))

    def with_problem(self, index: int, problem: Problem) -> Job:
        """The same document with other choices for the page in one of its problems."""
        one = self.solved[index]
        changed = replace(one, solution=replace(one.solution, problem=problem))
        return replace(self, solved=(*self.solved[:index], changed, *self.solved[index + 1 :]))

    def placed(self, error: UnplacedError) -> InputError:
        """Mistakes found while the document was made, each at its place in its problem file."""
        marked = self.solved[error.part].marked
        return InputError([marked.diagnostic(place, message) for place, message in error.mistakes])


def jobs(paths: Sequence[Path], options: argparse.Namespace) -> list[Job]:
    """Every document of a command line. Raises `InputError` with the mistakes of all files."""
    found: list[Job] = []
    mistakes: list[Diagnostic] = []
    blank = read_choices(options.blank or "", options.form or "", options.check_values or "")
    steps = [tuple(paths)] if options.together else [(path,) for path in paths]
    for step in steps:
        try:
            with working_on(f"solving {', '.join(map(str, step))}"):
                found.append(_together(step, options, blank) if options.together else _job(step[0], options, blank))
        except InputError as error:
            mistakes.extend(error.diagnostics)
    if mistakes:
        raise InputError(mistakes)
    for job in found if options.format.is_document else ():
        _tell_left_out(job)
    return found


def _job(path: Path, options: argparse.Namespace, blank: Mapping[str, Any]) -> Job:
    marked = read(path)
    if is_collection(marked):
        return _collection(path, marked, options, blank)
    solved = _solved(path, marked, options, {}, blank)
    problem = solved.solution.problem
    return Job(path.stem, path, (solved,), problem, problem.style, problem.language)


def _collection(path: Path, marked: Marked, options: argparse.Namespace, blank: Mapping[str, Any]) -> Job:
    collection, paths = read_collection(marked, trusts_outside=options.trust_outside)
    own = collection.worksheet
    stated = {key: getattr(own, key) for key in (BLANK, CHECK_VALUES) if key in own.model_fields_set}
    shared = {key: getattr(collection, key) for key in ("style", "language") if getattr(collection, key)}
    solved = _all(paths, options, shared, {**stated, **blank})
    paper = {"paper": options.paper} if options.paper else {}
    changes = {"worksheet": _changed(own, blank), **paper}
    heading = Collection.model_validate({**dict(collection), **changes})
    first = solved[0].solution.problem
    through = collection.questions == "through"
    return Job(path.stem, path, solved, heading, first.style, first.language, through, marked)


def _together(paths: Sequence[Path], options: argparse.Namespace, blank: Mapping[str, Any]) -> Job:
    """The problems of several files under one title, headed like the first; a form that they do not share is none."""
    solved = _all(paths, options, {}, blank)
    first = solved[0].solution.problem
    stated = {key: getattr(first, key) for key in Heading.model_fields}
    worksheet = first.worksheet
    if len({one.solution.problem.worksheet.form for one in solved}) > 1:
        worksheet = worksheet.model_copy(update={"form": ""})
    heading = Heading.model_validate({**stated, "title": options.together, "worksheet": worksheet})
    return Job(safe_name(options.together), paths[0], solved, heading, first.style, first.language)


def _tell_left_out(job: Job) -> None:
    """Name what the files of a document say for one of their own, and it does not have."""
    for one in job.solved:
        for place, message in (*_without_head(one, job), *_without_look(one, job)):
            console.warning(str(one.marked.diagnostic(place, message)))


def _without_head(one: Solved, job: Job) -> Iterator[tuple[Path_, str]]:
    """What a file says for the head and the worksheet of its own document."""
    problem, heading, like = one.solution.problem, job.heading, job.path.name
    for key in Heading.model_fields:
        if key not in _OF_PROBLEMS and getattr(problem, key) not in ("", getattr(heading, key)):
            yield (key,), f"`{key}` is not printed: the document of all files is headed like {like}"
    form = problem.worksheet.form
    if form and form != heading.worksheet.form:
        message = f"`form`: {form} is not printed: all files have one form or none; `--form` sets it"
        yield ("worksheet", "form"), message
    stated = keys(keys(one.marked.tree).get("worksheet"))
    for key in ("fields", "working_space", "pages"):
        own = getattr(problem.worksheet, key)
        if key in stated and own not in (Worksheet.model_fields[key].default, getattr(heading.worksheet, key)):
            yield ("worksheet", key), f"`{key}` has no effect: the worksheet of all files is made like {like}"


def _without_look(one: Solved, job: Job) -> Iterator[tuple[Path_, str]]:
    """The style and the language that a file chooses beside those of the document."""
    for key, common in (("style", job.style), ("language", job.language)):
        if key in keys(one.marked.tree) and getattr(one.solution.problem, key) != common:
            yield (key,), f"`{key}` has no effect: the {key} of the document of all files is {common}"


def _all(
    paths: Sequence[Path], options: argparse.Namespace, shared: Mapping[str, Any], blank: Mapping[str, Any]
) -> tuple[Solved, ...]:
    """Every file solved, all in the style and language of the first. Raises `InputError` with all mistakes."""
    solved: list[Solved] = []
    mistakes: list[Diagnostic] = []
    for path in paths:
        try:
            solved.append(_solved(path, read(path), options, shared, blank))
        except InputError as error:
            mistakes.extend(error.diagnostics)
    if mistakes:
        raise InputError(mistakes)
    return tuple(solved)


def _changed(worksheet: Worksheet, blank: Mapping[str, Any]) -> Worksheet:
    return Worksheet.model_validate({**dict(worksheet), **blank}) if blank else worksheet


def _solved(
    path: Path, marked: Marked, options: argparse.Namespace, shared: Mapping[str, Any], blank: Mapping[str, Any]
) -> Solved:
    marked = written_out(marked)
    problem = problem_of(marked, trusts_outside=options.trust_outside)
    changes = {**shared, **dict(_changes(problem, options))}
    if blank:
        changes["worksheet"] = _changed(problem.worksheet, blank)
    problem = Problem.model_validate({**dict(problem), **changes}) if changes else problem
    progress = console.Progress(f"{path.name}: working and checking")
    try:
        derivation = derived(problem)
        if options.format.is_document:
            _require_printable(derivation)
        return Solved(path, marked, evaluated(derivation, progress))
    except UnplacedError as error:
        raise InputError([_placed(marked, *one, options) for one in error.mistakes]) from error
    except InputError as error:
        named = (one if one.source else one._replace(source=str(path)) for one in error.diagnostics)
        raise InputError([*named]) from error
    except DeriveError as error:
        noticed = [str(marked.diagnostic(place, message)) for place, message in notices(problem)]
        raise type(error)("\n".join((f"{path}: {error}", *noticed))) from error
    finally:
        progress.close()


def _require_printable(derivation: Derivation) -> None:
    """Raise `InputError` for a problem whose document would be too long, before its numbers are worked."""
    from derive.document.context import Outline
    from derive.document.length import require_printable_length
    from derive.document.locale import locale
    from derive.document.style import style

    problem = derivation.problem
    require_printable_length([Outline(derivation, style(problem.style).style, locale(problem.language))])


def _placed(marked: Marked, place: Path_, message: str, options: argparse.Namespace) -> Diagnostic:
    """A mistake at its place in the file, or of the command line where that is what states it."""
    for stated, key, name in (
        (options.blank, BLANK, "--blank"),
        (options.check_values, CHECK_VALUES, "--check-values"),
    ):
        if stated and place[:2] == ("worksheet", key):
            return Diagnostic(message, name)
    return marked.diagnostic(place, message)


def _changes(problem: Problem, options: argparse.Namespace) -> Iterator[tuple[str, object]]:
    """What the command line chooses in place of the file."""
    if options.detail:
        yield "detail", read_detail(options.detail).over(problem.detail)
    if options.style:
        assets.find("styles", options.style)
        yield "style", options.style
    if options.notation:
        assets.find("notations", options.notation)
        yield "notation", problem.notation.model_copy(update={"base": options.notation})
    if options.paper:
        yield "paper", options.paper
    if options.language:
        assets.find("locales", options.language)
        yield "language", options.language

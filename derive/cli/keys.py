"""The main command: problem files in, answer keys or numbers out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from derive.cli import files, talk
from derive.errors import DeriveError, Diagnostic, InputError, TexError, UnplacedError
from derive.network.solution import Solution, solve
from derive.problem.model import Problem
from derive.problem.read import load_marked
from derive.sources import assets
from derive.sources.marked import Marked

DEFAULT_EXAMPLE = "fra501-homework-4-1"


@dataclass(frozen=True)
class Solved:
    """One problem file and its solution."""

    path: Path
    solution: Solution


def write_keys(options: argparse.Namespace) -> int:
    """Write what the options ask for. Every file is read and solved before anything is written."""
    paths = [Path(name) for name in options.problems] or [assets.examples()[DEFAULT_EXAMPLE]]
    _refuse_options(options, paths)
    solved: list[Solved] = []
    mistakes: list[Diagnostic] = []
    for path in paths:
        try:
            solved.append(Solved(path, _solve(path, options)))
        except InputError as error:
            mistakes.extend(error.diagnostics)
    if mistakes:
        raise InputError(mistakes)
    for one in solved:
        for sentence in one.solution.warnings:
            talk.warning(f"{one.path.name}: {sentence}")
    if options.format:
        return _write_numbers(solved, options)
    return _write_documents(solved, options)


def _refuse_options(options: argparse.Namespace, paths: list[Path]) -> None:
    mistakes = []
    if options.format and (options.latex or options.pdf):
        mistakes.append("--format prints numbers; give it without --latex and --pdf")
    if options.output == "-" and options.pdf:
        mistakes.append("a PDF is not written to standard output; give -o a folder")
    if len(paths) > 1 and (options.output == "-" or (options.format and options.output is None)):
        mistakes.append("standard output takes one problem at a time; give -o a folder")
    if options.output == "" or (options.output not in (None, "-") and not _may_be_folder(Path(options.output))):
        mistakes.append(f"-o {options.output!r} is not a folder")
    stems = [path.stem for path in paths]
    twice = sorted({stem for stem in stems if stems.count(stem) > 1})
    mistakes += [f"two problem files are named {stem}; their keys would overwrite each other" for stem in twice]
    if mistakes:
        raise InputError.single("\n".join(mistakes))


def _may_be_folder(path: Path) -> bool:
    return next(one for one in (path, *path.absolute().parents) if one.exists()).is_dir()


def _require_other(target: Path, paths: Iterable[Path]) -> None:
    """Raise `InputError` if a problem file itself would be overwritten."""
    if any(path.exists() and target.resolve() == path.resolve() for path in paths):
        raise InputError.single(f"{target} is the problem file itself; give -o another folder")


def _solve(path: Path, options: argparse.Namespace) -> Solution:
    problem, marked = load_marked(path)
    if not options.format:
        _require_printable(marked)
    changes: dict[str, object] = {}
    if options.style:
        assets.find("styles", options.style)
        changes["style"] = options.style
    if options.notation:
        assets.find("notations", options.notation)
        changes["notation"] = problem.notation.model_copy(update={"base": options.notation})
    if options.language:
        assets.find("locales", options.language)
        changes["language"] = options.language
    problem = Problem.model_validate({**dict(problem), **changes}) if changes else problem
    progress = talk.Progress(f"{path.name}: checking partials")
    try:
        return solve(problem, progress)
    except UnplacedError as error:
        raise InputError([marked.diagnostic(place, message) for place, message in error.mistakes]) from error
    except InputError:
        raise
    except DeriveError as error:
        raise type(error)(f"{path}: {error}") from error
    finally:
        progress.close()


def _require_printable(marked: Marked) -> None:
    """Raise `InputError` naming every text of the file that the PDF's font cannot show."""
    from derive.render.escape import refusals

    mistakes = [marked.diagnostic(path, message) for path, message in refusals(marked.tree)]
    if mistakes:
        raise InputError(mistakes)


def _write_numbers(solved: list[Solved], options: argparse.Namespace) -> int:
    from derive.render.terminal import to_text
    from derive.render.trace import to_json

    for one in solved:
        text = to_text(one.solution) if options.format == "text" else to_json(one.solution, one.path.name)
        if options.output in (None, "-"):
            sys.stdout.write(text)
        else:
            ending = {"text": ".txt", "json": ".json"}[options.format]
            target = Path(options.output) / f"{one.path.stem}{ending}"
            _require_other(target, (each.path for each in solved))
            files.write(target, text)
            talk.say(f"wrote {target}")
    return 0


def _write_documents(solved: list[Solved], options: argparse.Namespace) -> int:
    from derive.render.latex import to_latex_document

    made = [(one, files.sealed(to_latex_document(one.solution, one.path.name))) for one in solved]
    if options.output == "-":
        sys.stdout.write(made[0][1])
        return 0
    folder = Path(options.output or "output")
    for one, _ in made:
        for ending in (".tex", ".pdf", ".log"):
            _require_other(folder / f"{one.path.stem}{ending}", (each.path for each in solved))
        if not options.force:
            files.require_unedited(folder / f"{one.path.stem}.tex")
    failures = [_write_document(folder / one.path.stem, tex, options) for one, tex in made]
    return TexError.exit_code if any(failures) else 0


def _write_document(target: Path, tex: str, options: argparse.Namespace) -> bool:
    """Write one .tex and, unless only that was asked for, its PDF; True if TeX failed."""
    tex_path = target.with_name(f"{target.name}.tex")
    files.write(tex_path, tex)
    if options.latex and not options.pdf:
        talk.say(f"wrote {tex_path}")
        return False
    from derive.tex.compile import compile_latex
    from derive.tex.engine import engine_for

    pdf_path, log_path = (target.with_name(f"{target.name}{ending}") for ending in (".pdf", ".log"))
    compiled = compile_latex(tex, engine_for(tex, options.tex))
    if compiled.pdf is None:
        files.write(log_path, compiled.log)
        old = f"; {pdf_path} is from an earlier run" if pdf_path.exists() else ""
        talk.error(f"TeX could not set {tex_path}: {compiled.error}; the log is {log_path}{old}")
        return True
    files.write(pdf_path, compiled.pdf)
    files.remove_log(log_path)
    talk.say(f"wrote {pdf_path} and {tex_path}")
    return False

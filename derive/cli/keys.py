"""The main command: problem files in, answer keys or numbers out."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from derive.cli import files, talk
from derive.errors import DeriveError, Diagnostic, InputError, TexError
from derive.network.solution import Solution, solve
from derive.problem.model import Problem
from derive.problem.read import load
from derive.sources import assets

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
    if options.output == "-" and len(paths) > 1:
        mistakes.append("-o - takes one problem at a time")
    stems = [path.stem for path in paths]
    for stem in sorted({stem for stem in stems if stems.count(stem) > 1}):
        mistakes.append(f"two problem files are named {stem}; their keys would overwrite each other")
    if mistakes:
        raise InputError.single("\n".join(mistakes))


def _solve(path: Path, options: argparse.Namespace) -> Solution:
    problem = load(path)
    changes = {name: getattr(options, name) for name in ("style", "notation") if getattr(options, name)}
    for kind, name in (("styles", "style"), ("notations", "notation")):
        if name in changes:
            assets.find(kind, changes[name])
    problem = Problem.model_validate({**dict(problem), **changes}) if changes else problem
    progress = talk.Progress(f"{path.name}: checking partials")
    try:
        return solve(problem, progress)
    except InputError:
        raise
    except DeriveError as error:
        raise type(error)(f"{path}: {error}") from error
    finally:
        progress.close()


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
    if not options.force:
        for one, _ in made:
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
    from derive.tex.engine import find_engine

    pdf_path, log_path = (target.with_name(f"{target.name}{ending}") for ending in (".pdf", ".log"))
    compiled = compile_latex(tex, find_engine(options.tex))
    if compiled.pdf is None:
        files.write(log_path, compiled.log)
        talk.error(f"TeX could not set {tex_path}: {compiled.error}; the log is {log_path}")
        return True
    files.write(pdf_path, compiled.pdf)
    talk.say(f"wrote {pdf_path} and {tex_path}")
    return False

"""The main command: problem files in, answer keys or numbers out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from derive.cli import files, talk
from derive.cli.jobs import Job, Solved, jobs
from derive.errors import InputError, TexError, UnplacedError
from derive.sources import assets
from derive.sources.marked import Marked
from derive.sources.validate import suggestion

DEFAULT_EXAMPLE = "fra501-homework-4-1"


KINDS = ("key", "worksheet", "marking")


@dataclass(frozen=True)
class Written:
    """A document as LaTeX, and where it goes."""

    target: Path
    tex: str


def write_keys(options: argparse.Namespace) -> int:
    """Write what the options ask for. Every file is read and solved before anything is written."""
    paths = [Path(name) for name in options.problems] or [assets.examples()[DEFAULT_EXAMPLE]]
    kinds = asked_kinds(options.kinds)
    _refuse_options(options, paths, kinds)
    found = jobs(paths, options)
    for job in found:
        for one in job.solved:
            for sentence in one.solution.warnings:
                talk.warning(f"{one.path.name}: {sentence}")
    if options.format:
        return _write_numbers([one for job in found for one in job.solved], options)
    return _write_documents(found, kinds, options)


def asked_kinds(stated: Sequence[str]) -> tuple[str, ...]:
    """The kinds of document that are asked for, each once; the key without any. Raises `InputError`."""
    kinds = tuple(dict.fromkeys(kind.strip() for text in stated for kind in text.split(","))) or KINDS[:1]
    for kind in kinds:
        if kind not in KINDS:
            raise InputError.single(f"--as: unknown kind {kind!r}{suggestion(kind, KINDS)}")
    return kinds


def _refuse_options(options: argparse.Namespace, paths: list[Path], kinds: Sequence[str]) -> None:
    mistakes = []
    if options.format and (options.kinds or options.together):
        mistakes.append("--format prints numbers; give it without --as and --together")
    if len(kinds) > 1 and options.output == "-":
        mistakes.append("standard output takes one kind of document at a time; give -o a folder")
    if options.format and (options.latex or options.pdf):
        mistakes.append("--format prints numbers; give it without --latex and --pdf")
    if options.output == "-" and options.pdf:
        mistakes.append("a PDF is not written to standard output; give -o a folder")
    if (
        len(paths) > 1
        and not options.together
        and (options.output == "-" or (options.format and options.output is None))
    ):
        mistakes.append("standard output takes one problem at a time; give -o a folder")
    if options.output == "" or (options.output not in (None, "-") and not _may_be_folder(Path(options.output))):
        mistakes.append(f"-o {options.output!r} is not a folder")
    stems = [] if options.together else [path.stem for path in paths]
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


def _write_documents(found: Sequence[Job], kinds: Sequence[str], options: argparse.Namespace) -> int:
    folder = Path(options.output or "output")
    made = [Written(folder / _name(job, kind), _document(job, kind)) for job in found for kind in kinds]
    if options.output == "-":
        sys.stdout.write(made[0].tex)
        return 0
    read = [path for job in found for path in job.paths]
    for one in made:
        for ending in (".tex", ".pdf", ".log"):
            _require_other(one.target.with_name(f"{one.target.name}{ending}"), read)
        if not options.force:
            files.require_unedited(one.target.with_name(f"{one.target.name}.tex"))
    failures = [_write_document(one.target, one.tex, options) for one in made]
    return TexError.exit_code if any(failures) else 0


def _name(job: Job, kind: str) -> str:
    """The name of a document's file: the problem's, its kind unless it is the key, its form where it has one."""
    form = job.heading.worksheet.form
    return "-".join(part for part in (job.stem, "" if kind == KINDS[0] else kind, form) if part)


def _document(job: Job, kind: str) -> str:
    """A document as sealed LaTeX. Raises `InputError` for mistakes, each at its place in its file."""
    from derive.document.build import Solved as Part
    from derive.render.latex import documented

    for one in job.solved:
        _require_printable(one.marked)
    parts = [Part(one.solution, one.path.name) for one in job.solved]
    try:
        return files.sealed(documented(parts, job.heading, job.style, job.language, kind, through=job.through))
    except UnplacedError as error:
        raise job.placed(error) from error


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

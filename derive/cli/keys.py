"""The main command: problem files in; keys, worksheets, marking schemes, pages or numbers out."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from derive.cli import talk
from derive.cli.arguments import FORMATS, SUBCOMMANDS
from derive.cli.documents import KINDS, write_pages, write_pdfs
from derive.cli.exports import EXPORTS, FLAVOURED, write_exports
from derive.cli.jobs import Job, jobs
from derive.cli.solutions import SOLUTIONS, write_solutions
from derive.errors import InputError
from derive.sources import assets
from derive.sources.validate import suggestion

_FORMAT_ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "pdf": "; a PDF is what is written without --format",
        "latex": "; write --latex",
        "tex": "; write --latex",
        "beamer": "; write --format tex-fragment --flavour beamer",
    }
)
_WORD = re.compile(r"\w[\w-]*")
DEFAULT_EXAMPLE = "fra501-homework-4-1"
DOCUMENTS: Mapping[str | None, Callable[[Sequence[Job], Sequence[str], argparse.Namespace], int]] = MappingProxyType(
    {None: write_pdfs, "html": write_pages}
)


def write_keys(options: argparse.Namespace) -> int:
    """Write what the options ask for. Every file is read and solved before anything is written."""
    from derive.document.text_notices import text_notices

    _refuse_unknown_commands(options.problems)
    paths = [Path(name) for name in options.problems] or [assets.examples()[DEFAULT_EXAMPLE]]
    kinds = asked_kinds(options.kinds)
    _refuse_options(options, paths, kinds)
    found = jobs(paths, options)
    for job in found:
        for one in job.solved:
            for place, sentence in one.solution.notices:
                talk.warning(str(one.marked.diagnostic(place, sentence)))
            for place, sentence in text_notices(one.solution):
                talk.warning(str(one.marked.diagnostic(place, sentence)))
            for sentence in one.solution.findings:
                talk.warning(f"{one.path.name}: {sentence}")
        for sentence in _check_values(job) if "worksheet" in kinds else ():
            talk.warning(sentence)
    if options.format in SOLUTIONS:
        return write_solutions(found, options)
    _advise(found)
    if options.format in EXPORTS:
        return write_exports(found, kinds, options)
    return DOCUMENTS[options.format](found, kinds, options)


def _refuse_unknown_commands(names: Sequence[str]) -> None:
    """Raise `InputError` for a word that is neither a command nor a file."""
    messages = []
    for name in names:
        if not _WORD.fullmatch(name) or Path(name).exists():
            continue
        example = assets.examples().get(name)
        hint = f"; the built-in example is {example}" if example else suggestion(name, SUBCOMMANDS)
        messages.append(f"there is no command and no file {name!r}{hint}")
    if messages:
        raise InputError.single("\n".join(messages))


def _check_values(job: Job) -> Iterator[str]:
    """What the check values of a worksheet give away."""
    from derive.document.handouts.blank_places import check_value_warnings

    for one in job.solved:
        for sentence in check_value_warnings(one.solution, job.heading.worksheet.form):
            yield f"{one.path.name}: {sentence}"


def _advise(found: Sequence[Job]) -> None:
    """Say what the documents leave out."""
    from derive.document.advice import advice

    for job in found:
        for one in job.solved:
            for sentence in advice(one.solution, job.style):
                talk.warning(f"{one.path.name}: {sentence}")


def asked_kinds(stated: Sequence[str]) -> tuple[str, ...]:
    """The kinds of document that are asked for, each once; the key without any. Raises `InputError`."""
    kinds = tuple(dict.fromkeys(kind.strip() for text in stated for kind in text.split(","))) or KINDS[:1]
    for kind in kinds:
        if kind not in KINDS:
            raise InputError.single(f"--as: unknown kind {kind!r}{suggestion(kind, KINDS)}")
    return kinds


def _refuse_options(options: argparse.Namespace, paths: list[Path], kinds: Sequence[str]) -> None:
    mistakes = []
    if options.format and options.format not in FORMATS:
        hint = _FORMAT_ADVICE.get(options.format) or suggestion(options.format, FORMATS)
        raise InputError.single(f"--format: unknown format {options.format!r}{hint}")
    of_solutions = options.format in SOLUTIONS
    if of_solutions and (options.kinds or options.together):
        mistakes.append(f"--format {options.format} is no document; give it without --as and --together")
    idle = [name for name, stated in (("--blank", options.blank), ("--check-values", options.check_values)) if stated]
    if idle and "worksheet" not in kinds:
        verb = "is" if len(idle) == 1 else "are"
        mistakes.append(f"{' and '.join(idle)} {verb} for a worksheet; add --as worksheet")
    if of_solutions and options.form:
        mistakes.append(f"--form is for documents, and --format {options.format} is none")
    if len(kinds) > 1 and options.output == "-":
        mistakes.append("standard output takes one kind of document at a time; give -o a folder")
    if options.format and (options.latex or options.pdf):
        mistakes.append("--format is for what is not a PDF; give it without --latex and --pdf")
    if options.flavour and options.format not in FLAVOURED:
        mistakes.append(f"--flavour is for --format {' and --format '.join(FLAVOURED)}")
    if options.output == "-" and options.pdf:
        mistakes.append("a PDF is not written to standard output; give -o a folder")
    several = len(paths) > 1 and not options.together
    printed = of_solutions and SOLUTIONS[options.format].printed and options.output is None
    if several and (options.output == "-" or printed):
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

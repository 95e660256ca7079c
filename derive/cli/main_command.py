"""The main command: problem files in; keys, worksheets, marking schemes, pages or numbers out."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from derive.cli import console
from derive.cli.arguments import SUBCOMMANDS
from derive.cli.jobs import Job, jobs
from derive.cli.writing import write_files, write_pdfs
from derive.errors import InputError
from derive.formats import FORMATS, KEY, KINDS, Format, find, imported, is_added
from derive.sources import assets
from derive.sources.validate import suggestion

_WORD = re.compile(r"\w[\w-]*")
DEFAULT_EXAMPLE = "fra501-homework-4-1"


def write(options: argparse.Namespace) -> int:
    """Write what the options ask for. Every file is read and solved before anything is written."""
    _refuse_unknown_commands(options.problems)
    paths = [Path(name) for name in options.problems] or [assets.examples()[DEFAULT_EXAMPLE]]
    kinds, format = asked_kinds(options.kinds), asked_format(options)
    _refuse_options(options, format, paths, kinds)
    asked = argparse.Namespace(**{**vars(options), "kinds": kinds, "format": format})
    found = jobs(paths, asked)
    for sentence in (*_remarks(found, asked), *(_left_out(found) if format.is_document else ())):
        console.warning(sentence)
    return (write_pdfs if format is FORMATS["pdf"] else write_files)(found, asked)


def asked_kinds(stated: Sequence[str]) -> tuple[str, ...]:
    """The kinds of document that are asked for, each once; the key without any. Raises `InputError`."""
    kinds = tuple(dict.fromkeys(kind.strip() for text in stated for kind in text.split(","))) or (KEY,)
    for kind in kinds:
        if kind not in KINDS:
            raise InputError.single(f"--as: unknown kind {kind!r}{suggestion(kind, KINDS)}")
    return kinds


def asked_format(options: argparse.Namespace) -> Format:
    """The format that is asked for: that of its option, or of `--format`; a PDF without either. Raises `InputError`."""
    name = options.format
    if not name:
        return FORMATS["latex" if (options.latex or options.output == "-") and not options.pdf else "pdf"]
    advice = _advice(name) if (FORMATS[name].option if name in FORMATS else not is_added(name)) else ""
    if advice:
        raise InputError.single(f"--format: unknown format {name!r}; {advice}")
    return find(name, "--format")


def _advice(name: str) -> str:
    """What to write for a format that is asked for by its ending or its flavour, or has an option of its own."""
    if name == "pdf":
        return "a PDF is what is written without --format"
    for format in FORMATS.values():
        asked = format.option or f"--format {format.name}"
        if name == format.name or f".{name}" == format.ending:
            return f"write {asked}"
        if format.flavours and name in imported(format.flavours)():
            return f"write {asked} --flavour {name}"
    return ""


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


def _remarks(found: Sequence[Job], options: argparse.Namespace) -> Iterator[str]:
    """What an instructor should know before printing: what is unusual, and what check values give away."""
    from derive.document.handouts.blank_places import check_value_warnings
    from derive.document.text_notices import text_notices

    has_blanks = any(KINDS[kind].has_blanks for kind in options.kinds)
    for job in found:
        for one in job.solved:
            for place, sentence in (*one.solution.notices, *text_notices(one.solution)):
                yield str(one.marked.diagnostic(place, sentence))
            yield from (f"{one.path.name}: {sentence}" for sentence in one.solution.findings)
        for one in job.solved if has_blanks else ():
            for sentence in check_value_warnings(one.solution, job.heading.worksheet.form):
                yield f"{one.path.name}: {sentence}"


def _left_out(found: Sequence[Job]) -> Iterator[str]:
    """What the documents leave out."""
    from derive.document.advice import advice

    for job in found:
        for one in job.solved:
            yield from (f"{one.path.name}: {sentence}" for sentence in advice(one.solution, job.style))


def _refuse_options(options: argparse.Namespace, format: Format, paths: list[Path], kinds: Sequence[str]) -> None:
    mistakes = []
    if not format.is_document and (options.kinds or options.together):
        mistakes.append(f"--format {format.name} is no document; give it without --as and --together")
    idle = [name for name, stated in (("--blank", options.blank), ("--check-values", options.check_values)) if stated]
    if idle and not any(KINDS[kind].has_blanks for kind in kinds):
        verb = "is" if len(idle) == 1 else "are"
        mistakes.append(f"{' and '.join(idle)} {verb} for a worksheet; add --as worksheet")
    if not format.is_document and options.form:
        mistakes.append(f"--form is for documents, and --format {format.name} is none")
    if len(kinds) > 1 and options.output == "-":
        mistakes.append("standard output takes one kind of document at a time; give -o a folder")
    if options.format and (options.latex or options.pdf):
        mistakes.append("--format is for what is not a PDF; give it without --latex and --pdf")
    if options.flavour and not format.flavours:
        flavoured = (f"--format {one.name}" for one in FORMATS.values() if one.flavours)
        mistakes.append(f"--flavour is for {' and '.join(flavoured)}")
    if options.output == "-" and options.pdf:
        mistakes.append("a PDF is not written to standard output; give -o a folder")
    several = len(paths) > 1 and not options.together
    if several and (options.output == "-" or (format.printed and options.output is None)):
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

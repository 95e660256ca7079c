"""Writing what a command line asks for: each job in its format and kinds, every file made before any is written."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from derive.cli import console, files
from derive.cli.effects import Making, tell_unused
from derive.cli.faults import working_on
from derive.cli.jobs import Job, Solved
from derive.errors import InputError, TexError, UnplacedError
from derive.formats import FORMATS, Content, Files, Format, imported, stem
from derive.sources.file_names import shown_name

if TYPE_CHECKING:
    from derive.document.build import Edition

T = TypeVar("T")


@dataclass(frozen=True)
class Output:
    """What is made of one document or solution, and the path of its file without the ending."""

    target: Path
    made: Files

    def path(self, ending: str) -> Path:
        """The file with that ending."""
        return self.target.with_name(f"{self.target.name}{ending}")

    def parts(self, ending: str) -> Iterator[tuple[Path, Content]]:
        """Each file and its content; `ending` is that of the format."""
        yield self.path(self.made.ending or ending), self.made.content
        yield from ((self.target.with_name(name), content) for name, content in self.made.beside.items())


def write_files(found: Sequence[Job], options: argparse.Namespace) -> int:
    """Every job in the format that is asked for, with what belongs beside it. Standard output has the file alone."""
    format = options.format
    made = list(_outputs(found, format, options))
    if options.output == "-" or (format.printed and options.output is None):
        _print(made[0].made.content)
        return 0
    read = [path for job in found for path in job.paths]
    parts = [part for one in made for part in one.parts(format.ending)]
    contents = dict(parts)
    for target, content in parts:
        files.require_other(target, read)
        if contents[target] != content:
            raise InputError.single(
                f"two documents would both write {target}; rename a problem file, or write one alone"
            )
    files.write_all(contents, force=options.force)
    return 0


def write_pdfs(found: Sequence[Job], options: argparse.Namespace) -> int:
    """Every document as PDF beside its .tex; the log of TeX where it fails."""
    made = list(_outputs(found, FORMATS["latex"], options))
    read = [path for job in found for path in job.paths]
    targets = [one.path(ending) for one in made for ending in (".tex", ".pdf", ".log")]
    for target in targets:
        files.require_other(target, read)
    if not options.force:
        files.require_own(targets)
    return max(_set(one, options.tex) for one in made)


def _set(one: Output, tex: str) -> int:
    """Write one .tex and its PDF; the exit code."""
    from derive.tex.compile import compile_latex
    from derive.tex.engine import engine_for

    tex_path, pdf_path, log_path = (one.path(ending) for ending in (".tex", ".pdf", ".log"))
    text = str(one.made.content)
    files.write(tex_path, text)
    compiled = compile_latex(text, engine_for(text, tex))
    if compiled.pdf is None:
        files.write(log_path, compiled.log)
        old = f"; {pdf_path} is from an earlier run" if pdf_path.exists() else ""
        console.error(f"TeX could not set {tex_path}: {compiled.error}; the log is {log_path}{old}")
        return TexError.exit_code
    files.write(pdf_path, compiled.pdf)
    files.remove_own(log_path)
    console.say(f"wrote {pdf_path} and {tex_path}")
    return 0


def _outputs(found: Sequence[Job], format: Format, options: argparse.Namespace) -> Iterator[Output]:
    folder = Path(options.output or "output")
    if format.refusals:
        _require_shown(found, format)
    for job in found:
        if format.is_document:
            yield from _documents(job, folder, format, options)
        else:
            for one in job.solved:
                yield Output(folder / one.path.stem, _of_solution(one, format, options.flavour or ""))


def _documents(job: Job, folder: Path, format: Format, options: argparse.Namespace) -> Iterator[Output]:
    """A job's document of each kind; choices of its files that change nothing on the first are named."""
    from derive.document.build import document_of

    def make(edition: Edition) -> Files:
        with working_on(f"writing the {edition.kind} of {edition.solved[0].source} as {format.title}"):
            made = format.files(edition, flavour=options.flavour or "")
        return Files(files.sealed(str(made.content))) if format is FORMATS["latex"] else made

    made = [made_of(job, kind, make, trusts_style=options.trust_style) for kind in options.kinds]
    first, content = options.kinds[0], made[0].content
    making = Making(
        lambda other: made_of(other, first, document_of),
        lambda other: made_of(other, first, make, trusts_style=options.trust_style),
        made[0],
        content if isinstance(content, str) else "",
    )
    tell_unused(job, making)
    for kind, one in zip(options.kinds, made, strict=True):
        yield Output(folder / stem(job.stem, kind, job.heading.worksheet.form), one)


def made_of(job: Job, kind: str, make: Callable[[Edition], T], *, trusts_style: bool = False) -> T:
    """What is made of a document. Raises `InputError` for mistakes, each at its place in its file."""
    from derive.document.build import Edition
    from derive.document.build import Solved as Part

    parts = tuple(Part(one.solution, shown_name(one.path)) for one in job.solved)
    try:
        edition = Edition(parts, job.heading, job.style, job.language, kind, job.through, trusts_style)
        with working_on(f"writing the {kind} of {shown_name(job.path)}"):
            return make(edition)
    except UnplacedError as error:
        raise job.placed(error) from error


def _of_solution(one: Solved, format: Format, flavour: str) -> Files:
    name = shown_name(one.path)
    with working_on(f"writing {name} as {format.title}"):
        return format.files(_taken(one, name, format), name, flavour=flavour)


def _taken(one: Solved, name: str, format: Format) -> object:
    """What a format that is no document takes; those of other packages take what `derive.solve` gives."""
    if format.takes == "problem":
        return one.solution.problem
    if not format.package:
        return one.solution
    from derive.api.solution import Solution

    return Solution.of(one.solution, name)


def _require_shown(found: Sequence[Job], format: Format) -> None:
    """Raise `InputError` naming every text of the files that the format cannot show."""
    for job in found:
        for marked in job.texts:
            mistakes = [marked.diagnostic(path, said) for path, said in imported(format.refusals)(marked.tree)]
            if mistakes:
                raise InputError(mistakes)


def _print(content: Content) -> None:
    if isinstance(content, bytes):
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
    else:
        sys.stdout.write(content)

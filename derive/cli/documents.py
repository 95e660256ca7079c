"""Writing documents: as LaTeX and PDF, or as pages for a browser."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from derive.cli import files, talk
from derive.cli.effects import Making, tell_unused
from derive.cli.faults import working_on
from derive.cli.jobs import Job
from derive.cli.ledger import remove_own, require_own, write_all, write_noted
from derive.errors import InputError, TexError, UnplacedError
from derive.sources.file_names import safe_name, shown_name
from derive.sources.marked import Marked

if TYPE_CHECKING:
    from derive.document.build import Edition
    from derive.document.document import Document

T = TypeVar("T")
KINDS = ("key", "worksheet", "marking")


@dataclass(frozen=True)
class Written:
    """A document as text, and where it goes, without an ending."""

    target: Path
    text: str

    def path(self, ending: str) -> Path:
        """The file with that ending."""
        return self.target.with_name(f"{self.target.name}{ending}")


def write_pages(found: Sequence[Job], kinds: Sequence[str], options: argparse.Namespace) -> int:
    """Every document as one HTML file."""
    from derive.render.html import to_html

    made = _made(found, kinds, options, to_html)
    if options.output == "-":
        sys.stdout.write(made[0].text)
        return 0
    _require_others(made, found, (".html",))
    write_all({one.path(".html"): one.text for one in made}, force=options.force)
    return 0


def write_pdfs(found: Sequence[Job], kinds: Sequence[str], options: argparse.Namespace) -> int:
    """Every document as LaTeX and, unless only that was asked for, as PDF."""
    from derive.render.latex import to_latex

    for job in found:
        for marked in job.texts:
            _require_printable(marked)
    made = _made(found, kinds, options, lambda edition: files.sealed(to_latex(edition)))
    if options.output == "-":
        sys.stdout.write(made[0].text)
        return 0
    _require_others(made, found, (".tex", ".pdf", ".log"))
    if not options.force:
        for one in made:
            files.require_unedited(one.path(".tex"))
        if _wants_pdf(options):
            require_own(one.path(ending) for one in made for ending in (".pdf", ".log"))
    failures = [_set(one, options) for one in made]
    return TexError.exit_code if any(failures) else 0


def _made(
    found: Sequence[Job], kinds: Sequence[str], options: argparse.Namespace, text_of: Callable[[Edition], str]
) -> list[Written]:
    folder = Path(options.output or "output")
    made = []
    for job in found:
        texts = [made_of(job, kind, text_of, trusts_style=options.trust_style) for kind in kinds]
        tell_unused(job, making(kinds[0], text_of, options, texts[0], texts[0]))
        made += [Written(folder / file_name(job, kind), text) for kind, text in zip(kinds, texts, strict=True)]
    return made


def file_name(job: Job, kind: str) -> str:
    """The name of a document's file: the problem's, its kind unless it is the key, its form where it has one."""
    stated = job.heading.worksheet.form
    form = safe_name(stated) if stated else ""
    return "-".join(part for part in (job.stem, "" if kind == KINDS[0] else kind, form) if part)


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


def making(kind: str, make: Callable[[Edition], T], options: argparse.Namespace, made: T, text: str) -> Making[T]:
    """How the documents of a kind are made, and what was made of the one at hand."""
    return Making(
        lambda job: made_of(job, kind, document_of),
        lambda job: made_of(job, kind, make, trusts_style=options.trust_style),
        made,
        text,
    )


def document_of(edition: Edition) -> Document:
    """The document of an edition as a value."""
    from derive.document.build import build
    from derive.document.locale import locale
    from derive.document.style import style

    return build(edition, style(edition.style).style, locale(edition.language))


def _require_others(made: Sequence[Written], found: Sequence[Job], endings: Sequence[str]) -> None:
    read = [path for job in found for path in job.paths]
    for one in made:
        for ending in endings:
            files.require_other(one.path(ending), read)


def _require_printable(marked: Marked) -> None:
    """Raise `InputError` naming every text of the file that the PDF's font cannot show."""
    from derive.render.escape import refusals

    mistakes = [marked.diagnostic(path, message) for path, message in refusals(marked.tree)]
    if mistakes:
        raise InputError(mistakes)


def _wants_pdf(options: argparse.Namespace) -> bool:
    return bool(options.pdf or not options.latex)


def _set(one: Written, options: argparse.Namespace) -> bool:
    """Write one .tex and, unless only that was asked for, its PDF; True if TeX failed."""
    tex_path, pdf_path, log_path = (one.path(ending) for ending in (".tex", ".pdf", ".log"))
    files.write(tex_path, one.text)
    if not _wants_pdf(options):
        talk.say(f"wrote {tex_path}")
        return False
    from derive.tex.compile import compile_latex
    from derive.tex.engine import engine_for

    compiled = compile_latex(one.text, engine_for(one.text, options.tex))
    if compiled.pdf is None:
        write_noted(log_path, compiled.log)
        old = f"; {pdf_path} is from an earlier run" if pdf_path.exists() else ""
        talk.error(f"TeX could not set {tex_path}: {compiled.error}; the log is {log_path}{old}")
        return True
    write_noted(pdf_path, compiled.pdf)
    remove_own(log_path)
    talk.say(f"wrote {pdf_path} and {tex_path}")
    return False

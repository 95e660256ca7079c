"""Writing what course material takes in: Markdown with its pictures, fragments of LaTeX, notebooks."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from derive.cli import files
from derive.cli.documents import file_name, made_of, making
from derive.cli.effects import tell_unused
from derive.cli.jobs import Job
from derive.cli.ledger import write_all
from derive.errors import InputError

if TYPE_CHECKING:
    from derive.document.build import Edition


@dataclass(frozen=True)
class Export:
    """What is written of one document: its text, how the name of its file ends, and files beside it by name."""

    text: str
    ending: str
    beside: Mapping[str, str] = field(default_factory=dict)


def markdown(edition: Edition, options: argparse.Namespace) -> Export:
    """Markdown of the flavour that is asked for."""
    from derive.exports.flavour import USUAL_MARKDOWN
    from derive.exports.markdown import to_markdown

    made = to_markdown(edition, options.flavour or USUAL_MARKDOWN)
    return Export(made.text, made.ending, made.pictures)


def tex_fragment(edition: Edition, options: argparse.Namespace) -> Export:
    """LaTeX without a preamble, of the flavour that is asked for."""
    from derive.exports.flavour import USUAL_FRAGMENT
    from derive.exports.tex_fragment import to_tex_fragment

    return Export(to_tex_fragment(edition, options.flavour or USUAL_FRAGMENT), "-fragment.tex")


def notebook(edition: Edition, _options: argparse.Namespace) -> Export:
    """A notebook."""
    from derive.exports.notebook import to_notebook

    return Export(to_notebook(edition), ".ipynb")


EXPORTS: Mapping[str | None, Callable[[Edition, argparse.Namespace], Export]] = MappingProxyType(
    {"markdown": markdown, "tex-fragment": tex_fragment, "ipynb": notebook}
)
FLAVOURED = ("markdown", "tex-fragment")


def write_exports(found: Sequence[Job], kinds: Sequence[str], options: argparse.Namespace) -> int:
    """Every document in the format that is asked for, and what belongs to it in the same folder.

    On standard output stands the text alone.
    """
    export = EXPORTS[options.format]
    made = {
        file_name(job, kind): made_of(
            job, kind, lambda edition: export(edition, options), trusts_style=options.trust_style
        )
        for job in found
        for kind in kinds
    }
    for job in found:
        first = made[file_name(job, kinds[0])]
        tell_unused(job, making(kinds[0], lambda edition: export(edition, options), options, first, first.text))
    if options.output == "-":
        sys.stdout.write(next(iter(made.values())).text)
        return 0
    folder, read = Path(options.output or "output"), [path for job in found for path in job.paths]
    parts = [
        (folder / name, content)
        for stem, one in made.items()
        for name, content in {f"{stem}{one.ending}": one.text, **one.beside}.items()
    ]
    written = dict(parts)
    for target, content in parts:
        files.require_other(target, read)
        if written[target] != content:
            raise InputError.single(
                f"two documents would both write {target}; rename a problem file, or write one alone"
            )
    write_all(written, force=options.force)
    return 0

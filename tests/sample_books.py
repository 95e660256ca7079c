"""The sample books of tests/books, laid out in a folder with the problem files that their pages name."""

from __future__ import annotations

import io
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from conftest import TABLE

from derive.sources import assets

BOOKS = Path(__file__).parent / "books"
CIRCUIT = "sigmoid-circuit"
_COLOURS = re.compile("\x1b\\[[0-9;]*m")


def laid_out(name: str, folder: Path) -> Path:
    """A sample book with its problem files: `homework.yaml` in the folder `problems`, `circuit.yaml` beside it."""
    shutil.copytree(BOOKS / name, folder, dirs_exist_ok=True)
    with_problems(folder)
    return folder


def with_problems(folder: Path) -> None:
    (folder / "problems").mkdir(parents=True, exist_ok=True)
    shutil.copy(assets.examples()[TABLE], folder / "problems" / "homework.yaml")
    shutil.copy(assets.examples()[CIRCUIT], folder / "circuit.yaml")


@dataclass(frozen=True)
class Built:
    """What Sphinx made of a book, and what it said."""

    folder: Path
    warnings: list[str]
    read: list[str]

    def page(self, name: str) -> str:
        return (self.folder / f"{name}.html").read_text("utf-8")


def sphinx(folder: Path, builder: str = "html", parallel: int = 0) -> Built:
    """The book of a folder, built by Sphinx; what was built before is built on."""
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    said = io.StringIO()
    read: list[str] = []
    out = folder / "_build" / builder
    with patch_docutils(folder), docutils_namespace():
        app = Sphinx(folder, folder, out, folder / "_build" / "trees", builder, None, None, said, parallel=parallel)
        app.connect("source-read", lambda _, name, __: read.append(name))
        app.build()
    lines = _COLOURS.sub("", said.getvalue()).replace(str(folder) + "/", "").splitlines()
    return Built(out, lines, read)

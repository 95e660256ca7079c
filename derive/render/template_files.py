"""Where templates are: derive's own, and those of folders that came from elsewhere, which are told apart.

A template of derive's that defines macros for TeX is not shown to a stranger's: in its place stands a mark, which the
text is filled in for after the rest was checked. The other way round, what a stranger's template makes within one of
derive's is a mark too, until it was checked itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2.loaders import split_template_path

from derive.errors import InputError
from derive.sources import assets
from derive.sources.tex_words import Refusal

Refusals = Callable[[str], Iterator[Refusal]]
LARGEST = 1_000_000
_BORDER = "\ufdd0"
"""A noncharacter of Unicode: no text of a document has it, since no font does."""
MARK = re.compile(f"{_BORDER}([^{_BORDER}]*){_BORDER}")
_BUILDS_ON_OTHERS = re.compile(r"<%-?\s*(?:extends|block|macro|from|import)\b")


def is_built_in(folder: Path) -> bool:
    """Whether a folder came with derive."""
    return folder.resolve().is_relative_to(assets.templates().resolve())


@cache
def _own_texts() -> frozenset[str]:
    return frozenset(path.read_text(encoding="utf-8") for path in assets.templates().rglob("*.jinja"))


class TemplateFiles(jinja2.BaseLoader):
    """The templates of some folders, the first folder first; none is read through a link that leads out of them."""

    def __init__(self, folders: Sequence[Path], *, deferred: Callable[[str, bool], bool] | None = None) -> None:
        self.folders = tuple(folders)
        self.deferred = deferred
        """Whether a template is not filled in now, by its text and whether it is a stranger's."""
        self.strangers: dict[Path, str] = {}
        """The strangers' templates that were read so far, with their text."""

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """The text of a template, or its mark where it is deferred. Raises `InputError` for what is no template."""
        del environment
        pieces = split_template_path(template)
        for folder in self.folders:
            path = folder.joinpath(*pieces)
            if path.is_file():
                text = _text(path, folder)
                stranger = not is_built_in(folder) and text not in _own_texts()
                if stranger:
                    self.strangers[path] = text
                if self.deferred is not None and self.deferred(text, stranger):
                    text = f"{_BORDER}{template}{_BORDER}"
                return text, str(path), lambda: True
        raise jinja2.TemplateNotFound(template)

    def origin(self, word: str) -> str:
        """The stranger's template and its line that says a word; its folder where it is put together of parts."""
        for path, text in self.strangers.items():
            for number, line in enumerate(text.splitlines(), 1):
                if word in line:
                    return f"{path}:{number}"
        return str(next(iter(self.strangers), self.folders[0]))


def defines_for_tex(refusals: Refusals) -> Callable[[str, bool], bool]:
    """What is deferred while strangers' templates run: derive's own that say more than strangers may."""

    def deferred(text: str, stranger: bool) -> bool:  # noqa: FBT001 - of a template
        return not stranger and not _BUILDS_ON_OTHERS.search(text) and any(refusals(text))

    return deferred


def is_strangers(_text: str, stranger: bool) -> bool:  # noqa: FBT001 - of a template
    """What is deferred while derive's own definitions are filled in."""
    return stranger


def _text(path: Path, folder: Path) -> str:
    if not is_built_in(folder) and not path.resolve().is_relative_to(folder.resolve()):
        raise InputError.single("this is a link to a file outside the folder of its style; copy the file", str(path))
    try:
        if path.stat().st_size > LARGEST:
            raise InputError.single(f"a template of at most {LARGEST:,} bytes was expected", str(path))
        return path.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise InputError.single("this template is not UTF-8; save it as UTF-8", str(path)) from error
    except OSError as error:
        raise InputError.single(f"cannot be read: {error.strerror}", str(path)) from error


def files_of(environment: Any) -> TemplateFiles:
    """The templates that an environment reads."""
    loader = environment.loader
    assert isinstance(loader, TemplateFiles)  # noqa: S101 - every environment is made with one
    return loader

"""Flavours: ways of writing a format, each a folder with a `flavour.yaml` that an author may copy and edit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Generic, TypeVar

from pydantic import Field

from derive.sources import assets
from derive.sources.marked import read
from derive.sources.validate import Model, validate

MARKDOWN, FRAGMENT = "flavours/markdown", "flavours/tex-fragment"
"""Where the flavours of a format are, and beside them the templates that they share."""


class MarkdownFlavour(Model):
    """What a `flavour.yaml` says of a kind of Markdown; the rest are the macros beside it.

    `escaped` are the characters that mean something anywhere in a text; `mathematics`, `reference`, `figure` and
    `table` how a formula in a line and references to an equation, a figure and a table are written, the last two empty
    where there are none; `width` how wide a displayed formula may be, in millimetres.
    """

    describes: str
    ending: Annotated[str, Field(pattern=r"^\.[a-z]+$")]
    escaped: str
    mathematics: str
    reference: str
    figure: str
    table: str
    width: float


class FragmentFlavour(Model):
    """What a `flavour.yaml` says of a fragment of LaTeX: how heads are written by their level, from 1, and its room.

    `width` is that of displayed formulas in millimetres, `rows` how many rows of a table stand together, `height` the
    most that a table or a drawing may take in millimetres, where that is bounded; `end` closes what the heads opened.
    """

    describes: str
    heads: tuple[str, str, str]
    width: float
    rows: int
    height: float | None = None
    end: str = ""


F = TypeVar("F", bound=Model)


@dataclass(frozen=True)
class Flavour(Generic[F]):
    """What a flavour states, and the folders of its templates, its own first."""

    stated: F
    folders: tuple[Path, ...]


@lru_cache(maxsize=16)
def markdown_flavour(name: str) -> Flavour[MarkdownFlavour]:
    """The flavour of Markdown of that name or in that folder. Raises `InputError`."""
    return _flavour(MARKDOWN, MarkdownFlavour, name)


def markdown_flavours() -> dict[str, str]:
    """What each flavour of Markdown is, by name."""
    return {name: markdown_flavour(name).stated.describes for name in assets.names(MARKDOWN)}


def notebook_flavour() -> Flavour[MarkdownFlavour]:
    """The Markdown of a notebook's cells."""
    return markdown_flavour(str(assets.templates() / "exports" / "notebook"))


@lru_cache(maxsize=16)
def fragment_flavour(name: str) -> Flavour[FragmentFlavour]:
    """The flavour of fragments of that name or in that folder. Raises `InputError`."""
    return _flavour(FRAGMENT, FragmentFlavour, name)


def fragment_flavours() -> dict[str, str]:
    """What each flavour of fragments is, by name."""
    return {name: fragment_flavour(name).stated.describes for name in assets.names(FRAGMENT)}


def _flavour(kind: str, model: type[F], name: str) -> Flavour[F]:
    folder = assets.find(kind, name)
    return Flavour(validate(model, read(folder / "flavour.yaml")), (folder, assets.templates() / kind))

"""Flavours: kinds of Markdown, each a folder with a `flavour.yaml` and the macros that write it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from derive.sources import assets
from derive.sources.marked import read
from derive.sources.validate import Model, validate


class Flavour(Model):
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


@dataclass(frozen=True)
class FlavourFolder:
    """A flavour and where its macros are."""

    flavour: Flavour
    folder: Path


@lru_cache(maxsize=16)
def flavour(name: str) -> FlavourFolder:
    """The flavour of that name or in that folder. Raises `InputError`."""
    folder = assets.find("flavours", name)
    return FlavourFolder(validate(Flavour, read(folder / "flavour.yaml")), folder)

"""Files that a problem file names: looked up beside it, and not taken from outside its folder unasked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from derive.sources import assets
from derive.sources.marked import Marked, Path_

_KINDS: Mapping[Path_, tuple[str, str]] = MappingProxyType(
    {
        ("style",): ("style", "styles"),
        ("notation",): ("notation", "notations"),
        ("notation", "base"): ("notation", "notations"),
        ("language",): ("language", "locales"),
    }
)
"""Where a file may name another: its key, which is the option of the command line too, and what it is."""


def folder_of(marked: Marked) -> Path:
    """The folder of a file; the working directory for a text that is in none."""
    path = Path(marked.source)
    return path.parent if path.is_file() else Path()


def located(marked: Marked, *, trusts_outside: bool) -> tuple[Marked, list[tuple[Path_, str]]]:
    """A file whose paths lead from where derive runs, and a mistake for each that leads out of the file's folder."""
    folder, tree = folder_of(marked), marked.tree
    mistakes: list[tuple[Path_, str]] = []
    for place, (key, kind) in _KINDS.items():
        name = _at(tree, place)
        if not isinstance(name, str) or not assets.is_path(kind, name):
            continue
        target = folder / name
        if folder != Path() and assets.fits(kind, target):
            tree = _with(tree, place, str(target))
        elif not assets.fits(kind, Path(name)):
            continue
        else:
            target = Path(name)
        if not trusts_outside and any(is_outside(one, folder) for one in assets.parts(kind, target)):
            mistakes.append((place, f"`{key}`: {outside_message(name)}; or name it on the command line, with --{key}"))
    return replace(marked, tree=tree), mistakes


def is_outside(path: Path, folder: Path) -> bool:
    """Whether a path, its links followed, leads out of a folder."""
    return not path.resolve().is_relative_to(folder.resolve())


def outside_message(name: str) -> str:
    """What is wrong with a file outside the folder, and the ways on."""
    return f"{name!r} is outside the folder of this file; move it there, or allow it with --trust-outside"


def _at(tree: Any, place: Path_) -> Any:
    for key in place:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree


def _with(tree: dict[str, Any], place: Path_, value: str) -> dict[str, Any]:
    key, *rest = place
    return {**tree, str(key): _with(tree[str(key)], tuple(rest), value) if rest else value}

"""What derive wrote into a folder, so that a file that was edited since is not overwritten."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from derive.cli import files, talk
from derive.errors import OutputError

LEDGER = ".derive-written.json"
"""The file, in every such folder, with the digest of each file as it was written."""


def write_all(contents: Mapping[Path, str | bytes], *, force: bool) -> None:
    """Write files and note what was written. Raises `OutputError`, before any is written, if one was edited by hand."""
    if not force:
        edited = [str(path) for path, content in contents.items() if _is_edited(path, content)]
        if edited:
            names = ", ".join(edited)
            raise OutputError(f"edited by hand, or not derive's: {names}; --force overwrites, -o writes elsewhere")
    for path, content in contents.items():
        write_noted(path, content)
        talk.say(f"wrote {path}")


def require_own(paths: Iterable[Path]) -> None:
    """Raise `OutputError` for files that are there and are not as derive wrote them."""
    others = [str(path) for path in paths if path.exists() and not _is_own(path)]
    if others:
        raise OutputError(
            f"edited, or not derive's: {', '.join(others)}; --force overwrites, -o writes into another folder"
        )


def write_noted(path: Path, content: str | bytes) -> None:
    """Write a file and note that it is derive's."""
    files.write(path, content)
    _note(path, content)


def remove_own(path: Path) -> None:
    """Remove a file that is as derive wrote it, if there is one."""
    if path.is_file() and _is_own(path):
        path.unlink()


def _is_own(path: Path) -> bool:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == _noted(path.parent).get(path.name)
    except OSError:
        return False


def _is_edited(path: Path, content: str | bytes) -> bool:
    """Whether there is a file that is neither what was written last nor what is to be written."""
    if not path.exists() or _is_own(path):
        return False
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() != _digest(content)
    except OSError:
        return True


def _noted(folder: Path) -> dict[str, str]:
    """The ledger of a folder; empty where there is none that can be read, so that files there count as edited."""
    try:
        noted = json.loads((folder / LEDGER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def _note(path: Path, content: str | bytes) -> None:
    noted = {**_noted(path.parent), path.name: _digest(content)}
    files.write(path.parent / LEDGER, json.dumps(noted, indent=1, sort_keys=True) + "\n")


def _digest(content: str | bytes) -> str:
    return hashlib.sha256(content.encode("utf-8") if isinstance(content, str) else content).hexdigest()

"""Writing files: whole or not at all, and never over what is not as derive wrote it.

Each folder has a file with the digests of what was written into it; a .tex tells of itself, by its first line.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from derive.cli import console
from derive.errors import InputError, OutputError
from derive.formats import Content

MANIFEST = ".derive-written.json"
"""The file, in every such folder, with the digest of each file as it was written."""
_SEAL = "% Written by derive; edit freely: an edited file is not overwritten without --force. sha256 "


def sealed(tex: str) -> str:
    """A .tex with a first line by which later edits are noticed."""
    return f"{_SEAL}{_digest(tex.encode('utf-8'))}\n{tex}"


def write_all(contents: Mapping[Path, Content], *, force: bool) -> None:
    """Write files and say so. Raises `OutputError`, before any is written, if one is not as derive wrote it."""
    if not force:
        require_own(path for path, content in contents.items() if _read(path) != _bytes(content))
    for path, content in contents.items():
        write(path, content)
        console.say(f"wrote {path}")


def require_own(paths: Iterable[Path]) -> None:
    """Raise `OutputError` for files that are there and are not as derive wrote them."""
    others = [str(path) for path in paths if path.exists() and not _is_own(path)]
    if others:
        names = ", ".join(others)
        raise OutputError(f"edited by hand, or not derive's: {names}; --force overwrites, -o writes elsewhere")


def require_other(target: Path, paths: Iterable[Path]) -> None:
    """Raise `InputError` if a file that was read would be overwritten."""
    if any(path.exists() and target.resolve() == path.resolve() for path in paths):
        raise InputError.single(f"{target} is the problem file itself; give -o another folder")


def write(path: Path, content: Content) -> None:
    """Write a file, and note that it is derive's. Raises as `replace` does."""
    data = _bytes(content)
    replace(path, data)
    if not _is_sealed(data):
        noted = {**_noted(path.parent), path.name: _digest(data)}
        replace(path.parent / MANIFEST, _bytes(json.dumps(noted, indent=1, sort_keys=True) + "\n"))


def remove_own(path: Path) -> None:
    """Remove a file that is as derive wrote it, if there is one."""
    if path.is_file() and _is_own(path):
        path.unlink()


def replace(path: Path, data: bytes) -> None:
    """Replace a file whole: the new content is written beside it and moved into place.

    Raises `OutputError` if that cannot be done; the old file is then still there.
    """
    temporary = path.with_name(f".derive-{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            file.write(data)
        temporary.replace(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _is_own(path: Path) -> bool:
    data = _read(path)
    return data is not None and (_is_sealed(data) or _digest(data) == _noted(path.parent).get(path.name))


def _is_sealed(data: bytes) -> bool:
    """Whether it is a .tex that nobody edited."""
    first, _, rest = data.partition(b"\n")
    return first.decode("utf-8", "replace").strip() == f"{_SEAL}{_digest(rest)}"


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _noted(folder: Path) -> dict[str, str]:
    """The digests of a folder; empty where there are none that can be read, so that files there count as edited."""
    try:
        noted = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def _bytes(content: Content) -> bytes:
    return content.encode("utf-8") if isinstance(content, str) else content


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

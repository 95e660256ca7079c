"""Writing files: whole or not at all, and never over a .tex that somebody edited by hand."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from derive.errors import InputError, OutputError

_MARK = "% Written by derive; edit freely: an edited file is not overwritten without --force. sha256 "


def sealed(tex: str) -> str:
    """A .tex with a first line by which later edits are noticed."""
    return f"{_MARK}{_digest(tex)}\n{tex}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def is_edited(path: Path) -> bool:
    """Whether a file is something else than an untouched .tex of derive."""
    try:
        text = path.read_bytes().decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, UnicodeDecodeError):
        return True
    first, _, rest = text.partition("\n")
    return not first.startswith(_MARK) or first.removeprefix(_MARK).strip() != _digest(rest)


def require_unedited(path: Path) -> None:
    """Raise `OutputError` if the file was edited by hand, or is not derive's."""
    if is_edited(path):
        raise OutputError(f"{path} was edited by hand (or is not derive's); --force overwrites it, -o writes elsewhere")


def require_other(target: Path, paths: Iterable[Path]) -> None:
    """Raise `InputError` if a file that was read would be overwritten."""
    if any(path.exists() and target.resolve() == path.resolve() for path in paths):
        raise InputError.single(f"{target} is the problem file itself; give -o another folder")


def write(path: Path, content: str | bytes) -> None:
    """Replace a file whole: the new content is written beside it and moved into place.

    Raises `OutputError` if that cannot be done; the old file is then still there.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
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

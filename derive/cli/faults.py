"""Faults of the program itself: what it was working on, and the report of an exception that nothing expected."""

from __future__ import annotations

import contextlib
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from derive.cli import console
from derive.cli.arguments import TRACEBACK
from derive.errors import DeriveError
from derive.version import VERSION

EXIT_CODE = 3
_NOTE = "while "


@contextlib.contextmanager
def working_on(what: str) -> Iterator[None]:
    """Notes on an exception that nothing expected what was being done, such as `solving a.yaml`."""
    try:
        yield
    except (DeriveError, OSError):
        raise
    except Exception as error:
        if not _notes(error):
            error.add_note(f"{_NOTE}{what}")
        raise


def report(error: Exception, arguments: Sequence[str]) -> int:
    """One sentence on an exception that nothing expected; its traceback on request, else in a file that is named."""
    note = (_notes(error) or [""])[0]
    first = f"{type(error).__name__}: {error}".splitlines()[0]
    console.error(f"derive itself failed{f' {note}' if note else ''}; this is a fault of the program ({first[:200]})")
    text = "".join(traceback.format_exception(error))
    if TRACEBACK in arguments:
        sys.stderr.write(text)
        where = "the lines above"
    else:
        where = _written(f"derive {VERSION}, Python {sys.version}\narguments: {[*arguments]}\n\n{text}")
    console.say(f"please report it to whoever maintains derive, with the problem file and {where}")
    return EXIT_CODE


def _notes(error: Exception) -> list[str]:
    return [note for note in getattr(error, "__notes__", ()) if note.startswith(_NOTE)]


def _written(text: str) -> str:
    """The name of a new file in the temporary folder that holds the report; what to do instead where none can be."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", errors="backslashreplace", prefix="derive-fault-", suffix=".txt", delete=False
        ) as file:
            file.write(text)
    except OSError:
        return f"what {TRACEBACK} prints"
    return str(Path(file.name))

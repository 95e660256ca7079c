"""How an engine ended that wrote no error into its log: a signal, a limit, a full disk, the program behind it."""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass

SECONDS = 120
"""The time that one run may take, and the processor's time of each of its processes."""
MEMORY = 2 << 30
"""Bytes of address space that each of its processes may have."""
FILE_SIZE = 256 << 20
"""Bytes of the largest file that it may write."""
_LAST_LINES = 3
_LONGEST = 300
_LIMITS = {
    "SIGXCPU": f"it used {SECONDS} seconds of processor time, which is the limit",
    "SIGXFSZ": f"a file passed {FILE_SIZE >> 20} MB, which is the limit",
    "SIGKILL": "the system or a person killed it, as a system does that is out of memory",
    "SIGTERM": "a person or the system ended it",
}
_CAUSES = (
    (r"buffer size|buf_size|Unable to read an entire line", "a line of the .tex is longer than TeX can read"),
    (r"main memory size|TeX capacity exceeded", "the document is more than TeX has memory for"),
    (
        r"[Mm]emory exhausted|[Oo]ut of memory|[Cc]annot allocate|xmalloc|bad_alloc",
        f"out of memory: the limit is {MEMORY >> 30} GB",
    ),
    (r"No space left|[Dd]isk full|fwrite.*failed|write error", "the disk with the temporary folder is full"),
    (r"[Tt]oo many open files|Resource temporarily unavailable", "the system has no more processes or files to give"),
)


@dataclass(frozen=True, slots=True)
class Ended:
    """A run of an engine: its program's name, its exit code (negative: the signal) and what it printed."""

    program: str
    code: int
    printed: str


def how_it_ended(ended: Ended, log: str) -> str:
    """What is known of an engine that stopped without an error in its log."""
    how = f"{ended.program} {_code(ended.code)}"
    text = f"{log}\n{ended.printed}"
    cause = next((words for pattern, words in _CAUSES if re.search(pattern, text)), "")
    if not cause and not re.search(r"^Output written|^No pages of output", log, re.MULTILINE):
        cause = "the log stops in mid-air, so that it was killed or TeX could not write on"
    last = [line.strip() for line in ended.printed.splitlines() if line.strip()][-_LAST_LINES:]
    said = f"; the last that it printed: {' / '.join(last)[-_LONGEST:]}" if last else ""
    return f"{how}{f': {cause}' if cause else ''}{said}"


def _code(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        return f"died of signal {-code}"
    return f"died of {name}{f' ({_LIMITS[name]})' if name in _LIMITS else ''}"

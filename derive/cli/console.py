"""What is said on standard error: messages, and a progress bar where a person waits."""

from __future__ import annotations

import os
import sys
import time

_RED, _YELLOW, _PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[0m"


def _coloured() -> bool:
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def say(text: str) -> None:
    """One line on standard error."""
    print(text, file=sys.stderr)  # noqa: T201 - this is the program's voice


def error(text: str) -> None:
    """Mistakes, a line each."""
    _labelled("error", _RED, text)


def warning(text: str) -> None:
    """Something the instructor should know before printing."""
    _labelled("warning", _YELLOW, text)


def _labelled(label: str, colour: str, text: str) -> None:
    head = f"{colour}{label}:{_PLAIN}" if _coloured() else f"{label}:"
    for line in text.splitlines():
        say(f"{head} {line}")


class Progress:
    """A bar that appears once a step has taken a second, on a terminal only, and is gone at the end."""

    WIDTH = 30

    def __init__(self, title: str) -> None:
        self.title = title
        self.start = time.monotonic()
        self.drawn = False

    def __call__(self, done: int, total: int) -> None:
        """Draw the bar for `done` of `total`."""
        if not sys.stderr.isatty() or time.monotonic() - self.start < 1:
            return
        filled = self.WIDTH * done // max(1, total)
        bar = "#" * filled + "." * (self.WIDTH - filled)
        sys.stderr.write(f"\r{self.title} [{bar}] {done}/{total}")
        self.drawn = True
        sys.stderr.flush()

    def close(self) -> None:
        """Take the bar away."""
        if self.drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

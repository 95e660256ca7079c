"""A fault: a place in a file of the project changed for the worse, and the tests that should see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Fault:
    """In the file `path`, `before` (which stands there once) becomes `after`; `tests` are arguments of pytest."""

    path: str
    before: str
    after: str
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        """What is changed, in a line."""
        return f"{self.path}: {' '.join(self.before.split())!r} becomes {' '.join(self.after.split())!r}"

    def planted(self, text: str) -> str:
        """The text of the file with the fault. Raises `ValueError` where `before` does not stand there just once."""
        if text.count(self.before) != 1:
            raise ValueError(f"{self.path}: {self.before!r} stands there {text.count(self.before)} times")
        return text.replace(self.before, self.after)


def text_of(path: str) -> str:
    """A file of the project."""
    return (ROOT / path).read_text(encoding="utf-8")


def changes(path: str, tests: tuple[str, ...], *pairs: tuple[str, str]) -> Iterator[Fault]:
    """The faults of one file that the same tests should see, from pairs of what stands there and what it becomes."""
    for before, after in pairs:
        yield Fault(path, before, after, tests)

"""What can go wrong, as values: every error that a user can cause is one of these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Diagnostic(NamedTuple):
    """One mistake: where it stands and what was expected. Lines and columns count from 1."""

    message: str
    source: str = ""
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = [self.source] if self.source else []
        place += [str(number) for number in (self.line, self.column) if number is not None]
        return f"{':'.join(place)}: {self.message}" if place else self.message


class DeriveError(Exception):
    """A mistake that the user can mend; `exit_code` is what the command line returns for it."""

    exit_code = 2

    @property
    def messages(self) -> tuple[str, ...]:
        """What is wrong, a text for each mistake."""
        return (str(self),)


class InputError(DeriveError):
    """Every mistake found in one file or one call, all at once."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(self.messages))

    @property
    def messages(self) -> tuple[str, ...]:
        """Every mistake with its place."""
        return tuple(str(diagnostic) for diagnostic in self.diagnostics)

    @classmethod
    def single(cls, message: str, source: str = "") -> InputError:
        """The error that holds one mistake without a line."""
        return cls([Diagnostic(message, source)])


class UnplacedError(InputError):
    """Mistakes in a problem that were found after it was read, each with its path in the problem file.

    `part` says which of a document's problems it is, from 0.
    """

    def __init__(self, mistakes: Sequence[tuple[tuple[str | int, ...], str]], part: int = 0) -> None:
        self.mistakes = tuple(mistakes)
        self.part = part
        super().__init__([Diagnostic(f"{'.'.join(map(str, path))}: {message}") for path, message in mistakes])


class NumberError(DeriveError):
    """A number left the range that can be computed or printed."""


class FormulaError(DeriveError):
    """A formula's text is outside the grammar, or asks for something that has no derivative."""


class CheckError(DeriveError):
    """The derivation disagrees with the independent gradient; nothing may be printed."""

    exit_code = 1


class OutputError(DeriveError):
    """A file could not be written, or must not be overwritten."""


class TexError(DeriveError):
    """TeX is missing, or refused the document."""

    exit_code = 3

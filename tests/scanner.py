"""A text that is read from left to right, piece by piece: what readers of printed formulas share."""

from __future__ import annotations

import re


class Scanner:
    """A text, and the place up to which it is read."""

    text: str
    start: int

    def skip(self) -> None:
        while match := re.compile(r"\s+|\\,").match(self.text, self.start):
            self.start = match.end()

    def next(self, *wanted: str) -> str:
        """The one of several texts that comes next, read; empty where none does."""
        self.skip()
        for one in wanted:
            if self.text.startswith(one, self.start):
                self.start += len(one)
                return one
        return ""

    def need(self, wanted: str) -> None:
        assert self.next(wanted), f"expected {wanted!r} at {self.text[self.start :]!r} of {self.text!r}"

    def group(self) -> str:
        """A text in braces, read."""
        self.need("{")
        depth, first = 1, self.start
        while depth:
            depth += {"{": 1, "}": -1}.get(self.text[self.start], 0)
            self.start += 1
        return self.text[first : self.start - 1]

"""LaTeX as commands and characters, read from left to right."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"(\\[A-Za-z]+|\\.|[^\s])\s*", re.DOTALL)


class Tokens:
    """The pieces of a text, the place of the next one, and what was wrong so far."""

    def __init__(self, text: str) -> None:
        self.tokens = [(match[1], match.start(1), match.end(1)) for match in _TOKEN.finditer(text)]
        self.text = text
        self.at = 0
        self.faults: list[str] = []

    def peek(self) -> str:
        """The next piece, which stays; "" at the end."""
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def next(self) -> str:
        """The next piece, which is taken."""
        piece = self.peek()
        self.at += 1
        return piece

    @property
    def begins(self) -> int:
        """Where in the text the next piece begins."""
        return self.tokens[self.at][1] if self.at < len(self.tokens) else len(self.text)

    @property
    def ended(self) -> int:
        """Where in the text the last piece ended."""
        return self.tokens[min(self.at, len(self.tokens)) - 1][2] if self.at else 0

    def verbatim(self) -> str:
        """The text of a group, as it is written."""
        if self.peek() in ("", "}"):
            self.faults.append("something is missing at its end")
        if self.peek() != "{":
            return self.next()
        start = self.begins + 1
        depth = 0
        while self.at < len(self.tokens):
            depth += {"{": 1, "}": -1}.get(self.next(), 0)
            if not depth:
                break
        if depth:
            self.faults.append("a brace is not closed")
        return self.text[start : self.ended - 1]

    def refuse(self, piece: str) -> None:
        """Note that a piece is not understood."""
        self.faults.append(f"{piece!r} is not understood")

"""Phrases of a language with references in them, written by whatever writes a format."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup

from derive.exports.labels import Reference

Write = Callable[[Any], Markup]
_SHORTENED = 3
"""References with numbers in a row, from so many on, are written as the first and the last."""


def filled(write: Write, phrase: str, **parts: Markup) -> Markup:
    """A phrase with references in the places of its placeholders."""
    pieces = re.split(r"<(\w+)>", phrase)
    return Markup("").join(parts[piece] if place % 2 else write(piece) for place, piece in enumerate(pieces))


def listed(write: Write, found: Sequence[Reference], between: str) -> Markup:
    """References one after another."""
    runs: list[list[Reference]] = []
    for one in found:
        if runs and one.number == runs[-1][-1].number + 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    return write(between).join(_run(write, run, between) for run in runs)


def _run(write: Write, run: Sequence[Reference], between: str) -> Markup:
    """References with numbers in a row."""
    if len(run) < _SHORTENED:
        return write(between).join(write(one) for one in run)
    return write(run[0]) + write("–") + write(run[-1])

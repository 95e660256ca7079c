"""Problem files as books name them: read when they are needed, solved once as long as they stay the same."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from derive.api.reading import solve_text
from derive.api.solution import Solution
from derive.sources.marked import read_text

_MOST = 64


def solution_of(path: Path, shown: str, notation: str = "", language: str = "") -> Solution:
    """The solution of a problem file; `shown` is how messages name it.

    Raises `InputError` for a file that cannot be read, and with the line and column of every mistake in it.
    """
    return _solution(read_text(path), shown, notation, language)


@lru_cache(maxsize=_MOST)
def _solution(text: str, shown: str, notation: str, language: str) -> Solution:
    return solve_text(text, shown, notation, language)

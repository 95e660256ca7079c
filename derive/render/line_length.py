"""Lines of LaTeX that stay short: TeX reads no line of more than 200,000 bytes, and people and diffs far less."""

from __future__ import annotations

import re
from itertools import takewhile

LONGEST = 2000
"""Bytes of a line at most, where it has a place to break at."""
_COMMENT = re.compile(rb"(?<!\\)(?:\\\\)*%")
_SPACE = re.compile(rb"(?<=[^\s\\]) +(?=[^\s])")
_AFTER_GROUP = re.compile(rb"(?<=\})(?=[^\s%])")


def with_short_lines(tex: str) -> str:
    """LaTeX with long lines broken where TeX sees no difference.

    A line ends at a space, which an end of line is too, or after a brace with a `%`. Comments stay as they are.
    """
    return "\n".join(_broken(line) for line in tex.split("\n"))


def _broken(line: str) -> str:
    data = line.encode("utf-8")
    if len(data) <= LONGEST:
        return line
    comment = _COMMENT.search(data)
    end = comment.end() - 1 if comment is not None else len(data)
    lines: list[bytes] = []
    start = 0
    while len(data) - start > LONGEST:
        found = _last(data, start, min(start + LONGEST - 1, end))
        if found is None:
            break
        cut, following, ending = found
        lines.append(data[start:cut] + ending)
        start = following
    return b"\n".join([*lines, data[start:]]).decode("utf-8")


def _last(data: bytes, start: int, end: int) -> tuple[int, int, bytes] | None:
    """Where a line that begins at `start` may end, where the next begins, and what ends it; None for no such place."""
    for pattern, ending in ((_SPACE, b""), (_AFTER_GROUP, b"%")):
        places = takewhile(lambda match: match.start() <= end, pattern.finditer(data, start + 1))
        last = max(((match.start(), match.end()) for match in places), default=None)
        if last is not None:
            return (*last, ending)
    return None

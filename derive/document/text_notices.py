"""Mathematics of a problem file's texts that stays as it is typed, though it nearly names a quantity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from derive.document.text import unread_names
from derive.network.names import hint
from derive.network.solution import Solution
from derive.problem.notices import Notice
from derive.sources.marked import Path_

NEAR = 0.75
"""How alike a word and a name are, from 0 to 1, where one is taken for a slip of the other (difflib's ratio)."""


def text_notices(solution: Solution) -> Iterator[Notice]:
    """Each name between dollar signs that is nearly that of a quantity, with its path in the file and the name."""
    known = solution.graph.blocks.by_name
    for path, text in _texts(solution.problem.model_dump(exclude_unset=True), ()):
        for name in dict.fromkeys(unread_names(text, known.__contains__)):
            instead = hint(name, known)
            if "/" in name or get_close_matches(name, known, 1, NEAR):
                yield path, f"`{name}` between dollar signs is printed as typed: there is no quantity {name!r}{instead}"


def _texts(value: object, path: Path_) -> Iterator[tuple[Path_, str]]:
    """The texts of a problem that hold dollar signs."""
    match value:
        case str() if "$" in value:
            yield path, value
        case Mapping():
            for key, inner in value.items():
                yield from _texts(inner, (*path, key))
        case Sequence() if not isinstance(value, str):
            for index, inner in enumerate(value):
                yield from _texts(inner, (*path, index))
        case _ if hasattr(value, "text"):
            yield from _texts(value.text, path)

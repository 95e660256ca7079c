"""Phrases of a locale and their `<placeholders>`: every phrase has those of the reference language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from derive.sources.marked import Marked

OTHER = "other"
"""The form of a counted phrase for every number that has none of its own."""
_PLACEHOLDER = re.compile(r"<\w+>")
Place = tuple[str, ...]


def phrases(tree: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every phrase of a locale's tree with its path."""
    if isinstance(tree, dict):
        for key, inner in tree.items():
            yield from phrases(inner, (*place, str(key)))
    elif isinstance(tree, str):
        yield place, tree


def placeholders(phrase: str) -> frozenset[str]:
    """The placeholders that a phrase holds."""
    return frozenset(_PLACEHOLDER.findall(phrase))


def placeholder_mistakes(marked: Marked, reference: Mapping[Place, str]) -> Iterator[tuple[Place, str]]:
    """Phrases whose placeholders are not those of the reference; a phrase for one number may leave it out."""
    for place, phrase in phrases(marked.tree):
        other = (*place[:-1], OTHER)
        expected = reference.get(place, reference.get((*place, OTHER), reference.get(other)))
        if expected is None:
            continue
        found, wanted = placeholders(phrase), placeholders(expected)
        missing = frozenset() if place not in reference and other in reference else wanted - found
        if missing:
            yield place, f"expected {' and '.join(sorted(missing))} in this phrase too"
        if found - wanted:
            known = f"; known here are {', '.join(sorted(wanted))}" if wanted else ""
            yield place, f"nothing is put in for {' and '.join(sorted(found - wanted))}{known}"

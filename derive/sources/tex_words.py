"""The TeX that may be said by files which did not come with derive: a list of words, none of which reaches a file.

What is checked is text as TeX will read it. Control words, control symbols, `^^`, the names of environments and of
packages are looked at; everything else prints, or is an error of TeX's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Any

from pydantic import BeforeValidator

from derive.sources import assets
from derive.sources.marked import read
from derive.sources.validate import Model, validate

_SYMBOLS = frozenset("\\,;:!> {}$&#_%/-|()[]'\"^~=.`*+<\n")
"""The characters that may follow a backslash, other than letters."""
_TOKEN = re.compile(r"\\([A-Za-z@]+|.|$)|\^\^|[\x00-\x08\x0b-\x1f\x7f]", re.DOTALL)
_ENVIRONMENT = re.compile(r"\{([A-Za-z]+\*?)\}")
_LOADED = re.compile(r"\s*(?:\[[^\[\]]*\])?\s*\{([A-Za-z0-9., \n-]*)\}")
_LOADING = frozenset({"documentclass", "usepackage", "usetikzlibrary"})
_THEMES = frozenset({"usetheme", "usecolortheme", "usefonttheme", "useinnertheme", "useoutertheme"})
_THEME = re.compile(r"\s*(?:\[[A-Za-z, =]*\])?\s*\{[A-Za-z]*\}")
_NOT_IN_FORMULAS = re.compile(r"(?<!\\)[$%#&`<>\"]")
_BRACES = re.compile(r"\\.|[{}]", re.DOTALL)
_PLAIN_PIECES = re.compile(
    r"\\csname @beginparpenalty\\endcsname(?= 10000)|\\renewcommand\\arraystretch(?=\{\d+(?:\.\d+)?\})"
)
"""The two phrases of derive's own templates that are harmless as a whole, and would not be with other words in them."""


def _to_words(value: Any) -> Any:
    return tuple(value.split()) if isinstance(value, str) else value


Words = Annotated[frozenset[str], BeforeValidator(_to_words)]


class TexWords(Model):
    """The words of `templates/tex-words.yaml`, in groups."""

    mathematics: Words
    text: Words
    derive: Words
    environments: Words
    packages: Words

    @property
    def everywhere(self) -> frozenset[str]:
        """The words that a template may say."""
        return self.mathematics | self.text | self.derive


@dataclass(frozen=True, slots=True)
class Refusal:
    """A word that TeX may not be told: where it begins in the text, how it is written, why it is not let through."""

    offset: int
    word: str
    reason: str


@cache
def tex_words() -> TexWords:
    """The list of words. Raises `InputError` for a mistake in its file."""
    return validate(TexWords, read(assets.templates() / "tex-words.yaml"))


def template_refusals(text: str) -> Iterator[Refusal]:
    """Everything in a text of a template, or made by one, that is not on the list."""
    yield from _refusals(text, tex_words().everywhere)


def formula_refusals(text: str) -> Iterator[Refusal]:
    """Everything in a formula, such as a letter or a pattern of a notation, that is not on its list."""
    yield from _refusals(text, tex_words().mathematics)
    for found in _NOT_IN_FORMULAS.finditer(text):
        yield Refusal(found.start(), found[0], "this character ends a formula, or means something else than itself")
    depth = 0
    for found in _BRACES.finditer(text):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth < 0:
            break
    if depth:
        yield Refusal(0, "{" if depth > 0 else "}", "expected as many opening braces as closing ones")


def _refusals(text: str, words: frozenset[str]) -> Iterator[Refusal]:
    text = _PLAIN_PIECES.sub(lambda found: " " * len(found[0]), text)
    for found in _TOKEN.finditer(text):
        word = found[1]
        if word is None:
            reason = "notation with ^^ and control characters can spell any word"
            yield Refusal(found.start(), found[0] if found[0] == "^^" else repr(found[0])[1:-1], reason)
        elif not word[:1].isalpha() and word[:1] != "@":
            if word not in _SYMBOLS:
                yield Refusal(found.start(), found[0] or "\\", "this is no word that a style may say to TeX")
        elif word not in words:
            close = get_close_matches(word, words, 1, 0.8)
            hint = f"; did you mean \\{close[0]}?" if close else ""
            yield Refusal(found.start(), f"\\{word}", f"this is no word that a style may say to TeX{hint}")
        else:
            reason = _argument_refusal(word, text, found.end())
            if reason:
                yield Refusal(found.start(), f"\\{word}", reason)


def _argument_refusal(word: str, text: str, end: int) -> str:
    """Why what follows a word that is let through is not; empty where it is."""
    known = tex_words()
    if word in ("begin", "end"):
        name = _ENVIRONMENT.match(text, end)
        if name is None or name[1] not in known.environments:
            return "expected the name of an environment on the list right behind it, in braces"
    if word in _LOADING:
        loaded = _LOADED.match(text, end)
        names = {one.strip() for one in loaded[1].split(",")} if loaded else set()
        if not names or not names <= known.packages:
            return "expected names of packages on the list right behind it, in braces"
    if word in _THEMES and not _THEME.match(text, end):
        return "expected the plain name of a theme right behind it, in braces"
    return ""

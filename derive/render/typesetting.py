"""How a document is set: by which TeX, and with which scripts; both follow from the characters of its texts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from derive.document.locale import Locale
from derive.document.mathematics import Math
from derive.document.walk import within
from derive.errors import InputError
from derive.render.escape import is_latin
from derive.render.scripts import Script, scripts
from derive.sources.validate import suggestion

LATIN = "latin"


@dataclass(frozen=True)
class Typesetting:
    """The TeX to run, the scripts beside Latin by name, and under which names TeX may have hyphenation patterns."""

    program: str
    scripts: Mapping[str, Script]
    hyphenation: tuple[str, ...]

    @property
    def line_breaks(self) -> str:
        """By which language's rules lines break; empty where breaking at spaces is enough."""
        return next((script.line_breaks for script in self.scripts.values() if script.line_breaks), "")


def typesetting(texts: Iterable[str], words: Locale) -> Typesetting:
    """How texts are set in a document of a language: by pdfLaTeX where its fonts have every character.

    Raises `InputError` if the language names a script that is not known.
    """
    known = scripts()
    if words.script not in (LATIN, *known):
        which = f"locale {words.language}: unknown script {words.script!r}"
        raise InputError.single(which + suggestion(words.script, (LATIN, *known)))
    own = {name: known[name] for name in (words.script,) if name in known}
    ordered = {**own, **known}
    others = {
        character for text in texts for character in unicodedata.normalize("NFC", text) if not is_latin(character)
    }
    used = {next((name for name, script in ordered.items() if script.has(one)), LATIN) for one in others}
    chosen = {name: script for name, script in ordered.items() if name in used or name in own}
    return Typesetting("xelatex" if chosen else "pdflatex", MappingProxyType(chosen), words.hyphenation)


def texts(value: Any) -> Iterator[str]:
    """Every text of a document, mathematics aside."""
    return (text for text in within(value, str) if not isinstance(text, Math))

"""What a directive asks for: its options, read and checked, in the words of the command line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from derive.document.formulas import FORMS, SIDES, USUAL
from derive.document.pictures.named import PICTURES
from derive.errors import Diagnostic, InputError
from derive.sources.validate import suggestion

ALL = "all"
_ROUNDS = re.compile(r"(\d{1,4})(?:\s*-\s*(\d{1,4}))?", re.ASCII)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Option:
    """An option: what it expects, and whether it may stand there without."""

    expects: str
    bare: bool = False


OPTIONS: Mapping[str, Option] = MappingProxyType(
    {
        "formula": Option("names such as `dL/dw11` or `dL/dw*`, several with commas"),
        "form": Option(f"{', '.join(FORMS)}; several with commas follow one another"),
        "side": Option(f"one of {', '.join(SIDES)}"),
        "figure": Option(f"{', '.join(PICTURES)}; several with commas"),
        "table": Option("nothing", bare=True),
        "round": Option("numbers such as `2`, `1-3` or `1, 3`, or `all`"),
        "caption": Option("a text"),
        "label": Option("a label, or nothing for one made of the file's name and the formula's", bare=True),
        "notation": Option("the name of a notation"),
        "language": Option("the code of a language"),
    }
)
SYNONYMS: Mapping[str, str] = MappingProxyType({"rounds": "round", "name": "label"})
"""Other names of options: what books call them."""
_OF_FORMULAS = ("form", "side")


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be shown of a problem.

    `rounds` count from 1, none stand for all of them; `label` is None where no label is wanted, and empty where it is
    to be made.
    """

    formulas: tuple[str, ...]
    forms: tuple[str, ...]
    side: str
    figures: tuple[str, ...]
    table: bool
    rounds: tuple[int, ...]
    caption: str
    label: str | None
    notation: str
    language: str


def request(options: Mapping[str, str | None]) -> Request:
    """The request that options make; an option that stands there without a value has none or an empty one.

    Raises `InputError` with every mistake, each with what was expected.
    """
    mistakes: list[str] = []
    stated = dict(_stated(options, mistakes))

    def read(name: str, reader: Callable[[str], T], usual: T) -> T:
        try:
            return reader(stated[name]) if name in stated else usual
        except ValueError as error:
            mistakes.append(f"{name}: {error}")
            return usual

    found = Request(
        formulas=read("formula", _words, ()),
        forms=read("form", lambda text: _known(text, "form", FORMS), USUAL),
        side=read("side", _side, "both"),
        figures=read("figure", lambda text: _known(text, "figure", PICTURES), ()),
        table="table" in stated,
        rounds=read("round", lambda text: tuple(_rounds(text)), (1,)),
        caption=stated.get("caption", ""),
        label=stated.get("label"),
        notation=stated.get("notation", ""),
        language=stated.get("language", ""),
    )
    if not mistakes and not (found.formulas or found.figures or found.table):
        mistakes.append("nothing is asked for; expected the option formula, figure or table")
    elif "formula" not in stated:
        idle = [name for name in _OF_FORMULAS if name in stated]
        mistakes += [f"{name}: says how a formula is written; expected the option formula" for name in idle]
    if mistakes:
        raise InputError([Diagnostic(message) for message in mistakes])
    return found


def _stated(options: Mapping[str, str | None], mistakes: list[str]) -> Iterator[tuple[str, str]]:
    for given, value in options.items():
        name, text = SYNONYMS.get(given, given), (value or "").strip()
        if name not in OPTIONS:
            mistakes.append(f"unknown option {given!r}{suggestion(given, OPTIONS)}")
        elif given != name and name in options:
            mistakes.append(f"{given}: the same as {name}, which is there too")
        elif not text and not OPTIONS[name].bare:
            mistakes.append(f"{given}: expected {OPTIONS[name].expects}")
        else:
            yield name, text


def _words(text: str) -> tuple[str, ...]:
    words = tuple(word.strip() for word in text.split(","))
    if not all(words):
        raise ValueError(f"expected names with single commas between, not {text!r}")
    return words


def _known(text: str, what: str, known: Iterable[str]) -> tuple[str, ...]:
    words = _words(text)
    wrong = [word for word in words if word not in known]
    if wrong:
        raise ValueError(f"unknown {what} {wrong[0]!r}{suggestion(wrong[0], known)}")
    return words


def _side(text: str) -> str:
    (side, *others) = _known(text, "side", SIDES)
    if others:
        raise ValueError(f"expected {OPTIONS['side'].expects}, not {text!r}")
    return side


def _rounds(text: str) -> Iterator[int]:
    """The numbers of rounds; none for all of them."""
    if text == ALL:
        return
    for word in _words(text):
        found = _ROUNDS.fullmatch(word)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
        if not 1 <= first <= last:
            raise ValueError(f"expected {OPTIONS['round'].expects}, not {text!r}")
        yield from range(first, last + 1)

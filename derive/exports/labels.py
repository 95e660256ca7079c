"""Names for places in course material: of letters, digits and hyphens, one for each place, the problem's first."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import PurePath
from typing import Self
from unicodedata import combining, normalize

from derive.document.aids.citations import Citation, EquationMark, EquationNumber
from derive.document.aids.numbering import replaced
from derive.document.document import Part
from derive.document.mathematics import Math
from derive.formats import KEY

_OTHERS = re.compile(r"[^A-Za-z0-9]+")
UNNAMED = "problem"
_OWN_DIGITS = 6


class Labelled(EquationMark):
    """The number of an equation and the label that leads to it, the problem's name first."""

    __slots__ = ("label", "number")
    label: str
    number: int

    def __new__(cls, number: int, label: str) -> Self:
        """The mark of the equation `number`."""
        made = super().__new__(cls, f"({number})")
        made.label, made.number = label, number
        return made


class Target(Labelled):
    """Stands where an equation is stated."""

    __slots__ = ()


class Reference(Labelled):
    """Stands where an equation is cited."""

    __slots__ = ()


def slug(text: str) -> str:
    """A text as a name of letters, digits and hyphens: `dL/dw11` as `dL-dw11`."""
    return _OTHERS.sub("-", text).strip("-")


def prefix(source: str, kind: str = KEY, form: str = "") -> str:
    """What the labels of a problem begin with: the name of its file, the kind unless it is the key, the form.

    It is in small letters, since some formats tell no others apart. A name in another script than the Latin one keeps
    what can be written, and a few digits that are its own, so that two such names do not have one label.
    """
    named = (_latin(PurePath(source).stem) or UNNAMED, "" if kind == KEY else slug(kind), slug(form))
    return "-".join(part.lower() for part in named if part)


def _latin(name: str) -> str:
    """A name as a slug: without its accents, letters of other scripts as digits that stand for the whole name."""
    plain = "".join(letter for letter in normalize("NFKD", name) if not combining(letter)).replace("ß", "ss")
    lost = any(letter.isalnum() and not letter.isascii() for letter in plain)
    digits = sha256(normalize("NFC", name).encode()).hexdigest()[:_OWN_DIGITS] if lost else ""
    return "-".join(part for part in (slug(plain) or UNNAMED * lost, digits) if part)


def distinct() -> Callable[[str], str]:
    """What makes a name distinct from those it was given before; names that differ in capitals alone count as equal."""
    taken: set[str] = set()

    def name(wished: str) -> str:
        found, count = wished, 1
        while found.lower() in taken:
            count += 1
            found = f"{wished}-{count}"
        taken.add(found.lower())
        return found

    return name


def labelled(part: Part, prefix: str, unique: Callable[[str], str]) -> Part:
    """The part of a document with a label on every number of an equation, and on everything that cites one."""
    labels: dict[str, str] = {}

    def label(mark: EquationMark) -> Math:
        if not isinstance(mark, (EquationNumber, Citation)):
            return mark
        if mark.name not in labels:
            labels[mark.name] = unique(f"{prefix}-{slug(mark.name)}")
        kind = Target if isinstance(mark, EquationNumber) else Reference
        return kind(mark.number, labels[mark.name])

    made: Part = replaced(part, label)
    return made

"""Text as Markdown that prints it: what would be taken for markup is escaped, by what a flavour takes for markup."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

_SPACES = re.compile(r"[ \t\r\n\f\v]+")
_LIST = re.compile(r"(\(?(?:\d+|[A-Za-z]|[ivxlcdmIVXLCDM]+))([.)])(?=\s|$)")
_SIGN = re.compile(r"[-+=%:>]")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_RUN = re.compile(r"-(?=-)|\.(?=\.\.)|(?<=\))=")


def plain(text: str) -> str:
    """A text on one line, without control characters."""
    spaced = _SPACES.sub(" ", text)
    return "".join(one for one in spaced if unicodedata.category(one) != "Cc")


def escaped(text: str, marks: Collection[str]) -> str:
    """A text as Markdown, wherever it stands on its line.

    `marks` are the characters that mean something. What means something at the start of a line alone, such as a
    sign of a list, is escaped where the text begins with it.
    """
    found = plain(text)
    made = "".join(f"\\{one}" if one in marks else one for one in found)
    made = _ENTITY.sub(r"\&", made)
    made = _RUN.sub(r"\\\g<0>", made)
    start = _LIST.match(made)
    if start:
        return f"{start[1]}\\{made[start.end(1) :]}"
    return f"\\{made}" if _SIGN.match(made) else made


def after_mathematics(text: str) -> str:
    """Escaped text that follows a formula: a digit or letter that touches a dollar sign would undo it."""
    return f"&#{ord(text[0])};{text[1:]}" if text[:1].isascii() and text[:1].isalnum() else text

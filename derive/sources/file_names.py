"""Names of files: any text as one that is safe in a folder on every system."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

_UNSAFE = re.compile(r"[^\w.+=@,~()-]+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)", re.IGNORECASE)
"""The names that Windows keeps for devices, with any ending."""
LONGEST = 100
"""How many bytes a name may take, so that an ending and a folder have room."""
UNNAMED = "document"


def safe_name(text: str) -> str:
    """A text as the name of a file without its ending: of letters, digits and plain signs, beginning with no dot.

    What means something to a system or a shell becomes a hyphen; so does a leading sign of an option.
    """
    name = _UNSAFE.sub("-", unicodedata.normalize("NFC", text)).strip("-.~ ")
    if _RESERVED.match(name):
        name = f"{UNNAMED}-{name}"
    return name.encode("utf-8")[:LONGEST].decode("utf-8", "ignore").rstrip("-. ") or UNNAMED


def shown_name(path: str | Path) -> str:
    """The name of a file as text that can be written everywhere; what is not UTF-8 becomes replacement signs."""
    return Path(path).name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

"""Looking into the plain tree of a problem file, whatever it holds."""

from __future__ import annotations

import re
from typing import Any

_WHOLE = re.compile(r"\+?[0-9]{1,6}")


def entries(value: Any) -> list[Any]:
    """The entries of a list; none of anything else."""
    return list(value) if isinstance(value, (list, tuple)) else []


def keys(value: Any) -> dict[str, Any]:
    """A group of keys; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def whole(value: Any) -> int | None:
    """A whole number; None for anything else."""
    text = str(value)
    return int(text) if _WHOLE.fullmatch(text) else None

"""How many rounds a problem file asks for, read from its plain tree."""

from __future__ import annotations

from typing import Any

from derive.problem.tree import entries, keys, whole


def rounds_word(count: int) -> str:
    """A count of rounds in words."""
    return "1 round" if count == 1 else f"{count} rounds"


def round_count(tree: dict[str, Any]) -> int | None:
    """How many rounds update the parameters; None where that cannot be read."""
    if tree.get("rounds") is not None:
        return whole(tree["rounds"])
    size = whole(keys(tree.get("batch")).get("size", 1))
    epochs = 1 if tree.get("epochs") is None else whole(tree["epochs"])
    samples = len(entries(tree.get("data"))) or len(entries(tree.get("values"))) or 1
    return None if not size or epochs is None else -(-samples // size) * epochs

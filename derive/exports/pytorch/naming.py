"""Names of a script: those of the problem, made fit for Python, each once."""

from __future__ import annotations

import builtins
import keyword
import re

_TAKEN = frozenset(
    {
        *keyword.kwlist,
        *dir(builtins),
        *("torch", "F", "math", "sys", "product", "Decimal", "ROUNDS", "KEY", "TABLE", "PLACES", "FIGURES", "ROUNDING"),
        *("DRIFT", "NOISE", "entries", "history", "number", "row", "rows", "values", "tensor", "own", "one", "mark"),
        *("text", "marks", "optimizer", "name", "columns", "line", "shown", "wrong"),
    }
)
"""Words that mean something in Python or in the script itself."""


class Names:
    """Gives out names."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def give(self, wanted: str, *others: str) -> str:
        """The first of the wanted names that is free; the first with a `_` behind it where none is."""
        fitting = [re.sub(r"\W", "_", one) for one in (wanted, *others)]
        name = next((one for one in fitting if self._is_free(one)), fitting[0])
        while not self._is_free(name):
            name += "_"
        self._given.add(name)
        return name

    def _is_free(self, name: str) -> bool:
        return name not in _TAKEN and name not in self._given

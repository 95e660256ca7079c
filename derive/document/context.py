"""What every part of the document is built from: a solution, its printers, a style and a locale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from derive.arithmetic.rounding import Precision
from derive.document.locale import Locale
from derive.document.model import Math, Rich
from derive.document.style import Style
from derive.document.text import phrase, rich
from derive.network.solution import Round, Solution
from derive.writing.notation import Notation


@dataclass(frozen=True)
class Context:
    """The inputs of all section builders."""

    solution: Solution
    style: Style
    locale: Locale

    @property
    def notation(self) -> Notation:
        """The notation of the key."""
        return self.solution.notation

    def symbol(self, quantity: int) -> Math:
        """The symbol of a quantity."""
        return Math(self.solution.writer.symbol(quantity))

    def number(self, round: Round, quantity: int) -> Math:
        """The shown number of a quantity in a round."""
        return Math(self.solution.writer.number(round.shown[quantity]))

    @cached_property
    def _blocks(self) -> Mapping[str, int]:
        return self.solution.graph.blocks.by_name

    def lookup(self, name: str) -> str | None:
        """The symbol of a name of the trace."""
        quantity = self._blocks.get(name)
        return None if quantity is None else self.symbol(quantity)

    def rich(self, text: str) -> Rich:
        """A text of the problem file with its mathematics translated."""
        return rich(text, self.lookup)

    def phrase(self, pattern: str, **parts: object) -> Rich:
        """A phrase of the locale, filled."""
        return phrase(pattern, **parts)

    def shown_precision(self, precision: Precision) -> str:
        """How many digits are shown, in words."""
        words = self.locale.significant if precision.significant else self.locale.places
        return words.replace("<n>", str(precision.count))

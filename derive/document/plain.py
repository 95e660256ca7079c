"""Formulas in plain text, with the names of the trace as symbols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

from derive.document.context import Context
from derive.document.formulas import APPROXIMATELY, BECOMES, EQUALS, USUAL, WrittenFormula, written_formula
from derive.document.locale import locale
from derive.document.mathematics import Relation
from derive.document.style import style
from derive.network.solution import Solution
from derive.writing.dialect import PLAIN
from derive.writing.lines import Writer
from derive.writing.notation import Notation, Products

PLAIN_SIGNS: Mapping[Relation, Relation] = MappingProxyType(
    {EQUALS: EQUALS, BECOMES: EQUALS, APPROXIMATELY: Relation("~")}
)


@dataclass(frozen=True)
class PlainContext(Context):
    """The same in plain ASCII, with the names of the trace as symbols."""

    @cached_property
    def notation(self) -> Notation:
        """The notation of the key with plain signs."""
        plain = {"local_derivative": "d<of>/d<by>", "products": Products(names=PLAIN.names.times)}
        return self.solution.notation.model_copy(update=plain)

    @property
    def writer(self) -> Writer:
        """Prints names and numbers as the trace does."""
        return self.solution.plain_writer

    @property
    def inline_writer(self) -> Writer:
        """The same: plain text has one way of writing a fraction."""
        return self.solution.plain_writer


def plain_context(solution: Solution) -> PlainContext:
    """What formulas are written with in plain text."""
    return PlainContext(solution, style(solution.problem.style).style, locale(solution.problem.language))


def plain_formula(context: PlainContext, name: str, forms: Sequence[str] = USUAL, round: int = 1) -> WrittenFormula:
    """A quantity in plain text, in one form or in several one after another; raises as `written_formula` does."""
    written = written_formula(context, name, forms, round)
    return replace(written, sides=tuple((PLAIN_SIGNS[sign], side) for sign, side in written.sides))

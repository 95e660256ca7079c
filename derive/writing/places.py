"""Places of printed rules: where a text stands, which parentheses it needs there, and what it is filled with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto
from typing import Protocol

from derive.arithmetic.evaluate import Evaluator
from derive.writing.dialect import Dialect


class Shape(Enum):
    """What a text is, as far as parentheses care."""

    ATOM = auto()
    TALL = auto()
    """A fraction, a power or a name with a superscript."""
    PRODUCT = auto()
    SUM = auto()
    NEGATIVE = auto()
    CASES = auto()
    """Branches, whose end does not show."""


class Context(Enum):
    """Where a text stands."""

    START = auto()
    FIRST_TERM = auto()
    AFTER_PLUS = auto()
    AFTER_MINUS = auto()
    FIRST_FACTOR = auto()
    FACTOR = auto()
    BASE = auto()
    DENOMINATOR = auto()
    COMPARED = auto()
    """On a side of a comparison, or in a branch."""
    EXPONENT = auto()
    """An exponent that nothing encloses."""


_ANYTHING = frozenset({Shape.NEGATIVE, Shape.SUM, Shape.TALL, Shape.PRODUCT, Shape.CASES})
PARENTHESES = {
    Context.START: frozenset[Shape](),
    Context.FIRST_TERM: frozenset({Shape.CASES}),
    Context.AFTER_PLUS: frozenset({Shape.NEGATIVE, Shape.CASES}),
    Context.AFTER_MINUS: frozenset({Shape.NEGATIVE, Shape.SUM, Shape.CASES}),
    Context.FIRST_FACTOR: frozenset({Shape.SUM, Shape.CASES}),
    Context.FACTOR: frozenset({Shape.NEGATIVE, Shape.SUM, Shape.CASES}),
    Context.BASE: _ANYTHING,
    Context.DENOMINATOR: frozenset({Shape.NEGATIVE, Shape.SUM, Shape.PRODUCT, Shape.CASES}),
    Context.COMPARED: frozenset({Shape.CASES}),
    Context.EXPONENT: _ANYTHING,
}
"""Which shapes need parentheses in which context."""


class Texts(Protocol):
    """A text for every quantity."""

    def __getitem__(self, quantity: int, /) -> str:
        """The text of a quantity."""


class Table(Protocol):
    """The texts of all quantities, by context."""

    def texts(self, context: Context) -> Texts:
        """The text of every quantity as it is written in the context."""

    def carried(self, quantity: int) -> Decimal:
        """The number of a quantity that the next line uses."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place for an operand: which one, and where it stands."""

    position: int
    context: Context

    def fill(self, operands: Sequence[int], table: Table) -> str:
        """The operand's text."""
        return table.texts(self.context)[operands[self.position]]


@dataclass(frozen=True, slots=True, eq=False)
class Selected:
    """A place for what a selection gives, worked out from the carried numbers: a small whole number."""

    evaluate: Evaluator[Decimal]
    context: Context
    dialect: Dialect

    def fill(self, operands: Sequence[int], table: Table) -> str:
        """The number's text."""
        number = self.evaluate([table.carried(operand) for operand in operands])
        wrapped = number < 0 and Shape.NEGATIVE in PARENTHESES[self.context]
        return self.dialect.grouped(f"{number:f}") if wrapped else f"{number:f}"


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """A place for one of several texts: the one that `choose` gives, counted from `first`."""

    choose: Evaluator[Decimal]
    texts: tuple[Template, ...]
    first: int

    def fill(self, operands: Sequence[int], table: Table) -> str:
        """The chosen text with its operands' texts put in."""
        chosen = self.choose([table.carried(operand) for operand in operands])
        return self.texts[round(chosen) - self.first].fill(operands, table)


@dataclass(frozen=True)
class Template:
    """A printed rule with a `%s` for each place."""

    text: str
    places: tuple[Place | Selected | Branch, ...]

    def fill(self, operands: Sequence[int], table: Table) -> str:
        """The text with the operands' texts put in."""
        return self.text % tuple([place.fill(operands, table) for place in self.places])

    def columns(self, columns: Sequence[Sequence[int]], table: Table) -> list[Iterator[str]]:
        """The texts of each place, one for each row of operands, given by columns."""
        return [
            map(table.texts(place.context).__getitem__, columns[place.position])
            if isinstance(place, Place)
            else (place.fill(row, table) for row in zip(*columns, strict=True))
            for place in self.places
        ]

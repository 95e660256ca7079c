"""Equations that lines state and cite: by name while a document is built, then by number (`numbering`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from derive.document.mathematics import Math


class EquationMark(Math):
    """What stands beside a line, or in a sentence, for the number of an equation."""

    __slots__ = ()


class Stating(EquationMark):
    """A line that writes out the equation of quantities: the first such line numbers it, later ones cite it.

    `names` are those of the trace; several where one line stands for a family.
    """

    __slots__ = ("names",)
    names: tuple[str, ...]

    def __new__(cls, names: Iterable[str]) -> Self:
        """The mark of a line that states what these quantities equal."""
        made = super().__new__(cls, "")
        made.names = tuple(names)
        return made

    def __bool__(self) -> bool:
        return True


class Citing(Stating):
    """A line, or a place in a sentence, that goes by the equation of quantities and does not write it out."""

    __slots__ = ()


class EquationNumber(EquationMark):
    """The number of an equation, where it is stated: the place that citations lead to."""

    __slots__ = ("name", "number")
    name: str
    number: int

    def __new__(cls, number: int, name: str = "") -> Self:
        """The number `number` of a document, of the equation that states the quantity `name`."""
        made = super().__new__(cls, rf"\equationnumber{{{anchor(number)}}}{{{number}}}")
        made.name, made.number = name, number
        return made

    @property
    def anchor(self) -> str:
        """The name that a link to the equation has."""
        return anchor(self.number)


class Citation(EquationMark):
    """The number of an equation that is stated elsewhere, as a link to it."""

    __slots__ = ("name", "number")
    name: str
    number: int

    def __new__(cls, number: int, name: str = "") -> Self:
        """A link to the equation `number` of a document, which states the quantity `name`."""
        made = super().__new__(cls, rf"\equationcitation{{{anchor(number)}}}{{{number}}}")
        made.name, made.number = name, number
        return made

    @property
    def anchor(self) -> str:
        """The name of the link's end."""
        return anchor(self.number)


def anchor(number: int) -> str:
    """The name of the place of an equation."""
    return f"equation-{number}"

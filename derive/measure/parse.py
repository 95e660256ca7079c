"""LaTeX mathematics read into atoms: the part of it that derive writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

from derive.measure import commands
from derive.measure.atoms import (
    Accented,
    Arrow,
    Atom,
    Change,
    Character,
    Class,
    Fence,
    Fenced,
    Fraction,
    Grid,
    Group,
    Item,
    Nucleus,
    Phantom,
    Root,
    Run,
    Style,
    Words,
)
from derive.measure.boxes import Box
from derive.measure.characters import sign
from derive.measure.fonts import delimiter, symbol
from derive.measure.tokens import Tokens


def parse(latex: str) -> Run:
    """The atoms of mathematics. A command that is not known counts as a capital letter."""
    return _read(latex)[0]


def understood(latex: str) -> Run:
    """The atoms of mathematics that is to be shown. Raises `ValueError` naming what is not understood."""
    found, fault = _read(latex)
    if fault:
        raise ValueError(f"mathematics {latex!r}: {fault}")
    return found


@lru_cache(maxsize=1 << 15)
def _read(latex: str) -> tuple[Run, str]:
    """The atoms, and what is wrong with how they are written."""
    reader = _Reader(latex)
    return reader.run(until=()), next(iter(reader.faults), "")


class _Reader(Tokens):
    """Reads atoms from left to right."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.alphabet = ""

    def run(self, until: tuple[str, ...]) -> Run:
        """Atoms up to one of the tokens, which stays, or to the end."""
        items: list[Item] = []
        while self.at < len(self.tokens) and self.peek() not in until:
            self.item(items)
        return tuple(items)

    def item(self, items: list[Item]) -> None:
        """One more item, or a script of the last."""
        piece = self.peek()
        if piece in "^_'":
            self.script(items)
        elif piece in commands.SPACES:
            self.at += 1
            items.append(commands.SPACES[piece])
        elif piece in commands.STYLES:
            self.at += 1
            items.append(Change(commands.STYLES[piece]))
        elif piece in (r"\limits", r"\nolimits"):
            self.at += 1
            if items and isinstance(items[-1], Atom):
                items[-1] = replace(items[-1], limits=piece == r"\limits")
        else:
            start = self.begins
            atom = self.atom()
            items.append(_at(atom, start, self.ended))

    def script(self, items: list[Item]) -> None:
        piece = self.next()
        last = items.pop() if items and isinstance(items[-1], Atom) else Atom(Class.ORDINARY, Group(()))
        if not isinstance(last, Atom):
            raise TypeError(last)
        above, below = last.above, last.below
        if (piece == "^" and above is not None) or (piece == "_" and below is not None):
            self.faults.append(f"two scripts at one place ({piece})")
        if piece == "'":
            above = (*(above or ()), Atom(Class.ORDINARY, Character("symbols", 48)))
        elif piece == "^":
            above = (*(above or ()), *self.argument())
        else:
            below = self.argument()
        items.append(Atom(last.kind, last.nucleus, above, below, last.limits, last.start, self.ended))

    def argument(self) -> Run:
        """A group's inside, or one atom."""
        if self.peek() == "{":
            return self.group()
        if not self.peek() or self.peek() == "}":
            self.faults.append("something is missing at its end")
            return ()
        items: list[Item] = []
        self.item(items)
        return tuple(items)

    def group(self) -> Run:
        self.next()
        items = self.run(until=("}",))
        if not self.next():
            self.faults.append("a brace is not closed")
        return items

    def atom(self) -> Atom:
        piece = self.next()
        if piece in commands.ROOM_ONLY:
            self.refuse(piece)
        if piece == "{":
            self.at -= 1
            return Atom(Class.ORDINARY, _single(self.group()))
        if piece in commands.ALPHABETS:
            return self.in_alphabet(commands.ALPHABETS[piece])
        if piece in commands.AS_CLASS:
            return Atom(commands.AS_CLASS[piece], _single(self.argument()))
        handler = _HANDLERS.get(piece)
        if handler is not None:
            return handler(self)
        if piece in commands.MADE:
            return Atom(*commands.MADE[piece])
        name = piece[1:]
        if piece.startswith("\\") and name in commands.NAMES | commands.NAMES_WITH_LIMITS:
            return Atom(Class.OPERATOR, self.upright(name), limits=name in commands.NAMES_WITH_LIMITS)
        if piece in commands.DOTS:
            dot = Atom(Class.PUNCTUATION, commands.DOT_CODES[commands.DOTS[piece]])
            return Atom(Class.INNER, Group((dot, dot, dot)))
        if piece in commands.PHANTOMS:
            across, upright = commands.PHANTOMS[piece]
            return Atom(Class.ORDINARY, Phantom(self.argument(), across, upright))
        if piece.rstrip("lrm") in commands.BIG and piece.startswith("\\"):
            return self.big(piece)
        return self.single(piece)

    def single(self, piece: str) -> Atom:
        """A character or the symbol of a command."""
        if len(piece) == 1 and piece.isalnum():
            family = "letters" if piece.isalpha() else "operators"
            return Atom(Class.ORDINARY, self.shown(piece, self.alphabet or family, ord(piece)))
        found = symbol(commands.DELIMITER_NAMES.get(piece, piece))
        if found is None:
            self.refuse(piece)
            return Atom(Class.ORDINARY, commands.UNKNOWN)
        kind, family, code = found
        if kind == "accent":
            return Atom(Class.ORDINARY, Accented(self.shown(piece, family, code), self.argument()))
        if self.alphabet and kind == "alpha":
            family = self.alphabet
        if self.alphabet == "boldletters":
            family = commands.BOLD.get(family, family)
        return Atom(commands.CLASSES[kind], self.shown(piece, family, code), limits=kind == "op")

    def shown(self, piece: str, family: str, code: int) -> Character:
        """A character of a font; it is a fault if nobody knows how to show it."""
        if not sign(family, code):
            self.refuse(piece)
        return Character(family, code)

    def upright(self, name: str) -> Group:
        return Group(tuple(Atom(Class.ORDINARY, self.shown(name, "operators", ord(letter))) for letter in name))

    def in_alphabet(self, family: str) -> Atom:
        before, self.alphabet = self.alphabet, family
        items = self.argument()
        self.alphabet = before
        return Atom(Class.ORDINARY, _single(items))

    def fraction(self, style: Style | None) -> Atom:
        above, first = self.argument_and_span()
        below, second = self.argument_and_span()
        made = Fraction(above, below, style, (first, second))
        return Atom(Class.ORDINARY, Group((Atom(Class.INNER, made),)))

    def argument_and_span(self) -> tuple[Run, tuple[int, int]]:
        """An argument, and where it is written, without its braces."""
        braces = int(self.peek() == "{")
        start = self.begins + braces
        return self.argument(), (start, self.ended - braces)

    def big(self, piece: str) -> Atom:
        plain = piece.rstrip("lrm")
        return Atom(
            commands.BIG_CLASSES[piece[len(plain) :]], Fence(self.fence(), commands.BIG[plain] * commands.BIG_SIZE)
        )

    def fence(self) -> str:
        piece = self.next()
        name = commands.DELIMITER_NAMES.get(piece, piece)
        if name != "." and delimiter(name) is None:
            self.refuse(piece)
        return name

    def fenced(self) -> Atom:
        opening, start = self.fence(), self.begins
        items = self.run(until=(r"\right",))
        end = self.begins
        if not self.next():
            self.faults.append(r"\left has no \right")
        return Atom(Class.INNER, Fenced(opening, items, self.fence(), start, end))

    def environment(self) -> Atom:
        name = self.verbatim()
        opening, closing, gap, stretch = commands.GRIDS.get(name, commands.GRIDS["matrix"])
        if name == "array":
            self.verbatim()
        rows: list[tuple[Run, ...]] = []
        cells: list[Run] = []
        while self.at < len(self.tokens):
            cells.append(self.run(until=("&", r"\\", r"\end")))
            ending = self.next()
            if ending != "&":
                rows.append(tuple(cells))
                cells = []
            if ending == r"\end":
                self.verbatim()
                break
        grid = Atom(Class.ORDINARY, Grid(tuple(rows), gap, stretch))
        if opening == closing == ".":
            return grid
        named = (commands.DELIMITER_NAMES.get(opening, opening), commands.DELIMITER_NAMES.get(closing, closing))
        return Atom(Class.INNER, Fenced(named[0], (grid,), named[1]))


def _at(atom: Atom, start: int, end: int) -> Atom:
    """An atom that knows where it is written."""
    return Atom(atom.kind, atom.nucleus, atom.above, atom.below, atom.limits, start, end)


def _single(items: Run) -> Nucleus:
    """A group's nucleus: TeX takes that of a lone ordinary atom without scripts."""
    if len(items) == 1 and isinstance(items[0], Atom):
        only = items[0]
        if only.kind is Class.ORDINARY and only.above is None and only.below is None:
            return only.nucleus
    return Group(items)


_Handler = Callable[[_Reader], Atom]
_HANDLERS: Mapping[str, _Handler] = MappingProxyType(
    {
        r"\frac": lambda reader: reader.fraction(None),
        r"\tfrac": lambda reader: reader.fraction(Style.TEXT),
        r"\dfrac": lambda reader: reader.fraction(Style.DISPLAY),
        r"\sqrt": lambda reader: Atom(Class.ORDINARY, Root(reader.argument())),
        r"\overline": lambda reader: Atom(Class.ORDINARY, Accented(None, reader.argument())),
        r"\underline": lambda reader: Atom(Class.ORDINARY, Group(reader.argument())),
        r"\left": lambda reader: reader.fenced(),
        r"\begin": lambda reader: reader.environment(),
        r"\text": lambda reader: Atom(Class.ORDINARY, Words(reader.verbatim())),
        r"\mbox": lambda reader: Atom(Class.ORDINARY, Words(reader.verbatim())),
        r"\operatorname": lambda reader: Atom(Class.OPERATOR, reader.upright(reader.verbatim())),
        r"\xrightarrow": lambda reader: Atom(Class.RELATION, Arrow(reader.argument())),
        r"\blank": lambda reader: Atom(Class.ORDINARY, Box(float(reader.verbatim().removesuffix("mm")) * 72.27 / 25.4)),
        r"\earns": lambda reader: Atom(Class.ORDINARY, Box(commands.MARKS[0] * bool(reader.verbatim()))),
        r"\earnsapart": lambda reader: Atom(Class.ORDINARY, Box(commands.MARKS[1] * bool(reader.verbatim()))),
    }
)

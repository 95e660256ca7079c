"""LaTeX mathematics read into atoms: the part of it that derive writes."""

from __future__ import annotations

import re
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
from derive.measure.fonts import symbol

_TOKEN = re.compile(r"(\\[A-Za-z]+|\\.|[^\s])\s*", re.DOTALL)


@lru_cache(maxsize=1 << 15)
def parse(latex: str) -> Run:
    """The atoms of mathematics. A command that is not known counts as a capital letter."""
    return _Reader(latex).run(until=())


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, text: str) -> None:
        self.tokens = [(match[1], match.start(1), match.end(1)) for match in _TOKEN.finditer(text)]
        self.text = text
        self.at = 0
        self.alphabet = ""

    def peek(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def next(self) -> str:
        piece = self.peek()
        self.at += 1
        return piece

    @property
    def begins(self) -> int:
        """Where in the text the next piece begins."""
        return self.tokens[self.at][1] if self.at < len(self.tokens) else len(self.text)

    @property
    def ended(self) -> int:
        """Where in the text the last piece ended."""
        return self.tokens[min(self.at, len(self.tokens)) - 1][2] if self.at else 0

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
            return ()
        items: list[Item] = []
        self.item(items)
        return tuple(items)

    def group(self) -> Run:
        self.next()
        items = self.run(until=("}",))
        self.next()
        return items

    def verbatim(self) -> str:
        """The text of a group, as it is written."""
        if self.peek() != "{":
            return self.next()
        start = self.begins + 1
        depth = 0
        while self.at < len(self.tokens):
            depth += {"{": 1, "}": -1}.get(self.next(), 0)
            if not depth:
                break
        return self.text[start : self.ended - 1]

    def atom(self) -> Atom:
        piece = self.next()
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
        name = piece[1:]
        if piece.startswith("\\") and name in commands.NAMES | commands.NAMES_WITH_LIMITS:
            return Atom(Class.OPERATOR, _upright(name), limits=name in commands.NAMES_WITH_LIMITS)
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
            return Atom(Class.ORDINARY, Character(self.alphabet or family, ord(piece)))
        found = symbol(commands.DELIMITER_NAMES.get(piece, piece))
        if found is None:
            return Atom(Class.ORDINARY, commands.UNKNOWN)
        kind, family, code = found
        if kind == "accent":
            return Atom(Class.ORDINARY, Accented(Character(family, code), self.argument()))
        if self.alphabet and kind == "alpha":
            family = self.alphabet
        if self.alphabet == "boldletters":
            family = commands.BOLD.get(family, family)
        return Atom(commands.CLASSES[kind], Character(family, code), limits=kind == "op")

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
        return commands.DELIMITER_NAMES.get(piece, piece)

    def fenced(self) -> Atom:
        opening, start = self.fence(), self.begins
        items = self.run(until=(r"\right",))
        end = self.begins
        self.next()
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


def _upright(name: str) -> Group:
    return Group(tuple(Atom(Class.ORDINARY, Character("operators", ord(letter))) for letter in name))


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
        r"\operatorname": lambda reader: Atom(Class.OPERATOR, _upright(reader.verbatim())),
        r"\xrightarrow": lambda reader: Atom(Class.RELATION, Arrow(reader.argument())),
        r"\blank": lambda reader: Atom(Class.ORDINARY, Box(float(reader.verbatim().removesuffix("mm")) * 72.27 / 25.4)),
        r"\doteq": lambda _: Atom(Class.RELATION, commands.DOTTED_EQUALS),
        r"\ne": lambda _: Atom(Class.RELATION, commands.EQUALS),
        r"\neq": lambda _: Atom(Class.RELATION, commands.EQUALS),
        r"\mapsto": lambda _: Atom(Class.RELATION, commands.MAPS_TO),
        r"\vdots": lambda _: Atom(Class.ORDINARY, commands.VERTICAL_DOTS),
        r"\ddots": lambda _: Atom(Class.INNER, commands.DIAGONAL_DOTS),
        r"\earns": lambda reader: Atom(Class.ORDINARY, Box(commands.MARKS[0] * bool(reader.verbatim()))),
        r"\earnsapart": lambda reader: Atom(Class.ORDINARY, Box(commands.MARKS[1] * bool(reader.verbatim()))),
    }
)

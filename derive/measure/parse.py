"""LaTeX mathematics read into atoms: the part of it that derive writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

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
    Space,
    Style,
    Words,
)
from derive.measure.boxes import Box
from derive.measure.fonts import symbol

_TOKEN = re.compile(r"(\\[A-Za-z]+|\\.|[^\s])\s*", re.DOTALL)
_CLASSES = MappingProxyType(
    {
        "ord": Class.ORDINARY,
        "alpha": Class.ORDINARY,
        "op": Class.OPERATOR,
        "bin": Class.BINARY,
        "rel": Class.RELATION,
        "open": Class.OPENING,
        "close": Class.CLOSING,
        "punct": Class.PUNCTUATION,
        "inner": Class.INNER,
    }
)
_SPACES = MappingProxyType(
    {
        r"\,": Space(3, mu=True),
        r"\:": Space(4, mu=True),
        r"\>": Space(4, mu=True),
        r"\;": Space(5, mu=True),
        r"\!": Space(-3, mu=True),
        r"\ ": Space(3.3333),
        "~": Space(3.3333),
        r"\quad": Space(10),
        r"\qquad": Space(20),
        r"\null": Space(0),
        r"\relax": Space(0),
        r"\nobreak": Space(0),
    }
)
_STYLES = MappingProxyType(
    {
        r"\displaystyle": Style.DISPLAY,
        r"\textstyle": Style.TEXT,
        r"\scriptstyle": Style.SCRIPT,
        r"\scriptscriptstyle": Style.SCRIPT_OF_SCRIPT,
    }
)
_ALPHABETS = MappingProxyType(
    {
        r"\mathrm": "operators",
        r"\mathbf": "bold",
        r"\mathsf": "sans",
        r"\mathit": "italic",
        r"\mathcal": "symbols",
        r"\boldsymbol": "boldletters",
    }
)
_BOLD = MappingProxyType(
    {"letters": "boldletters", "operators": "bold", "symbols": "boldsymbols", "largesymbols": "largesymbols"}
)
_AS_CLASS = MappingProxyType(
    {
        r"\mathord": Class.ORDINARY,
        r"\mathop": Class.OPERATOR,
        r"\mathbin": Class.BINARY,
        r"\mathrel": Class.RELATION,
        r"\mathopen": Class.OPENING,
        r"\mathclose": Class.CLOSING,
        r"\mathpunct": Class.PUNCTUATION,
        r"\mathinner": Class.INNER,
    }
)
_NAMES = frozenset(["arccos", "arcsin", "arctan", "arg", "cos", "cosh", "cot", "deg", "dim", "exp", "hom", "ker", "lg", "ln", "log", "sec", "sin", "sinh", "tan", "tanh"])
_NAMES_WITH_LIMITS = frozenset(["det", "gcd", "inf", "lim", "max", "min", "Pr", "sup"])
_FRACTIONS = MappingProxyType({r"\frac": None, r"\tfrac": Style.TEXT, r"\dfrac": Style.DISPLAY})
_BIG = MappingProxyType({r"\big": 1.0, r"\Big": 1.5, r"\bigg": 2.0, r"\Bigg": 2.5})
_BIG_CLASSES = MappingProxyType({"l": Class.OPENING, "r": Class.CLOSING, "m": Class.RELATION, "": Class.ORDINARY})
_BIG_SIZE = 12.0
_DOTS = MappingProxyType({r"\dots": "ldotp", r"\ldots": "ldotp", r"\dotsc": "ldotp", r"\cdots": "cdotp"})
_DOT_CODES = MappingProxyType({"ldotp": Character("letters", 58), "cdotp": Character("symbols", 1)})
_GRIDS: Mapping[str, tuple[str, str, float, float]] = MappingProxyType(
    {
        "array": (".", ".", 8.0, 1.0),
        "matrix": (".", ".", 8.0, 1.0),
        "bmatrix": ("[", "]", 8.0, 1.0),
        "pmatrix": ("(", ")", 8.0, 1.0),
        "vmatrix": ("|", "|", 8.0, 1.0),
        "cases": (r"\{", ".", 10.0, 1.2),
    }
)
_DELIMITER_NAMES = MappingProxyType({r"\{": r"\lbrace", r"\}": r"\rbrace"})
_PHANTOMS = MappingProxyType({r"\phantom": (True, True), r"\hphantom": (True, False), r"\vphantom": (False, True)})
_VERTICAL_DOTS = Box(2.7778, 15.06, 0.0)
_DIAGONAL_DOTS = Box(11.6667, 15.06, 0.0)
_MARKS = (0.0, 22.0)
"""The width of marks: those that stand beside something move nothing."""
_UNKNOWN = Character("operators", ord("M"))


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
        token = self.peek()
        self.at += 1
        return token

    @property
    def begins(self) -> int:
        """Where in the text the next token begins."""
        return self.tokens[self.at][1] if self.at < len(self.tokens) else len(self.text)

    @property
    def ended(self) -> int:
        """Where in the text the last token ended."""
        return self.tokens[min(self.at, len(self.tokens)) - 1][2] if self.at else 0

    def run(self, until: tuple[str, ...]) -> Run:
        """Atoms up to one of the tokens, which stays, or to the end."""
        items: list[Item] = []
        while self.at < len(self.tokens) and self.peek() not in until:
            self.item(items)
        return tuple(items)

    def item(self, items: list[Item]) -> None:
        """One more item, or a script of the last."""
        token = self.peek()
        if token in "^_'":
            self.script(items)
        elif token in _SPACES:
            self.at += 1
            items.append(_SPACES[token])
        elif token in _STYLES:
            self.at += 1
            items.append(Change(_STYLES[token]))
        elif token in (r"\limits", r"\nolimits"):
            self.at += 1
            if items and isinstance(items[-1], Atom):
                items[-1] = replace(items[-1], limits=token == r"\limits")
        else:
            start = self.begins
            atom = self.atom()
            items.append(replace(atom, start=start, end=self.ended))

    def script(self, items: list[Item]) -> None:
        token = self.next()
        last = items.pop() if items and isinstance(items[-1], Atom) else Atom(Class.ORDINARY, Group(()))
        if not isinstance(last, Atom):
            raise TypeError(last)
        if token == "'":
            prime = Atom(Class.ORDINARY, Character("symbols", 48))
            last = replace(last, above=(*(last.above or ()), prime))
        elif token == "^":
            last = replace(last, above=(*(last.above or ()), *self.argument()))
        else:
            last = replace(last, below=self.argument())
        items.append(replace(last, end=self.ended))

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
        token = self.next()
        if token == "{":
            self.at -= 1
            return Atom(Class.ORDINARY, _single(self.group()))
        if token in _ALPHABETS:
            return self.in_alphabet(_ALPHABETS[token])
        if token in _AS_CLASS:
            return Atom(_AS_CLASS[token], _single(self.argument()))
        handler = _HANDLERS.get(token)
        if handler is not None:
            return handler(self)
        name = token[1:]
        if token.startswith("\\") and name in _NAMES | _NAMES_WITH_LIMITS:
            return Atom(Class.OPERATOR, _upright(name), limits=name in _NAMES_WITH_LIMITS)
        if token in _DOTS:
            dot = Atom(Class.PUNCTUATION, _DOT_CODES[_DOTS[token]])
            return Atom(Class.INNER, Group((dot, dot, dot)))
        if token in _PHANTOMS:
            across, upright = _PHANTOMS[token]
            return Atom(Class.ORDINARY, Phantom(self.argument(), across, upright))
        if token.rstrip("lrm") in _BIG and token.startswith("\\"):
            return self.big(token)
        return self.single(token)

    def single(self, token: str) -> Atom:
        """A character or the symbol of a command."""
        if len(token) == 1 and token.isalnum():
            family = "letters" if token.isalpha() else "operators"
            return Atom(Class.ORDINARY, Character(self.alphabet or family, ord(token)))
        found = symbol(_DELIMITER_NAMES.get(token, token))
        if found is None:
            return Atom(Class.ORDINARY, _UNKNOWN)
        kind, family, code = found
        if kind == "accent":
            return Atom(Class.ORDINARY, Accented(Character(family, code), self.argument()))
        if self.alphabet and kind == "alpha":
            family = self.alphabet
        if self.alphabet == "boldletters":
            family = _BOLD.get(family, family)
        return Atom(_CLASSES[kind], Character(family, code), limits=kind == "op")

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

    def big(self, token: str) -> Atom:
        plain = token.rstrip("lrm")
        return Atom(_BIG_CLASSES[token[len(plain) :]], Fence(self.fence(), _BIG[plain] * _BIG_SIZE))

    def fence(self) -> str:
        token = self.next()
        return _DELIMITER_NAMES.get(token, token)

    def fenced(self) -> Atom:
        opening, start = self.fence(), self.begins
        items = self.run(until=(r"\right",))
        end = self.begins
        self.next()
        return Atom(Class.INNER, Fenced(opening, items, self.fence(), start, end))

    def environment(self) -> Atom:
        name = self.verbatim()
        opening, closing, gap, stretch = _GRIDS.get(name, _GRIDS["matrix"])
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
        named = (_DELIMITER_NAMES.get(opening, opening), _DELIMITER_NAMES.get(closing, closing))
        return Atom(Class.INNER, Fenced(named[0], (grid,), named[1]))


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
        r"\earns": lambda reader: Atom(Class.ORDINARY, Box(_MARKS[0] * bool(reader.verbatim()))),
        r"\earnsapart": lambda reader: Atom(Class.ORDINARY, Box(_MARKS[1] * bool(reader.verbatim()))),
        r"\vdots": lambda reader: Atom(Class.ORDINARY, _VERTICAL_DOTS),
        r"\ddots": lambda reader: Atom(Class.INNER, _DIAGONAL_DOTS),
    }
)

"""How much room a text takes, estimated without TeX: mathematics at 10 pt, words in small type, in millimetres."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType

from derive.document.geometry import Anchor, Label

_PIECE = re.compile(r"\\[A-Za-z]+|\\.|[^\s]")
_SCRIPT = 0.75
_SMALL = 0.85
_SMALL_GREEK = (
    *(
        r"\alpha",
        r"\beta",
        r"\gamma",
        r"\delta",
        r"\epsilon",
        r"\eta",
        r"\theta",
        r"\lambda",
        r"\mu",
        r"\rho",
        r"\sigma",
    ),
    *(r"\tau", r"\partial", r"\ell"),
)
_LETTERS = MappingProxyType(
    dict(
        chain(
            ((letter, 1.3) for letter in "ijlt"),
            ((letter, 3.1) for letter in "mw"),
            ((letter, 3.9) for letter in "MW"),
            ((letter, 2.05) for letter in "abcdefghknopqrsuvxyz"),
            ((letter, 2.85) for letter in "ABCDEFGHIJKLNOPQRSTUVXYZ"),
            ((digit, 1.76) for digit in "0123456789"),
            ((mark, 1.0) for mark in ".:!'|"),
            ((mark, 1.37) for mark in "()[]"),
            ((mark, 1.6) for mark in ",;"),
            ((letter, 2.3) for letter in _SMALL_GREEK),
        )
    )
)
_SPACES = MappingProxyType(
    {r"\,": 0.59, r"\:": 0.8, r"\;": 0.98, r"\!": -0.59, r"\ ": 1.2, r"\quad": 3.52, r"\qquad": 7.04}
)
_WIDTHLESS = frozenset(
    {r"\left", r"\right", r"\displaystyle", r"\textstyle", r"\limits", r"\nolimits", r"\big", r"\Big", r"\relax"}
)
_AROUND = frozenset(
    {r"\mathrm", r"\mathbf", r"\boldsymbol", r"\operatorname", r"\text", r"\hat", r"\bar", r"\tilde"}
    | {r"\vec", r"\phantom", r"\mathcal", r"\mathsf", r"\dot", r"\overline"}
)
_FRACTIONS = MappingProxyType({r"\frac": _SCRIPT, r"\tfrac": _SCRIPT, r"\dfrac": 1.0})
_NAMES = frozenset(
    {r"\exp", r"\log", r"\ln", r"\sin", r"\cos", r"\tan", r"\tanh", r"\sinh", r"\cosh", r"\max", r"\min", r"\arg"}
)
_BINARY, _UNARY = 4.3, 2.8
_RELATION = 4.75
_RELATIONS = frozenset({"=", "<", ">", r"\approx", r"\doteq", r"\leftarrow", r"\to", r"\mapsto", r"\leq", r"\geq"})
_OPERATORS = frozenset({"+", "-", "*", r"\times", r"\cdot", r"\odot", r"\otimes", r"\oplus", r"\pm", "/"})
_OTHER = 2.9
"""A command that is not listed: about a capital Greek letter."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Room to the right of, above and below the point where a text begins on its baseline."""

    width: float = 0.0
    ascent: float = 2.6
    descent: float = 0.8

    def beside(self, other: Extent) -> Extent:
        """The room of this text with another following it."""
        return Extent(self.width + other.width, max(self.ascent, other.ascent), max(self.descent, other.descent))

    def scaled(self, factor: float) -> Extent:
        """The room of this text in another size."""
        return Extent(self.width * factor, self.ascent * factor, self.descent * factor)


Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with its sides along the axes."""

    left: float
    bottom: float
    right: float
    top: float

    def overlaps(self, other: Box) -> bool:
        """Whether the two have more than a border in common."""
        return (
            self.left < other.right and other.left < self.right and self.bottom < other.top and other.bottom < self.top
        )

    def crossed_by(self, start: Point, end: Point) -> bool:
        """Whether a straight line runs through the inside of the rectangle."""
        first, last = 0.0, 1.0
        for axis, low, high in ((0, self.left, self.right), (1, self.bottom, self.top)):
            run = end[axis] - start[axis]
            if not run:
                if not low < start[axis] < high:
                    return False
                continue
            enters, leaves = sorted(((low - start[axis]) / run, (high - start[axis]) / run))
            first, last = max(first, enters), min(last, leaves)
        return first < last


def math_extent(latex: str) -> Extent:
    """The room of mathematics in text style at 10 pt."""
    return _run(deque(_PIECE.findall(latex)))


def words_extent(words: str) -> Extent:
    """The room of words in the small type of labels."""
    width = sum(0.88 if letter in " iljtf.,:;|'" else 2.5 if letter in "mwMW" else 1.68 for letter in words)
    return Extent(width, 2.2, 0.7)


def label_extent(label: Label) -> Extent:
    """The room of a label's text."""
    if not label.math:
        return words_extent(label.text)
    return math_extent(label.text).scaled(_SMALL if label.small else 1.0)


def label_box(label: Label) -> Box:
    """The place of a label's text, with the white it stands on."""
    extent, pad = label_extent(label), 0.56 if label.backed else 0.0
    half, height = extent.width / 2 + pad, extent.ascent + extent.descent
    bottom = {
        Anchor.BASE: label.y - extent.descent,
        Anchor.ABOVE: label.y + 0.28,
        Anchor.BELOW: label.y - 0.28 - height,
    }.get(label.anchor, label.y - height / 2)
    middle = label.x + {Anchor.LEFT: -half, Anchor.RIGHT: half}.get(label.anchor, 0.0)
    return Box(middle - half, bottom, middle + half, bottom + height)


def _run(pieces: deque[str]) -> Extent:
    """The room of everything up to the end or to a closing brace."""
    room, scripts, begun = Extent(), 0.0, False
    while pieces and pieces[0] != "}":
        piece = pieces.popleft()
        if piece in "^_":
            script = _argument(pieces).scaled(_SCRIPT)
            scripts = max(scripts, script.width + 0.2)
            raised = piece == "^"
            beside = Extent(0, script.ascent + 1.3, 0) if raised else Extent(0, 0, script.descent + 0.5)
            room = room.beside(beside)
            continue
        room = room.beside(Extent(scripts)).beside(_atom(piece, pieces, begun=begun))
        scripts, begun = 0.0, piece not in _OPERATORS | _RELATIONS | {"("}
    if pieces:
        pieces.popleft()
    return room.beside(Extent(scripts))


def _argument(pieces: deque[str]) -> Extent:
    """The room of what a command or a script takes: a group or one piece."""
    return _atom(pieces.popleft(), pieces, begun=False) if pieces else Extent()


def _atom(piece: str, pieces: deque[str], *, begun: bool) -> Extent:
    if piece == "{":
        return _run(pieces)
    if piece in _AROUND:
        return _argument(pieces)
    if piece == r"\mathit":
        italic = _argument(pieces)
        return Extent(italic.width * 1.12, italic.ascent, italic.descent)
    if piece in _FRACTIONS:
        above, below = (_argument(pieces).scaled(_FRACTIONS[piece]) for _ in range(2))
        ascent, descent = above.ascent + above.descent + 1.6, below.ascent + below.descent
        return Extent(max(above.width, below.width) + 0.9, ascent, descent)
    if piece == r"\sqrt":
        return Extent(2.9, 3.2, 1.0).beside(_argument(pieces))
    if piece in _OPERATORS:
        return Extent(_BINARY if begun and piece != "/" else _UNARY)
    if piece in _NAMES:
        return Extent(1.9 * len(piece) - 1.3)
    return Extent(_single_width(piece))


def _single_width(piece: str) -> float:
    if piece in _RELATIONS:
        return _RELATION
    if piece in _WIDTHLESS:
        return 0.0
    return _SPACES.get(piece, _LETTERS.get(piece, _OTHER))

"""Where long mathematics breaks: rows that fit, cut at sensible places and about equally long.

A cut costs by where it is: before an outermost relation little, before an outermost plus or minus more, between
factors more again, inside brackets most; the cheapest rows are found by a dynamic programme. Nothing inside a fraction,
a root, a script or a number is ever cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from math import inf

from derive.measure.atoms import Atom, Change, Character, Class, Fenced, Fraction, Group, Item, Run, Space, Style
from derive.measure.delimiters import NULL_DELIMITER, around, fence_box
from derive.measure.parse import parse
from derive.measure.typeset import placed_items, run_box

POINTS = 72.27 / 25.4
"""A millimetre in points."""
_ROW = 6.0
_AT_RELATION, _AFTER_COMMA, _AT_SUM, _AT_FACTOR, _AT_SPACE, _DEEPER = 0.0, 0.5, 1.0, 14.0, 18.0, 15.0
_QUAD = 10.0
_RELATION_WITHIN = 40.0
_TOO_WIDE = 1e6
_SLASH = Character("letters", 61)
_SUMS = frozenset({Character("operators", ord("+")), Character("symbols", 0), Character("symbols", 6)})
_TOLERANCE = 0.02
LEAST_SCALE = 0.75
"""What would have to be smaller to fit is written in another way where there is one."""
_SHORT_FRACTION, _LONGEST_NUMBER, _TALL = 60.0, 4, 14.0


@dataclass(frozen=True, slots=True)
class Room:
    """Room for mathematics, in millimetres.

    Rows are `width` wide; those after the first begin `hang` further in; the first begins after `taken`, and the last
    leaves `trailing` free at its end.
    """

    width: float
    hang: float = 5.0
    taken: float = 0.0
    trailing: float = 0.0

    def of_row(self, *, first: bool, last: bool) -> float:
        """The room of a row, in points."""
        return (self.width - (self.taken if first else self.hang) - (self.trailing if last else 0.0)) * POINTS


@dataclass(frozen=True, slots=True)
class Row:
    """A row of broken mathematics: LaTeX, its own width and indent in millimetres, and how much it is scaled to fit."""

    text: str
    width: float
    indent: float = 0.0
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class _Fence:
    """Growing brackets that rows may be cut inside of; `strut` makes every part as tall as the whole."""

    strut: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """What is never cut: its text and what leads to it, its room, what a cut before it costs, the brackets around it.

    A `sign` keeps the space before it at the start of a row. `opens` is the brackets that it begins.
    """

    lead: str
    text: str
    before: float
    width: float
    cut: float
    fences: tuple[_Fence, ...]
    sign: bool = False
    opens: _Fence | None = None


def broken(latex: str, room: Room, *, display: bool = False) -> tuple[Row, ...]:
    """Mathematics in rows that fit into the room; a row that cannot be made to fit says by how much it is scaled."""
    style = Style.DISPLAY if display else Style.TEXT
    whole = run_box(parse(latex), style)
    if whole.width <= room.of_row(first=True, last=True) + _TOLERANCE:
        return (Row(latex, whole.width / POINTS),)
    rows = _rows(latex, room, style)
    if min(row.scale for row in rows) >= LEAST_SCALE:
        return rows
    level = unstacked(latex)
    return rows if level == latex else max(rows, _rows(level, room, style), key=lambda made: min(r.scale for r in made))


def _rows(latex: str, room: Room, style: Style) -> tuple[Row, ...]:
    pieces = _pieces(latex, style)
    starts = _cheapest(pieces, room)
    made = []
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(pieces)], strict=True)):
        text = _row_text(pieces, start, end)
        width = run_box(parse(text), style).width
        fits = room.of_row(first=number == 0, last=end == len(pieces))
        scale = min(1.0, fits / width) if width > fits + _TOLERANCE else 1.0
        made.append(Row(text, width * scale / POINTS, room.hang if number else 0.0, scale))
    return tuple(made)


def unstacked(latex: str) -> str:
    """Mathematics with its long outermost fractions written with a slash, so that they can break."""
    parts, ended = [], 0
    for item in parse(latex):
        fraction = _fraction(item)
        if fraction is None or not isinstance(item, Atom) or run_box((item,), Style.TEXT).width < _SHORT_FRACTION:
            continue
        above, below = (_enclosed(latex[start:end]) for start, end in fraction.spans)
        parts += [latex[ended : item.start], f"{above}/{below}"]
        ended = item.end
    return "".join([*parts, latex[ended:]])


def _fraction(item: Item) -> Fraction | None:
    """The fraction that an item is, without scripts."""
    if isinstance(item, Atom) and isinstance(item.nucleus, Group) and item.above is None and item.below is None:
        match item.nucleus.items:
            case (Atom(nucleus=Fraction() as fraction),):
                return fraction
    return None


def _enclosed(latex: str) -> str:
    """Mathematics in parentheses, unless it is one symbol or number."""
    items = parse(latex)
    kinds = {item.kind for item in items if isinstance(item, Atom)}
    if kinds == {Class.ORDINARY} and len(items) <= _LONGEST_NUMBER:
        return latex
    tall = run_box(items, Style.TEXT).total > _TALL
    return rf"\left({latex}\right)" if tall else f"({latex})"


def width_of(latex: str, *, display: bool = False) -> float:
    """The width of mathematics in millimetres."""
    return run_box(parse(latex), Style.DISPLAY if display else Style.TEXT).width / POINTS


def _pieces(latex: str, style: Style) -> tuple[_Piece, ...]:
    return tuple(_Cutter(latex, style).walk(parse(latex), 0, ()))


class _Cutter:
    """Cuts a formula into its pieces, from left to right."""

    def __init__(self, latex: str, style: Style) -> None:
        self.latex = latex
        self.style = style
        self.ended = 0

    def lead(self, until: int) -> str:
        """What is written between the last piece and the next: spacing."""
        lead, self.ended = self.latex[self.ended : until], until
        return lead

    def walk(self, items: Run, depth: int, fences: tuple[_Fence, ...]) -> Iterator[_Piece]:
        """The pieces of a run; growing brackets are taken apart."""
        outer, cut, gap, seen = depth, inf, 0.0, False
        for placed in placed_items(items, self.style):
            item = placed.item
            if not isinstance(item, Atom):
                gap += placed.box.width
                if isinstance(item, Space) and seen and item.amount > 0:
                    cut = min(cut, (_AT_RELATION if item.amount >= _QUAD else _AT_SPACE) + _DEEPER * depth)
                continue
            depth = max(outer, depth - 1) if placed.kind is Class.CLOSING else depth
            cost = min(cut, _cost_before(item, placed.kind, depth)) if seen else inf
            piece = _Piece(
                self.lead(item.start),
                "",
                placed.before + gap,
                placed.box.width,
                cost,
                fences,
                placed.kind is Class.BINARY,
            )
            yield from self.piece(item, piece, depth)
            seen, gap = True, 0.0
            cut = _AFTER_COMMA + _DEEPER * depth if placed.kind is Class.PUNCTUATION else inf
            depth += placed.kind is Class.OPENING

    def piece(self, item: Atom, piece: _Piece, depth: int) -> Iterator[_Piece]:
        """An atom whole, or growing brackets with the pieces between them."""
        inside = item.nucleus
        if not isinstance(inside, Fenced) or not inside.end:
            yield replace(piece, text=self.lead(item.end))
            return
        wanted = around(run_box(inside.items, self.style), self.style.size)
        opening, closing = (fence_box(t, wanted, self.style.size).width for t in (inside.opening, inside.closing))
        fence = _Fence(rf"\mathopen{{\vphantom{{{_tallest(self.latex, inside, self.style)}}}}}")
        yield replace(piece, text=self.lead(inside.start), width=opening, opens=fence)
        yield from self.walk(inside.items, depth + 1, (*piece.fences, fence))
        scripts = max(0.0, piece.width - run_box((replace(item, above=None, below=None),), self.style).width)
        lead = self.lead(inside.end)
        yield _Piece(lead, self.lead(item.end), 0.0, closing + scripts, inf, (*piece.fences, fence))


def _tallest(latex: str, fenced: Fenced, style: Style) -> str:
    """The atoms between brackets that reach highest and deepest, which alone are as tall as all of them.

    Of brackets among them only what makes these tall is kept, so that the text does not grow with the number of atoms.
    """
    atoms = [(one.item, one.box) for one in placed_items(fenced.items, style) if isinstance(one.item, Atom)]
    if not atoms or any(isinstance(item, Change) for item in fenced.items):
        return latex[fenced.start : fenced.end]
    highest, _ = max(atoms, key=lambda found: found[1].height)
    deepest, _ = max(atoms, key=lambda found: found[1].depth)
    return "".join(f"{{{_short(latex, item, style)}}}" for item in dict.fromkeys((highest, deepest)))


def _short(latex: str, atom: Atom, style: Style) -> str:
    """An atom; of growing brackets, with what makes them tall between them."""
    inside = atom.nucleus
    if not isinstance(inside, Fenced) or not inside.end:
        return latex[atom.start : atom.end]
    between = _tallest(latex, inside, style)
    return f"{latex[atom.start : inside.start]}{between}{latex[inside.end : atom.end]}"


def _cost_before(atom: Atom, kind: Class | None, depth: int) -> float:
    if kind is Class.RELATION:
        return _RELATION_WITHIN + _DEEPER * depth if depth else _AT_RELATION
    if kind is Class.BINARY:
        return (_AT_SUM if atom.nucleus in _SUMS else _AT_FACTOR) + _DEEPER * depth
    return _AT_FACTOR + _DEEPER * depth if atom.nucleus == _SLASH else inf


def _cheapest(pieces: Sequence[_Piece], room: Room) -> list[int]:
    """Where each row begins, in the cheapest way to cut the pieces into rows."""
    sums = [0.0, *accumulate(piece.before + piece.width for piece in pieces)]
    count = len(pieces)
    costs, befores = [0.0] + [inf] * count, [0] * (count + 1)
    for start in range(count):
        if costs[start] == inf:
            continue
        dropped = 0.0 if pieces[start].sign else pieces[start].before
        for end in range(start + 1, count + 1):
            last = end == count
            cut = 0.0 if last else pieces[end].cut
            if cut == inf:
                continue
            open_ends = bool(start and pieces[start].fences) + (not last and bool(pieces[end].fences))
            width = sums[end] - sums[start] - dropped + open_ends * NULL_DELIMITER
            fits = room.of_row(first=not start, last=last)
            cost = costs[start] + cut + _row_cost(width, fits, last=last)
            if cost < costs[end]:
                costs[end], befores[end] = cost, start
            if width > 2 * fits:
                break
    return _starts(befores, count)


def _starts(befores: Sequence[int], end: int) -> list[int]:
    starts = [befores[end]]
    while starts[-1]:
        starts.append(befores[starts[-1]])
    return starts[::-1]


def _row_cost(width: float, fits: float, *, last: bool) -> float:
    if width > fits + _TOLERANCE:
        return _TOO_WIDE * width / fits
    return _ROW + (1.0 if last else 2.0) * (1 - width / fits) ** 2


def _row_text(pieces: Sequence[_Piece], start: int, end: int) -> str:
    """The LaTeX of a row; brackets that it is cut inside of are closed with nothing and opened again."""
    left_open = pieces[end].fences if end < len(pieces) else ()
    entered = pieces[start].fences if start else ()
    parts = [rf"\left.{fence.strut}" for fence in entered]
    parts.append("{}" if pieces[start].sign else "")
    for index in range(start, end):
        piece = pieces[index]
        parts.append((piece.lead if index > start or not start else "") + piece.text)
        if piece.opens in left_open:
            parts.append(piece.opens.strut if piece.opens else "")
    return "".join([*parts, *(r" \right." for _ in left_open)]).strip()

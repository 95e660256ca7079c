"""The room of matrices and of the mathematics between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from derive.document.model import Entry, Matrix, Piece
from derive.measure.atoms import Atom, Class, Fenced, Grid, Item, Run, Space, Style
from derive.measure.boxes import Box
from derive.measure.breaking import POINTS
from derive.measure.parse import parse
from derive.measure.typeset import run_box

_STRETCH, _GAP, _RULE, _THIN = 1.12, 8.0, 0.4, Space(3, mu=True)
_LEFT, _RIGHT = re.compile(r"\\left(?![A-Za-z])"), re.compile(r"\\right(?![A-Za-z])")


def pieces_width(pieces: Sequence[Piece]) -> float:
    """The width of pieces beside one another, in millimetres."""
    return pieces_box(pieces).width / POINTS


def pieces_box(pieces: Sequence[Piece]) -> Box:
    """The room of pieces beside one another, with the space that they have after something."""
    return run_box((*parse("{}"), *_run(list(pieces))), Style.DISPLAY)


def _run(pieces: list[Piece]) -> Run:
    """The atoms of pieces; growing brackets may open in one and close in another."""
    items: list[Item] = []
    while pieces:
        piece = pieces.pop(0)
        if isinstance(piece, Matrix):
            items += _matrix(piece)
        elif opened(piece) == 1:
            before, _, opening = piece.rpartition(r"\left")
            inside = _inside(pieces)
            closing = parse(rf"\left.{pieces.pop(0)}")
            items += [*parse(before), *_bracketed(opening.strip(), inside, closing)]
        else:
            items += parse(piece)
    return tuple(items)


def _inside(pieces: list[Piece]) -> Run:
    """The atoms up to the piece that closes a bracket, which stays; the pieces before it are taken away."""
    depth, end = 1, 0
    while depth and end < len(pieces):
        depth += opened(pieces[end])
        end += bool(depth)
    inside = _run(pieces[:end])
    del pieces[:end]
    return inside


def _bracketed(opening: str, inside: Run, closing: Run) -> Iterator[Item]:
    """A bracket's atoms, put between it and what closes it, whose scripts it keeps."""
    first, *rest = closing
    if isinstance(first, Atom) and isinstance(first.nucleus, Fenced):
        first = replace(first, nucleus=Fenced(opening[:1], (*parse(opening[1:]), *inside), first.nucleus.closing))
    yield from (first, *rest)


@lru_cache(maxsize=1 << 12)
def _matrix(matrix: Matrix) -> Run:
    """A matrix in its brackets, measured once: lines are tried in many columns."""
    if len(matrix.rows) == 1 and len(matrix.rows[0]) == 1:
        return parse(matrix.rows[0][0].text)
    rows = tuple(tuple(parse(_entry(entry)) for entry in row) for row in matrix.rows)
    grid = Atom(Class.ORDINARY, Grid(rows, _GAP, _STRETCH))
    rule = (Space(_RULE),) if matrix.column_rule else ()
    bracketed = Atom(Class.INNER, Fenced("[", (_THIN, grid, *rule, _THIN), "]"))
    return (Atom(Class.INNER, run_box((bracketed,), Style.DISPLAY)),)


def _entry(entry: Entry) -> str:
    return rf"{entry.text}\phantom{{{entry.pad}}}" if entry.pad else entry.text


def opened(piece: Piece) -> int:
    """How many growing brackets a piece opens and leaves open, less those that it closes."""
    return 0 if isinstance(piece, Matrix) else len(_LEFT.findall(piece)) - len(_RIGHT.findall(piece))

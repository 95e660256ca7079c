"""A document with blanks where answers are to be found: nothing on its pages gives a blank away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any, TypeGuard, cast

from derive.document.handouts.blank_places import BlankPlaces
from derive.document.handouts.handout import Handout
from derive.document.mathematics import NOTHING, Answer, Blank, Math, Relation, Symbols
from derive.document.model import (
    Cell,
    Column,
    Entry,
    FunctionRow,
    FunctionsTable,
    LossPlot,
    Matrix,
    MatrixLine,
    Piece,
    RoundTable,
    Section,
    Step,
    WorkedLine,
    Working,
)
from derive.document.pictures.covering import covered
from derive.document.pictures.geometry import Circle, Drawing, Ink, Segment, Shape
from derive.document.pictures.plot import HEIGHT
from derive.document.views.array_lines import JOIN, JOIN_MINUS
from derive.document.views.index import EQUALS
from derive.document.views.results import APPROXIMATELY, DOTTED
from derive.document.walk import rebuilt, within

NUMBER, FORMULA = 19.0, 60.0
"""Millimetres for a number and for a right side, whatever stands there in the key."""
WORKED_FORMULA, WORKED_NUMBERS = 38.0, 46.0
FUNCTIONS = (64.0, 46.0)
"""The two columns of a table of functions."""
ENTRIES = ((4, 14.0), (8, 11.0))
"""Up to so many columns, the width of an entry of a matrix."""
NARROWEST = 8.0
MOST_ROOM = 24
"""Blanks of a closed form at most."""
GOES_ON = Relation(r"\mathrel{}")
"""Between the blanks of one answer: a line may break there."""
_EQUALITIES = frozenset({str(EQUALS), str(APPROXIMATELY), str(DOTTED)})
_JOINS = frozenset({str(JOIN), str(JOIN_MINUS)})


@dataclass(frozen=True)
class Hiding:
    """What is blank, and what is said of a drawing that has blanks where it says nothing itself."""

    places: BlankPlaces
    drawing_words: str
    formulas: bool = True
    numbers: bool = True
    """Whether worked lines have room for a formula, and for the numbers put in."""

    def blank(self, text: Math, width: float) -> Math:
        """The text, or room for it."""
        return Blank(text, width) if isinstance(text, Answer) and self.places.hide(text) else text

    def covered(self, drawing: Drawing) -> Drawing:
        """A drawing without what gives a blank away."""
        found = covered(drawing, self.places.reveal)
        if found.shapes == drawing.shapes or drawing.covered:
            return found
        return replace(found, alternative=self.drawing_words)

    def hides(self, text: Any) -> bool:
        """Whether a text is an answer that is blank."""
        return isinstance(text, Answer) and self.places.hide(text)


def blanked_section(section: Section | Handout, hiding: Hiding) -> Section | Handout:
    """A section with its blanks; its worked lines have room for what some line of it shows."""
    lines = tuple(worked_lines(section))
    formulas, numbers = any(line.formula for line in lines), any(line.substituted for line in lines)
    found: Section | Handout = blanked(section, replace(hiding, formulas=formulas, numbers=numbers))
    return found


def worked_lines(node: Any) -> Iterator[WorkedLine]:
    """The worked lines in any part of a document."""
    yield from within(node, WorkedLine)


@singledispatch
def blanked(node: Any, hiding: Hiding) -> Any:
    """Any part of a document with blanks for the answers in it."""
    return rebuilt(node, lambda one: blanked(one, hiding))


@blanked.register
def _answer(node: Answer, hiding: Hiding) -> Math:
    return hiding.blank(node, NUMBER if node.facet == "value" else FORMULA)


@blanked.register
def _round_table(node: RoundTable, hiding: Hiding) -> RoundTable:
    return RoundTable(tuple(_column(column, hiding) for column in node.columns), node.gaps)


def _column(column: Column, hiding: Hiding) -> Column:
    """A column, in which only the signs of given numbers leave room for a minus."""
    given = [cell for cell in column.cells if cell is not None and not hiding.hides(cell.number)]
    signed = any(cell.number.startswith("-") for cell in given)
    cells = tuple(None if cell is None else _cell(cell, hiding, signed=signed) for cell in column.cells)
    return Column(column.title, column.updated and len(given) == len(cells) - cells.count(None), cells, NUMBER)


def _cell(cell: Cell, hiding: Hiding, *, signed: bool) -> Cell:
    if hiding.hides(cell.number):
        return Cell(cell.symbol, hiding.blank(cell.number, NUMBER))
    formula = None if hiding.hides(cell.formula) else cell.formula
    return Cell(cell.symbol, cell.number, signed and not cell.number.startswith("-"), formula)


@blanked.register
def _functions_table(node: FunctionsTable, hiding: Hiding) -> FunctionsTable:
    rows = tuple(
        (_function(forward, FUNCTIONS[0], hiding), _function(backward, FUNCTIONS[1], hiding))
        for forward, backward in node.rows
    )
    return FunctionsTable(node.titles, rows)


def _function(row: FunctionRow | None, width: float, hiding: Hiding) -> FunctionRow | None:
    return None if row is None else replace(row, formula=hiding.blank(row.formula, width))


@blanked.register
def _working(node: Working, hiding: Hiding) -> Working:
    """Worked lines, in which only the signs of given results leave room for a minus."""
    groups = blanked(node.groups, hiding)
    given = [line for group in groups for line in group if not isinstance(line.result, Blank)]
    signed = any(line.result.startswith("-") for line in given)
    return replace(node, groups=tuple(tuple(_padded(line, signed=signed) for line in group) for group in groups))


def _padded(line: WorkedLine, *, signed: bool) -> WorkedLine:
    given = not isinstance(line.result, Blank)
    return replace(line, padded=signed and given and not line.result.startswith("-"))


@blanked.register
def _worked_line(node: WorkedLine, hiding: Hiding) -> WorkedLine:
    """Room for the formula, the numbers and the result; of a given line, what gives no blank away."""
    if hiding.hides(node.result):
        of = cast("Answer", node.result)
        return replace(
            node,
            chain=NOTHING,
            formula=Blank(Answer(""), WORKED_FORMULA) if hiding.formulas else NOTHING,
            substituted=Blank(Answer(""), WORKED_NUMBERS) if hiding.numbers else NOTHING,
            equals=EQUALS,
            result=Blank(of, NUMBER),
            padded=False,
            updated=False,
        )
    formula = NOTHING if hiding.hides(node.formula) else node.formula
    substituted = NOTHING if hiding.hides(node.substituted) else node.substituted
    chain = NOTHING if hiding.hides(node.chain) else node.chain
    return replace(node, chain=chain, formula=formula, substituted=substituted)


@blanked.register
def _step(node: Step, hiding: Hiding) -> Step:
    """A step; what its numbers show, and its local partials, would give its blanks away."""
    lines = blanked(node.lines, hiding)
    worked = tuple(line for line in lines if isinstance(line, WorkedLine))
    if not any(isinstance(line.result, Blank) for line in worked):
        return replace(node, lines=lines)
    return replace(node, lines=worked, findings=())


@blanked.register
def _matrix_line(node: MatrixLine, hiding: Hiding) -> MatrixLine:
    terms = _terms(node)
    blank = any(_is_result(term) and _hides_part(term[1], hiding) for term in terms)
    kept: list[Piece] = []
    for term in terms:
        if _is_result(term):
            shown = [term[0], *_room_of(term[1], hiding)] if _has_answer(term[1]) or not blank else []
            hidden = _hides_part(term[1], hiding)
            kept += [EQUALS, *shown[1:]] if hidden and str(term[0]) in _EQUALITIES else shown
        elif _is_in_symbols(term) or not (blank or any(_hides_part(part, hiding) for part in term)):
            kept += term
    if kept and str(kept[0]) in _EQUALITIES and len(kept) < len(node.parts):
        kept[0] = EQUALS if str(node.parts[0]) in _EQUALITIES else node.parts[0]
    return replace(node, parts=tuple(kept))


def _room_of(part: Piece, hiding: Hiding) -> list[Piece]:
    """A part with its blanks; a closed form has one for each function that is put into it, over several rows."""
    room = blanked(part, hiding)
    closed = isinstance(part, Answer) and part.facet == "closed form" and isinstance(room, Blank)
    rest = min(len(part.mentions), MOST_ROOM) - 1 if isinstance(part, Answer) and closed else 0
    return [room, *(piece for _ in range(rest) for piece in (GOES_ON, room))]


def _terms(line: MatrixLine) -> list[list[Piece]]:
    """The right sides of a line, each behind its relation; the uses of a parameter that are added are one."""
    found: list[list[Piece]] = []
    for part in line.parts:
        if isinstance(part, Relation) and (str(part) not in _JOINS or not found):
            found.append([part])
        else:
            found[-1].append(part)
    return found


def _is_result(term: Sequence[Piece]) -> bool:
    """Whether one matrix or one answer stands behind the relation, and not the numbers that it is worked from."""
    if len(term) != 2 or (isinstance(term[1], Answer) and term[1].facet == "numbers"):
        return False
    return isinstance(term[1], (Matrix, Answer))


def _is_in_symbols(term: Sequence[Piece]) -> bool:
    return all(isinstance(part, (Symbols, Relation)) for part in term)


def _texts(part: Piece) -> list[Math]:
    return [entry.text for row in part.rows for entry in row] if isinstance(part, Matrix) else [part]


def _has_answer(part: Piece) -> bool:
    return any(isinstance(text, Answer) for text in _texts(part))


def _hides_part(part: Piece, hiding: Hiding) -> bool:
    return any(hiding.hides(text) for text in _texts(part))


@blanked.register
def _matrix(node: Matrix, hiding: Hiding) -> Matrix:
    """Blanks as wide as fit beside each other; given entries of a matrix with blanks are not padded."""
    if not _hides_part(node, hiding):
        return node
    width = next((width for most, width in ENTRIES if len(node.rows[0]) <= most), NARROWEST)
    return replace(node, rows=tuple(tuple(_entry(entry, width, hiding) for entry in row) for row in node.rows))


def _entry(entry: Entry, width: float, hiding: Hiding) -> Entry:
    if hiding.hides(entry.text):
        return Entry(hiding.blank(entry.text, width), quiet=entry.quiet)
    return replace(entry, pad=NOTHING)


@blanked.register
def _loss_plot(node: LossPlot, hiding: Hiding) -> LossPlot:
    """An empty grid where a number of the plot is blank, with a line for each round that has a point in the key."""
    drawing = hiding.covered(node.drawing)
    gone = set(node.drawing.shapes) - set(drawing.shapes)
    upright = [Segment(one.x, 0, one.x, HEIGHT, Ink.GRID) for one in node.drawing.shapes if _is_point(one, gone)]
    drawing = replace(drawing, shapes=(*upright, *drawing.shapes))
    return replace(node, drawing=drawing, columns=blanked(node.columns, hiding))


def _is_point(shape: Shape, gone: set[Shape]) -> TypeGuard[Circle]:
    return isinstance(shape, Circle) and shape in gone


@blanked.register
def _drawing(node: Drawing, hiding: Hiding) -> Drawing:
    return hiding.covered(node)

"""Lines of a document as displayed formulas: their equals signs below one another, long ones in several rows.

All of it is LaTeX mathematics that amsmath, MathJax and KaTeX have: no command of derive's own is left in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from derive.document.formulas import WrittenFormula
from derive.document.mathematics import NOTHING, Math
from derive.document.model import Entry, FunctionRow, LocalLine, Matrix, MatrixLine, Note, Piece, WorkedLine
from derive.exports.labels import Reference, Target
from derive.layout.matrix_room import pieces_width
from derive.measure.breaking import Room, broken, width_of

_BLANK = re.compile(r"\\blank\{([\d.]+mm)\}")
_BRACED = r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"
_EARNS = re.compile(rf"\\earns(?:apart)?{_BRACED}")
_ENSURED = re.compile(rf"\\ensuremath{_BRACED}")
_HANG = 8.0
_EQUALS = Math("=")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a displayed formula: what stands before and after its relation, which begins the right side."""

    left: str
    right: str

    @property
    def gap(self) -> str:
        """What ends the row before another: fractions need room."""
        return r"\\[5pt]" if r"\frac" in self.left + self.right else r"\\[2pt]"


@dataclass(frozen=True, slots=True)
class Display:
    """A displayed formula, its number or nothing, and the equations that its lines go by."""

    rows: tuple[Row, ...]
    mark: Math
    cited: tuple[Reference, ...]

    @property
    def formula(self) -> Math:
        """The formula as LaTeX, on one line or aligned."""
        if len(self.rows) == 1:
            return Math(f"{self.rows[0].left} {self.rows[0].right}".strip())
        *before, last = self.rows
        rows = [*(f"{row.left} &{row.right} {row.gap}" for row in before), f"{last.left} &{last.right}"]
        body = "\n".join(rows)
        return Math(f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}")


@dataclass(frozen=True, slots=True)
class MatrixGroup:
    """Displayed matrix lines under a label, each run of them with what is said of it."""

    label: str
    displays: tuple[tuple[Display, tuple[str, ...]], ...]


Line = WorkedLine | LocalLine | FunctionRow


def displays(lines: Iterable[Line], width: float) -> tuple[Display, ...]:
    """Lines as displayed formulas at most `width` millimetres wide: those with a number alone, the rest together."""
    return tuple(_together((tuple(_rows(line, width)), _mark(line)) for line in lines))


def display(written: WrittenFormula, width: float) -> Math:
    """A formula on one line, or aligned in several if it is wider than `width` millimetres."""
    if written.right == written.symbol:
        return Math(portable(written.symbol))
    return Display(tuple(_fitted(written.symbol, written.sides, width)), NOTHING, ()).formula


def matrix_groups(lines: Iterable[MatrixLine | Note], width: float) -> tuple[MatrixGroup | Note, ...]:
    """Matrix lines by the label that they stand under, remarks in their places."""
    found: list[MatrixGroup | Note] = []
    for line in lines:
        if isinstance(line, Note):
            found.append(line)
            continue
        made = next(_together([(tuple(_matrix_rows(line, width)), line.mark)]))
        said = (line.comment,) if line.comment else ()
        last = found[-1] if found else None
        if line.label or not isinstance(last, MatrixGroup):
            found.append(MatrixGroup(line.label, ((made, said),)))
            continue
        *before, (display, comments) = last.displays
        if display.mark or made.mark or comments:
            found[-1] = MatrixGroup(last.label, (*last.displays, (made, said)))
        else:
            joined = Display(display.rows + made.rows, NOTHING, display.cited + made.cited)
            found[-1] = MatrixGroup(last.label, (*before, (joined, said)))
    return tuple(found)


def _together(lines: Iterable[tuple[tuple[Row, ...], Math]]) -> Iterator[Display]:
    rows: list[Row] = []
    cited: list[Reference] = []
    for found, mark in lines:
        if isinstance(mark, Target):
            if rows:
                yield Display(tuple(rows), NOTHING, tuple(cited))
            yield Display(found, mark, ())
            rows, cited = [], []
        else:
            rows += found
            cited += [mark] if isinstance(mark, Reference) and mark.label not in {c.label for c in cited} else []
    if rows:
        yield Display(tuple(rows), NOTHING, tuple(cited))


def _mark(line: Line) -> Math:
    return NOTHING if isinstance(line, LocalLine) else line.mark


def _rows(line: Line, width: float) -> Iterator[Row]:
    match line:
        case WorkedLine():
            yield from _worked(line, width)
        case FunctionRow():
            yield from _fitted(line.symbol, [(_EQUALS, line.formula)], width)
        case LocalLine():
            for symbol, formula, relation, number in line.partials:
                last = [(relation, number)] if number and number != formula else []
                yield from _fitted(symbol, [(_EQUALS, formula), *last], width)


def _worked(line: WorkedLine, width: float) -> Iterator[Row]:
    middle = [part for part in (line.chain, line.formula, line.substituted) if part]
    last = line.equals if line.equals and (middle or line.relation == "=") else line.relation
    parts = [(line.relation if number == 0 else _EQUALS, part) for number, part in enumerate(middle)]
    yield from _fitted(line.symbol, [*parts, (last, line.result)] if line.result else parts, width)


def _fitted(symbol: Math, parts: Sequence[tuple[Math, Math]], width: float) -> Iterator[Row]:
    """`symbol relation part relation part ..`, on one row if it fits, else a row for each relation or more."""
    whole = " ".join(f"{relation} {part}" for relation, part in parts)
    if width_of(f"{symbol} {whole}", display=True) <= width:
        yield Row(portable(symbol), portable(whole))
        return
    room = Room(width - width_of(symbol, display=True), _HANG)
    left = portable(symbol)
    for relation, part in parts:
        for number, row in enumerate(broken(f"{relation} {part}", room, display=True)):
            yield Row(left, portable(row.text) if number == 0 else rf"\quad {portable(row.text)}")
            left = ""


def _matrix_rows(line: MatrixLine, width: float) -> Iterator[Row]:
    left = portable(line.left)
    if pieces_width((line.left, *line.parts)) <= width:
        yield Row(left, formula_of(line.parts))
        return
    room = Room(width - width_of(line.left, display=True), _HANG)
    for segment in line.segments or (line.parts,):
        for number, row in enumerate(_segment_rows(segment, room)):
            yield Row(left, row if number == 0 else rf"\quad {row}")
            left = ""


def _segment_rows(segment: Sequence[Piece], room: Room) -> Iterator[str]:
    """The rows of a segment: a matrix stays whole, a formula too wide for the room is broken."""
    formulas = [piece for piece in segment if isinstance(piece, Math)]
    if len(formulas) < len(segment) or pieces_width(segment) <= room.width:
        yield formula_of(segment)
        return
    yield from (portable(row.text) for row in broken(" ".join(formulas), room, display=True))


def formula_of(pieces: Iterable[Piece | str | None]) -> Math:
    """Pieces beside one another as one formula."""
    return Math(" ".join(_piece(piece) for piece in pieces if piece))


def _piece(piece: Piece | str) -> str:
    return matrix(piece) if isinstance(piece, Matrix) else portable(piece)


def matrix(made: Matrix) -> str:
    """A matrix in brackets, its lines where it has them; one entry alone stands without."""
    if len(made.rows) == 1 and len(made.rows[0]) == 1:
        return _entry(made.rows[0][0])
    columns = ["r"] * len(made.rows[0])
    columns[0] += "|" if made.column_rule else ""
    rows = [" & ".join(_entry(one) for one in row) for row in made.rows]
    rows[1:] = [rf"\hline {rows[1]}", *rows[2:]] if made.row_rule and len(rows) > 1 else rows[1:]
    body = r" \\ ".join(rows)
    return rf"\left[\begin{{array}}{{{''.join(columns)}}} {body} \end{{array}}\right]"


def _entry(one: Entry) -> str:
    text = rf"\underline{{{portable(one.text)}}}" if one.updated else portable(one.text)
    return rf"{text}\phantom{{{one.pad}}}" if one.pad else text


def portable(latex: str) -> str:
    """LaTeX without derive's own commands: room for an answer is a line, marks stand in parentheses."""
    latex = _BLANK.sub(r"\\underline{\\hspace{\1}}", latex)
    return _EARNS.sub(_in_parentheses, latex).strip()


def _in_parentheses(earned: re.Match[str]) -> str:
    marks = _ENSURED.sub(lambda inner: inner[1], earned[1])
    return rf"\quad{{\scriptstyle({marks})}}"

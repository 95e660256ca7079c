"""The sections of a document: what stands on the pages, in order, without layout.

Text is plain `str` and is escaped by whatever renders it; `Math` is LaTeX mathematics made by derive alone; `Rich`
is a run of both. Each section names the template that places it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from derive.document.geometry import Drawing


class Math(str):
    """LaTeX mathematics that derive made itself, without dollar signs; it is placed as it is."""

    __slots__ = ()


class Relation(Math):
    """An equals sign or an arrow; a line may break before it."""

    __slots__ = ()


class Symbols(Math):
    """Mathematics in names alone: it gives no number of a round away."""

    __slots__ = ()


Facet = Literal["value", "formula", "numbers"]
"""What of a quantity is asked for: its number, its right side in names, its right side with the numbers in."""
Place = tuple[str, int]
"""A quantity by its name in the trace, in a round (0: in none)."""


class Answer(Math):
    """Mathematics that a student is to find: it stands in a key, and a worksheet may leave room for it.

    `name` is that of the trace, empty for what the trace does not have; `round` is 0 for what is the same in every
    round. `mentions` are the places whose numbers can be read off it, its own aside.
    """

    __slots__ = ("facet", "mentions", "name", "round")
    name: str
    round: int
    facet: Facet
    mentions: frozenset[Place]

    def __new__(
        cls, text: str, name: str = "", round: int = 0, facet: Facet = "value", mentions: Iterable[Place] = ()
    ) -> Self:
        """The answer `text` for a place."""
        made = super().__new__(cls, text)
        made.name, made.round, made.facet, made.mentions = name, round, facet, frozenset(mentions)
        return made

    def written(self, text: str) -> Answer:
        """The same answer written in another way."""
        return Answer(text, self.name, self.round, self.facet, self.mentions)


class Blank(Math):
    """Room for an answer, `width` millimetres wide."""

    __slots__ = ("answer", "width")
    width: float
    answer: Answer

    def __new__(cls, answer: Answer, width: float) -> Self:
        """Room where `answer` would stand."""
        made = super().__new__(cls, rf"\blank{{{width:g}mm}}")
        made.answer, made.width = answer, width
        return made


NOTHING = Math("")


class Marked(Math):
    """An answer with what it earns, such as `1` or `½`, as a marking scheme has it; `answer` may be empty."""

    __slots__ = ("answer", "marks")
    answer: Math
    marks: str

    def __new__(cls, answer: Math, marks: str) -> Self:
        """The answer, and its marks beside it."""
        sign = r"\earns" if answer else r"\earnsapart"
        made = super().__new__(cls, rf"{answer}{sign}{{{marks_latex(marks)}}}")
        made.answer, made.marks = answer, marks
        return made


def marks_latex(marks: str) -> str:
    """Marks such as `1½` or `1/8` as LaTeX mathematics."""
    for sign, written in (
        ("½", r"\ensuremath{\tfrac12}"),
        ("¼", r"\ensuremath{\tfrac14}"),
        ("¾", r"\ensuremath{\tfrac34}"),
    ):
        marks = marks.replace(sign, written)
    return marks


@dataclass(frozen=True, slots=True)
class Rich:
    """A run of text and mathematics."""

    parts: tuple[str | Math, ...]

    def __bool__(self) -> bool:
        return any(self.parts)


@dataclass(frozen=True, slots=True)
class Cell:
    """`symbol = formula = number`, the formula being there or not. `padded`: room is left for the minus of others."""

    symbol: Math
    number: Math
    padded: bool = False
    formula: Math | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a round table. `updated` columns hold the new parameters.

    `room` is the least width of a number in millimetres.
    """

    title: str
    updated: bool
    cells: tuple[Cell | None, ...]
    room: float = 0.0


@dataclass(frozen=True, slots=True)
class RoundTable:
    """A round's numbers: columns of equally many cells; `gaps` tells after which rows (from 1) space follows."""

    template: ClassVar[str] = "round-table"
    columns: tuple[Column, ...]
    gaps: frozenset[int]

    @property
    def rows(self) -> range:
        """The row numbers, from 0."""
        return range(len(self.columns[0].cells))


@dataclass(frozen=True, slots=True)
class FunctionRow:
    """`symbol = formula`; `mark` is its number as an equation, if it has one."""

    symbol: Math
    formula: Math
    mark: Math = NOTHING


@dataclass(frozen=True, slots=True)
class FunctionsTable:
    """The functions of the forward pass beside those of the backward pass."""

    template: ClassVar[str] = "functions-table"
    titles: tuple[str, str]
    rows: tuple[tuple[FunctionRow | None, FunctionRow | None], ...]


@dataclass(frozen=True, slots=True)
class WorkedLine:
    """`symbol relation chain = formula = substituted equals result`; the three in the middle may be empty.

    `chain` is the chain rule spelled out in local partials; `mark` is the number of its equation, or cites the line that
    has it.
    """

    kind: ClassVar[str] = "worked"

    symbol: Math
    relation: Math
    formula: Math
    substituted: Math
    equals: Math
    result: Math
    updated: bool
    padded: bool
    chain: Math = Math("")  # noqa: RUF009 - immutable
    mark: Math = NOTHING


@dataclass(frozen=True, slots=True)
class Working:
    """Every worked line of a round, in groups; `titles` say what each group works, where that needs saying."""

    template: ClassVar[str] = "working"
    title: str
    note: Rich
    titles: tuple[str, ...]
    groups: tuple[tuple[WorkedLine, ...], ...]


@dataclass(frozen=True, slots=True)
class LocalLine:
    """Local partials side by side, each `symbol = formula = number`; the number is empty for a constant."""

    kind: ClassVar[str] = "local"
    partials: tuple[tuple[Math, Math, Math], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its lines, and why it is so. `findings` are what the numbers show, and give them away."""

    number: str
    title: Rich
    lines: tuple[WorkedLine | LocalLine, ...]
    reasons: tuple[Rich, ...]
    findings: tuple[Rich, ...] = ()


@dataclass(frozen=True, slots=True)
class Steps:
    """A pass in steps; `given` are the numbers that it starts from."""

    template: ClassVar[str] = "steps"
    flows: ClassVar[bool] = True
    title: str
    given: tuple[Math, ...]
    note: Rich
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class ForwardSummary:
    """The results of a forward pass in one line, and the numbers that it starts from."""

    template: ClassVar[str] = "forward-summary"
    title: str
    results: tuple[Rich, ...]
    given: tuple[Math, ...]


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One quantity in every round that is shown."""

    symbol: Math
    numbers: tuple[Math, ...]


@dataclass(frozen=True, slots=True)
class ResultsTable:
    """Results by round, a row a quantity, in columns side by side."""

    template: ClassVar[str] = "results-table"
    titles: tuple[str | Math, ...]
    columns: tuple[tuple[ResultRow, ...], ...]


@dataclass(frozen=True, slots=True)
class LossPlot:
    """The loss against the round, as a plot and as numbers in one or more columns."""

    template: ClassVar[str] = "loss-plot"
    drawing: Drawing
    round_title: str
    loss: Math
    columns: tuple[tuple[tuple[str, Math], ...], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing."""

    template: ClassVar[str] = "figure"
    drawing: Drawing


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a matrix; `pad` holds the digits that would bring it to its column's decimals."""

    text: Math
    pad: Math = NOTHING
    updated: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix of entries; a line sets off the first row or the first column where one is a bias."""

    kind: ClassVar[str] = "matrix"
    rows: tuple[tuple[Entry, ...], ...]
    row_rule: bool = False
    column_rule: bool = False


Piece = Math | Matrix


@dataclass(frozen=True, slots=True)
class MatrixLine:
    """A labelled line `left = parts`; `comment` stands at its end, `mark` numbers its equation or cites it."""

    kind: ClassVar[str] = "line"
    label: str
    left: Math
    parts: tuple[Piece, ...]
    comment: str = ""
    mark: Math = NOTHING

    @property
    def segments(self) -> tuple[tuple[Piece, ...], ...]:
        """The parts cut before every relation: what does not fit on one line goes on below, at a relation."""
        starts = [index for index, part in enumerate(self.parts) if isinstance(part, Relation)]
        return tuple(self.parts[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True))


@dataclass(frozen=True, slots=True)
class Note:
    """A remark between lines."""

    kind: ClassVar[str] = "note"
    text: Rich


@dataclass(frozen=True, slots=True)
class MatrixLines:
    """A headed run of matrix lines."""

    template: ClassVar[str] = "matrix-lines"
    title: str
    aside: Rich
    lines: tuple[MatrixLine | Note, ...]


@dataclass(frozen=True, slots=True)
class NumberTable:
    """A table of symbols and numbers under heads, and a remark below it."""

    template: ClassVar[str] = "number-table"
    titles: tuple[str | Math, ...]
    rows: tuple[tuple[str | Math, ...], ...]
    note: Rich


@dataclass(frozen=True, slots=True)
class SymbolRow:
    """A family of symbols, what it means, and how large it is or what it starts from."""

    symbol: Math
    meaning: Rich
    size: str | Math


@dataclass(frozen=True, slots=True)
class SymbolList:
    """The symbols of a document under three heads."""

    template: ClassVar[str] = "symbol-list"
    titles: tuple[str, str, str]
    rows: tuple[SymbolRow, ...]


@dataclass(frozen=True, slots=True)
class FinalParameters:
    """The parameters after the last update, each as `left = right`, and the loss before and after."""

    template: ClassVar[str] = "final-parameters"
    title: str
    parameters: tuple[tuple[Math, Piece], ...]
    loss: Rich


Table = RoundTable | FunctionsTable | NumberTable | SymbolList
Section = Table | Working | LossPlot | MatrixLines | Figure | Steps | ForwardSummary | ResultsTable | FinalParameters

"""The sections of a document: what stands on the pages, in order, without layout.

Each section names the template that places it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from derive.document.mathematics import NOTHING, Math, Relation, Rich
from derive.document.pictures.geometry import Drawing


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

    `chain` is the chain rule spelled out in local partials; `mark` is the number of its equation, or cites the line
    that has it.
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
    """Local partials side by side, each `symbol = formula relation number`; the number is empty for a constant."""

    kind: ClassVar[str] = "local"
    partials: tuple[tuple[Math, Math, Math, Math], ...]


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
    """The loss against the round, as a plot and as numbers in one or more columns; `note` says what lines join."""

    template: ClassVar[str] = "loss-plot"
    drawing: Drawing
    round_title: str
    loss: Math
    columns: tuple[tuple[tuple[str, Math], ...], ...]
    note: Rich


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
    """A headed run of matrix lines; short ones may stand `side_by_side`.

    `transpose` is how the transpose of `%s` is written, where a page may write a tall column as a row; else empty.
    """

    template: ClassVar[str] = "matrix-lines"
    title: str
    aside: Rich
    lines: tuple[MatrixLine | Note, ...]
    side_by_side: bool = False
    transpose: str = ""


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

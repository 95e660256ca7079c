"""Where everything stands on the sheet: a table a round, below one another, as on the printed page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from derive.document.style import ColumnSpec, style
from derive.document.tables import ROUND_STYLE, column_quantities
from derive.exports.spreadsheet.givens import Place
from derive.graph.quantity import Role
from derive.network.solution import Round, Solution

WIDTH = 4
"""Cells beside one another in a column of the table: symbol, sign, number, air."""
SIGN, NUMBER = 1, 2


@dataclass(frozen=True)
class TableColumn:
    """A column of a round's table: what the style says of it, and its quantities from the top."""

    spec: ColumnSpec
    quantities: tuple[int, ...]


@dataclass(frozen=True)
class RoundRows:
    """A round's table: the row of its title (from 0) and its columns."""

    round: Round
    first: int
    columns: tuple[TableColumn, ...]

    @property
    def length(self) -> int:
        """Rows of the table, its title aside."""
        return max(len(column.quantities) for column in self.columns)


@dataclass(frozen=True)
class Layout:
    """The sheet of rounds."""

    specs: tuple[ColumnSpec, ...]
    rounds: tuple[RoundRows, ...]

    @cached_property
    def cells(self) -> Mapping[Place, tuple[int, int]]:
        """Row and column, from 0, of the number of every quantity in every round."""
        return {
            (rows.round.number, quantity): (rows.first + 1 + row, number * WIDTH + NUMBER)
            for rows in self.rounds
            for number, column in enumerate(rows.columns)
            for row, quantity in enumerate(column.quantities)
        }

    @property
    def end(self) -> int:
        """The row below the last table."""
        last = self.rounds[-1]
        return last.first + last.length + 1


def lay_out(solution: Solution, first: int) -> Layout:
    """The tables of all rounds, the first one's title in row `first` (from 0)."""
    whole = [_columns(round) for round in solution.rounds]
    kept = [k for k in range(len(whole[0])) if any(columns[k].quantities for columns in whole)]
    found: list[RoundRows] = []
    for round, columns in zip(solution.rounds, whole, strict=True):
        shown = tuple(columns[k] for k in kept)
        found.append(RoundRows(round, first, shown))
        first += found[-1].length + 2
    return Layout(tuple(whole[0][k].spec for k in kept), tuple(found))


def _columns(round: Round) -> tuple[TableColumn, ...]:
    """The columns of the printed table, and in them what it leaves out: the learning rate."""
    specs = style(ROUND_STYLE).style.columns
    columns = [column_quantities(round, spec) for spec in specs]
    placed = {quantity for column in columns for quantity in column}
    blocks = round.solution.graph.blocks
    left = [quantity for quantity in round.values if quantity not in placed]
    given = [quantity for quantity in left if blocks.of(quantity).role is Role.GIVEN]
    worked = [quantity for quantity in left if blocks.of(quantity).role is not Role.GIVEN]
    whole = [_with(spec, column, given, worked) for spec, column in zip(specs, columns, strict=True)]
    return tuple(TableColumn(spec, tuple(column)) for spec, column in zip(specs, whole, strict=True))


def _with(spec: ColumnSpec, column: Sequence[int], given: Sequence[int], worked: Sequence[int]) -> Sequence[int]:
    match spec.role:
        case Role.GIVEN:
            return [*column, *given]
        case Role.UPDATED:
            return [*worked, *column]
        case _:
            return column

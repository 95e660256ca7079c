"""What stands in every cell of the rounds: a number that is put in, or a formula over other cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from derive.arithmetic.rounding import Precision
from derive.errors import InputError
from derive.exports.spreadsheet.doubles import DIGITS
from derive.exports.spreadsheet.formulas import cell_formula
from derive.exports.spreadsheet.givens import Given, Origin, Place, Taken, origins
from derive.exports.spreadsheet.layout import Layout
from derive.exports.spreadsheet.rounding import (
    LONGEST_SMALL,
    NumberFormat,
    needs_unrounded,
    number_format,
    rounded,
    settled,
    shown,
    written,
)
from derive.graph.equations import Equation
from derive.graph.formula import Call, Formula, Number, Power, rebuild
from derive.network.solution import Solution

COLUMNS = 26


def address(row: int, column: int) -> str:
    """The name of a cell: `A1` for row 0 and column 0."""
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, COLUMNS)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row + 1}"


@dataclass(frozen=True)
class Content:
    """One cell: its number now, its formula (empty where the number is put in), and how it is shown.

    `unrounded` is the formula of the same cell on the sheet of unrounded numbers where there is one, `full` its number.
    """

    number: Decimal
    formula: str
    look: NumberFormat
    unrounded: str = ""
    full: Decimal = Decimal(0)

    @property
    def is_given(self) -> bool:
        """Whether the number is put in."""
        return not self.formula


_RATIONAL = frozenset({"abs", "case", "floor", "gate", "max", "min", "take", "relu", "equals", "sign", "is_argmax"})


def is_rational(formula: Formula) -> bool:
    """Whether a formula makes rational numbers of rational ones, whatever they are."""
    found = []

    def note(node: Formula) -> None:
        if isinstance(node, Power):
            found.append(isinstance(node.exponent, Number) and "." not in node.exponent.text)
        if isinstance(node, Call):
            found.append(node.function in _RATIONAL)

    rebuild(formula, note)
    return all(found)


@dataclass(frozen=True)
class Names:
    """The names of the two sheets as they stand before a cell in a formula."""

    rounds: str
    unrounded: str

    @classmethod
    def of(cls, rounds: str, unrounded: str) -> Names:
        """Sheets by their titles."""
        quoted = [f"""'{title.replace("'", "''")}'!""" for title in (rounds, unrounded)]
        return cls(*quoted)


@dataclass(frozen=True)
class Cells:
    """The contents of a solution's cells; see `contents`."""

    solution: Solution
    layout: Layout
    names: Names

    @cached_property
    def origins(self) -> Mapping[Place, Origin]:
        """Where given numbers come from."""
        return origins(self.solution)

    @cached_property
    def doubled(self) -> bool:
        """Whether worked numbers stand on a second sheet too, unrounded."""
        return needs_unrounded(self.solution.policy)

    @cached_property
    def terminating(self) -> frozenset[Place]:
        """Where a number may end on a tie: it ends after few digits now, or is worked by sums and products alone."""
        found: set[Place] = set()
        for round in self.solution.rounds:
            for quantity, value in round.values.items():
                place = (round.number, quantity)
                equation = round.equation_of.get(quantity)
                if equation is None:
                    origin = self.origins[place]
                    rational = isinstance(origin, Given) or origin.place in found
                else:
                    operands = ((round.number, operand) for operand in equation.operands)
                    rational = is_rational(equation.rule.formula) and all(operand in found for operand in operands)
                if rational or len(value.unrounded.normalize().as_tuple().digits) <= DIGITS:
                    found.add(place)
        return frozenset(found)

    def address(self, place: Place) -> str:
        """The cell of a quantity in a round."""
        return address(*self.layout.cells[place])

    def worked_at(self, place: Place) -> Place | None:
        """Where the number of a place is worked; None where it is put in."""
        while place in self.origins:
            origin = self.origins[place]
            if isinstance(origin, Given) or origin.more:
                return None
            place = origin.place
        return place

    def precision(self, place: Place) -> Precision:
        """The precision of a worked quantity."""
        number, quantity = place
        blocks = self.solution.graph.blocks
        return self.solution.policy.precision_of(blocks.of(quantity), blocks.names[quantity], number)

    def content(self, place: Place, equation: Equation | None) -> Content:
        """What stands in the cell of a place, which an equation works unless its number is given."""
        number, quantity = place
        value = self.solution.rounds[number].values[quantity]
        if equation is None:
            origin = self.origins[place]
            if isinstance(origin, Given):
                return Content(value.carried, "", NumberFormat(written(value.shown)))
            worked = self.worked_at(place)
            if worked is None:
                more = f"+{origin.more}" if origin.more else ""
                formula = f"={self.address(origin.place)}{more}"
                return Content(value.carried, formula, NumberFormat(written(value.shown)))
            return self._taken(place, origin, worked)
        return self._worked(place)

    def _taken(self, place: Place, origin: Taken, worked: Place) -> Content:
        policy = self.solution.policy
        value = self.solution.rounds[place[0]].values[place[1]]
        precision, above = self.precision(worked), self.address(origin.place)
        look = number_format(precision, policy, f"({self._right(worked)})", tiny=_is_tiny(value.carried))
        if not self.doubled or policy.carries_rounded:
            return Content(value.carried, f"={above}", look)
        own = self.names.unrounded + self.address(place)
        return Content(Decimal(value.shown), f"={shown(own, precision, policy)}", look, f"={above}", value.carried)

    def _right(self, place: Place) -> str:
        """The right side of the equation that works a place, over cells."""
        equation = self.solution.rounds[place[0]].equation_of[place[1]]
        return cell_formula(equation.rule.formula, self._operands(place[0], equation))

    def _worked(self, place: Place) -> Content:
        policy, precision = self.solution.policy, self.precision(place)
        value = self.solution.rounds[place[0]].values[place[1]]
        right = self._right(place)
        own = self.names.unrounded + self.address(place)
        if not self.doubled:
            carried = settled(right, precision) if place in self.terminating else right
            whole = rounded(right, precision, policy.mode) if policy.carries_rounded else carried
            look = number_format(precision, policy, f"({right})", tiny=_is_tiny(value.carried))
            return Content(value.carried, f"={whole}", look)
        look = number_format(precision, policy, tiny=_is_tiny(value.carried))
        if policy.carries_rounded:
            return Content(
                value.carried, f"={rounded(own, precision, policy.mode)}", look, f"={right}", value.unrounded
            )
        return Content(Decimal(value.shown), f"={shown(own, precision, policy)}", look, f"={right}", value.carried)

    def _operands(self, number: int, equation: Equation) -> Callable[[int], str]:
        """The cells that an equation of a round is worked from; those of the other sheet by its name."""
        carries_rounded = self.solution.policy.carries_rounded

        def reference(position: int) -> str:
            place = (number, equation.operands[position])
            beside = carries_rounded or self.worked_at(place) is None
            return (self.names.rounds if self.doubled and beside else "") + self.address(place)

        return reference


def _is_tiny(number: Decimal) -> bool:
    return bool(number) and number.adjusted() < -LONGEST_SMALL


def contents(solution: Solution, layout: Layout, names: Names) -> Mapping[Place, Content]:
    """Every cell of the rounds, by quantity and round. Raises `InputError` naming what has no form in a cell."""
    cells = Cells(solution, layout, names)
    found: dict[Place, Content] = {}
    for round in solution.rounds:
        for quantity in round.values:
            place = (round.number, quantity)
            try:
                found[place] = cells.content(place, round.equation_of.get(quantity))
            except InputError as error:
                name = solution.graph.blocks.names[quantity]
                message = error.diagnostics[0].message
                raise InputError.single(
                    f"{name} in round {round.number} has no place in a spreadsheet: {message}"
                ) from error
    return found

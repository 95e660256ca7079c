"""Formulas as spreadsheets write them: operators and functions that Excel and LibreOffice have in common.

In both, a minus before a number or a cell binds tighter than a power (`=-A1^2` is positive), and powers are taken
from left to right, so that negatives and powers are put in parentheses wherever that matters. Comparisons look at
numbers rounded to 12 decimals: what is zero, or equal, by hand may be the noise of binary numbers in a cell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from types import MappingProxyType

from derive.errors import InputError
from derive.graph.formula import Call, Formula, Negative, Number, Position, Power, Product, Quotient, Sum

LONGEST = 8192
"""Characters of a formula at most, in Excel."""
MOST_ARGUMENTS = 254
"""Arguments of a function at most, in Excel."""
SETTLED = 12
"""Decimals of what is compared."""

Reference = Callable[[int], str]
"""The cell of an operand, by its position."""


class _Level(IntEnum):
    """How tightly an operation binds."""

    SUM = 1
    PRODUCT = 2
    POWER = 3
    ATOM = 4


_FUNCTIONS: Mapping[str, str] = MappingProxyType(
    {
        "abs": "ABS(%s)",
        "cos": "COS(%s)",
        "erf": "ERF(%s)",
        "exp": "EXP(%s)",
        "floor": f"INT(ROUND(%s,{SETTLED}))",
        "max": "MAX(%s)",
        "min": "MIN(%s)",
        "pi": "PI(%s)",
        "relu": "MAX(0,%s)",
        "sigmoid": "(1/(1+EXP(-(%s))))",
        "sign": f"SIGN(ROUND(%s,{SETTLED}))",
        "sin": "SIN(%s)",
        "sqrt": "SQRT(%s)",
        "tan": "TAN(%s)",
        "tanh": "TANH(%s)",
    }
)
_ABOVE = {"0": ">", "1": ">="}
"""How a gate compares with 0, by its convention there."""


def cell_formula(formula: Formula, reference: Reference) -> str:
    """A formula over positions as it stands in a cell, without the equals sign.

    Raises `InputError` for one that no spreadsheet takes: of a function without a counterpart, or too long.
    """
    text = _Printer(reference).write(formula, _Level.SUM)
    if len(text) >= LONGEST:
        raise InputError.single(f"its formula has {len(text):,} characters; a cell of a spreadsheet takes {LONGEST:,}")
    return text


class _Printer:
    """Prints formulas over the cells of their operands."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference

    def write(self, node: Formula, least: _Level) -> str:
        """A formula, in parentheses where it binds less tightly than `least`."""
        text, level = self._written(node)
        return text if level >= least else f"({text})"

    def _written(self, node: Formula) -> tuple[str, _Level]:
        match node:
            case Number(text):
                return text.upper(), _Level.SUM if text.startswith("-") else _Level.ATOM
            case Position(index):
                return self.reference(index), _Level.ATOM
            case Negative(argument):
                return "-" + self.write(argument, _Level.ATOM), _Level.SUM
            case Sum(terms):
                return self._sum(terms), _Level.SUM
            case Product(factors):
                first, *others = factors
                parts = [self.write(first, _Level.PRODUCT), *(self.write(factor, _Level.POWER) for factor in others)]
                return "*".join(parts), _Level.PRODUCT
            case Quotient(numerator, denominator):
                above, below = self.write(numerator, _Level.PRODUCT), self.write(denominator, _Level.POWER)
                return f"{above}/{below}", _Level.PRODUCT
            case Power(base, exponent):
                return f"{self.write(base, _Level.ATOM)}^{self.write(exponent, _Level.ATOM)}", _Level.POWER
            case Call(function, arguments):
                return self._call(function, arguments), _Level.ATOM
            case _:
                raise TypeError(f"{node!r} must be sized before it is printed")

    def _sum(self, terms: Sequence[Formula]) -> str:
        first, *others = terms
        text = self.write(first, _Level.SUM)
        for term in others:
            match term:
                case Negative(argument):
                    text += "-" + self.write(argument, _Level.PRODUCT)
                case _:
                    text += "+" + self.write(term, _Level.PRODUCT)
        return text

    def _call(self, function: str, arguments: Sequence[Formula]) -> str:
        if len(arguments) > MOST_ARGUMENTS:
            raise InputError.single(f"{function} of {len(arguments)} numbers; a spreadsheet takes {MOST_ARGUMENTS}")
        match function, arguments:
            case "gate", (argument, Number(at_zero)):
                return f"IF({self._settled(argument)}{_ABOVE[at_zero]}0,1,0)"
            case "case", (argument, above, below, Number(at_zero)):
                test = f"{self._settled(argument)}{_ABOVE[at_zero]}0"
                return f"IF({test},{self._plain(above)},{self._plain(below)})"
            case "log", (argument,):
                return f"LN({self._plain(argument)})"
            case "log", (argument, base):
                return f"LOG({self._plain(argument)},{self._plain(base)})"
            case "take", (chosen, *candidates):
                return f"CHOOSE(ROUND({self._plain(chosen)},0),{self._listed(candidates)})"
            case "equals", (chosen, number):
                return f"IF({self._settled(Sum((chosen, Negative(number))))}=0,1,0)"
            case "is_argmax", (Number(place), _, *candidates):
                return self._wins(int(place) - 1, candidates)
            case name, parts if name in _FUNCTIONS:
                return _FUNCTIONS[name] % self._listed(parts)
            case _:
                raise InputError.single(f"the function {function} has no form in a spreadsheet")

    def _wins(self, place: int, candidates: Sequence[Formula]) -> str:
        """Whether a candidate is larger than those before it and no smaller than those after it."""
        tests = []
        for number, other in enumerate(candidates):
            lead = Sum((candidates[place], Negative(other)))
            if number != place:
                tests.append(f"{self._settled(lead)}{'>' if number < place else '>='}0")
        return f"IF(AND({','.join(tests)}),1,0)" if tests else "1"

    def _settled(self, argument: Formula) -> str:
        return f"ROUND({self._plain(argument)},{SETTLED})"

    def _plain(self, argument: Formula) -> str:
        return self.write(argument, _Level.SUM)

    def _listed(self, arguments: Sequence[Formula]) -> str:
        return ",".join(self._plain(argument) for argument in arguments)

"""Formulas as operations of PyTorch: the nodes of the grammar and the whole list of its functions."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from derive.errors import FormulaError
from derive.exports.pytorch.pieces import ATOM, POWER, PRODUCT, SIGN, SUM, Piece, called, combined, number
from derive.graph.formula import Call, Formula, Negative, Number, Power, Product, Quotient, Sum

_TENSORS: Mapping[str, str] = MappingProxyType(
    {
        **{name: f"torch.{name}" for name in ("abs", "cos", "erf", "exp", "floor", "log", "sigmoid", "sign", "sin")},
        **{name: f"torch.{name}" for name in ("sqrt", "tan", "tanh")},
    }
)
"""Functions of one argument, for tensors."""
_NUMBERS: Mapping[str, str] = MappingProxyType(
    {
        "abs": "abs",
        **{name: f"math.{name}" for name in ("cos", "erf", "exp", "floor", "log", "sin", "sqrt", "tan", "tanh")},
    }
)
"""The same for Python numbers, as far as they are there."""
_SIMPLE = re.compile(r"-?[\w.]+")
_LOGARITHMS: Mapping[str, str] = MappingProxyType({"2": "torch.log2", "10": "torch.log10"})


class FormulaPrinter(ABC):
    """Prints formulas; what names stand for is left to those that know. `at_zero` is the derivative of relu at 0."""

    def __init__(self, at_zero: int) -> None:
        self.at_zero = at_zero

    @abstractmethod
    def leaf(self, node: Formula) -> Piece:
        """A slot, or what only some formulas hold. Raises `FormulaError` for what has no place here."""

    def piece(self, node: Formula) -> Piece:
        """A formula. Raises `FormulaError` for what PyTorch has no operation for."""
        match node:
            case Number(text):
                return number(text)
            case Negative(argument):
                return combined([self.piece(argument)], lambda parts: f"-{parts[0].within(SIGN)}", SIGN)
            case Sum(terms):
                return self._sum(terms)
            case Product(factors):
                parts = [self.piece(factor) for factor in factors]
                return combined(parts, lambda found: _joined(found, " * "), PRODUCT)
            case Quotient(above, below):
                return combined([self.piece(above), self.piece(below)], lambda found: _joined(found, " / "), PRODUCT)
            case Power(base, exponent):
                parts = [self.piece(base), self.piece(exponent)]
                return combined(parts, _raised, POWER)
            case Call(function, arguments):
                return self.call(function, arguments)
            case _:
                return self.leaf(node)

    def _sum(self, terms: Sequence[Formula]) -> Piece:
        signs = ["-" if isinstance(term, Negative) else "+" for term in terms]
        parts = [self.piece(term.argument if isinstance(term, Negative) else term) for term in terms]

        def join(found: list[Piece]) -> str:
            first = f"-{found[0].within(SIGN)}" if signs[0] == "-" else found[0].text
            rest = (f" {sign} {one.within(PRODUCT)}" for sign, one in zip(signs[1:], found[1:], strict=True))
            return first + "".join(rest)

        return combined(parts, join, SUM)

    def call(self, function: str, arguments: Sequence[Formula]) -> Piece:
        """A function of the grammar."""
        match function, arguments:
            case "pi", []:
                return Piece("math.pi", number=True)
            case "log", [argument, Number(base)]:
                return self._logarithm(self.piece(argument), base)
            case "relu", [argument]:
                return self._relu(self.piece(argument))
            case "max" | "min", [first, *rest]:
                return self._extreme(function, [self.piece(first), *map(self.piece, rest)])
            case "case", [condition, above, below, Number(convention)]:
                return self._choice(condition, above, below, convention)
            case "gate", [condition, Number(convention)]:
                return self._choice(condition, Number("1.0"), Number("0.0"), convention)
            case "equals", [argument, Number(text)]:
                found = self.piece(argument)
                return Piece(f"({found.within(SUM)} == {text}).double()", ATOM, found.axes)
            case _, [argument] if function in _TENSORS:
                return self._function(function, self.piece(argument))
            case _:
                raise FormulaError(f"the script has no operation for {function}(...)")

    @staticmethod
    def _function(function: str, argument: Piece) -> Piece:
        if not argument.number:
            return called(_TENSORS[function], argument)
        if function in _NUMBERS:
            return called(_NUMBERS[function], argument)
        return Piece(f"{_TENSORS[function]}(torch.tensor(float({argument.text})))")

    @staticmethod
    def _logarithm(argument: Piece, base: str) -> Piece:
        if argument.number:
            return Piece(f"math.log({argument.text}, {base})", number=True)
        if base in _LOGARITHMS:
            return called(_LOGARITHMS[base], argument)
        return combined([called("torch.log", argument)], lambda found: f"{found[0].text} / math.log({base})", PRODUCT)

    def _relu(self, argument: Piece) -> Piece:
        if argument.number:
            return Piece(f"max(0.0, {argument.text})", number=True)
        if not self.at_zero:
            return called("torch.relu", argument)
        return combined([argument], lambda found: f"torch.where({found[0].text} >= 0, {found[0].text}, 0.0)", ATOM)

    @staticmethod
    def _extreme(function: str, parts: Sequence[Piece]) -> Piece:
        """The largest or smallest; the first of equal ones takes the gradient, which `torch.maximum` shares out."""
        sign = ">=" if function == "max" else "<="

        def one_of(pair: list[Piece]) -> str:
            first, second = (part.text for part in pair)
            return f"torch.where({first} {sign} {second}, {first}, {second})"

        found = parts[-1]
        for part in reversed(parts[:-1]):
            if part.number and found.number:
                found = Piece(f"{function}({part.text}, {found.text})", number=True)
            else:
                found = combined([part, found], one_of, ATOM)
        return found

    def _choice(self, condition: Formula, above: Formula, below: Formula, convention: str) -> Piece:
        sign = ">=" if convention == "1" else ">"
        parts = [self.piece(condition), self.piece(above), self.piece(below)]
        if parts[0].number:
            raise FormulaError("the script has no operation for a choice that rests on constants alone")
        return combined(
            parts, lambda found: f"torch.where({found[0].text} {sign} 0, {found[1].text}, {found[2].text})", ATOM
        )


def _joined(parts: Sequence[Piece], sign: str) -> str:
    return sign.join([parts[0].within(PRODUCT), *(part.within(SIGN) for part in parts[1:])])


def _raised(parts: Sequence[Piece]) -> str:
    base, exponent = parts[0].within(ATOM), parts[1].within(SIGN)
    return f"{base}**{exponent}" if all(_SIMPLE.fullmatch(one) for one in (base, exponent)) else f"{base} ** {exponent}"

"""Equations of matrices in which some arrays are kept transposed: `T(W) x` is `W x` where W lies the other way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile
from types import MappingProxyType

from derive.graph.formula import Call, Formula, Negative, Power, Product, Quotient, Slot, Sum
from derive.graph.functions import FUNCTIONS
from derive.graph.tensor import Tensor
from derive.graph.views.application import Application
from derive.graph.views.joining import Use
from derive.graph.views.language import ADJOINT, HADAMARD, HADAMARD_QUOTIENT, ViewEquation

_LYING = "~"
"""Behind the name of an array that is kept transposed."""
_MIRRORED: Mapping[str, str] = MappingProxyType(
    {
        "sum": "sum",
        "rowsum": "colsum",
        "colsum": "rowsum",
        "softmax": "rowsoftmax",
        "rowsoftmax": "softmax",
        "tail": "coltail",
        "coltail": "tail",
    }
)
"""Functions of a whole matrix, and what each is of the transpose."""


def transposed_arrays(use: Use, is_turned: Callable[[Tensor, bool], bool]) -> Use:
    """The same equation where `is_turned` says of arrays, or of their adjoints, that they are kept transposed."""
    equation, application = use
    tensors, names, borders = dict(application.tensors), dict[str, str](), dict(application.borders)
    for name in equation.names():
        found = application.find(name)
        if found is not None and is_turned(*found):
            own = name.removeprefix(ADJOINT) if found[1] else name
            tensors[own + _LYING] = _lying(found[0])
            names[name] = name + _LYING
            if name in borders:
                borders[name + _LYING] = borders[name].transposed
    if not names:
        return use
    turning = _Turning(names, application)
    left, way = names.get(equation.of, equation.of), equation.of in names
    right = turning.transposed(equation.right) if way else turning.upright(equation.right)
    return ViewEquation(Slot(left), right), replace(application, tensors=tensors, borders=borders)


def _lying(tensor: Tensor) -> Tensor:
    """An array of one or two axes transposed: a vector, which is a column, becomes a row."""
    rows, columns = (*tensor.shape, 1)[:2]
    return Tensor([tensor.ids[i * columns + j] for j in range(columns) for i in range(rows)], (columns, rows))


@dataclass(frozen=True)
class _Turning:
    """Rewrites formulas with the names of arrays that are kept transposed."""

    names: Mapping[str, str]
    application: Application

    def upright(self, formula: Formula) -> Formula:
        """The formula in the arrays as they are kept."""
        match formula:
            case Slot(name) if name in self.names:
                return Call("T", (Slot(self.names[name]),))
            case Call("T", (argument,)):
                return self.transposed(argument)
            case Product(factors):
                return Product(tuple(map(self.upright, factors)))
            case Call(function, arguments) if function in _MIRRORED:
                return Call(function, tuple(map(self.upright, arguments)))
            case _:
                return self._each(self.upright, formula) or formula

    def transposed(self, formula: Formula) -> Formula:
        """The transpose of a formula, single arrays alone transposed in it."""
        match formula:
            case Slot(name) if name in self.names:
                return Slot(self.names[name])
            case Call("T", (argument,)):
                return self.upright(argument)
            case Product(factors):
                single = len(list(takewhile(self._is_single, factors)))
                ordered = (*factors[:single], *reversed(factors[single:]))
                return Product(tuple(map(self.transposed, ordered)))
            case Call(function, arguments) if function in _MIRRORED:
                return Call(_MIRRORED[function], tuple(map(self.transposed, arguments)))
            case _:
                return self._each(self.transposed, formula) or self._whole(formula)

    def _each(self, change: Callable[[Formula], Formula], formula: Formula) -> Formula | None:
        """What goes entry by entry, its parts changed; None for anything else."""
        match formula:
            case Negative(argument):
                return Negative(change(argument))
            case Sum(terms):
                return Sum(tuple(map(change, terms)))
            case Quotient(above, below):
                return Quotient(change(above), change(below))
            case Power(base, exponent):
                return Power(change(base), exponent)
            case Call(function, arguments) if function in (HADAMARD, HADAMARD_QUOTIENT) or self._is_of_entries(
                function
            ):
                return Call(function, tuple(map(change, arguments)))
            case _:
                return None

    def _is_of_entries(self, function: str) -> bool:
        return self.application.activates(function) or function in FUNCTIONS

    def _is_single(self, formula: Formula) -> bool:
        """Whether a factor is a number or an array of one, whose place in a product is free."""
        return not isinstance(formula, Call) and (not isinstance(formula, Slot) or self.application.is_number(formula))

    def _whole(self, formula: Formula) -> Formula:
        """The transpose of an array, or of what a function of whole arrays gives; a number is its own."""
        is_array = isinstance(formula, Call) or (isinstance(formula, Slot) and self.application.find(formula.name))
        return Call("T", (formula,)) if is_array else formula

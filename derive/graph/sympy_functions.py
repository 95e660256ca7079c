"""The grammar's functions as SymPy's, for reading and for differentiating. Importing this imports SymPy.

SymPy's own `Max`, `Abs` and `Piecewise` forget the order of their arguments or ask whether these are real, so
derivatives are taken of plain functions that state their partials themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import sympy

AT_ZERO = sympy.Symbol("AT_ZERO", real=True)
"""Stands for the convention of a derivative at a kink."""


class Sigmoid(sympy.Function):  # type: ignore[misc]
    """1/(1 + e^-x), with the derivative of textbooks (Bishop 2006, equation 4.88)."""

    nargs = 1

    def fdiff(self, _index: int = 1) -> sympy.Expr:
        """The partial: the function times one minus itself."""
        return self * (1 - self)

    def _eval_rewrite_as_exp(self, argument: sympy.Expr, **_: Any) -> sympy.Expr:
        return 1 / (1 + sympy.exp(-argument))

    def _eval_evalf(self, precision: int) -> sympy.Expr:
        return self.rewrite(sympy.exp)._eval_evalf(precision)  # noqa: SLF001 - SymPy's own protocol

    def _eval_is_extended_real(self) -> bool | None:
        return self.args[0].is_extended_real  # type: ignore[no-any-return]


class IsArgmax(sympy.Function):  # type: ignore[misc]
    """1 if the chosen argument is the first of the largest ones, else 0."""

    @classmethod
    def eval(cls, number: sympy.Expr, _largest: sympy.Expr, *candidates: sympy.Expr) -> sympy.Expr | None:
        """The number, once every candidate is one."""
        if not all(candidate.is_number for candidate in candidates):
            return None
        largest = sympy.Max(*candidates)
        return sympy.Integer(candidates.index(largest) == int(number) - 1)


class Equals(sympy.Function):  # type: ignore[misc]
    """1 if the first argument equals the number that is the second, else 0."""

    @classmethod
    def eval(cls, chosen: sympy.Expr, number: sympy.Expr) -> sympy.Expr | None:
        """The number, once the first argument is one."""
        return sympy.Integer(chosen == number) if chosen.is_number else None


class Take(sympy.Function):  # type: ignore[misc]
    """The argument, of those after the first, that the first one counts to."""

    @classmethod
    def eval(cls, chosen: sympy.Expr, *candidates: sympy.Expr) -> sympy.Expr | None:
        """The chosen one, once it is known which."""
        return candidates[int(chosen) - 1] if chosen.is_Integer and 0 < chosen <= len(candidates) else None

    def fdiff(self, index: int = 1) -> sympy.Expr:
        """The partial by one candidate: 1 if it is the chosen one."""
        return Equals(self.args[0], index - 1)


class Absolute(sympy.Function):  # type: ignore[misc]
    """|x| of a real number."""

    nargs = 1

    def fdiff(self, _index: int = 1) -> sympy.Expr:
        """The partial: the sign."""
        return sympy.sign(self.args[0])


class Rectified(sympy.Function):  # type: ignore[misc]
    """max(0, x), whose derivative at 0 is a convention."""

    nargs = 1

    def fdiff(self, _index: int = 1) -> sympy.Expr:
        """The partial: a gate."""
        return sympy.Heaviside(self.args[0], AT_ZERO)


class FirstMax(sympy.Function):  # type: ignore[misc]
    """The largest argument; of equal ones, the first."""

    def fdiff(self, index: int = 1) -> sympy.Expr:
        """The partial by one argument: 1 if it exceeds those before it and no later one exceeds it."""
        chosen = self.args[index - 1]
        before = [sympy.Heaviside(chosen - other, 0) for other in self.args[: index - 1]]
        return sympy.Mul(*before, *[sympy.Heaviside(chosen - other, 1) for other in self.args[index:]])


class FirstMin(sympy.Function):  # type: ignore[misc]
    """The smallest argument; of equal ones, the first."""

    def fdiff(self, index: int = 1) -> sympy.Expr:
        """The partial by one argument: 1 if those before it exceed it and it exceeds no later one."""
        chosen = self.args[index - 1]
        before = [sympy.Heaviside(other - chosen, 0) for other in self.args[: index - 1]]
        return sympy.Mul(*before, *[sympy.Heaviside(other - chosen, 1) for other in self.args[index:]])


class Branch(sympy.Function):  # type: ignore[misc]
    """One of two expressions by the sign of the first argument."""

    def _eval_derivative(self, symbol: sympy.Symbol) -> sympy.Expr:
        argument, above, below, at_zero = self.args
        up, down = above.diff(symbol), below.diff(symbol)
        return up if up == down else Branch(argument, up, down, at_zero)


class LogToBase(sympy.Function):  # type: ignore[misc]
    """The logarithm to a base that is a number."""

    nargs = 2

    def fdiff(self, _index: int = 1) -> sympy.Expr:
        """The partial by the first argument."""
        return 1 / (self.args[0] * sympy.log(self.args[1]))


def _case(argument: sympy.Expr, above: sympy.Expr, below: sympy.Expr, at_zero: sympy.Expr) -> sympy.Expr:
    """Two pieces; unevaluated, because SymPy would work a case inside the condition into a tangle of conditions."""
    condition = argument >= 0 if at_zero == 1 else argument > 0
    if condition in (True, False):
        return above if condition else below
    return sympy.Piecewise((above, condition), (below, True), evaluate=False)


_SYMPYS_OWN = ("cos", "erf", "exp", "floor", "log", "sign", "sin", "sqrt", "tan", "tanh")
"""Functions that SymPy has under the same name."""

PUBLIC: Mapping[str, Callable[..., sympy.Expr]] = MappingProxyType(
    {
        **{name: getattr(sympy, name) for name in _SYMPYS_OWN},
        "abs": sympy.Abs,
        "case": _case,
        "gate": sympy.Heaviside,
        "max": sympy.Max,
        "min": sympy.Min,
        "take": Take,
        "relu": lambda argument: sympy.Max(0, argument),
        "equals": Equals,
        "sigmoid": Sigmoid,
        "is_argmax": IsArgmax,
        "pi": lambda: sympy.pi,
    }
)
"""What a formula becomes for a reader of SymPy."""

_SMOOTH: Mapping[str, Any] = {
    "abs": Absolute,
    "case": Branch,
    "max": FirstMax,
    "min": FirstMin,
    "relu": Rectified,
}
SMOOTH: Mapping[str, Callable[..., sympy.Expr]] = MappingProxyType(
    {
        **PUBLIC,
        **_SMOOTH,
        "log": lambda argument, *base: LogToBase(argument, *base) if base else sympy.log(argument),
    }
)
"""What a formula becomes to be differentiated."""

NAMES: Mapping[Any, str] = MappingProxyType(
    {
        **{kind: name for name, kind in (*PUBLIC.items(), *_SMOOTH.items()) if isinstance(kind, type)},
        LogToBase: "log",
    }
)
"""The name of each SymPy function whose arguments are the grammar's."""

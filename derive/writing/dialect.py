"""Dialects: the pieces of text that formulas are printed with, in LaTeX or in plain text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

from derive.graph.functions import FUNCTIONS

_Table = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Numerals:
    """How a language writes numbers: the decimal mark, and the mark between numbers in a list."""

    decimal: str = "."
    list: str = ","


POINT = Numerals()
"""Numbers as problem files and traces write them."""


@dataclass(frozen=True, eq=False)
class Dialect:
    """How one target writes operations. Patterns hold a `%s` for each part.

    A selection that `functions`, `gates` and `cases` have no pattern for is written as what it selects.
    """

    times: str
    times_digits: str
    """What stands between factors where a digit would follow a digit."""
    power: str
    encloses_exponents: bool
    """Whether the pattern of a power shows where the exponent ends, so that it needs no parentheses."""
    quotient: str
    stacked: bool
    group: str
    tall_group: str
    tall_marks: tuple[str, ...]
    functions: _Table
    logarithm: str
    """A logarithm to the base `<base>`."""
    gates: _Table
    """How a gate is written, by its convention at 0."""
    cases: _Table
    """A case, by its convention at 0; its parts are the branch above, the argument, the branch below, the argument."""
    scientific: str
    """A number with a power of ten: mantissa and exponent."""
    named: str
    """A function with a name applied to its argument."""
    ellipsis: str
    """What stands for the middle of a long list."""
    decimal: str
    """What stands for the decimal point of a number."""
    separator: str
    """What stands between the arguments of a function, its space included."""
    unit_factors: bool = True
    first_wins: str = ""
    """How a selection says that of equal candidates the first wins; its parts are the largest of those before it, the
    candidate, the largest of all. Empty where no candidate is equal to another."""

    def number(self, text: str) -> str:
        """A number that is written with a decimal point, with this dialect's mark."""
        return text.replace(".", self.decimal)

    def grouped(self, text: str) -> str:
        """`text` in parentheses of the right height."""
        return (self.tall_group if self.is_tall(text) else self.group) % text

    def applied(self, pattern: str, inside: str) -> str:
        """A function's pattern around its arguments, its parentheses of the right height."""
        if self.is_tall(inside):
            opening, closing = self.tall_group.split("%s")
            pattern = pattern.replace("(", opening).replace(")", closing)
        return pattern % inside

    def is_tall(self, text: str) -> bool:
        """Whether `text` is higher than a line."""
        return any(mark in text for mark in self.tall_marks)


@dataclass(frozen=True)
class DialectPair:
    """A dialect for formulas in names and one for the same formulas in numbers."""

    names: Dialect
    numbers: Dialect
    product: str
    """How a power of ten is written in a number, with a `%s` for mantissa and exponent."""


_LATEX_FUNCTIONS = MappingProxyType(
    {
        "abs": r"\left|%s\right|",
        "cos": r"\cos(%s)",
        "erf": r"\mathrm{erf}(%s)",
        "exp": "e^{%s}",
        "floor": r"\left\lfloor %s \right\rfloor",
        "log": r"\ln(%s)",
        "max": r"\max(%s)",
        "min": r"\min(%s)",
        "pi": r"\pi%s",
        "relu": r"\max(0, %s)",
        "sigmoid": r"\sigma(%s)",
        "sin": r"\sin(%s)",
        "sqrt": r"\sqrt{%s}",
        "tan": r"\tan(%s)",
        "tanh": r"\tanh(%s)",
    }
)
_LATEX_SELECTIONS = MappingProxyType(
    {"take": "(%s)_{%s}", "equals": "[%s = %s]", "sign": r"\mathrm{sign}(%s)", "is_argmax": "[%s = %s]"}
)
_LATEX_GATES = MappingProxyType({"0": "[%s > 0]", "1": r"[%s \ge 0]"})
_LATEX_CASES = MappingProxyType(
    {
        "0": r"\begin{cases} %s & %s > %s \\ %s & %s \le %s \end{cases}",
        "1": r"\begin{cases} %s & %s \ge %s \\ %s & %s < %s \end{cases}",
    }
)
_NONE: _Table = MappingProxyType({})


@lru_cache(maxsize=64)
def telling_first(dialects: DialectPair) -> DialectPair:
    """The dialects for numbers among which several are the largest: a selection says that the first wins."""
    return replace(dialects, names=replace(dialects.names, first_wins="[%s < %s = %s]"))


@lru_cache(maxsize=64)
def latex(
    times_names: str,
    times_numbers: str,
    unit_factors: frozenset[str],
    *,
    stacked: bool,
    numerals: Numerals = POINT,
) -> DialectPair:
    """The LaTeX dialects of a notation; `unit_factors` holds `names` or `numbers` where a factor 1 is written."""
    functions = {
        name: pattern.replace(",", numerals.list) for name, pattern in {**_LATEX_FUNCTIONS, **_LATEX_SELECTIONS}.items()
    }

    def dialect(times: str, selections: _Table, gates: _Table, cases: _Table, *, units: bool) -> Dialect:
        return Dialect(
            times=times,
            times_digits=times_numbers,
            power="%s^{%s}",
            encloses_exponents=True,
            quotient=r"\frac{%s}{%s}" if stacked else "%s/%s",
            stacked=stacked,
            group="(%s)",
            tall_group=r"\left(%s\right)",
            tall_marks=(r"\frac", r"\dfrac", r"\begin"),
            functions=MappingProxyType({name: functions[name] for name in (*_LATEX_FUNCTIONS, *selections)}),
            logarithm=r"\log_{<base>}(%s)",
            gates=gates,
            cases=cases,
            scientific=r"%s \times 10^{%s}",
            named=r"\mathrm{%s}(%s)",
            ellipsis=r"\dots",
            decimal=latex_decimal(numerals),
            separator=f"{numerals.list} ",
            unit_factors=units,
        )

    names = dialect(times_names, _LATEX_SELECTIONS, _LATEX_GATES, _LATEX_CASES, units="names" in unit_factors)
    numbers = dialect(times_numbers, _NONE, _NONE, _NONE, units="numbers" in unit_factors)
    return DialectPair(names, numbers, numbers.scientific)


def latex_decimal(numerals: Numerals) -> str:
    """The decimal mark in mathematics: in braces, a comma has no space after it."""
    return "." if numerals.decimal == "." else f"{{{numerals.decimal}}}"


_PLAIN_FUNCTIONS = MappingProxyType(
    {
        **{name: f"{name}(%s)" for name in FUNCTIONS if not FUNCTIONS[name].selects},
        "pi": "pi%s",
        "relu": "max(0, %s)",
    }
)
_PLAIN_SELECTIONS = MappingProxyType(
    {"take": "(%s)[%s]", "equals": "[%s = %s]", "sign": "sign(%s)", "is_argmax": "[%s = %s]"}
)


def _plain(selections: _Table, gates: _Table, cases: _Table) -> Dialect:
    return Dialect(
        times=" * ",
        times_digits=" * ",
        power="%s^%s",
        encloses_exponents=False,
        quotient="%s/%s",
        stacked=False,
        group="(%s)",
        tall_group="(%s)",
        tall_marks=(),
        functions=MappingProxyType({**_PLAIN_FUNCTIONS, **selections}),
        logarithm="log(%s, <base>)",
        gates=gates,
        cases=cases,
        scientific="%se%s",
        named="%s(%s)",
        ellipsis="...",
        decimal=".",
        separator=", ",
    )


PLAIN = DialectPair(
    _plain(
        _PLAIN_SELECTIONS,
        MappingProxyType({"0": "[%s > 0]", "1": "[%s >= 0]"}),
        MappingProxyType({"0": "%s if %s > %s else %s", "1": "%s if %s >= %s else %s"}),
    ),
    _plain(_NONE, _NONE, _NONE),
    "%se%s",
)

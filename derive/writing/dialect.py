"""Dialects: the pieces of text that formulas are printed with, in LaTeX or in plain text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType


@dataclass(frozen=True, eq=False)
class Dialect:
    """How one target writes operations. Patterns hold a `%s` for each part."""

    times: str
    power: str
    quotient: str
    stacked: bool
    group: str
    tall_group: str
    tall_marks: tuple[str, ...]
    functions: Mapping[str, str]
    gates: Mapping[str, str]
    """How a gate is written, by its convention at 0; empty where gates are written as their number."""
    named: str
    """A function with a name applied to its argument."""
    unit_factors: bool = True

    def grouped(self, text: str) -> str:
        """`text` in parentheses of the right height."""
        return (self.tall_group if any(mark in text for mark in self.tall_marks) else self.group) % text


LATEX_FUNCTIONS = MappingProxyType({"exp": "e^{%s}", "tanh": r"\tanh(%s)", "max": r"\max(%s)"})
_PLAIN_FUNCTIONS = MappingProxyType({"exp": "exp(%s)", "tanh": "tanh(%s)", "max": "max(%s)"})


@dataclass(frozen=True)
class DialectPair:
    """A dialect for formulas in names and one for the same formulas in numbers."""

    names: Dialect
    numbers: Dialect
    product: str
    """How a power of ten is written in a number, with a `%s` for mantissa and exponent."""


@lru_cache(maxsize=64)
def latex(times_names: str, times_numbers: str, unit_factors: frozenset[str], *, stacked: bool) -> DialectPair:
    """The LaTeX dialects of a notation; `unit_factors` holds `names` or `numbers` where a factor 1 is written."""

    def dialect(times: str, gates: Mapping[str, str], *, units: bool) -> Dialect:
        return Dialect(
            times=times,
            power="%s^{%s}",
            quotient=r"\frac{%s}{%s}" if stacked else "%s/%s",
            stacked=stacked,
            group="(%s)",
            tall_group=r"\left(%s\right)",
            tall_marks=(r"\frac", r"\dfrac"),
            functions=LATEX_FUNCTIONS,
            gates=gates,
            named=r"\mathrm{%s}(%s)",
            unit_factors=units,
        )

    gates = MappingProxyType({"0": "[%s > 0]", "1": r"[%s \ge 0]"})
    names = dialect(times_names, gates, units="names" in unit_factors)
    numbers = dialect(times_numbers, MappingProxyType({}), units="numbers" in unit_factors)
    return DialectPair(names, numbers, r"%s \times 10^{%s}")


def _plain(gates: Mapping[str, str]) -> Dialect:
    return Dialect(
        times=" * ",
        power="%s^%s",
        quotient="%s/%s",
        stacked=False,
        group="(%s)",
        tall_group="(%s)",
        tall_marks=(),
        functions=_PLAIN_FUNCTIONS,
        gates=gates,
        named="%s(%s)",
    )


PLAIN = DialectPair(
    _plain(MappingProxyType({"0": "[%s > 0]", "1": "[%s >= 0]"})), _plain(MappingProxyType({})), "%se%s"
)

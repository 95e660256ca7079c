"""The rounding policy in a spreadsheet: formulas that round, and number formats that show.

A number format rounds half up and knows no significant figures, so that a number is shown by conditional formats where
its decimals depend on its size, and in a cell of its own where it is cut off or rounded to even only for show.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from derive.arithmetic.rounding import Mode, Policy, Precision, Small, Zeros

GUARD = 8
"""Decimals beyond the last one that stays: what is settled to so many has lost the noise of binary numbers, and a tie
is a tie. Excel and LibreOffice undo that noise only where it is small beside the result, so not after a difference."""
MOST_DECIMALS = 15
FIGURES_OF_SMALL = 3
LONGEST_SMALL = 12
"""Plain digits are written of numbers down to 1e-12; smaller ones with a power of ten."""
_MORE = "#" * 12


def needs_unrounded(policy: Policy) -> bool:
    """Whether a rounded number is worked from a cell that holds the unrounded one.

    That is so where the rounding formula mentions it more than once, or where a number format cannot round so.
    """
    if not policy.carries_rounded:
        return policy.mode is not Mode.HALF_UP
    every = (policy.precision, *(override.precision for override in policy.overrides))
    return policy.mode is Mode.HALF_EVEN or bool(policy.states) or any(precision.significant for precision in every)


def settled(number: str, precision: Precision) -> str:
    """A formula for `number`, a formula itself, without the noise of binary numbers."""
    count = MOST_DECIMALS - 1 if precision.significant else min(precision.count + GUARD, MOST_DECIMALS)
    return f"ROUND({number},{count})"


def rounded(number: str, precision: Precision, mode: Mode) -> str:
    """A formula for `number`, a formula itself, rounded; it is mentioned once unless `needs_unrounded`."""
    if not precision.significant:
        most = min(precision.count + GUARD, MOST_DECIMALS)
        return _MODES[mode].format(x=number, p=precision.count, q=most)
    places = f"({precision.count - 1}-INT(LOG10(ABS({number}))))"
    return f"IF({number}=0,0,{_MODES[mode].format(x=number, p=places, q=f'({places}+{GUARD})')})"


_TIE = "ABS(ABS({x}*10^{p}-TRUNC({x}*10^{p}))-0.5)<0.000000001"
_MODES = {
    Mode.HALF_UP: "ROUND(ROUND({x},{q}),{p})",
    Mode.CUT: f"TRUNC(ROUND(({{x}})*10^{{p}},{GUARD}))/10^{{p}}",
    Mode.HALF_EVEN: f"IF({_TIE},2*ROUND({{x}}*10^{{p}}/2,0)/10^{{p}},ROUND({{x}},{{p}}))",
}


def shown(number: str, precision: Precision, policy: Policy) -> str:
    """A formula for what is shown of `number`, a cell that is carried unrounded; a small one keeps three figures."""
    usual = rounded(number, precision, policy.mode)
    small = rounded(number, Precision(FIGURES_OF_SMALL, significant=True), policy.mode)
    return f"IF(AND({number}<>0,{usual}=0),{small},{usual})"


@dataclass(frozen=True)
class NumberFormat:
    """How a cell shows its number; `cases` are conditions on the cell, `{x}` in them, with another format each."""

    usual: str
    cases: tuple[tuple[str, str], ...] = ()


def number_format(precision: Precision, policy: Policy, unrounded: str = "", *, tiny: bool = False) -> NumberFormat:
    """How a worked number is shown; `unrounded` is a formula for it before rounding, `tiny` whether it is below 1e-12.

    Other numbers so small are the noise of binary ones, and are shown as zero. Where zeros depend on whether a number
    was rounded, and only another sheet knows, they are kept.
    """
    count = precision.count
    vanishing = f"0.{'0' * (count - 1 if precision.significant else 2)}E+0" if tiny else _zero(count, policy)
    if precision.significant:
        found = _of_figures(count, policy, vanishing)
    else:
        found = chain(_of_small(count, policy, vanishing), _without_zeros(count, policy, unrounded))
    cases = tuple((condition, signed(code)) for condition, code in found)
    return NumberFormat(signed(_decimals(count, policy.zeros)), cases)


Cases = Iterator[tuple[str, str]]


def _zero(count: int, policy: Policy) -> str:
    return "0" if policy.zeros is Zeros.DROP else _decimals(count, Zeros.KEEP)


def _without_zeros(count: int, policy: Policy, unrounded: str) -> Cases:
    """Whole numbers without a decimal point where zeros are dropped; `inexact` keeps those of rounded numbers."""
    if policy.zeros is Zeros.KEEP or not count or (policy.zeros is Zeros.INEXACT and needs_unrounded(policy)):
        return
    nearest = f"ROUND({{x}},{count})"
    whole = f"{nearest}=ROUND({{x}},0)"
    exact = f"ABS({unrounded if policy.carries_rounded else nearest}-{{x}})<0.000000000001"
    if policy.zeros is Zeros.DROP:
        yield whole, "0"
    else:
        yield f"AND({exact},{whole})", "0"
        yield exact, _decimals(count, Zeros.DROP)


def _of_small(count: int, policy: Policy, vanishing: str) -> Cases:
    """Numbers that would be shown as zero and are not, from the smallest up; where zero is carried there are none.

    Where a cell of its own holds what is shown, it is zero, small, or at least 1 in the last place.
    """
    if policy.carries_rounded:
        return
    vanishes = f"ABS({{x}})<0.9999*10^-{count}" if needs_unrounded(policy) else f"ROUND({{x}},{count})=0"
    yield "{x}=0", _zero(count, policy)
    if count < LONGEST_SMALL:
        yield f"ABS({{x}})<10^-{LONGEST_SMALL}", vanishing
    if policy.small is Small.SCIENTIFIC or count >= LONGEST_SMALL:
        yield vanishes, "0.00E+0"
        return
    for place in range(LONGEST_SMALL, count, -1):
        below = f"ABS({{x}})<9.995*10^-{place}" if place > count + 1 else vanishes
        yield below, _decimals(place + FIGURES_OF_SMALL - 1, policy.zeros, place)


def _of_figures(count: int, policy: Policy, vanishing: str) -> Cases:
    """Significant figures: as many decimals as the size of a number leaves."""
    yield "{x}=0", _zero(count, policy)
    yield f"ABS({{x}})<10^-{LONGEST_SMALL}", vanishing
    if policy.zeros is Zeros.DROP:
        yield f"ROUND({{x}},{count})=ROUND({{x}},0)", "0"
    top = f"9.{'9' * (count - 1)}5"
    for size in range(-LONGEST_SMALL, count - 1):
        yield f"ABS({{x}})<{top}*10^{size}", _decimals(count - 1 - size, policy.zeros)
    if not policy.carries_rounded:
        yield f"ABS({{x}})>={top}*10^{count - 1}", f"0.{'0' * (count - 1)}E+0"
    yield "TRUE", "0"


def _decimals(count: int, zeros: Zeros, kept: int = 0) -> str:
    """A number format of so many decimals, of which so many are kept in any case."""
    if not count:
        return "0"
    least = count if zeros is not Zeros.DROP else kept
    return "0." + "0" * least + "#" * (count - least)


def written(text: str) -> str:
    """The number format of a given number: as it was written, and with more digits where others are put in."""
    mantissa, _, exponent = text.lstrip("-").partition("e")
    whole, _, decimals = mantissa.partition(".")
    if exponent:
        return signed(f"0.{'0' * len(decimals)}E+0") if decimals else signed("0E+0")
    if decimals and (decimals.endswith("0") or (not whole.strip("0") and decimals.startswith("0000"))):
        return signed("0." + "0" * len(decimals) + _MORE)
    return signed("General")


def signed(code: str) -> str:
    """A number format that leaves room for a minus, so that digits stand below digits."""
    return f"_-{code};-{code}"

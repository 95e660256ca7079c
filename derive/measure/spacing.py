"""The space between atoms, by their classes."""

from __future__ import annotations

from types import MappingProxyType

from derive.measure.atoms import Atom, Class, Run, Style
from derive.measure.fonts import font

_BETWEEN = ("01mt000a", "11*t000a", "mm**m**m", "tt*0t00t", "00*00000", "01mt000a", "aa*aaaaa", "a1mta0aa")
"""The space between neighbours by class: thin (1), and, in text only, thin (a), medium (m) and thick (t)."""
_MU = MappingProxyType({"1": 3, "a": 3, "m": 4, "t": 5, "0": 0, "*": 0})


def classes(items: Run) -> list[Class | None]:
    """The class of each item; a sign that nothing stands before, or after, is ordinary."""
    found: list[Class | None] = [item.kind if isinstance(item, Atom) else None for item in items]
    last = -1
    unary = frozenset({Class.BINARY, Class.OPERATOR, Class.RELATION, Class.OPENING, Class.PUNCTUATION})
    for index, kind in enumerate(found):
        if kind is None:
            continue
        before = found[last] if last >= 0 else Class.OPENING
        if kind is Class.BINARY and before in unary:
            found[index] = Class.ORDINARY
        elif kind in (Class.RELATION, Class.CLOSING, Class.PUNCTUATION) and before is Class.BINARY:
            found[last] = Class.ORDINARY
        last = index
    if last >= 0 and found[last] is Class.BINARY:
        found[last] = Class.ORDINARY
    return found


def gap(before: Class, after: Class, style: Style) -> int:
    """The space between two classes, in mu."""
    kind = _BETWEEN[before][after]
    return 0 if style >= Style.SCRIPT and kind in "amt" else _MU[kind]


def mu_points(amount: float, style: Style) -> float:
    """So many mu of a style, in points."""
    return amount * font("symbols", style.size).quad / 18 if amount else 0.0

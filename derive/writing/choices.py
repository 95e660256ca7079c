"""The notation of a problem: its base, read from a file, with the choices of the problem file put on top."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from derive.graph.quantity import Kind
from derive.problem.notation import NotationChoice
from derive.writing.notation import DELTA, Notation, Products, notation
from derive.writing.scripts import latex_letter

_MARKS = MappingProxyType(
    {
        "parentheses": "^{(<%s>)}",
        "brackets": "^{[<%s>]}",
        "angles": r"^{\langle <%s> \rangle}",
        "above": "^{<%s>}",
        "below": "_{<%s>}",
    }
)
_DERIVATIVES = MappingProxyType(
    {
        "partial": r"\frac{\partial <of>}{\partial <by>}",
        "straight": r"\frac{\mathrm{d}<of>}{\mathrm{d}<by>}",
    }
)
_PRODUCTS = MappingProxyType(
    {
        "cross": Products(names=r" \times ", numbers=r" \times "),
        "dot": Products(names=r" \cdot ", numbers=r" \cdot "),
        "plain": Products(names=r" \, ", numbers=r" \times "),
    }
)
_SAME_WORD = ("index_order", "numbering", "update", "bias", "product", "layout")


def chosen(choice: NotationChoice) -> Notation:
    """The notation that a problem chooses. Raises `InputError` if its base cannot be read."""
    base = notation(choice.base)
    stated = choice.stated
    changes: dict[str, Any] = {key: stated[key] for key in _SAME_WORD if key in stated}
    for key, field in (("layers", "layer"), ("time", "time"), ("samples", "sample")):
        if key in stated:
            changes[field] = _MARKS[stated[key]] % field
    if "derivative" in stated:
        changes["derivative"] = _DERIVATIVES[stated["derivative"]]
    if "products" in stated:
        changes["products"] = _PRODUCTS[stated["products"]]
    if "first_index" in stated:
        changes["first_index"] = int(stated["first_index"])
    if choice.function is not None:
        changes["activation"] = latex_letter(choice.function)
    changes.update(_letters(base, choice.letters))
    if "delta" in stated:
        letter = changes.get("delta", base.delta) or DELTA
        changes["delta"] = letter if stated["delta"] == "delta" else ""
    return base.model_copy(update=changes)


def _letters(base: Notation, stated: Mapping[str, str]) -> dict[str, Any]:
    """The letters of kinds, of whole blocks and of named quantities; a matrix takes the capital of its entries'."""
    kinds = {Kind(key): name for key, name in stated.items() if key in list(Kind)}
    letters = {kind: latex_letter(name) for kind, name in kinds.items()}
    capitals = {kind: latex_letter(_capital(name)) for kind, name in kinds.items() if kind in base.matrices}
    names = {key: latex_letter(name) for key, name in stated.items() if key not in list(Kind)}
    delta = {"delta": letters[Kind.DELTA]} if Kind.DELTA in letters else {}
    return {
        "letters": {**base.letters, **letters},
        "matrices": {**base.matrices, **capitals},
        "names": {**base.names, **names},
        **delta,
    }


def _capital(name: str) -> str:
    """`W` for `w`, `Theta` for `theta`; a name whose capital is not a letter of its own stays."""
    capital = name[0].upper() + name[1:]
    plain = len(name.rstrip("0123456789_*'")) == 1
    return capital if plain or latex_letter(capital).startswith("\\" + capital[:2]) else name

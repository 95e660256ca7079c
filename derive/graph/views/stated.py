"""An equation that a layer states: an array by its index form, and what the catalog knows about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from derive.graph.quantity import Kind
from derive.graph.rule import Rule
from derive.graph.views.language import ViewEquation, parse_index_form

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Stated:
    """`text` gives an array in index form; `kind`, `letter` and `tag` are those of its block.

    Without a `kind` the array is the layer's result. The rule of its entries is found from the text: `sum(w*x)+b`
    for `s[j] = sum(i, w[i,j]*x[i]) + b[j]`. Its slots are named after the arrays, without what follows `_` where that
    leaves no two alike; so are those of `textbook`, the partials in a textbook's form, and `detached`, the arrays that
    no gradient flows through. `names` is what the rule is called, or its name by its formula where terms fall away
    with arrays that a layer does not have. `rule` is a rule with facts of its own, which the text has to agree with.
    `worked` is the index form that the entries are worked by where pages show another.
    """

    text: str
    kind: Kind | None = None
    letter: str = ""
    tag: str = ""
    names: str | Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    textbook: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    detached: frozenset[str] = frozenset()
    rule: Rule | None = None
    worked: str = ""

    def __hash__(self) -> int:
        return hash((self.text, self.worked, self.tag))

    @property
    def equation(self) -> ViewEquation:
        """The equation that the entries are worked by. Raises `FormulaError` for a text outside the language."""
        return parse_index_form(self.worked or self.text)

    @property
    def of(self) -> str:
        """The array that it gives."""
        return self.equation.of

    @property
    def names_of_arrays(self) -> tuple[str, ...]:
        """The names in the equation."""
        return names_in(self.worked or self.text)

    def name(self, formula: str) -> str:
        """What a rule of this formula is called."""
        return self.names if isinstance(self.names, str) else self.names.get(formula, formula)


@lru_cache(maxsize=1024)
def names_in(text: str) -> tuple[str, ...]:
    """The names of arrays, and of whatever else stands alone, in an equation in index form."""
    return parse_index_form(text).names()

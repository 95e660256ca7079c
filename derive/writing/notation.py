"""Notations: letters, indices, derivatives and signs, read from a file that an instructor may copy and edit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from derive.graph.quantity import Block, Kind
from derive.sources import assets
from derive.sources.marked import Path_, read
from derive.sources.tex_words import formula_refusals
from derive.sources.validate import Model, validate
from derive.writing import dialect
from derive.writing.dialect import POINT, DialectPair, Numerals
from derive.writing.scripts import latex_letter

_NEEDED = (
    Kind.INPUT,
    Kind.TARGET,
    Kind.LEARNING_RATE,
    Kind.WEIGHT,
    Kind.BIAS,
    Kind.PRE_ACTIVATION,
    Kind.ACTIVATION,
    Kind.OUTPUT,
    Kind.LOSS,
)
DELTA = r"\delta"
"""The letter of the adjoint of a pre-activation where one is needed and the notation has none."""

_PLACEHOLDERS = {
    "index": ["<index>"],
    "layer": ["<layer>"],
    "time": ["<time>"],
    "sample": ["<sample>"],
    "tag": ["<tag>"],
    "derivative": ["<of>", "<by>"],
    "local_derivative": ["<of>", "<by>"],
    "transpose": ["%s"],
}

_PLACEHOLDER = re.compile(r"<(?:index|layer|time|sample|tag|of|by|iteration)>|%s")


class Products(Model):
    """How a product is written between names and between numbers, and where a factor 1 is written."""

    names: str = r" \, "
    numbers: str = r" \times "
    unit_factors: tuple[Literal["names", "numbers"], ...] = ()


class Notation(Model):
    """The choices of a notation file. Patterns hold `<placeholders>`; everything else is LaTeX.

    `letters` are those of single entries, `matrices` those of whole blocks where they differ, `names` those of
    quantities to which a layer gives a letter (`xhat`). A kind without a letter is written as its formula.
    """

    describes: str
    letters: dict[Kind, str]
    matrices: Mapping[Kind, str] = Field(default_factory=dict)
    names: Mapping[str, str] = Field(default_factory=dict)
    index: str = "_{<index>}"
    index_order: Literal["from-to", "to-from"] = "from-to"
    numbering: Literal["indices", "through"] = "indices"
    """`through` counts weights, and biases, over all layers, in the order of the indices."""
    first_index: Literal[0, 1] = 1
    single_index: bool = True
    layer: str = "^{(<layer>)}"
    time: str = r"^{\langle <time> \rangle}"
    sample: str = "^{[<sample>]}"
    tag: str = "^{<tag>}"
    layered: tuple[Kind, ...] = ()
    layer_numbers: Literal["always", "several"] = "several"
    iteration: str = ""
    delta_iteration: str = ""
    derivative: str
    local_derivative: str = r"\frac{\partial <of>}{\partial <by>}"
    """How the partial of one step by one of its operands is written, all else held fixed."""
    delta: str = ""
    products: Products = Products()
    update: Literal["arrow", "equals"] = "arrow"
    dotted_equals: tuple[Kind, ...] = ()
    bias: Literal["separate", "augmented"] = "separate"
    transpose: str = r"%s^{\mathsf T}"
    product: Literal["W^T x", "W x", "x W"] = "W^T x"
    layout: Literal["denominator", "numerator"] = "denominator"
    """Whether a gradient in matrices has the shape of what it is taken by, or of its transpose."""
    updated: str = r"^{\,\mathrm{new}}"
    """What marks an updated parameter where a line mentions it beside the old one."""
    elementwise: str = r" \odot "
    activation: str = "f"
    """The letter of the activation as a function; its derivative is this letter with a prime."""
    activations: Mapping[str, str] = Field(default_factory=dict)
    """What stands inside a unit's circle for each activation, where sum and activation are drawn apart."""

    @field_validator("letters")
    @classmethod
    def _has_needed_letters(cls, letters: Mapping[Kind, str]) -> Mapping[Kind, str]:
        missing = [kind.value for kind in _NEEDED if not letters.get(kind)]
        if missing:
            raise ValueError(f"expected a letter for {', '.join(missing)} too")
        return letters

    @field_validator("index", "layer", "time", "sample", "tag", "derivative", "local_derivative", "transpose")
    @classmethod
    def _has_placeholders(cls, pattern: str, info: ValidationInfo) -> str:
        missing = [mark for mark in _PLACEHOLDERS[str(info.field_name)] if pattern.count(mark) != 1]
        if missing:
            raise ValueError(f"expected a pattern that holds {' and '.join(missing)} once")
        return pattern

    def letter(self, block: Block) -> str:
        """The letter of a block's entries; empty for a kind that is written as its formula."""
        if self.names_whole(block):
            return self.names[block.own_letter + block.tag]
        if block.letter:
            return self.names.get(block.letter) or latex_letter(block.letter)
        found = self.letters.get(block.kind)
        if found is None:
            return "" if block.kind in (Kind.ERROR, Kind.SQUARED_ERROR) else latex_letter(block.own_letter)
        return found

    def names_whole(self, block: Block) -> bool:
        """Whether `names` has a letter for a block that a layer gives its own letter or tag, the tag included."""
        return bool(block.letter or block.tag) and block.own_letter + block.tag in self.names

    def matrix_letter(self, block: Block) -> str:
        """The letter of a whole block."""
        return (
            self.matrices.get(block.kind, "")
            if not block.letter and not self.names_whole(block) and block.kind in self.matrices
            else (self.letter(block) or block.name)
        )

    def carries_layer(self, block: Block, *, several: bool) -> bool:
        """Whether a block's symbol carries the number of its layer; `several` is whether there is more than one."""
        if block.kind not in self.layered and block.kind in _NEEDED:
            return False
        wanted = block.layer or block.kind in self.layered
        return bool(wanted) and (several or self.layer_numbers == "always")

    def dialects(self, *, stacked: bool, numerals: Numerals = POINT) -> DialectPair:
        """The LaTeX dialects that this notation prints formulas in, with a language's way of writing numbers."""
        products = self.products
        units = frozenset(products.unit_factors)
        return dialect.latex(products.names, products.numbers, units, stacked=stacked, numerals=numerals)


def fill(pattern: str, **parts: object) -> str:
    """The pattern with each `<name>` replaced by its part."""
    for name, part in parts.items():
        pattern = pattern.replace(f"<{name}>", str(part))
    return pattern


@lru_cache(maxsize=32)
def notation(name: str) -> Notation:
    """The notation of that name or at that path. Raises `InputError`, also for TeX that is no mathematics."""
    path = assets.find("notations", name)
    marked = read(path)
    own = path.resolve().is_relative_to(assets.templates().resolve())
    return validate(Notation, marked, () if own else tuple(_foreign_words(marked.tree)))


def _foreign_words(tree: Any, place: Path_ = ()) -> Iterator[tuple[Path_, str]]:
    """Every text of a notation's tree that says more to TeX than mathematics, with its path."""
    if isinstance(tree, dict):
        for key, inner in tree.items():
            if place or key != "describes":
                yield from _foreign_words(inner, (*place, str(key)))
    elif isinstance(tree, list):
        for index, inner in enumerate(tree):
            yield from _foreign_words(inner, (*place, index))
    elif isinstance(tree, str):
        for one in formula_refusals(_PLACEHOLDER.sub("{}", tree)):
            yield place, f"{one.word} in {tree!r}: {one.reason}; `templates/tex-words.yaml` lists the words of formulas"
            return

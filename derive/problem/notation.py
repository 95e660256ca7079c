"""The notation of a problem: one of the notation files, and single choices put on top of it.

Everything here is a word from a list or a plain name, never TeX; `derive.writing.choices` turns it into LaTeX.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from derive.sources.fields import OrName, Text, choice
from derive.sources.validate import Model, mistake

LETTER = re.compile(r"[A-Za-z]{1,20}(_?\d{1,3})?[*']?", re.ASCII)
"""A plain name: letters, a number, a star or a prime."""


_GREEK = re.compile(r"GREEK (?P<size>SMALL|CAPITAL) LETTER (?:FINAL )?(?P<name>[A-Z]+)")


def _spelled(character: str) -> str:
    """The name of a Greek letter, such as theta or Theta; any other character as it is."""
    match = _GREEK.fullmatch(unicodedata.name(character, ""))
    if match is None:
        return character
    name = match["name"].lower().replace("lamda", "lambda")
    return name if match["size"] == "SMALL" else name.capitalize()


def _to_letter(value: Any) -> str:
    text = "".join(map(_spelled, unicodedata.normalize("NFKC", str(value)))).replace("\N{PRIME}", "'")
    if not LETTER.fullmatch(text):
        raise mistake(f"expected a plain name such as z, alpha, xhat, net, w0 or y*, not {text!r}")
    return text


Letter = Annotated[str, BeforeValidator(_to_letter), WithJsonSchema({"type": "string", "pattern": LETTER.pattern})]
Mark = Literal["parentheses", "brackets", "angles", "above", "below"]
"""Where a number stands that says which layer, time step or sample a quantity belongs to."""


class NotationChoice(Model):
    """A notation file (`base`: a name or a path) and the choices that replace its own.

    `letters` maps a kind of quantity, or the letter that a layer gives to one of its quantities in the trace
    (`xhat`, `theta`), to a plain name. What is not chosen is as the base has it.
    """

    base: Text = "partials"
    letters: dict[str, Letter] = Field(default_factory=dict)
    index_order: Literal["from-to", "to-from"] | None = None
    numbering: Literal["indices", "through"] | None = None
    first_index: Annotated[Literal["0", "1"], BeforeValidator(str), choice("0", "1")] | None = None
    layers: Mark | None = None
    time: Mark | None = None
    samples: Mark | None = None
    derivative: Literal["partial", "straight"] | None = None
    delta: Literal["delta", "none"] | None = None
    products: Literal["cross", "dot", "plain"] | None = None
    update: Literal["arrow", "equals"] | None = None
    bias: Literal["separate", "augmented"] | None = None
    product: Literal["W^T x", "W x", "x W"] | None = None
    layout: Literal["numerator", "denominator"] | None = None
    function: Letter | None = None

    @property
    def stated(self) -> dict[str, str]:
        """The choices that were made, letters apart, in the order of the keys."""
        keys = (key for key in NotationChoice.model_fields if key not in ("base", "letters", "function"))
        return {key: str(getattr(self, key)) for key in keys if getattr(self, key) is not None}


NotationOrName = Annotated[NotationChoice, OrName("base")]

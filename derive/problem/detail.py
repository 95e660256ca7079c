"""What the lines of a document are: entries or whole arrays, with formula or numbers, with the chain rule or not."""

from __future__ import annotations

from typing import Literal, get_args

from derive.errors import InputError
from derive.sources.validate import Model, suggestion

Show = Literal["formula", "numbers", "both"]
Lines = Literal["arrays", "scalars"]
_CHAIN = {"chain": True, "no-chain": False}


class Detail(Model):
    """What stands between a quantity and its result; what is not stated is left to the style.

    `show` is the right side in names, the same with the numbers in, or both. `chain_rule` is whether a partial begins
    with the chain rule spelled out in local partials. `lines` is whether a round is worked in whole arrays or entry by
    entry.
    """

    show: Show | None = None
    chain_rule: bool | None = None
    lines: Lines | None = None

    def over(self, other: Detail) -> Detail:
        """These choices, and those of `other` where nothing is chosen."""
        return other.model_copy(update=self.model_dump(exclude_none=True))

    @property
    def has_formula(self) -> bool:
        """Whether right sides in names are shown."""
        return self.show != "numbers"

    @property
    def has_numbers(self) -> bool:
        """Whether right sides with the numbers in are shown."""
        return self.show != "formula"


def read_detail(text: str) -> Detail:
    """The detail that words of the command line choose: `formula`, `numbers,chain`, `arrays`. Raises `InputError`."""
    chosen: dict[str, object] = {}
    for word in (part.strip() for part in text.split(",")):
        if word in _CHAIN:
            chosen["chain_rule"] = _CHAIN[word]
        elif word in get_args(Show):
            chosen["show"] = word
        elif word in get_args(Lines):
            chosen["lines"] = word
        else:
            known = (*get_args(Show), *get_args(Lines), *_CHAIN)
            raise InputError.single(f"--detail: unknown {word!r}{suggestion(word, known)}")
    return Detail.model_validate(chosen)

"""The equations of a layer with its activations put in: no activation falls away, a softmax is written out."""

from __future__ import annotations

import re

from derive.catalog.layers.activated import activations
from derive.catalog.layers.base import Layer


def stated_forms(layer: Layer) -> tuple[str, ...]:
    """The equations of a layer in which every activation is a function of one number, and no function does nothing."""
    texts = tuple(one.text for one in layer.stated())
    for option, choice in activations(layer):
        if choice.name == "softmax":
            texts = tuple(with_softmax(text, option) for text in texts)
        elif choice.name in ("identity", "none"):
            texts = tuple(re.sub(rf"\b{option}\(([^()]*)\)", r"\1", text) for text in texts)
    return texts


def with_softmax(text: str, option: str) -> str:
    """An equation of a softmax over the last index."""
    applied = re.fullmatch(rf"(\w+)\[(.*)\] = {option}\((\w+)\[.*\]\)", text)
    if applied is None:
        return text
    result, indices, sums = applied.groups()
    return f"{result}[{indices}] = exp({sums}[{indices}])/sum(m, exp({sums}[{_other(indices)}]))"


def _other(indices: str) -> str:
    """The indices of another member of the same vector."""
    return re.sub(r"\w+$", "m", indices)

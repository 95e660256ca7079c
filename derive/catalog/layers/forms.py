"""The equations of a layer with its activations put in: no activation falls away, a softmax is written out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from derive.catalog.layers.activated import ActivationModel
from derive.catalog.layers.base import Forms, Layer


def stated_forms(layer: Layer) -> Forms:
    """The equations of a layer in which every activation is a function of one number, and no function does nothing."""
    forms = layer.forms()
    for option, choice in activations(layer):
        if choice.name == "softmax":
            forms = forms.changed(lambda text, option=option: _with_softmax(text, option))  # type: ignore[misc]
        elif choice.name in ("identity", "none"):
            forms = forms.changed(lambda text, option=option: _linear(text, option))  # type: ignore[misc]
    return forms


def activations(layer: Layer) -> Iterator[tuple[str, ActivationModel]]:
    """The options of a layer that choose an activation, and what they choose."""
    for key in type(layer).model_fields:
        choice = getattr(layer, key)
        if isinstance(choice, ActivationModel):
            yield key, choice


def _linear(text: str, option: str) -> str:
    """An equation with the identity for an activation."""
    return re.sub(rf"\b{option}\(([^()]*)\)", r"\1", text)


def _with_softmax(text: str, option: str) -> str:
    """An equation of a softmax over the last index."""
    applied = re.fullmatch(rf"(\w+)\[(.*)\] = {option}\((\w+)\[.*\]\)", text)
    if applied is None:
        return text
    result, indices, sums = applied.groups()
    return f"{result}[{indices}] = exp({sums}[{indices}])/sum(m, exp({sums}[{_other(indices)}]))"


def _other(indices: str) -> str:
    """The indices of another member of the same vector."""
    return re.sub(r"\w+$", "m", indices)

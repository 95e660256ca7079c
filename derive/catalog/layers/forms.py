"""The views of a layer with its activations put in: no activation falls away, a softmax is written out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from derive.catalog.layers.activated import ActivationModel
from derive.catalog.layers.base import Forms, Layer


def stated_forms(layer: Layer) -> Forms:
    """The views of a layer in which every activation is a function of one number, and no function does nothing."""
    forms = layer.forms()
    for option, choice in activations(layer):
        if choice.name == "softmax":
            forms = forms.changed(lambda text, option=option: _with_softmax(text, option))  # type: ignore[misc]
        elif choice.name in ("identity", "none"):
            forms = forms.changed(lambda text, option=option: _linear(text, option))  # type: ignore[misc]
        for constant in choice.trainable:
            forms = _with_constant(forms, option, constant)
    return forms


def activations(layer: Layer) -> Iterator[tuple[str, ActivationModel]]:
    """The options of a layer that choose an activation, and what they choose."""
    for key in type(layer).model_fields:
        choice = getattr(layer, key)
        if isinstance(choice, ActivationModel):
            yield key, choice


def _linear(text: str, option: str) -> str:
    """An equation with the identity for an activation."""
    text = re.sub(rf" \.\* {option}'\([^()]*\)", "", text)
    return re.sub(rf"\b{option}\(([^()]*)\)", r"\1", text)


def _with_softmax(text: str, option: str) -> str:
    """An equation of a softmax: over the last index in index form, of a column as a matrix."""
    applied = re.fullmatch(rf"(\w+)(?:\[(.*)\])? = {option}\((\w+)(?:\[.*\])?\)", text)
    if applied is not None:
        result, indices, sums = applied.groups()
        if indices is None:
            return f"{result} = softmax({sums})"
        return f"{result}[{indices}] = exp({sums}[{indices}])/sum(m, exp({sums}[{_other(indices)}]))"
    slope = re.fullmatch(rf"d(\w+) = d(\w+) \.\* {option}'\(.*\)", text)
    if slope is None:
        return text
    sums, result = slope.groups()
    return f"d{sums} = {result} .* d{result} - {result}*(T({result})*d{result})"


def _other(indices: str) -> str:
    """The indices of another member of the same vector."""
    return re.sub(r"\w+$", "m", indices)


def _with_constant(forms: Forms, option: str, constant: str) -> Forms:
    """The forms and what reaches a constant of an activation that is trained."""
    matrices = list(forms.backward_matrices)
    for text in forms.matrices:
        applied = re.fullmatch(rf"(\w+) = {option}\((\w+)\)", text)
        if applied is not None:
            result, sums = applied.groups()
            matrices.append(f"d{constant} = sum(d{result} .* {option}'{constant}({sums}))")
    return replace(forms, backward_matrices=tuple(matrices))

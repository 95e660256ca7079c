"""Layers as one expression of PyTorch's that the layer states, over the arrays and sizes of its equations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from derive.exports.pytorch.layer_equations import LayerEquation
from derive.exports.pytorch.pieces import Piece
from derive.exports.pytorch.texts import filled
from derive.exports.pytorch.variables import Variables, reshaping
from derive.graph.tensor import Shape


def call_value(use: LayerEquation, variables: Variables, shape: Shape) -> Piece:
    """A layer's expression for the samples of a batch together, one call each, as an array of a shape.

    Raises `StatedTextError` where the expression is none, or names what the layer does not have.
    """
    sizes = use.applications[0].numbers
    text, sizes = (
        _padded(use.call, sizes, use.shape[len(use.batch) + 1 :]) if use.layer.has_windows else (use.call, sizes)
    )
    samples = replace(use, batch=_samples(use))
    arrays = use.applications[0].tensors
    names = {name for one in use.layer.forward for name in one.names_of_arrays}
    own = {name: _array(samples, name, variables) for name in arrays.keys() & set(re.findall(r"[A-Za-z_]\w*", text))}
    whole = filled(text, {**sizes, **own}, names - arrays.keys() - sizes.keys())
    axes = tuple(range(len(shape)))
    made = (*_samples(use), *use.shape[len(use.batch) :])
    leading = made[: len(made) - len(shape)]
    if made == (*leading, *shape) and set(leading) == {1}:
        return whole.then(f"[{', '.join('0' * len(leading))}]", axes)
    return whole.then(reshaping(made, shape), axes) if made != shape else replace(whole, axes=axes)


def _array(use: LayerEquation, name: str, variables: Variables) -> str:
    """An array of a layer: that of every sample stacked where they differ."""
    own = use.applications[0].tensors[name]
    alike = all(list(one.tensors[name].ids) == list(own.ids) for one in use.applications)
    return variables.whole(own if alike else use.tensor(name)).text


def _samples(use: LayerEquation) -> Shape:
    """All samples and steps in one axis; none where there is one alone."""
    return (len(use.applications),) if len(use.applications) > 1 else ()


def _padded(text: str, sizes: Mapping[str, str], lengths: Shape) -> tuple[str, Mapping[str, str]]:
    """The call, with the padding put on beforehand where it is not the same at both ends of an axis."""
    marks = [str(axis) if len(lengths) > 1 else "" for axis, _ in enumerate(lengths, 1)]
    ends = []
    for mark, length in zip(marks, lengths, strict=True):
        own, before, size, stride = (int(sizes[letter + mark]) for letter in "lpnd")
        ends.append((before, (length - 1) * stride + size - own - before))
    if all(after <= before for before, after in ends):
        return text, sizes
    zeros = ", ".join(f"{before}, {max(after, 0)}" for before, after in reversed(ends))
    return text.replace("(x,", f"(F.pad(x, ({zeros})),", 1), {**sizes, **{f"p{mark}": "0" for mark in marks}}

"""Layers as one call of PyTorch's: what a layer states, over the arrays of its view."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from derive.exports.pytorch.literals import arguments
from derive.exports.pytorch.locating import Locator
from derive.exports.pytorch.pieces import ATOM, Piece, exactly
from derive.graph.tensor import Tensor, stacked
from derive.network.lowered import Placed

View = Mapping[str, Tensor | int]
_NAME = re.compile(r"(?<![\w.])[a-z]\w*(?!\w*[(=])")
_ABSENT = "<absent>"
_USUAL = frozenset({_ABSENT, "padding=0", "padding=(0, 0)"})
_USUAL_STRIDES = frozenset({"stride=1", "stride=(1, 1)"})
"""Arguments that PyTorch takes anyway; windows of a pooling lie side by side where nothing else is said."""


def stated_calls(placed: Sequence[Placed]) -> dict[int, tuple[str, View]]:
    """For the first quantity of each result that a layer states a call for, the call and its view."""
    found: dict[int, tuple[str, View]] = {}
    for one in placed:
        result, _, call = one.layer.torch_form().partition(" = ")
        for view in one.views if call else ():
            array = view.get(result)
            if isinstance(array, Tensor):
                found[array.ids[0]] = _padded(call, {**view, "": array})
    return found


def _padded(call: str, view: View) -> tuple[str, View]:
    """The call and its view; with the padding put on beforehand where it is not the same at both ends of an axis."""
    lengths = _array(view, "").shape[1:]
    marks = [str(axis) if len(lengths) > 1 else "" for axis, _ in enumerate(lengths, 1)]
    ends = []
    for mark, length in zip(marks, lengths, strict=True):
        own, before, size, stride = (_whole(view[letter + mark]) for letter in "lpnd")
        ends.append((before, (length - 1) * stride + size - own - before))
    if all(after <= before for before, after in ends):
        return call, view
    zeros = ", ".join(f"{before}, {max(after, 0)}" for before, after in reversed(ends))
    return call.replace("(x,", f"(F.pad(x, ({zeros})),", 1), {**view, **{f"p{mark}": 0 for mark in marks}}


def _whole(value: Tensor | int) -> int:
    if isinstance(value, Tensor):
        raise TypeError("a size is a number")
    return value


def call_of(call: str, views: Sequence[View], result: Tensor, locator: Locator) -> Piece:
    """A layer's call for the samples of a batch together, one view each; for one view, without an axis of samples."""
    first = views[0]

    def put(match: re.Match[str]) -> str:
        value = first.get(match[0])
        if value is None:
            return _ABSENT
        if not isinstance(value, Tensor):
            return str(value)
        return _argument(match[0], views, locator)

    text = _without_usual(_NAME.sub(put, call))
    made = (*((len(views),) if len(views) > 1 else ()), *_array(first, "").shape)
    if made != result.shape:
        leading = made[: len(made) - len(result.shape)]
        text += (
            f"[{', '.join('0' * len(leading))}]"
            if made == (*leading, *result.shape) and set(leading) == {1}
            else (f".reshape({', '.join(map(str, result.shape))})")
        )
    return Piece(text, ATOM, tuple(range(len(result.shape))))


def _without_usual(call: str) -> str:
    """A call without the arguments that PyTorch takes anyway."""
    function, _, inside = call.removesuffix(")").partition("(")
    found = list(arguments(inside))
    usual = _USUAL | (frozenset({f"stride={found[1]}"}) if "_pool" in function else _USUAL_STRIDES)
    return f"{function}({', '.join(one for one in found if one not in usual)})"


def _array(view: View, name: str) -> Tensor:
    value = view[name]
    if isinstance(value, int):
        raise TypeError("an array is no number")
    return value


def _argument(name: str, views: Sequence[View], locator: Locator) -> str:
    """An array of a view: that of every sample stacked where they differ."""
    parts = [_array(view, name) for view in views]
    alike = all(list(part.ids) == list(parts[0].ids) for part in parts)
    wanted = parts[0] if alike else stacked(parts)
    every = tuple(range(len(wanted.shape)))
    return exactly(locator.find(wanted), every, dict(enumerate(wanted.shape))).text

"""Layers as one expression of PyTorch's: what a layer states, over the arrays of its view."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from derive.catalog.layers.base import Layer
from derive.errors import FormulaError
from derive.exports.pytorch.locating import Locator
from derive.exports.pytorch.pieces import ATOM, SUM, Piece, exactly
from derive.graph.tensor import Tensor, stacked
from derive.network.lowered import Placed

View = Mapping[str, Tensor | int]
_MODULES = frozenset({"F", "torch", "math"})
_DEFAULTS: Mapping[str, frozenset[str]] = {
    "padding": frozenset({"0", "(0, 0)"}),
    "stride": frozenset({"1", "(1, 1)"}),
}
"""Arguments that PyTorch takes anyway; windows of a pooling lie side by side where nothing else is said."""


@dataclass(frozen=True)
class StatedCall:
    """An expression of PyTorch's for the result of a layer, over the names of a view, which holds the result as ``."""

    layer: Layer
    text: str
    view: View


def stated_calls(placed: Sequence[Placed]) -> dict[int, StatedCall]:
    """By the first quantity of each result that a layer states an expression for: that expression and its view."""
    found: dict[int, StatedCall] = {}
    for one in placed:
        result, _, text = one.layer.torch_form().partition(" = ")
        for view in one.views if text else ():
            array = view.get(result)
            if isinstance(array, Tensor):
                stated = StatedCall(one.layer, text, {**view, "": array})
                found[array.ids[0]] = _padded(stated) if one.layer.has_windows else stated
    return found


def _padded(stated: StatedCall) -> StatedCall:
    """The call, with the padding put on beforehand where it is not the same at both ends of an axis."""
    view = stated.view
    lengths = _array(view, "").shape[1:]
    marks = [str(axis) if len(lengths) > 1 else "" for axis, _ in enumerate(lengths, 1)]
    ends = []
    for mark, length in zip(marks, lengths, strict=True):
        own, before, size, stride = (_whole(view[letter + mark]) for letter in "lpnd")
        ends.append((before, (length - 1) * stride + size - own - before))
    if all(after <= before for before, after in ends):
        return stated
    zeros = ", ".join(f"{before}, {max(after, 0)}" for before, after in reversed(ends))
    text = stated.text.replace("(x,", f"(F.pad(x, ({zeros})),", 1)
    return replace(stated, text=text, view={**view, **{f"p{mark}": 0 for mark in marks}})


def _whole(value: Tensor | int) -> int:
    if isinstance(value, Tensor):
        raise TypeError("a size is a number")
    return value


def call_of(calls: Sequence[StatedCall], result: Tensor, locator: Locator) -> Piece:
    """A layer's expression for the samples of a batch together, one call each; for one, without an axis of samples.

    Raises `FormulaError` where the expression is none, or names what the view does not hold.
    """
    views = [call.view for call in calls]
    filled = _filled(calls[0], lambda name: _argument(name, views, locator))
    text = ast.unparse(filled)
    whole = Piece(text, ATOM if isinstance(filled, ast.Call) else SUM)
    made = (*((len(views),) if len(views) > 1 else ()), *_array(views[0], "").shape)
    axes = tuple(range(len(result.shape)))
    if made == result.shape:
        return Piece(whole.text, whole.tight, axes)
    leading = made[: len(made) - len(result.shape)]
    if made == (*leading, *result.shape) and set(leading) == {1}:
        return whole.then(f"[{', '.join('0' * len(leading))}]", axes)
    return whole.then(f".reshape({', '.join(map(str, result.shape))})", axes)


def _filled(call: StatedCall, argument: Callable[[str], str]) -> ast.expr:
    """The expression with what its names stand for."""
    try:
        tree = ast.parse(call.text, mode="eval").body
    except SyntaxError as error:
        raise FormulaError(
            f"`{call.text}`, which its layer states for PyTorch, is no expression of Python's"
        ) from error
    filled: ast.expr = _Filling(call, argument).visit(tree)
    return filled


class _Filling(ast.NodeTransformer):
    """Puts arrays and sizes in for names, and leaves out arguments that the layer has not or PyTorch takes anyway."""

    def __init__(self, call: StatedCall, argument: Callable[[str], str]) -> None:
        self.call, self.argument = call, argument
        self.optional = (
            set(re.findall(r"[A-Za-z_]\w*", " ".join(one.text for one in call.layer.forward))) - call.view.keys()
        )

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """What a name stands for. Raises `FormulaError` where the view does not hold it."""
        if node.id in _MODULES:
            return node
        value = self.call.view.get(node.id)
        if value is None:
            raise FormulaError(
                f"`{self.call.text}`, which its layer states for PyTorch, names `{node.id}`, "
                "which is neither an array nor a size of the layer"
            )
        text = str(value) if isinstance(value, int) else self.argument(node.id)
        return ast.parse(text, mode="eval").body

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A call without an optional array, such as biases, where the layer has none."""
        node.args = [one for one in node.args if not self._is_absent(one)]
        node.keywords = [one for one in node.keywords if not self._is_absent(one.value)]
        self.generic_visit(node)
        node.keywords = [one for one in node.keywords if not _is_default(node, one)]
        return node

    def _is_absent(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id in self.optional


def _is_default(call: ast.Call, keyword: ast.keyword) -> bool:
    value = ast.unparse(keyword.value)
    if keyword.arg == "stride" and "_pool" in ast.unparse(call.func):
        return value == ast.unparse(call.args[1])
    return value in _DEFAULTS.get(keyword.arg or "", frozenset())


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

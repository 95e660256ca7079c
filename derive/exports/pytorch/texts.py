"""Expressions of PyTorch's that an entry of the catalog states as a text: with arrays put in for its names."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping

from derive.errors import FormulaError
from derive.exports.pytorch.pieces import ATOM, SUM, Piece

_MODULES = {"F": "F", "torch": "torch", "math": "math", "log": "math.log"}
_DEFAULTS: Mapping[str, frozenset[str]] = {
    "padding": frozenset({"0", "(0, 0)"}),
    "stride": frozenset({"1", "(1, 1)"}),
}
"""Arguments that PyTorch takes anyway; windows of a pooling lie side by side where nothing else is said."""


class StatedTextError(FormulaError):
    """A text that is no expression, or names what is not there."""


def filled(text: str, own: Mapping[str, str], absent: Collection[str] = ()) -> Piece:
    """A text with expressions in place of its names, without the arguments that are `absent`.

    Raises `StatedTextError` where it is no expression of Python's, or names anything else.
    """
    found: ast.expr = _Filling(text, own, absent).visit(_parsed(text, text))
    whole = ast.unparse(found).replace("'", '"')
    return Piece(whole, ATOM if isinstance(found, (ast.Call, ast.Name)) else SUM)


def _parsed(text: str, stated: str) -> ast.expr:
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise StatedTextError(f"`{stated}`, which is stated for PyTorch, is no expression of Python's") from error


class _Filling(ast.NodeTransformer):
    """Puts in what names stand for, and leaves out arguments that are absent or that PyTorch takes anyway."""

    def __init__(self, text: str, own: Mapping[str, str], absent: Collection[str]) -> None:
        self.text, self.own, self.absent = text, {**_MODULES, **own}, absent

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """What a name stands for."""
        if node.id not in self.own:
            raise StatedTextError(
                f"`{self.text}`, which is stated for PyTorch, names `{node.id}`, "
                "which is none of its arrays and numbers"
            )
        return _parsed(self.own[node.id], self.text)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A call without an optional array, such as biases, where there is none."""
        node.args = [one for one in node.args if not self._is_absent(one)]
        node.keywords = [one for one in node.keywords if not self._is_absent(one.value)]
        self.generic_visit(node)
        node.keywords = [one for one in node.keywords if not _is_default(node, one)]
        return node

    def _is_absent(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id in self.absent


def _is_default(call: ast.Call, keyword: ast.keyword) -> bool:
    value = ast.unparse(keyword.value)
    if keyword.arg == "stride" and "_pool" in ast.unparse(call.func):
        return value == ast.unparse(call.args[1])
    return value in _DEFAULTS.get(keyword.arg or "", frozenset())

"""Writing a problem as the text of a problem file, the way a person would have written it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from derive.catalog.layers import DEFAULT_LAYER
from derive.catalog.layers.base import Layer
from derive.problem.model import Problem
from derive.sources.drafts import reader
from derive.sources.fields import LONGEST

WIDTH = 110
_INDENT = 2
_TEXT, _LIST, _GROUP = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))


def dumps(problem: Problem) -> str:
    """The text of a problem file that `loads` reads as an equal problem.

    Keys stand in the order of the model; what a problem file may leave out is left out; a group of keys or a list
    stands on one line where it fits there.
    """
    parts: list[str] = []
    for key, value in _tree(problem).items():
        node = _mapping({key: value}, 0, flow=False)
        text = yaml.serialize(node, Dumper=_Dumper, width=WIDTH, indent=_INDENT, allow_unicode=True)
        parts += ["\n"] if parts and text.count("\n") > 1 else []
        parts.append(text)
    return "".join(parts)


def number_text(number: Decimal) -> str:
    """A number in as few digits as it was given in, and in no more characters than are read back."""
    text = str(number).lower().replace("e+", "e")
    sign, digits, exponent = number.as_tuple()
    shifted = f"{'-' * sign}{''.join(map(str, digits))}e{exponent}"
    pointed = text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text
    return next((one for one in (text, pointed, shifted) if len(one) <= LONGEST), shifted)


def _tree(model: BaseModel) -> dict[str, Any]:
    """A model as plain keys, without those that have their usual values."""
    stated: dict[str, Any] = {}
    kind = type(model)
    for name, field in kind.model_fields.items():
        value = getattr(model, name)
        names_layer = isinstance(model, Layer) and name == "layer" and model.layer != DEFAULT_LAYER
        if names_layer or field.is_required() or value != field.get_default(call_default_factory=True):
            stated[field.alias or name] = _shortest(kind, name, value)
    return stated


def _plain(value: Any) -> Any:
    """A value as dicts, lists, numbers and text; the absence of numbers is the word `none`."""
    if isinstance(value, BaseModel):
        return _tree(value)
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    return "none" if value is None else value


def _shortest(kind: type[BaseModel], name: str, value: Any) -> Any:
    """The shortest writing of a field that is read as the same value: one entry for a list, a name for a group."""
    full = _plain(value)
    for short in _shorter(full):
        try:
            if reader(kind, name).validate_python(short) == value:
                return short
        except ValidationError:
            continue
    return full


def _shorter(full: Any) -> Iterator[Any]:
    inner = list(full.values()) if isinstance(full, dict) else full
    if isinstance(inner, list) and len(inner) == 1:
        yield inner[0]


class _Dumper(yaml.SafeDumper):
    """A writer that indents the entries of lists."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002
        """Indent, whatever is asked for."""
        del indentless
        super().increase_indent(flow, False)


def _node(value: Any, column: int) -> yaml.Node:
    """A value that starts in a column, on one line where it fits there and holds no list of groups."""
    flow = not _holds_groups(value) and column + len(_line(value)) <= WIDTH
    if isinstance(value, dict):
        return _mapping(value, column, flow=flow)
    if isinstance(value, list):
        return (
            yaml.SequenceNode(_LIST, [_node(one, 0) for one in value], flow_style=True)
            if flow
            else _below(value, column)
        )
    return _scalar(value, column)


def _below(value: Any, column: int) -> yaml.Node:
    """A group of keys or a list with an entry on each line."""
    if isinstance(value, dict):
        return _mapping(value, column, flow=False)
    return yaml.SequenceNode(_LIST, [_node(one, column + _INDENT) for one in value], flow_style=False)


def _mapping(value: Mapping[str, Any], column: int, *, flow: bool) -> yaml.MappingNode:
    """Keys and values, which stand behind their keys, or below them and indented."""
    pairs = []
    for key, one in value.items():
        node = _node(one, 0 if flow else column + len(key) + 2)
        if not flow and isinstance(node, yaml.CollectionNode) and not node.flow_style:
            node = _below(one, column + _INDENT)
        pairs.append((_scalar(key, column), node))
    return yaml.MappingNode(_GROUP, pairs, flow_style=flow)


def _holds_groups(value: Any) -> bool:
    """Whether a list of groups of keys lies inside."""
    if isinstance(value, dict):
        return any(map(_holds_groups, value.values()))
    return isinstance(value, list) and any(isinstance(one, dict) or _holds_groups(one) for one in value)


def _line(value: Any) -> str:
    """About what a value looks like on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_line(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_line, value)) + "]"
    return str(_scalar(value, 0).value)


def _scalar(value: Any, column: int) -> yaml.ScalarNode:
    """A number, a yes or no, or text; long texts in several lines."""
    if not isinstance(value, str):
        text = str(value).lower() if isinstance(value, bool) else number_text(Decimal(value))
        return yaml.ScalarNode(_resolved(text), text)
    if value.isascii() and value.isdigit():
        return yaml.ScalarNode(_resolved(value), value)
    lines = value.splitlines()
    style = "|" if len(lines) > 1 else ">" if column + len(value) > WIDTH else None
    return yaml.ScalarNode(_TEXT, value, style=style)


def _resolved(text: str) -> str:
    """The tag that YAML gives to plain text, so that no quotes are put around it."""
    resolver: Any = yaml.resolver.Resolver()
    return str(resolver.resolve(yaml.ScalarNode, text, (True, False)))

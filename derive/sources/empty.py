"""Keys that stand in a file without a value: what could have been written there, from the model's own schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from derive.sources.marked import Path_

MOST_WORDS = 12
"""Values of a choice that a message lists at most."""
_MOST_KEYS = 4
_KINDS = {
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number such as 0.25",
    "array": "a list",
}


def what_to_write(model: type[BaseModel], path: Path_) -> str:
    """The values that a key of the file may have, in words; empty for a key that the model does not have."""
    schema = _schema(model)
    found = [schema]
    for step in path:
        found = [inner for one in found for inner in _inside(one, step, schema)]
    wanted = dict.fromkeys(word for one in found for word in _words(one, schema))
    return " or ".join(wanted)


@lru_cache(maxsize=8)
def _schema(model: type[BaseModel]) -> Mapping[str, Any]:
    return model.model_json_schema()


def _alternatives(node: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A schema with its references followed and its alternatives one by one."""
    if "$ref" in node:
        yield from _alternatives(schema["$defs"][node["$ref"].rpartition("/")[2]], schema)
        return
    several = [*node.get("anyOf", ()), *node.get("oneOf", ()), *node.get("allOf", ())]
    for one in several:
        yield from _alternatives(one, schema)
    if not several:
        yield node


def _inside(node: Mapping[str, Any], step: str | int, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The schemas of what a key or an entry of a list may hold."""
    for one in _alternatives(node, schema):
        more = one.get("items") if isinstance(step, int) else one.get("additionalProperties")
        if step in one.get("properties", {}):
            yield one["properties"][step]
        elif isinstance(more, dict):
            yield more


def _words(node: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    """The alternatives of a value in words; a text beside keys is a name."""
    alternatives = [*_alternatives(node, schema)]
    text = "a name" if any(one.get("type") == "object" for one in alternatives) else "a text"
    for one in alternatives:
        kinds = one.get("type", ())
        kinds = (kinds,) if isinstance(kinds, str) else kinds
        if "const" in one or "enum" in one:
            values = dict.fromkeys(str(value) for value in one.get("enum", (one.get("const"),)))
            yield ("one of " if len(values) > 1 else "") + ", ".join([*values][:MOST_WORDS])
        elif "object" in kinds:
            keys = [f"`{key}`" for key in [*one.get("properties", {})][:_MOST_KEYS]]
            yield f"keys such as {', '.join(keys)}" if keys else "keys with their values"
        elif "number" in kinds:
            yield _KINDS["number"] if kinds[0] == "number" else text
        else:
            yield from (_KINDS.get(kind, text) for kind in kinds if kind != "null")

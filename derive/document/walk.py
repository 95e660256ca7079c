"""Going through a document: finding parts of it, and changing every part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any


def within(value: Any, *kinds: type) -> Iterator[Any]:
    """The parts that are of some kind, in reading order; what stands inside such a part is not looked at."""
    if isinstance(value, kinds):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from within(one, *kinds)
    elif is_dataclass(value):
        for field in fields(value):
            yield from within(getattr(value, field.name), *kinds)


def rebuilt(value: Any, change: Callable[[Any], Any]) -> Any:
    """A tuple or a dataclass with each of its parts changed; anything else as it is."""
    if isinstance(value, tuple):
        return tuple(change(one) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: change(getattr(value, field.name)) for field in fields(value)})
    return value

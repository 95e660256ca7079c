"""Going through a document: finding parts of it, and changing every part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any


@cache
def field_names(kind: type) -> tuple[str, ...]:
    """The names of a dataclass's fields; none for any other type."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()


def within(value: Any, *kinds: type) -> Iterator[Any]:
    """The parts that are of some kind, in reading order; what stands inside such a part is not looked at."""
    if isinstance(value, kinds):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from within(one, *kinds)
    else:
        for name in field_names(value.__class__):
            yield from within(getattr(value, name), *kinds)


def rebuilt(value: Any, change: Callable[[Any], Any]) -> Any:
    """A tuple or a dataclass with each of its parts changed; anything else as it is."""
    if isinstance(value, tuple):
        return tuple(change(one) for one in value)
    names = field_names(value.__class__)
    return replace(value, **{name: change(getattr(value, name)) for name in names}) if names else value

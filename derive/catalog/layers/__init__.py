"""Layers, one file each: what is in this folder is in the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from derive.catalog.layers.base import Layer

DEFAULT_LAYER = "dense"
"""The layer that a problem file need not name."""


@cache
def layers() -> Mapping[str, type[Layer]]:
    """Every layer by the name that a problem file uses, the default first, then by name."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    found = {str(kind.model_fields["layer"].default): kind for kind in _subclasses(Layer)}  # type: ignore[type-abstract]
    named = {name: kind for name, kind in found.items() if "describes" in vars(kind)}
    return MappingProxyType(
        {name: named[name] for name in sorted(named, key=lambda name: (name != DEFAULT_LAYER, name))}
    )


def _subclasses(kind: type[Layer]) -> list[type[Layer]]:
    return [one for sub in kind.__subclasses__() for one in (sub, *_subclasses(sub))]

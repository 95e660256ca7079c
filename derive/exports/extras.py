"""Packages that only some exports need: imported when they are used, named when they are missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from derive.errors import InputError


def require(module: str, extra: str) -> Any:
    """A module that an extra of this package installs. Raises `InputError` that says which one, if it is missing."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != module.partition(".")[0]:
            raise
        raise InputError.single(
            f'the package {module.partition(".")[0]} is missing; install it with: pip install "derive-backprop[{extra}]"'
        ) from error

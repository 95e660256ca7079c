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
        package = module.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != package:
            raise
        command = f'pip install "derive-backprop[{extra}]"'
        raise InputError.single(f"the package {package} is missing; install it with: {command}") from error

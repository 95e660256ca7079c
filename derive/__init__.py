"""Worked solutions of backpropagation exercises: derived in symbols, worked in numbers, written as answer keys."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from derive.version import VERSION

if TYPE_CHECKING:
    from derive.api.solution import Solution, solve
    from derive.importing.from_torch import from_torch
    from derive.problem.model import Problem
    from derive.problem.read import load, loads
    from derive.problem.write import dumps

__version__ = VERSION

_WHERE = {
    "dumps": "derive.problem.write",
    "from_torch": "derive.importing.from_torch",
    "load": "derive.problem.read",
    "loads": "derive.problem.read",
    "solve": "derive.api.solution",
    "Problem": "derive.problem.model",
    "Solution": "derive.api.solution",
    "load_ipython_extension": "derive.ecosystems.notebook",
}

__all__ = ["Problem", "Solution", "dumps", "from_torch", "load", "loads", "solve"]


def __getattr__(name: str) -> Any:
    """Import the public names when they are first used: `--help` needs none of them."""
    if name not in _WHERE:
        raise AttributeError(f"module 'derive' has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    """The public names, those not yet imported included."""
    return sorted({*globals(), *__all__})

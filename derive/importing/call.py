"""One call of a module, and what the converters of modules have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from derive.errors import InputError
from derive.graph.tensor import shape_text
from derive.importing.net import Net, Tree, Value


@dataclass(frozen=True)
class Call:
    """A module applied to values: the network so far, the module and its path, what it is given."""

    net: Net
    path: str
    module: Any
    given: tuple[Any, ...]
    named: Mapping[str, Any] = field(default_factory=dict)
    masks: Mapping[str, Any] = field(default_factory=dict)
    """The masks of dropout layers, by path."""

    @property
    def value(self) -> Value:
        """The first thing given. Raises `InputError` if no layer gave it."""
        if not self.given or not isinstance(self.given[0], Value):
            self.refuse(f"takes what a layer gives, not {_brief(self.given[:1])}")
        return self.given[0]

    @property
    def only(self) -> Value:
        """The one thing given. Raises `InputError` if there is more."""
        if len(self.given) > 1 or self.named:
            self.refuse("takes one input; further arguments are not supported")
        return self.value

    def refuse(self, reason: str) -> NoReturn:
        """Raise `InputError` at this module."""
        raise InputError.single(f"{self.path}: {reason}")

    def require(self, reasons: Mapping[str, str] | None = None, /, **options: Any) -> None:
        """Refuse any option of the module that is not as given; `reasons` says what to do instead."""
        for name, wanted in options.items():
            found = getattr(self.module, name, wanted)
            if found not in (wanted, _each(wanted, found)):
                hint = (reasons or {}).get(name, "")
                self.refuse(f"`{name}={found}` is not supported; expected {wanted}{hint and '; '}{hint}")

    def axes(self, count: int, form: str) -> Value:
        """The only input, which must have so many axes beside that of the samples, these in front."""
        value = self.only
        if len(value.shape) != count or value.axis != 0:
            self.refuse(
                f"takes samples x {form}, not {shape_text(value.full)} from {self.net.whence(value)}"
                + ("" if value.axis == 0 else ", where the samples lie along another axis")
            )
        return value

    def number(self, name: str) -> Any:
        """An option of the module as a number."""
        return self.net.writing.number(float(getattr(self.module, name)), f"{self.path}.{name}")

    def numbers(self, tensor: Any, name: str) -> Any:
        """The numbers of a tensor; the word `none` where there is none."""
        return "none" if tensor is None else self.net.numbers(tensor, f"{self.path}.{name}")

    def frozen(self, **parameters: Any) -> Tree:
        """What the layer says of parameters that are not trained; see `Net.frozen`."""
        return self.net.frozen(self.path, parameters)

    def add(self, *sources: Value, **tree: Any) -> Value:
        """One more layer of the problem."""
        return self.net.add(self.path, tree, *sources)


Converter = Callable[[Call], Any]
"""Adds the layers that a call stands for, and says what it gives."""


def _brief(given: tuple[Any, ...]) -> str:
    """What was given, in few words."""
    if given and isinstance(given[0], str):
        return given[0]
    return f"a {type(given[0]).__name__}" if given else "nothing"


def _each(wanted: Any, found: Any) -> Any:
    """A wanted number for each axis, where there is one for each."""
    return (wanted,) * len(found) if isinstance(found, tuple) else wanted


def per_axis(value: Any) -> Any:
    """One number where it is the same for every axis."""
    entries = list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]
    return entries[0] if len(set(entries)) == 1 else entries

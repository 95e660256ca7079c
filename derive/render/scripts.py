"""Scripts beyond Latin: which characters they have and which fonts show them, read from `templates/scripts.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, cached_property
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, Field

from derive.sources import assets
from derive.sources.marked import Marked, read
from derive.sources.validate import Model, mistake, validate

_RANGE = re.compile(r"[0-9A-F]{4,5}-[0-9A-F]{4,5}")


def _is_range(text: str) -> str:
    if not _RANGE.fullmatch(text):
        raise mistake(f"expected a range of characters such as 0E01-0E5B, not {text!r}")
    return text


Plain = Annotated[str, Field(pattern=r"^[A-Za-z0-9 .,:()/+-]*$")]
"""Text that means the same within a message of TeX."""


class Script(Model):
    """What a script needs; `templates/scripts.yaml` says what each key means."""

    name: Plain
    ranges: tuple[Annotated[str, AfterValidator(_is_range)], ...]
    line_breaks: Plain
    serif: tuple[Plain, ...]
    sans: tuple[Plain, ...]
    italic: bool
    install: Mapping[Plain, Plain]

    @cached_property
    def bounds(self) -> tuple[tuple[str, str], ...]:
        """The first and the last hexadecimal number of each range."""
        return tuple((first, last) for first, last in (text.split("-") for text in self.ranges))

    @cached_property
    def _spans(self) -> tuple[range, ...]:
        return tuple(range(int(first, 16), int(last, 16) + 1) for first, last in self.bounds)

    @property
    def advice(self) -> str:
        """How to get a font, system by system."""
        return "; ".join(f"{system}: {how}" for system, how in self.install.items())

    def has(self, character: str) -> bool:
        """Whether the script has a character."""
        return any(ord(character) in span for span in self._spans)


@cache
def scripts() -> Mapping[str, Script]:
    """Every script by name. Raises `InputError` for a mistake in the file."""
    marked = read(assets.templates() / "scripts.yaml")
    inner = {
        name: Marked(tree, {path[1:]: at for path, at in marked.marks.items() if path[:1] == (name,)}, marked.source)
        for name, tree in marked.tree.items()
    }
    return MappingProxyType({name: validate(Script, one) for name, one in inner.items()})


def is_shown(character: str) -> bool:
    """Whether some script has a character."""
    return any(script.has(character) for script in scripts().values())

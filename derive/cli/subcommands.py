"""The other commands: `new`, `list`, `schema`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from derive.cli import console, files
from derive.errors import InputError, OutputError
from derive.formats import FORMATS, KINDS, Format, added, imported
from derive.sources import assets
from derive.sources.validate import suggestion


def new(name: str, *, force: bool) -> None:
    """Write the commented starter file. Raises `OutputError` if the file is there already."""
    target = Path(name)
    if target.exists() and not force:
        raise OutputError(f"{target} exists already; --force overwrites it")
    files.replace(target, (assets.templates() / "starter.yaml").read_bytes())
    console.say(f"wrote {target}; `python -m derive {target}` makes its key")


def list_entries(wanted: str | None) -> None:
    """Print what files and command lines can name: one group, or all. Raises `InputError` for an unknown group."""
    groups = {title: of for title, of in _groups().items() if wanted in (None, title)}
    if not groups:
        raise InputError.single(f"list: unknown group {wanted!r}{suggestion(wanted, _groups())}")
    for title, entries_of in groups.items():
        entries = entries_of()
        width = max(map(len, entries))
        found = []
        for name, lines in entries.items():
            found += [
                f"  {(name if not index else '').ljust(width)}  {line}".rstrip() for index, line in enumerate(lines)
            ]
        sys.stdout.write("\n".join([title, *found]) + "\n\n")


def _groups() -> dict[str, Callable[[], dict[str, list[str]]]]:
    """What makes the entries of each group: the lines of each by its name."""
    from derive.catalog.listing import as_text
    from derive.document.locale import locale
    from derive.document.style import style
    from derive.problem.read import load
    from derive.writing.notation import notation

    return {
        "examples": lambda: {name: [load(path).title] for name, path in assets.examples().items()},
        **{title: partial(dict, entries) for title, entries in as_text()},
        "styles": lambda: {name: [style(name).style.describes] for name in assets.names("styles")},
        "languages": lambda: {name: [locale(name).name] for name in assets.names("locales")},
        "notations": lambda: {name: [notation(name).describes] for name in assets.names("notations")},
        "kinds": lambda: {kind.name: [kind.describes] for kind in KINDS.values()},
        "formats": _formats,
        **{f"flavours of {one.name}": partial(_flavours, one) for one in FORMATS.values() if one.flavours},
    }


def _formats() -> dict[str, list[str]]:
    """Every format; warnings name those of other packages that cannot be had."""
    others = list(added())
    for one in others:
        if isinstance(one, InputError):
            console.warning(str(one))
    formats = [*FORMATS.values(), *(one for one in others if isinstance(one, Format))]
    return {one.option or one.name: [one.describes + _needs(one)] for one in formats}


def _needs(format: Format) -> str:
    """What must be installed for a format, or the package that added it."""
    if format.extra:
        return f' (pip install "derive-backprop[{format.extra}]")'
    return f" (of the package {format.package})" if format.package else ""


def _flavours(format: Format) -> dict[str, list[str]]:
    return {name: [what] for name, what in imported(format.flavours)().items()}


def schema() -> None:
    """Print the JSON Schema of the problem file."""
    from derive.problem.model import Problem

    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Problem.model_json_schema()}
    sys.stdout.write(json.dumps(document, indent=2) + "\n")

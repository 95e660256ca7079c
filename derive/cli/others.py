"""The other commands: `new`, `list`, `schema`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from derive.cli import files, talk
from derive.errors import InputError, OutputError
from derive.sources import assets
from derive.sources.validate import suggestion


def new(name: str, *, force: bool) -> None:
    """Write the commented starter file. Raises `OutputError` if the file is there already."""
    target = Path(name)
    if target.exists() and not force:
        raise OutputError(f"{target} exists already; --force overwrites it")
    files.write(target, (assets.templates() / "starter.yaml").read_text(encoding="utf-8"))
    talk.say(f"wrote {target}; `python -m derive {target}` makes its key")


def list_entries(wanted: str | None) -> None:
    """Print what a problem file can name: one group, or all of them. Raises `InputError` for an unknown group."""
    from derive.catalog.listing import as_text
    from derive.document.locale import locale
    from derive.document.style import style
    from derive.exports.flavour import FRAGMENT, MARKDOWN, fragment_flavour, markdown_flavour
    from derive.problem.read import load
    from derive.writing.notation import notation

    groups: dict[str, dict[str, list[str]]] = {
        "examples": {name: [load(path).title] for name, path in assets.examples().items()},
        **dict(as_text()),
        "styles": {name: [style(name).style.describes] for name in assets.names("styles")},
        "languages": {name: [locale(name).name] for name in assets.names("locales")},
        "notations": {name: [notation(name).describes] for name in assets.names("notations")},
        "flavours of markdown": {name: [markdown_flavour(name).stated.describes] for name in assets.names(MARKDOWN)},
        "flavours of tex-fragment": {
            name: [fragment_flavour(name).stated.describes] for name in assets.names(FRAGMENT)
        },
    }
    if wanted is not None and wanted not in groups:
        raise InputError.single(f"list: unknown group {wanted!r}{suggestion(wanted, groups)}")
    for title, entries in groups.items() if wanted is None else [(wanted, groups[wanted])]:
        width = max(map(len, entries))
        found = []
        for name, lines in entries.items():
            found += [
                f"  {(name if not index else '').ljust(width)}  {line}".rstrip() for index, line in enumerate(lines)
            ]
        sys.stdout.write("\n".join([title, *found]) + "\n\n")


def schema() -> None:
    """Print the JSON Schema of the problem file."""
    from derive.problem.model import Problem

    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Problem.model_json_schema()}
    sys.stdout.write(json.dumps(document, indent=2) + "\n")

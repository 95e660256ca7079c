"""Write the pages of the catalog and of the formats again: `python docs/make_catalog.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from derive.catalog.listing import as_markdown
from derive.formats import FORMATS, KINDS, Format, imported

FOLDER = Path(__file__).parent


def formats() -> str:
    """The page of the formats and the kinds of document, from their entries."""
    return "\n".join([*_formats(), *_kinds()]) + "\n"


def _formats() -> Iterator[str]:
    yield "# Formats"
    yield ""
    yield "What a problem can be written in. [add-a-format.md](add-a-format.md) says how a package adds one;"
    yield "`python -m derive list formats` names those too. In Python, `solution.to(name)` gives the same."
    yield ""
    yield "| asked for by | file | what | of | flavours | extra |"
    yield "|---|---|---|---|---|---|"
    for one in FORMATS.values():
        asked, extra = one.option or f"--format {one.name}", f"`[{one.extra}]`" if one.extra else ""
        yield f"| `{asked}` | `*{one.ending}` | {one.describes} | a {one.takes} | {_flavours(one)} | {extra} |"


def _flavours(one: Format) -> str:
    names = list(imported(one.flavours)()) if one.flavours else []
    return ", ".join(f"{name} (default)" if name == one.flavour else name for name in names)


def _kinds() -> Iterator[str]:
    yield ""
    yield "A document is of a kind, which `--as` names:"
    yield ""
    yield "| kind | what |"
    yield "|---|---|"
    yield from (f"| `{kind.name}` | {kind.describes} |" for kind in KINDS.values())


PAGES = {FOLDER / "catalog.md": as_markdown, FOLDER / "formats.md": formats}


def main() -> None:
    """Write every page."""
    for page, text in PAGES.items():
        page.write_text(text(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()

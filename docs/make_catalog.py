"""Write the page of the catalog again: `python docs/make_catalog.py`."""

from __future__ import annotations

from pathlib import Path

from derive.catalog.listing import as_markdown

PAGE = Path(__file__).parent / "catalog.md"


def main() -> None:
    """Write `catalog.md`."""
    PAGE.write_text(as_markdown(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()

"""Documents of the gallery, and the mathematics that stands in one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache

from conftest import solution_of
from editions import to_html_document
from justhtml import JustHTML

from derive.document.build import Edition, build
from derive.document.document import Document
from derive.document.locale import locale
from derive.document.mathematics import Math
from derive.document.style import style
from derive.render.trace import trace

_NUMBER = re.compile(r"\(?(-?\d+(?:\.\d+)?)(?:×10(-?\d+))?\)?")


@cache
def document_of(name: str, kind: str = "key", **changes: object) -> Document:
    edition = Edition.of(solution_of(name, **changes), f"{name}.yaml", kind)
    return build(edition, style(edition.style).style, locale(edition.language))


@cache
def page_of(name: str, kind: str = "key", **changes: object) -> str:
    return to_html_document(solution_of(name, **changes), f"{name}.yaml", kind)


def parsed(page: str) -> JustHTML:
    """The page as a strict parser of HTML reads it; it raises at the first mistake."""
    return JustHTML(page, strict=True, sanitize=False)


def text_of_page(page: str) -> str:
    """What a page says, a line a block, the title of each picture in its place."""
    seen = re.sub("<mphantom>.*?</mphantom>", "", page)
    blocks = parsed(seen).query("h1, h2, h3, p, dt, dd, li, tr, summary, svg > title, .line, .matrix-line, button")
    return "".join(f"{' '.join(block.to_text().split())}\n" for block in blocks)


def mathematics(value: object) -> Iterator[Math]:
    """Every formula in a document, in order; labels of drawings are left out."""
    if isinstance(value, Math):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from mathematics(getattr(value, field.name))
    elif isinstance(value, tuple):
        for one in value:
            yield from mathematics(one)


def written(number):
    """A number of a page as the trace writes it."""
    match = _NUMBER.fullmatch(re.sub(r"\s", "", number).replace("−", "-"))
    assert match, number
    return match[1] + (f"e{match[2]}" if match[2] else "")


def require_equal_to_trace(solution, page, decimal="."):
    """Every number of the page that carries a name is that of the trace; how many there are."""
    shown = {
        (entry["name"], round["round"]): entry
        for round in trace(solution, "x")["rounds"]
        for entry in round["quantities"]
    }
    count = 0
    for element in parsed(page).query("[data-name]"):
        name, number = element.attrs["data-name"], int(element.attrs["data-round"])
        text = element.to_text().replace(decimal, ".")
        if not name:
            continue
        entry = shown[name, number]
        count += 1
        if written(text.removesuffix("…")) != entry["shown"]:
            assert entry["full"].startswith(written(text.removesuffix("…"))), (name, number, text, entry["shown"])
    return count

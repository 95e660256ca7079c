"""A document as Markdown, in the flavour of GitHub, of MyST or of Quarto; its drawings as files beside it."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Collection
from functools import partial
from types import MappingProxyType
from typing import Any

from jinja2 import Undefined
from markupsafe import Markup

from derive.document.build import Edition
from derive.document.mathematics import Math, Rich
from derive.document.pictures.geometry import Drawing
from derive.exports.displays import portable
from derive.exports.flavour import Flavour, MarkdownFlavour, markdown_flavour
from derive.exports.flow import Placed, Writing, filled, flow, listed, tidy
from derive.exports.labels import Labelled
from derive.exports.tables import Table
from derive.formats import FORMATS, Files
from derive.render.svg import on_paper
from derive.render.web_words import markdown_refusals

_RULES = MappingProxyType({"l": "-..-", "c": ":..:", "r": "-..:"})
_SPACES = re.compile(r"[ \t\r\n\f\v]+")
_LIST = re.compile(r"(\(?(?:\d+|[A-Za-z]|[ivxlcdmIVXLCDM]+))([.)])(?=\s|$)")
_SIGN = re.compile(r"[-+=%:>]")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_RUN = re.compile(r"-(?=-)|\.(?=\.\.)|(?<=\))=")


def to_markdown(edition: Edition, name: str = FORMATS["markdown"].flavour) -> Files:
    """An edition as Markdown of the flavour of that name, or in that folder, its pictures beside it as SVG.

    Raises `InputError` for an unknown flavour.
    """
    chosen = markdown_flavour(name)
    made = flow(edition, writing(chosen, picture_beside))
    return Files(tidy(made.written("document")), chosen.stated.ending, MappingProxyType(made.pictures))


def writing(found: Flavour[MarkdownFlavour], picture: Callable[[Drawing, str], Placed]) -> Writing:
    """How a flavour writes the sections of a document, its drawings placed by `picture`."""
    chosen = found.stated
    filters: dict[str, Callable[..., object]] = {
        "text": partial(markdown_of, chosen),
        "pipes": partial(_pipes, chosen),
        "quoted": _quoted,
        "figure_reference": lambda label: _named(chosen.figure, label),
        "table_reference": lambda label: _named(chosen.table, label),
        "filled": partial(filled, partial(markdown_of, chosen)),
        "listed": partial(listed, partial(markdown_of, chosen)),
    }
    placed = partial(markdown_of, chosen)
    return Writing(found.folders, placed, chosen.width, picture, MappingProxyType(filters), markdown_refusals)


def picture_beside(drawing: Drawing, name: str) -> Placed:
    """A drawing as a file beside the text."""
    file = f"{name}.svg"
    return Placed(Markup(file), {file: on_paper(drawing)})


def markdown_of(chosen: MarkdownFlavour, value: Any) -> Markup:
    """A value as Markdown, by its type: text is escaped, mathematics stands between its marks."""
    if isinstance(value, Rich):
        return _run(chosen, value)
    if isinstance(value, Labelled):
        return Markup(chosen.reference.replace("<label>", value.label).replace("<number>", str(value.number)))
    if isinstance(value, Math):
        return Markup(chosen.mathematics.replace("<formula>", _inline(value))) if value else Markup("")
    if isinstance(value, (Markup, Undefined)):
        return Markup(str(value))
    if isinstance(value, (str, int)):
        return Markup(escaped(str(value), chosen.escaped))
    raise TypeError(f"a template places text or mathematics, not {type(value).__name__}")


def _inline(value: Math) -> str:
    """A formula as it stands in a line: on one line, without spaces at its ends."""
    text = " ".join(portable(value).split())
    return f"{text} {{}}" if text.endswith("\\") else text


def _run(chosen: MarkdownFlavour, rich: Rich) -> Markup:
    """Text and mathematics; formulas that touch become one."""
    parts: list[str | Math] = []
    for part in rich.parts:
        is_formula = isinstance(part, Math) and not isinstance(part, Labelled)
        if is_formula and parts and isinstance(parts[-1], Math) and not isinstance(parts[-1], Labelled):
            parts[-1] = Math(f"{parts[-1]} {part}")
        else:
            parts.append(part)
    made = ""
    for before, part in zip([None, *parts], parts, strict=False):
        text = str(markdown_of(chosen, part))
        made += text if isinstance(part, Math) or not isinstance(before, Math) else after_mathematics(text)
    return Markup(made)


def _cell(chosen: MarkdownFlavour, value: Any) -> Markup:
    """A value as a cell of a table, where a bar would end it."""
    if isinstance(value, Math) and not isinstance(value, Labelled):
        return markdown_of(chosen, Math(value.replace("|", r"\vert ")))
    if isinstance(value, Rich):
        parts = (Math(part.replace("|", r"\vert ")) if type(part) is Math else part for part in value.parts)
        return _run(chosen, Rich(tuple(parts)))
    return markdown_of(chosen, value)


def _pipes(chosen: MarkdownFlavour, made: Table) -> Markup:
    """A table with a bar between its cells, its columns below one another in the text too."""
    cells = [[str(_cell(chosen, one)) if one else "" for one in row] for row in (made.heads, *made.rows)]
    widths = [max(3, *(len(row[column]) for row in cells)) for column in range(len(cells[0]))]
    rules = [_RULES[side].replace("..", "-" * (width - 2)) for side, width in zip(made.sides, widths, strict=True)]
    written = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in cells]
    lines = [written[0], rules, *written[1:]]
    return Markup("\n".join(f"| {' | '.join(line)} |" for line in lines))


def _named(pattern: str, label: str) -> Markup:
    """A reference to what has a label; nothing to what has none, or where the flavour has no references."""
    return Markup(pattern.replace("<label>", label) if label else "")


def _quoted(text: str) -> Markup:
    """A text in double quotes, as YAML and the attributes of Pandoc have it."""
    return Markup(json.dumps(plain(text), ensure_ascii=False))


def plain(text: str) -> str:
    """A text on one line, without control characters."""
    spaced = _SPACES.sub(" ", text)
    return "".join(one for one in spaced if unicodedata.category(one) != "Cc")


def escaped(text: str, marks: Collection[str]) -> str:
    """A text as Markdown, wherever it stands on its line.

    `marks` are the characters that mean something. What means something at the start of a line alone, such as a
    sign of a list, is escaped where the text begins with it.
    """
    found = plain(text)
    made = "".join(f"\\{one}" if one in marks else one for one in found)
    made = _ENTITY.sub(r"\&", made)
    made = _RUN.sub(r"\\\g<0>", made)
    start = _LIST.match(made)
    if start:
        return f"{start[1]}\\{made[start.end(1) :]}"
    return f"\\{made}" if _SIGN.match(made) else made


def after_mathematics(text: str) -> str:
    """Escaped text that follows a formula: a digit or letter that touches a dollar sign would undo it."""
    return f"&#{ord(text[0])};{text[1:]}" if text[:1].isascii() and text[:1].isalnum() else text

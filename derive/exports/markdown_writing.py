"""What a document holds as Markdown, by its type, as a flavour has it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from jinja2 import Undefined
from markupsafe import Markup

from derive.document.mathematics import Math, Rich
from derive.document.pictures.geometry import Drawing
from derive.exports.displays import portable
from derive.exports.flavour import Flavour, FlavourFolder
from derive.exports.flow import Writing
from derive.exports.labels import Labelled, Reference
from derive.exports.markdown_text import after_mathematics, escaped, plain
from derive.exports.tables import Table
from derive.render.svg import paint_svg

_RULES = MappingProxyType({"l": "-..-", "c": ":..:", "r": "-..:"})
_SHORTENED = 3
"""References with numbers in a row, from so many on, are written as the first and the last."""


def writing(found: FlavourFolder) -> Writing:
    """How a flavour writes the sections of a document."""
    chosen = found.flavour
    filters: dict[str, Callable[..., object]] = {
        "text": partial(markdown_of, chosen),
        "pipes": partial(_pipes, chosen),
        "quoted": _quoted,
        "figure_reference": lambda label: _named(chosen.figure, label),
        "table_reference": lambda label: _named(chosen.table, label),
        "filled": partial(_filled, chosen),
        "listed": partial(_listed, chosen),
    }
    return Writing(
        found.folder, partial(markdown_of, chosen), chosen.width, picture_file, ".svg", MappingProxyType(filters)
    )


def picture_file(drawing: Drawing) -> str:
    """A drawing as an SVG file, on white paper, since a page that shows it may be dark."""
    return paint_svg(drawing).replace("<svg ", '<svg style="background:#fff" ', 1)


def markdown_of(chosen: Flavour, value: Any) -> Markup:
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


def _run(chosen: Flavour, rich: Rich) -> Markup:
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


def _cell(chosen: Flavour, value: Any) -> Markup:
    """A value as a cell of a table, where a bar would end it."""
    if isinstance(value, Math) and not isinstance(value, Labelled):
        return markdown_of(chosen, Math(value.replace("|", r"\vert ")))
    if isinstance(value, Rich):
        parts = (Math(part.replace("|", r"\vert ")) if type(part) is Math else part for part in value.parts)
        return _run(chosen, Rich(tuple(parts)))
    return markdown_of(chosen, value)


def _pipes(chosen: Flavour, made: Table) -> Markup:
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


def _listed(chosen: Flavour, found: Sequence[Reference], between: str) -> Markup:
    """References one after another, of three or more with numbers in a row the first and the last."""
    runs: list[list[Reference]] = []
    for one in found:
        if runs and one.number == runs[-1][-1].number + 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    ends = [[run[0], run[-1]] if len(run) >= _SHORTENED else run for run in runs]
    written = [[markdown_of(chosen, one) for one in run] for run in ends]
    dashes = ["–" if len(run) >= _SHORTENED else between for run in runs]
    return Markup(between).join(Markup(dash).join(run) for dash, run in zip(dashes, written, strict=True))


def _filled(chosen: Flavour, phrase: str, **parts: Markup) -> Markup:
    """A phrase of the locale with references in it."""
    pieces = re.split(r"<(\w+)>", phrase)
    return Markup("").join(
        parts[piece] if place % 2 else Markup(escaped(piece, chosen.escaped)) for place, piece in enumerate(pieces)
    )


def _quoted(text: str) -> Markup:
    """A text in double quotes, as YAML and the attributes of Pandoc have it."""
    return Markup(json.dumps(plain(text), ensure_ascii=False))

"""Documents that flow into other people's material: the same sections as on the pages, in a flavour's own marks.

The templates `*.flow.jinja` place the sections; a flavour is a folder that writes them: headings, formulas, figures,
tables and references.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

from derive.document.build import Edition, build
from derive.document.document import Document
from derive.document.locale import Locale, locale
from derive.document.mathematics import Math
from derive.document.pictures.geometry import Drawing
from derive.document.style import style
from derive.exports.displays import displays, matrix_groups
from derive.exports.labels import Reference, distinct, labelled, prefix
from derive.exports.tables import equations, table
from derive.render.environment import TemplateFormat, Templates, environment, render
from derive.render.template_files import Refusals, is_built_in
from derive.sources import assets

ENDING = "flow"
_ROOM = 13.0
"""Millimetres of a line to be filled in, for each of its shares."""
Write = Callable[[Any], Markup]
_SHORTENED = 3
"""References with numbers in a row, from so many on, are written as the first and the last."""


@dataclass(frozen=True)
class Flow:
    """An edition that is ready to be written: its document, with labels, and the templates that write it."""

    document: Document
    stems: tuple[str, ...]
    words: Locale
    templates: Templates
    code: Templates
    """The same, but for code: it is derive's own alone, whatever the style has."""
    pictures: dict[str, str] = field(default_factory=dict)
    """The pictures that were placed so far, by file name."""

    def written(self, template: str, **values: Any) -> str:
        """A template filled. Raises `InputError` for a mistake in it."""
        return self._filled(self.templates, template, values)

    def coded(self, template: str, **values: Any) -> str:
        """A template of code filled."""
        return self._filled(self.code, template, values)

    def _filled(self, templates: Templates, template: str, values: Mapping[str, Any]) -> str:
        above = [line for line in (*self.document.above, self.document.worth) if line]
        named = {
            "document": self.document,
            "above": above,
            "stems": self.stems,
            "words": self.words.material,
            "comma": self.words.comma,
        }
        return render(templates, [f"{template}.{ENDING}.jinja"], **named, **values)


@dataclass(frozen=True)
class Placed:
    """What stands in the text for a drawing, and the files that belong to it, by name."""

    text: Markup
    files: Mapping[str, str]


@dataclass(frozen=True)
class Writing:
    """How a flavour writes: its folders, how a value is placed, how wide formulas may be, how a drawing is placed."""

    folders: tuple[Path, ...]
    finalize: Callable[[Any], Markup]
    width: float
    picture: Callable[[Drawing, str], Placed]
    filters: Mapping[str, Callable[..., object]]
    refusals: Refusals
    """What templates that did not come with derive may not put into it."""


def flow(edition: Edition, writing: Writing) -> Flow:
    """The document of an edition, to be written as `writing` says."""
    chosen, words = style(edition.style), locale(edition.language)
    document = build(edition, chosen.style, words)
    unique = distinct()
    taken = distinct()
    form = edition.heading.worksheet.form
    stems = tuple(taken(prefix(one.source, edition.kind, form)) for one in edition.solved)
    parts = tuple(labelled(part, stem, unique) for part, stem in zip(document.parts, stems, strict=True))
    shared = assets.templates() / "styles" / "shared"
    format = TemplateFormat(ENDING, writing.finalize, _filters(writing, unique), MappingProxyType({}), writing.refusals)
    folders = [chosen.folder, *writing.folders, shared]
    templates = environment(folders, format, trusted=edition.trusts_style)
    code = environment([folder for folder in folders if is_built_in(folder)], format)
    made = Flow(replace(document, parts=parts), stems, words, templates, code)

    def picture(drawing: Drawing, name: str) -> Markup:
        placed = writing.picture(drawing, name)
        made.pictures.update(placed.files)
        return placed.text

    made.templates.filters["picture"] = picture
    return made


def _filters(writing: Writing, unique: Callable[[str], str]) -> Mapping[str, Callable[..., object]]:
    return {
        "displays": lambda lines: displays(lines, writing.width),
        "groups": lambda lines: matrix_groups(lines, writing.width),
        "table": table,
        "equations": equations,
        "line": lambda share: Math(rf"\blank{{{share * _ROOM:g}mm}}"),
        "height": lambda room: Math(rf"\rule{{0pt}}{{{room}mm}}"),
        "unique": lambda name: Markup(unique(name)),
        **writing.filters,
    }


def tidy(text: str) -> str:
    """Blocks with one empty line between, none at the ends, no spaces at the end of a line."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines).strip("\n") + "\n"


def filled(write: Write, phrase: str, **parts: Markup) -> Markup:
    """A phrase with references in the places of its placeholders."""
    pieces = re.split(r"<(\w+)>", phrase)
    return Markup("").join(parts[piece] if place % 2 else write(piece) for place, piece in enumerate(pieces))


def listed(write: Write, found: Sequence[Reference], between: str) -> Markup:
    """References one after another."""
    runs: list[list[Reference]] = []
    for one in found:
        if runs and one.number == runs[-1][-1].number + 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    return write(between).join(_run(write, run, between) for run in runs)


def _run(write: Write, run: Sequence[Reference], between: str) -> Markup:
    """References with numbers in a row."""
    if len(run) < _SHORTENED:
        return write(between).join(write(one) for one in run)
    return write(run[0]) + write("–") + write(run[-1])

"""A document as LaTeX."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

from jinja2 import Undefined
from markupsafe import Markup

from derive.document.build import Edition, build
from derive.document.locale import locale
from derive.document.mathematics import Blank, Math, Rich
from derive.document.style import style
from derive.layout.leaves import leaves
from derive.layout.overview import overview_leaves, place_overview
from derive.layout.place import placed
from derive.layout.rows import rows
from derive.render.environment import TemplateFormat, environment, render
from derive.render.escape import escape, metadata, printable
from derive.render.line_length import with_short_lines
from derive.render.tikz import paint
from derive.render.typesetting import texts, typesetting
from derive.sources import assets
from derive.sources.tex_words import template_refusals


def latex_of(value: Any) -> Markup:
    """A value as LaTeX, by its type: text is escaped; mathematics and what templates made pass."""
    if isinstance(value, Rich):
        return Markup("".join(_inline(value)))
    if isinstance(value, Blank):
        return Markup(rf"\room {value}")
    if isinstance(value, (Math, Markup, Undefined)):
        return Markup(str(value))
    if isinstance(value, str):
        return Markup(escape(value))
    if isinstance(value, int):
        return Markup(str(value))
    raise TypeError(f"a template places text or mathematics, not {type(value).__name__}")


def _inline(text: Rich) -> Iterator[str]:
    """The parts of a text; where words have no spaces, a line may end after the character before a formula."""
    before = ""
    for part in text.parts:
        if isinstance(part, Math):
            yield (r"\allowbreak " if before and unicodedata.east_asian_width(before) in "WF" else "") + f"${part}$"
            before = ""
        else:
            yield escape(part)
            before = part[-1:]


LATEX = TemplateFormat(
    ending="tex",
    finalize=latex_of,
    filters=MappingProxyType(
        {
            "picture": lambda drawing: Markup(paint(drawing)),
            "rows": rows,
            "mm": lambda length: Markup(f"{length:.2f}mm"),
            "scale": lambda factor: Markup(f"{factor:.4f}"),
            "metadata": lambda text: Markup(metadata(text)),
            "breakable": lambda pieces: all(isinstance(piece, Math) for piece in pieces),
        }
    ),
    tests=MappingProxyType(
        {
            "mathematics": lambda value: isinstance(value, Math),
            "room": lambda value: isinstance(value, Blank),
            "open": lambda row: all(isinstance(one.rows[0].text, Blank) for one in row if one is not None),
        }
    ),
    refusals=template_refusals,
    is_tex=True,
)


def to_latex(edition: Edition) -> str:
    """An edition as a LaTeX document.

    It says which TeX sets it: pdfLaTeX, or XeLaTeX where a text is in another script than Latin. Raises `InputError`
    for text for which no font is known.
    """
    chosen, words = style(edition.style), locale(edition.language)
    named = tuple(replace(one, source=printable(one.source)) for one in edition.solved)
    document = build(replace(edition, solved=named), chosen.style, words)
    folders = [chosen.folder, assets.templates() / "styles" / "shared"]
    made = environment(folders, LATEX, trusted=edition.trusts_style)
    paper = edition.heading.paper
    page = chosen.style.page.on(paper)
    made.filters["placed"] = partial(placed, page=page, words=words)
    made.filters["leaves"] = partial(leaves, page=page, words=words)
    made.filters["overview"] = partial(place_overview, page=page)
    made.filters["overview_leaves"] = partial(overview_leaves, page=page)
    fonts = typesetting(texts(document), words)
    template = f"{chosen.style.template}.{LATEX.ending}.jinja"
    tagged = chosen.style.tagged
    values = {"typesetting": fonts, "page": page, "paper": paper, "tagged": tagged}
    return with_short_lines(render(made, [template], document=document, **values))

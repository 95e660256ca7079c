"""A document as one HTML page that needs nothing else: MathML, SVG, its style and its script in it."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from jinja2 import Undefined
from markupsafe import Markup, escape

from derive.document.aids.citations import Citation, EquationNumber
from derive.document.build import Edition, build
from derive.document.locale import locale
from derive.document.mathematics import Answer, Blank, Marked, Math, Rich
from derive.document.model import Matrix, Piece
from derive.document.pictures.geometry import Drawing
from derive.document.style import style
from derive.render.environment import TemplateFormat, environment, render
from derive.render.mathml import Row, to_mathml
from derive.render.svg import paint_svg
from derive.render.web_words import page_refusals
from derive.sources import assets

_ANSWER = Markup('<mrow data-name="{}" data-round="{}">{}</mrow>')
_BLANK = Markup('<mtext class="blank" style="padding-inline-start:{:g}mm">…</mtext>')
_MARKS = Markup('<mtext class="marks">({})</mtext>')
_TOUCHING = re.compile(r"[^\s\w(\[]+")


def html_of(value: Any) -> Markup:
    """A value as HTML, by its type: text is escaped, mathematics becomes MathML, what templates made passes."""
    if isinstance(value, Rich):
        return _run(value)
    if isinstance(value, EquationNumber):
        return Markup('<span class="equation-number" id="{}">({})</span>').format(value.anchor, value.number)
    if isinstance(value, Citation):
        return Markup('<a class="equation-number" href="#{}">({})</a>').format(value.anchor, value.number)
    if isinstance(value, Math):
        return row([value])
    if isinstance(value, (Markup, Undefined)):
        return Markup(str(value))
    if isinstance(value, (str, int)):
        return escape(value)
    raise TypeError(f"a template places text or mathematics, not {type(value).__name__}")


def _run(rich: Rich) -> Markup:
    """Text and mathematics; a formula keeps the punctuation that touches it on its line."""
    made = Markup("")
    for part in rich.parts:
        touching = _TOUCHING.match(part)
        if isinstance(part, Math):
            made += html_of(part)
        elif touching and made.endswith("</math>"):
            before, last = made.rsplit("<math", 1)
            made = before + Markup('<span class="keep"><math{}{}</span>{}').format(
                last, touching[0], part[touching.end() :]
            )
        else:
            made += escape(part)
    return made


def row(pieces: Sequence[Piece | None]) -> Markup:
    """Pieces as one formula, its fractions small."""
    return Markup(_row(pieces, _unexpected).formulas())


def display(pieces: Sequence[Piece | None], matrix: Callable[[Matrix], Markup] | None = None) -> Markup:
    """Pieces as one formula, its fractions large; `matrix` is the macro that writes a matrix."""
    return Markup(_row(pieces, matrix or _unexpected).formulas(displayed=True))


def _row(pieces: Sequence[Piece | None], matrix: Callable[[Matrix], Markup]) -> Row:
    made = Row()
    for piece in pieces:
        if isinstance(piece, Matrix):
            made.add_piece(matrix(piece))
        elif piece:
            _add(made, piece)
    return made


def _add(made: Row, value: Math) -> None:
    """Mathematics put into a row: what carries something or may stand alone as a piece, the rest as LaTeX."""
    if isinstance(value, Marked):
        _add(made, value.answer)
        made.add_piece(_MARKS.format(value.marks))
    elif isinstance(value, Blank) or (isinstance(value, Answer) and value.facet == "value"):
        made.add_piece(inner(value))
    else:
        made.add_latex(value)


def _unexpected(piece: Matrix) -> Markup:
    raise TypeError(f"no macro was given to write a matrix of {len(piece.rows)} rows")


def inner(value: Math) -> Markup:
    """Mathematics as what stands inside a formula; a number that is an answer carries its name and round."""
    if isinstance(value, Blank):
        return _BLANK.format(value.width)
    if isinstance(value, Marked):
        return inner(value.answer) + _MARKS.format(value.marks)
    mathml = Markup(to_mathml(value))
    if isinstance(value, Answer) and value.facet == "value":
        return _ANSWER.format(value.name, value.round, mathml)
    return mathml


def _digest(text: str) -> str:
    """The hash by which a page's policy admits its own script."""
    return b64encode(sha256(text.encode("utf-8")).digest()).decode("ascii")


def _picture(drawing: Drawing, name: str) -> Markup:
    return Markup(paint_svg(drawing, name))


HTML = TemplateFormat(
    ending="html",
    finalize=html_of,
    filters=MappingProxyType({"picture": _picture, "row": row, "display": display, "inner": inner, "digest": _digest}),
    tests=MappingProxyType({"mathematics": lambda value: isinstance(value, Math)}),
    refusals=page_refusals,
)


def to_html(edition: Edition) -> str:
    """An edition as an HTML page, whole in one file."""
    chosen, words = style(edition.style), locale(edition.language)
    document = build(edition, chosen.style, words)
    folders = [chosen.folder, assets.templates() / "styles" / "shared"]
    made = environment(folders, HTML, trusted=edition.trusts_style)
    templates = [f"{name}.{HTML.ending}.jinja" for name in (chosen.style.template, "document")]
    return render(made, templates, document=document, words=words.page)

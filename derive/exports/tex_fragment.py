"""A solution as LaTeX without a preamble, for any document that loads the packages which its first comment names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from types import MappingProxyType
from typing import Any

from jinja2 import Undefined
from markupsafe import Markup

from derive.document.build import Edition
from derive.document.mathematics import Math, Rich
from derive.document.pictures.geometry import Drawing
from derive.exports.displays import portable
from derive.exports.flavour import Flavour, FragmentFlavour, fragment_flavour
from derive.exports.flow import Placed, Writing, filled, flow, listed, tidy
from derive.exports.labels import Labelled
from derive.exports.tables import Table
from derive.formats import FORMATS
from derive.render.escape import escape
from derive.render.line_length import with_short_lines
from derive.render.tikz import STOCK, paint
from derive.render.typesetting import texts, typesetting
from derive.sources.tex_words import template_refusals

_GRID = re.compile(r"\\begin\{bmatrix\}(.*?)\\end\{bmatrix\}", re.DOTALL)
_MOST_COLUMNS = 10
"""amsmath's matrices have no more columns, unless a counter is changed."""
_NEEDS = MappingProxyType(
    {
        r"\usepackage{amsmath}": "",
        r"\usepackage{graphicx}": r"\\resizebox",
        r"\usepackage{tikz}": r"\\begin\{tikzpicture\}",
        r"\usetikzlibrary{arrows.meta}": "Stealth",
        r"\usepackage[T1]{fontenc}": (r"\\textquotedbl|\\quotedblbase|\\quotesinglbase|\\guil|[ĄąĐđĘęŊŋÐðÞþĂăŐőŰű]"),
    }
)
"""What a document must load, by what of a fragment needs it."""


def to_tex_fragment(edition: Edition, name: str = FORMATS["tex-fragment"].flavour) -> str:
    """An edition as a fragment of LaTeX: one group that defines nothing and uses the commands of stock packages alone.

    Its flavour is that of the name, or in that folder. Raises `InputError` for an unknown one.
    """
    made = flow(edition, _writing(fragment_flavour(name)))
    fonts = typesetting(texts(made.document), made.words)
    body = tidy(made.written("document", line_breaks=fonts.line_breaks))
    needs = [package for package, sign in _NEEDS.items() if re.search(sign, body)]
    program = [f"a font with {script.name} ({fonts.program})" for script in fonts.scripts.values()]
    wanted = "; ".join([*needs, *program])
    return f"% Needs {wanted}\n{with_short_lines(body)}"


def _writing(found: Flavour[FragmentFlavour]) -> Writing:
    chosen = found.stated
    filters: dict[str, Callable[..., object]] = {
        "text": tex_of,
        "filled": partial(filled, tex_of),
        "listed": partial(listed, tex_of),
        "figure_reference": lambda _: "",
        "table_reference": lambda _: "",
        "head": lambda title, level: Markup(chosen.heads[min(level, len(chosen.heads)) - 1].replace("<title>", title)),
        "most_height": lambda _: Markup(f"{chosen.height:g}mm" if chosen.height is not None else ""),
        "closing": lambda _: Markup(chosen.end),
        "bands": partial(_bands, chosen.rows),
        "stock": lambda formula: Markup(_stock(formula)),
    }
    return Writing(found.folders, tex_of, chosen.width, _picture, MappingProxyType(filters), template_refusals)


def _picture(drawing: Drawing, _name: str) -> Placed:
    return Placed(Markup(paint(drawing, STOCK)), {})


def tex_of(value: Any) -> Markup:
    """A value as LaTeX, by its type: text is escaped, mathematics stands between dollar signs."""
    if isinstance(value, Rich):
        return Markup("").join(tex_of(part) for part in value.parts)
    if isinstance(value, Labelled):
        return Markup(rf"\eqref{{eq:{value.label}}}")
    if isinstance(value, Math):
        return Markup(f"${_stock(portable(value))}$") if value else Markup("")
    if isinstance(value, (Markup, Undefined)):
        return Markup(str(value))
    if isinstance(value, (str, int)):
        return Markup(escape(str(value)))
    raise TypeError(f"a template places text or mathematics, not {type(value).__name__}")


def _stock(formula: str) -> str:
    """A formula whose wide matrices are arrays."""
    return _GRID.sub(_array, formula)


def _array(grid: re.Match[str]) -> str:
    columns = max(row.count("&") for row in grid[1].split(r"\\")) + 1
    if columns <= _MOST_COLUMNS:
        return grid[0]
    return rf"\left[\begin{{array}}{{{'c' * columns}}}{grid[1]}\end{{array}}\right]"


def _bands(most: int, table: Table) -> Iterator[Table]:
    """A table cut into tables of at most so many rows."""
    for start in range(0, len(table.rows), most):
        yield Table(table.heads, table.rows[start : start + most], table.sides)

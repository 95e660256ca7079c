"""What shows itself in a notebook, as HTML, Markdown, LaTeX and plain text: a round, its table, a whole solution."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar

from jinja2 import Undefined
from markupsafe import Markup

from derive.document.context import Context
from derive.document.locale import locale
from derive.document.mathematics import Math, Rich
from derive.document.pictures.geometry import Drawing
from derive.document.plain import PlainContext
from derive.document.style import style
from derive.document.tables import ROUND_STYLE, round_table, working
from derive.exports.displays import displays
from derive.exports.flavour import notebook_flavour
from derive.exports.flow import tidy
from derive.exports.markdown import picture_beside, writing
from derive.exports.tables import Content, Table, table
from derive.network.solution import Round
from derive.render.environment import TemplateFormat, environment, render
from derive.render.html import html_of
from derive.render.legible import legible
from derive.render.mathml import formula_mathml
from derive.render.svg import on_paper
from derive.sources import assets

_TEX = re.compile(r"([\\{}$&#^_%~])")


class Show:
    """What shows itself in a notebook, by the templates of its name, in HTML, Markdown and LaTeX."""

    template: ClassVar[str]

    def html(self) -> str:
        """The same as HTML: mathematics as MathML that stays right where a notebook is not trusted, drawings as SVG."""
        return legible(_filled(self, HTML))

    def markdown(self) -> str:
        """The same in Markdown, its mathematics between dollar signs."""
        return tidy(_filled(self, _markdown()))

    def latex(self) -> str:
        """The same as LaTeX mathematics with its dollar signs."""
        return tidy(_filled(self, LATEX))

    _repr_html_, _repr_markdown_ = html, markdown


@dataclass(frozen=True, repr=False)
class TableShow(Show):
    """A round's numbers under heads: what is given, both passes, the updated parameters; `plain` is the same in text.

    A cell is LaTeX such as `w_1 = 0.2` or `f_1 = .. = 0.57`, empty below the end of its column.
    """

    template: ClassVar[str] = "table"
    title: str
    table: Table
    plain: Table

    @property
    def heads(self) -> tuple[Content, ...]:
        """What stands above the columns."""
        return self.table.heads

    @property
    def rows(self) -> tuple[tuple[Content, ...], ...]:
        """The cells row by row, as many in each as there are heads."""
        return self.table.rows

    def text(self) -> str:
        """The table in plain text, its columns below one another."""
        rows = [[str(cell) for cell in row] for row in (self.plain.heads, *self.plain.rows)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        cells = ([cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows)
        return "\n".join([self.title, *("  ".join(row).rstrip() for row in cells)])

    __str__ = __repr__ = text
    _repr_latex_ = Show.latex


@dataclass(frozen=True)
class RoundShow(Show):
    """The numbers that a round starts from, and its worked lines as displayed formulas, in groups with their titles."""

    template: ClassVar[str] = "round"
    title: str
    given: tuple[Math, ...]
    groups: tuple[tuple[str, tuple[Math, ...]], ...]


@dataclass(frozen=True)
class SolutionShow(Show):
    """A solution: its title, the network if it can be drawn, the table of every round."""

    template: ClassVar[str] = "solution"
    title: Rich
    drawing: Drawing | None
    tables: tuple[TableShow, ...]


def table_show(round: Round) -> TableShow:
    """The table of a round: what is given, both passes, the updated parameters, in columns."""
    solution = round.solution
    words, look = locale(solution.problem.language), style(ROUND_STYLE).style
    contexts = Context(solution, look, words), PlainContext(solution, look, words)
    typeset, plain = (table(round_table(context, round)) for context in contexts)
    return TableShow(_title(contexts[0], round), typeset, plain)


def round_show(context: Context, round: Round) -> RoundShow:
    """A round's lines, at most as wide as a page of course material."""
    made = working(context, round)
    width = notebook_flavour().stated.width
    groups = [tuple(one.formula for one in displays(lines, width)) for lines in made.groups]
    return RoundShow(
        _title(context, round), tuple(_given(context, round)), tuple(zip(made.titles, groups, strict=True))
    )


def _given(context: Context, round: Round) -> Iterator[Math]:
    worked = round.equation_of
    for quantity in sorted(round.values):
        if quantity not in worked:
            yield Math(f"{context.symbol(quantity)} = {context.number(round, quantity)}")


def _title(context: Context, round: Round) -> str:
    return context.locale.round_title.replace("<n>", context.locale.number(str(round.number)))


def _latex_of(value: Any) -> Markup:
    if isinstance(value, (Math, Markup, Undefined)):
        return Markup(str(value))
    return Markup(_TEX.sub(r"\\\1", str(value)))


HTML = TemplateFormat(
    "html",
    html_of,
    MappingProxyType(
        {
            "picture": lambda drawing: Markup(on_paper(drawing)),
            "displayed": lambda formula: Markup(formula_mathml(formula)),
        }
    ),
    MappingProxyType({}),
)
LATEX = TemplateFormat("tex", _latex_of, MappingProxyType({}), MappingProxyType({}))


@cache
def _markdown() -> TemplateFormat:
    written = writing(notebook_flavour(), picture_beside)
    return TemplateFormat("md", written.finalize, written.filters, MappingProxyType({}))


def _filled(show: Show, format: TemplateFormat) -> str:
    made = environment([assets.templates() / "exports" / "shows"], format)
    return render(made, [f"{show.template}.{format.ending}.jinja"], show=show)

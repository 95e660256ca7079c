"""What shows itself in a notebook, as HTML, Markdown and LaTeX: the table of a round, its lines, a whole solution."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from jinja2 import Undefined
from markupsafe import Markup

from derive.document.mathematics import Math, Rich
from derive.document.pictures.geometry import Drawing
from derive.render.environment import Format, environment, render
from derive.render.formula import formula_mathml
from derive.render.html import html_of
from derive.render.svg import paint_svg
from derive.sources import assets

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|$~-])")
_TEX = re.compile(r"([\\{}$&#^_%~])")


@dataclass(frozen=True, slots=True)
class TableShow:
    """A table with its title: cells of LaTeX under heads."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Math]]


@dataclass(frozen=True, slots=True)
class RoundShow:
    """The numbers that a round starts from, and its worked lines, each its symbol and what follows it."""

    title: str
    given: Sequence[Math]
    lines: Sequence[tuple[Math, Math]]

    @property
    def aligned(self) -> Math:
        """The lines below one another, as one formula."""
        rows = r" \\ ".join(f"{symbol} &{rest}" for symbol, rest in self.lines)
        return Math(rf"\begin{{aligned}} {rows} \end{{aligned}}")


@dataclass(frozen=True, slots=True)
class SolutionShow:
    """A solution: its title, the network if it can be drawn, the table of every round."""

    title: Rich
    drawing: Drawing | None
    tables: Sequence[TableShow]


Show = TableShow | RoundShow | SolutionShow
_NAMES = MappingProxyType({TableShow: "table", RoundShow: "round", SolutionShow: "solution"})


def _markdown_of(value: Any) -> Markup:
    if isinstance(value, Rich):
        return Markup("").join(_markdown_of(part) for part in value.parts)
    if isinstance(value, Math):
        return Markup(f"${value}$")
    if isinstance(value, (Markup, Undefined)):
        return Markup(str(value))
    return Markup(_MARKDOWN.sub(r"\\\1", str(value)))


def _latex_of(value: Any) -> Markup:
    if isinstance(value, (Math, Markup, Undefined)):
        return Markup(str(value))
    return Markup(_TEX.sub(r"\\\1", str(value)))


HTML = Format(
    "html",
    html_of,
    MappingProxyType(
        {
            "picture": lambda drawing: Markup(paint_svg(drawing)),
            "displayed": lambda formula: Markup(formula_mathml(formula)),
        }
    ),
    MappingProxyType({}),
)
MARKDOWN = Format("md", _markdown_of, MappingProxyType({"bare": Markup}), MappingProxyType({}))
LATEX = Format("tex", _latex_of, MappingProxyType({}), MappingProxyType({}))


def shown(show: Show, format: Format) -> str:
    """What a show looks like in a format."""
    made = environment([assets.templates() / "shows"], format)
    return render(made, [f"{_NAMES[type(show)]}.{format.ending}.jinja"], show=show)

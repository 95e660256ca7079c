"""A document as LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from derive.document.build import Solved, build
from derive.document.locale import locale
from derive.document.style import style
from derive.layout.place import placed
from derive.network.solution import Solution
from derive.problem.heading import Heading
from derive.render.environment import environment, render
from derive.render.escape import printable
from derive.sources import assets


def to_latex_document(solution: Solution, source: str, kind: str = "key") -> str:
    """A solution as a LaTeX document of a kind; `source` names the problem file in its small print.

    Raises `InputError` for text that the PDF's font cannot show.
    """
    problem = solution.problem
    return to_latex([Solved(solution, source)], problem, problem.style, problem.language, kind)


def to_latex(
    solved: Sequence[Solved],
    heading: Heading,
    style_name: str,
    language: str,
    kind: str = "key",
    *,
    through: bool = False,
) -> str:
    """One solution or several as a LaTeX document; see `derive.document.build.build`."""
    chosen = style(style_name)
    named = [replace(one, source=printable(one.source)) for one in solved]
    document = build(named, heading, chosen.style, locale(language), kind, through=through)
    made = environment([chosen.folder, assets.templates() / "styles" / "shared"])
    made.filters["placed"] = partial(placed, page=chosen.style.page)
    return render(made, f"{chosen.style.template}.tex.jinja", document=document)

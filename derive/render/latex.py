"""A document as LaTeX."""

from __future__ import annotations

from functools import partial

from derive.document.build import Solved, build
from derive.document.locale import locale
from derive.document.style import style
from derive.layout.place import placed
from derive.network.solution import Solution
from derive.render.environment import environment, render
from derive.render.escape import printable
from derive.render.typesetting import texts, typesetting
from derive.sources import assets


def to_latex_document(solution: Solution, source: str) -> str:
    """The answer key of a solution as a LaTeX document; `source` names the problem file in its small print.

    It says which TeX sets it: pdfLaTeX, or XeLaTeX where a text is in another script than Latin. Raises `InputError`
    for text for which no font is known.
    """
    problem = solution.problem
    chosen = style(problem.style)
    words = locale(problem.language)
    document = build([Solved(solution, printable(source))], problem, chosen.style, words)
    made = environment([chosen.folder, assets.templates() / "styles" / "shared"])
    made.filters["placed"] = partial(placed, page=chosen.style.page)
    fonts = typesetting(texts(document), words)
    return render(made, f"{chosen.style.template}.tex.jinja", document=document, typesetting=fonts)

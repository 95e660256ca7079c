"""A document as LaTeX."""

from __future__ import annotations

from derive.document.build import build
from derive.document.style import style
from derive.network.solution import Solution
from derive.render.environment import environment, render
from derive.render.escape import printable
from derive.sources import assets


def to_latex_document(solution: Solution, source: str) -> str:
    """The answer key of a solution as a LaTeX document; `source` names the problem file in its small print.

    Raises `InputError` for text that the PDF's font cannot show.
    """
    chosen = style(solution.problem.style)
    document = build(solution, chosen.style, printable(source))
    made = environment([chosen.folder, assets.templates() / "styles" / "shared"])
    return render(made, chosen.style.template, document=document)

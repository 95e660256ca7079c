"""One problem's documents, as the writers of each format make them."""

from __future__ import annotations

from derive.document.build import Edition
from derive.exports.markdown import to_markdown
from derive.exports.notebook import to_notebook
from derive.exports.tex_fragment import to_tex_fragment
from derive.formats import Files
from derive.network.solution import Solution
from derive.render.html import to_html
from derive.render.latex import to_latex


def to_latex_document(solution: Solution, source: str, kind: str = "key") -> str:
    return to_latex(Edition.of(solution, source, kind))


def to_html_document(solution: Solution, source: str, kind: str = "key") -> str:
    return to_html(Edition.of(solution, source, kind))


def to_markdown_document(solution: Solution, source: str, flavour: str = "github", kind: str = "key") -> Files:
    return to_markdown(Edition.of(solution, source, kind), flavour)


def to_tex_fragment_document(solution: Solution, source: str, flavour: str = "lines", kind: str = "key") -> str:
    return to_tex_fragment(Edition.of(solution, source, kind), flavour)


def to_notebook_document(solution: Solution, source: str, kind: str = "key") -> str:
    return to_notebook(Edition.of(solution, source, kind))

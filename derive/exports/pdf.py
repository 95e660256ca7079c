"""A document as PDF: its LaTeX, set by the TeX that is found."""

from __future__ import annotations

from derive.document.build import Edition
from derive.errors import TexError
from derive.render.latex import to_latex
from derive.tex.compile import compile_latex
from derive.tex.engine import engine_for


def to_pdf(edition: Edition) -> bytes:
    """An edition as PDF. Raises `TexError` where TeX is missing or fails, `InputError` for text without a font."""
    tex = to_latex(edition)
    compiled = compile_latex(tex, engine_for(tex))
    if compiled.pdf is None:
        raise TexError(f"TeX could not set {edition.solved[0].source}: {compiled.error}")
    return compiled.pdf

"""A formula on its own: as MathML, as a picture."""

from __future__ import annotations

from derive.document.mathematics import Math
from derive.document.pictures.geometry import Drawing, Label
from derive.render.mathml import to_mathml
from derive.render.svg import paint_svg

MATHML = "http://www.w3.org/1998/Math/MathML"


def formula_mathml(formula: Math) -> str:
    """A formula as one MathML element, displayed; it may be put into a page or a text processor."""
    return f'<math xmlns="{MATHML}" display="block">{to_mathml(formula, displayed=True)}</math>'


def formula_svg(formula: Math) -> str:
    """A formula as an SVG picture that stands alone; its text alternative is its LaTeX."""
    return paint_svg(Drawing((Label(0, 0, rf"\displaystyle {formula}"),), 0, 0, formula))

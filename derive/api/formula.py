"""A formula and a picture that show themselves in a notebook."""

from __future__ import annotations

from dataclasses import dataclass

from derive.document.formulas import SIDES, WrittenFormula
from derive.document.mathematics import Math
from derive.document.pictures.geometry import Drawing, Label
from derive.errors import InputError
from derive.render.legible import legible
from derive.render.mathml import formula_mathml
from derive.render.svg import paint_svg
from derive.render.tikz import STOCK, paint
from derive.sources.validate import suggestion


@dataclass(frozen=True)
class Formula:
    """One formula of a solution, as it was asked for: in LaTeX, and in `plain` text."""

    written: WrittenFormula
    plain: WrittenFormula

    @property
    def name(self) -> str:
        """The name of its quantity in the trace."""
        return self.written.name

    def latex(self, side: str = "both") -> str:
        """Its LaTeX without dollar signs: `both` sides, the `left` one or the `right` one. Raises `InputError`."""
        return str(_side(self.written, side))

    def mathml(self, side: str = "both") -> str:
        """The same as one MathML element."""
        return formula_mathml(_side(self.written, side))

    def svg(self, side: str = "both") -> str:
        """The same as an SVG picture that stands alone; its text alternative is its LaTeX."""
        formula = _side(self.written, side)
        return paint_svg(Drawing((Label(0, 0, rf"\displaystyle {formula}"),), 0, 0, formula))

    def text(self, side: str = "both") -> str:
        """The same in plain text, with the names of the trace."""
        return str(_side(self.plain, side))

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex()}$"

    def _repr_markdown_(self) -> str:
        return f"$$\n{self.latex()}\n$$"

    def _repr_html_(self) -> str:
        return legible(self.mathml())


def _side(written: WrittenFormula, side: str) -> Math:
    if side not in SIDES:
        raise InputError.single(f"unknown side {side!r}{suggestion(side, SIDES)}")
    return SIDES[side](written)


@dataclass(frozen=True)
class Figure:
    """A picture of a solution; `alternative` says in words what it shows."""

    drawing: Drawing

    @property
    def alternative(self) -> str:
        """What the picture shows, for those who cannot see it."""
        return self.drawing.alternative

    def svg(self) -> str:
        """The picture as SVG that stands alone."""
        return paint_svg(self.drawing)

    def tikz(self) -> str:
        """The picture as a TikZ picture, for a document that loads TikZ and its library `arrows.meta`."""
        return str(paint(self.drawing, STOCK))

    def __str__(self) -> str:
        return self.alternative

    def __repr__(self) -> str:
        return f"<Figure: {self.alternative}>"

    def _repr_svg_(self) -> str:
        return self.svg()

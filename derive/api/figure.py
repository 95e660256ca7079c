"""A picture that shows itself in a notebook."""

from __future__ import annotations

from dataclasses import dataclass

from derive.document.pictures.geometry import Drawing
from derive.render.svg import paint_svg
from derive.render.tikz import STOCK, paint


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
